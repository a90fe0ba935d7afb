/**
 * Asks a list of questions about a data set, each in a process of its own, and prints time and memory beside their goals.
 */
import { fork } from "node:child_process";
import type { QuestionName, Questions } from "../../src/report/questions.ts";
import type { AskerResult, AskerTask } from "./asker.ts";

/** A question, and the time its first answer may take. */
export type Asked = {
  [N in QuestionName]: [label: string, name: N, params: Questions[N]["take"], goalMs: number];
}[QuestionName];

/** What answering a question may add to a process at most. */
const MOST_MIB = 300;
/** A reader's thread has so much room for short-lived objects (see store/sqlite/engine.ts). */
const YOUNG_MIB = 12;

/**
 * @param part only questions whose label contains it
 * @returns how many missed a goal
 */
export async function askAll(
  folder: string,
  questions: readonly Asked[],
  now: number,
  rounds: number,
  part: string,
): Promise<number> {
  let missed = 0;
  for (const [label, name, params, goalMs] of questions) {
    if (!label.includes(part)) continue;
    const { times, grownMiB } = await ask({ folder, name, params, now, rounds });
    const [first, ...later] = times as [number, ...number[]];
    const middle = later.sort((a, b) => a - b)[Math.floor(later.length / 2)] ?? first;
    const isMet = first <= goalMs && grownMiB <= MOST_MIB;
    if (!isMet) missed += 1;
    console.log(
      `  ${label.padEnd(26)}first ${first.toFixed(1).padStart(8)} ms, then ${middle.toFixed(1).padStart(8)} ms, ` +
        `${grownMiB.toFixed(0).padStart(5)} MiB  (goal ${goalMs} ms, ${MOST_MIB} MiB: ${isMet ? "met" : "MISSED"})`,
    );
  }
  console.log(missed === 0 ? "all met" : `${missed} MISSED`);
  return missed;
}

function ask(task: AskerTask): Promise<AskerResult> {
  const child = fork(new URL("./asker.ts", import.meta.url), {
    execArgv: [
      "--conditions=@sojourn/source",
      "--disable-warning=ExperimentalWarning",
      `--max-semi-space-size=${YOUNG_MIB}`,
    ],
  });
  child.send(task);
  return new Promise((resolve, reject) => {
    child.once("message", (result) => resolve(result as AskerResult));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the process that asks ended with ${code}`)));
  });
}
