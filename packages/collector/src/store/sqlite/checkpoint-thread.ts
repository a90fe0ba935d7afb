/**
 * Moves committed pages from the write-ahead log into the data file, on a thread of its own: neither an answer to a
 * browser nor a report waits for it. The last few pages are the writer's (see duty.ts), which then starts the log from
 * its beginning again: overwriting costs half the fsync that growing costs, and the file stays small.
 */
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { type CheckpointState, FULL_PAGES, REMAINING, ROUND_MS, WRITTEN } from "./checkpoint-state.ts";

export interface CheckpointData {
  path: string;
  state: CheckpointState;
}

const { path, state } = workerData as CheckpointData;
/** Between two rounds while little is written, and while the writer is ahead of us. */
const CALM_MS = 500;
const BUSY_MS = 30;
/** Pages that make a round worth its fsync. */
const WORTH_A_ROUND = 256;
/** Before the log is started again, what came during a round is moved at once, until a round is as short as this. */
const SHORT_ROUND_MS = 5;
const MOST_ROUNDS = 4;

const db = new Database(path, { timeout: 0 });
db.pragma("wal_autocheckpoint = 0");
db.pragma("synchronous = full");
let timer: NodeJS.Timeout | undefined;

const round = (): void => {
  let wait = CALM_MS;
  try {
    let log = 0;
    let checkpointed = 0;
    for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
      const start = performance.now();
      const [result] = db.pragma("wal_checkpoint(passive)") as { log: number; checkpointed: number }[];
      ({ log, checkpointed } = result!);
      const took = performance.now() - start;
      Atomics.store(state, ROUND_MS, took);
      if (log < FULL_PAGES || took < SHORT_ROUND_MS) break;
    }
    Atomics.store(state, REMAINING, log - checkpointed);
    Atomics.store(state, WRITTEN, log);
    if (log - checkpointed > WORTH_A_ROUND) wait = BUSY_MS;
  } catch {
    // Busy, or the disk is full: the next round tries again, and the writer reports what matters.
  }
  timer = setTimeout(round, wait);
};
timer = setTimeout(round, CALM_MS);

parentPort!.once("message", () => {
  clearTimeout(timer);
  db.close();
});
