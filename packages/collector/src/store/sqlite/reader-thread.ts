/**
 * A reader's thread: answers questions on its own read-only connection, so that a long report never delays an answer
 * to a browser. Between questions it moves committed pages from the write-ahead log into the data file.
 */
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { answerQuestion, type QuestionName } from "../../report/questions.ts";
import { failureOf } from "./failure.ts";
import { DATA_FILE, openForReading } from "./open.ts";
import { openReads } from "./reads.ts";

export interface ReaderData {
  folder: string;
  /** One of the readers keeps the write-ahead log short. */
  checkpointEveryMs?: number;
}

export type ToReader =
  | { kind: "ask"; id: number; name: QuestionName; params: unknown; now: number }
  | { kind: "close" };

const port = parentPort!;
const { folder, checkpointEveryMs } = workerData as ReaderData;

const db = openForReading(folder);
const reads = openReads(db);
let timer: NodeJS.Timeout | undefined;
let checkpointer: Database.Database | undefined;

if (checkpointEveryMs !== undefined) {
  checkpointer = new Database(join(folder, DATA_FILE), { timeout: 0 });
  checkpointer.pragma("wal_autocheckpoint = 0");
  checkpointer.pragma("synchronous = full");
  const checkpoint = (): void => {
    try {
      checkpointer?.pragma("wal_checkpoint(passive)");
    } catch {
      // Busy, or the disk is full: the next round tries again, and the writer reports what matters.
    }
    timer = setTimeout(checkpoint, checkpointEveryMs);
  };
  timer = setTimeout(checkpoint, checkpointEveryMs);
}

port.on("message", async (message: ToReader) => {
  if (message.kind === "close") {
    clearTimeout(timer);
    checkpointer?.close();
    db.close();
    port.close();
    return;
  }
  try {
    const value = await answerQuestion(reads, message.name, message.params as never, message.now);
    port.postMessage({ kind: "answer", id: message.id, value });
  } catch (error) {
    port.postMessage({ kind: "answer", id: message.id, error: failureOf(error) });
  }
});
