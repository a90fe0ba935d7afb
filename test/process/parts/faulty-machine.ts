/**
 * Loaded into a collector before anything else (node --import), in its every thread: a disk whose fsync is slow or fails,
 * a wall clock that can be moved, a writer that dies. It needs no rights and no tools, so these faults are tried on every machine; `npm run
 * torture` makes the same ones below the process, with strace.
 */
import fs, { existsSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread, workerData } from "node:worker_threads";

export interface Faults {
  /** Every fsync of the write-ahead log takes so much longer, in milliseconds. */
  syncTakesMs?: number;
  /** Of every so many fsyncs one fails with EIO, without having been made. */
  syncFailsEvery?: number;
  /** A file that holds by how many milliseconds the wall clock is wrong. */
  clock?: string;
  /** A file whose appearance makes the writer's thread fail. */
  writerFailsAt?: string;
}

/** What a collector with these faults is started with. */
export const withFaults = (faults: Faults): { env: Record<string, string> } => ({
  env: { NODE_OPTIONS: `--import ${import.meta.url}`, TEST_FAULTS: JSON.stringify(faults) },
});

/** How long a thread believes in what it read of the clock, in milliseconds. */
const CLOCK_HELD_MS = 5;

function breakDisk(takesMs: number, failsEvery: number): void {
  const { fdatasync } = fs;
  let asked = 0;
  const broken = (file: number, done: (error: NodeJS.ErrnoException | null) => void): void => {
    asked += 1;
    const fails = failsEvery > 0 && asked % failsEvery === 0;
    const error = Object.assign(new Error("EIO: i/o error, fdatasync"), {
      code: "EIO",
      syscall: "fdatasync",
    });
    setTimeout(() => (fails ? done(error) : fdatasync(file, done)), takesMs);
  };
  fs.fdatasync = broken as typeof fs.fdatasync;
  syncBuiltinESMExports();
}

function moveClock(file: string): void {
  const rightNow = Date.now;
  let offset = 0;
  let readAt = Number.NEGATIVE_INFINITY;
  Date.now = () => {
    const at = performance.now();
    if (at - readAt > CLOCK_HELD_MS) {
      offset = Number(readFileSync(file, "utf8"));
      readAt = at;
    }
    return rightNow() + offset;
  };
}

function failWhenThere(file: string): void {
  // The writer is the thread that is given a bell for arrivals.
  if (isMainThread || !("doorbell" in (workerData as object))) return;
  setInterval(() => {
    if (existsSync(file)) throw new Error("the writer's thread was made to fail");
  }, 20).unref();
}

const given = process.env["TEST_FAULTS"];
if (given !== undefined) {
  const { syncTakesMs = 0, syncFailsEvery = 0, clock, writerFailsAt } = JSON.parse(given) as Faults;
  if (syncTakesMs > 0 || syncFailsEvery > 0) breakDisk(syncTakesMs, syncFailsEvery);
  if (clock !== undefined) moveClock(clock);
  if (writerFailsAt !== undefined) failWhenThere(writerFailsAt);
}
