/**
 * Brings the write-ahead log to the disk, beside the writer: while the disk works, the writer goes on with the next
 * group. Whoever asks while a sync is under way is answered by the one after it, so one fsync serves many groups.
 *
 * An fsync of a file covers all that was written to it, through whatever handle, so what the writer had committed when
 * a sync began is on the disk when it ends.
 */
import { close, constants, fdatasync, openSync } from "node:fs";
import { join } from "node:path";
import { DATA_FILE } from "../data-file.ts";

export interface WalSync {
  /** Calls back when everything committed before this call is on the disk, or with the disk's error. */
  after(done: (error: Error | null) => void): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Opens the log of the data file in `folder`; the writer's connection is open, so the log exists. */
export function openWalSync(folder: string): WalSync {
  const file = openSync(join(folder, `${DATA_FILE}-wal`), constants.O_RDWR);
  let waiting: ((error: Error | null) => void)[] = [];
  let isRunning = false;
  let whenIdle: (() => void) | undefined;

  const next = (): void => {
    if (isRunning) return;
    if (waiting.length === 0) {
      whenIdle?.();
      return;
    }
    const served = waiting;
    waiting = [];
    isRunning = true;
    fdatasync(file, (error) => {
      isRunning = false;
      for (const done of served) done(error);
      next();
    });
  };

  return {
    after(done) {
      waiting.push(done);
      next();
    },
    async close() {
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
        next();
      });
      await new Promise((resolve) => close(file, resolve));
    },
  };
}
