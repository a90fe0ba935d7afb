/**
 * A reader's thread: answers questions on its own read-only connection, so that a long report never delays an answer
 * to a browser.
 */
import { parentPort, workerData } from "node:worker_threads";
import { answerQuestion, type QuestionName } from "../../report/questions.ts";
import { failureOf } from "./failure.ts";
import { openForReading } from "./open.ts";
import { openReads } from "./reads.ts";

export interface ReaderData {
  folder: string;
}

export type ToReader =
  | { kind: "ask"; id: number; name: QuestionName; params: unknown; now: number }
  | { kind: "close" };

const port = parentPort!;
const { folder } = workerData as ReaderData;

const db = openForReading(folder);
const reads = openReads(db);
port.on("message", async (message: ToReader) => {
  if (message.kind === "close") {
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
