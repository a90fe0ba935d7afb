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
const begin = db.prepare("begin");
const commit = db.prepare("commit");
let asked = 0;

/** All reads of a question see one state of the file: figures that belong together add up while touchpoints arrive. */
async function inOneState<T>(answer: () => Promise<T>): Promise<T> {
  if (asked++ === 0) begin.run();
  try {
    return await answer();
  } finally {
    if (--asked === 0) commit.run();
  }
}

port.on("message", async (message: ToReader) => {
  if (message.kind === "close") {
    db.close();
    port.close();
    return;
  }
  try {
    const value = await inOneState(() =>
      answerQuestion(reads, message.name, message.params as never, message.now),
    );
    port.postMessage({ kind: "answer", id: message.id, value });
  } catch (error) {
    port.postMessage({ kind: "answer", id: message.id, error: failureOf(error) });
  }
});
port.postMessage({ kind: "ready" });
