/**
 * A reader's thread: answers questions from the engine, so that working out a long report never delays an answer to a
 * browser.
 */
import { parentPort, workerData } from "node:worker_threads";
import { answerQuestion } from "../../report/questions.ts";
import { failureOf } from "../sqlite/failure.ts";
import { openForReading } from "../sqlite/open.ts";
import type { ToReader } from "../sqlite/reader-thread.ts";
import type { EngineAddress } from "./address.ts";
import { openClient } from "./client.ts";
import { openLocal } from "./local.ts";
import { openReads } from "./reads.ts";

export interface EngineReaderData {
  folder: string;
  address: EngineAddress;
}

const port = parentPort!;
const { folder, address } = workerData as EngineReaderData;

const client = openClient(address);
const db = openForReading(folder);
const reads = openReads(client, openLocal(db));

port.on("message", async (message: ToReader) => {
  if (message.kind === "close") {
    await client.close();
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
