/**
 * Brings a file that is being written to the disk piece by piece: gigabytes that leave for the disk at once would keep every
 * fsync of a collector beside it waiting.
 */
import { closeSync, existsSync, fdatasyncSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const EVERY_MS = 100;
const { path } = workerData as { path: string };
let file: number | undefined;

const timer = setInterval(() => {
  if (file === undefined && existsSync(path)) file = openSync(path, "r+");
  if (file !== undefined) fdatasyncSync(file);
}, EVERY_MS);

parentPort!.once("message", () => {
  clearInterval(timer);
  if (file !== undefined) closeSync(file);
});
