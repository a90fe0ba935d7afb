/**
 * A process that asks one question several times on a connection of its own, as a reader's thread does; tells how long each
 * answer took and how far the process's memory grew at most.
 */
import { answerQuestion, type QuestionName } from "../../src/report/questions.ts";
import { openForReading } from "../../src/store/sqlite/open.ts";
import { openReads } from "../../src/store/sqlite/reads.ts";

export interface AskerTask {
  folder: string;
  name: QuestionName;
  params: unknown;
  now: number;
  rounds: number;
}

export interface AskerResult {
  /** Milliseconds per answer; the first one of a fresh connection. */
  times: number[];
  grownMiB: number;
}

process.once("message", async ({ folder, name, params, now, rounds }: AskerTask) => {
  const peakMiB = (): number => process.resourceUsage().maxRSS / 1_024;
  const db = openForReading(folder);
  const reads = openReads(db);
  const before = peakMiB();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await answerQuestion(reads, name, params as never, now);
    times.push(performance.now() - start);
  }
  db.close();
  process.send!({ times, grownMiB: peakMiB() - before } satisfies AskerResult, () => process.disconnect());
});
