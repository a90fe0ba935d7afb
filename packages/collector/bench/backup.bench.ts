/**
 * Measures a backup of a running collector: how long it takes, and what it costs those who send meanwhile.
 *
 * Run: npm run bench -- backup [people, default 100,000]. A million people make 2.5 GB; the data set is made once and kept in
 * the system's folder for temporary files, and a copy is written to. The goal is a gigabyte a minute.
 */
import { execFile } from "node:child_process";
import { constants, copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { drive } from "./load/drive.ts";
import { makeHistory } from "./load/history.ts";
import { startCollector } from "./load/process.ts";

const people = Number(process.argv[2] ?? 100_000);
const DAY_MS = 86_400_000;
const GOAL_SECONDS_PER_GB = 60;
const ENTRY = fileURLToPath(new URL("../bin/sojourn.js", import.meta.url));
const run = promisify(execFile);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const history = makeHistory(people, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS, (text) =>
  console.log(`  ${text}`),
);
const folder = mkdtempSync(join(tmpdir(), "sojourn-backup-"));
for (const name of ["sojourn.db", "secret"])
  copyFileSync(join(history.folder, name), join(folder, name), constants.COPYFILE_FICLONE);

const collector = await startCollector(folder);
try {
  const load = drive({ port: collector.port, lanes: 16, perRequest: 1, rate: 500, run: 30 });
  await sleep(3_000);
  load.restart();
  await sleep(7_000);
  console.log(`500 touchpoints a second alone: p99 ${load.latency(0.99)}, at most ${load.latency(1)} ms`);
  load.restart();
  const copy = join(folder, "copy.db");
  const begin = performance.now();
  await run(process.execPath, [ENTRY, "backup", copy, "--data", folder]);
  const seconds = (performance.now() - begin) / 1_000;
  const gigabytes = statSync(copy).size / 1e9;
  const isMet = seconds <= GOAL_SECONDS_PER_GB * gigabytes;
  if (!isMet) process.exitCode = 1;
  console.log(
    `${gigabytes.toFixed(2)} GB copied and checked in ${seconds.toFixed(1)} s, ${(seconds / gigabytes).toFixed(1)} s a GB ` +
      `(goal ${GOAL_SECONDS_PER_GB}: ${isMet ? "met" : "MISSED"}); answers meanwhile p99 ${load.latency(0.99)}, at most ${load.latency(1)} ms`,
  );
  await load.stop();
} finally {
  await collector.stop();
  rmSync(folder, { recursive: true });
}
