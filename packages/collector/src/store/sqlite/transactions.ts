/**
 * The writer's transactions: which of them wait for the disk, and what follows when the disk fails.
 */
import { SojournError } from "../../errors.ts";
import type { Db } from "./open.ts";

export interface Transactions {
  /** Runs work in a transaction; durable: it is on disk when this returns. */
  run<T>(durable: boolean, work: () => T): T;
  /** An fsync outside of these failed: nothing is written before the log was written anew. */
  distrust(): void;
}

export function openTransactions(db: Db): Transactions {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const rollback = db.prepare("rollback");
  let isDurable = true;
  let isSyncDoubtful = false;

  /**
   * Projections can be folded again from the log, so their commits need no fsync of their own; and a group of arrivals
   * gets its own beside the writer (see wal-sync.ts). The next fsync covers all before it, and a power cut takes at most
   * a tail of the write-ahead log, in order.
   */
  const beDurable = (durable: boolean): void => {
    if (durable === isDurable) return;
    db.exec(durable ? "pragma synchronous = full" : "pragma synchronous = normal");
    isDurable = durable;
  };

  /**
   * After a failed fsync the system may have dropped what was to be written, and a second fsync would not say so. Commits
   * before it that had no fsync of their own are then in memory only, so everything is moved to the data file and the
   * write-ahead log begins anew before anything else is acknowledged.
   */
  const distrustLog = (): void => {
    const [result] = db.pragma("wal_checkpoint(truncate)") as { busy: number }[];
    if (result?.busy !== 0) {
      throw new SojournError(
        "store_unwritable",
        "The disk failed, and the write-ahead log is still being read",
        {
          hint: "The collector goes on by itself as soon as the log could be written anew.",
        },
      );
    }
    isSyncDoubtful = false;
  };

  return {
    run(durable, work) {
      if (isSyncDoubtful) distrustLog();
      beDurable(durable);
      begin.run();
      try {
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        if (db.inTransaction) rollback.run();
        if (String((error as { code?: unknown }).code).startsWith("SQLITE_IOERR")) isSyncDoubtful = true;
        throw error;
      }
    },
    distrust() {
      isSyncDoubtful = true;
    },
  };
}
