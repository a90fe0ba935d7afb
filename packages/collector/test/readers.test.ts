/** Threads that answer questions, and die of them: real threads that speak as a reader's does. */
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { QuestionName } from "../src/report/questions.ts";
import { openReaders, type Readers } from "../src/store/sqlite/readers.ts";

/** Answers with the question's parameters; some questions end it. */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
parentPort.on("message", (message) => {
  if (message.kind === "close") return parentPort.close();
  const { id, name, params } = message;
  if (name === "exhaust") { const kept = []; for (;;) kept.push(new Array(1e4).fill(id)); }
  if (name === "throw") throw new Error("a fault of ours");
  if (name === "exit") process.exit(3);
  if (name === "slow") return setTimeout(() => parentPort.postMessage({ kind: "answer", id, value: params }), 300);
  if (name === "refuse") return parentPort.postMessage({ kind: "answer", id, error: { code: "bad_input", message: "no" } });
  parentPort.postMessage({ kind: "answer", id, value: params });
});
parentPort.postMessage({ kind: "ready" });
`;

let readers: Readers;
let started = 0;
const troubles: string[] = [];
const open = (most: number): Readers => {
  started = 0;
  troubles.length = 0;
  readers = openReaders({
    start() {
      started += 1;
      return new Worker(PROGRAM, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    },
    most,
    now: () => 0,
    onTrouble: (error) => troubles.push(error.message),
  });
  return readers;
};
afterEach(() => readers.close());

const ask = (name: string, params: unknown = name): Promise<unknown> =>
  readers.ask(name as QuestionName, params);

describe("readers", () => {
  test("answer, and carry what was wrong with a question back to who asked", async () => {
    open(1);
    expect(await ask("echo", { a: 1 })).toEqual({ a: 1 });
    await expect(ask("refuse")).rejects.toMatchObject({ code: "bad_input" });
    expect(troubles).toEqual([]);
  });

  test.each([
    ["exhaust", /more memory/],
    ["throw", /has ended/],
    ["exit", /has ended/],
  ])(
    "say so when one dies of a question (%s), and answer the next ones by another",
    async (fatal, reason) => {
      open(1);
      const beside = ask("slow");
      await expect(ask(fatal)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(reason),
      });
      await expect(beside).rejects.toMatchObject({ code: "unavailable" });
      for (const n of [1, 2, 3]) expect(await ask("echo", n)).toBe(n);
      expect(started).toBe(2);
    },
  );

  test("of which one died leave the others alone", async () => {
    open(2);
    // While one is busy, the second is started; it is asked as soon as it is ready.
    await Promise.all([ask("slow"), ask("slow")]);
    expect(started).toBe(2);
    const slow = ask("slow", "still here");
    await expect(ask("throw")).rejects.toMatchObject({ code: "unavailable" });
    expect(await slow).toBe("still here");
    expect(troubles).toEqual(["a fault of ours"]);
  });

  test("end when they are closed, also after one died", async () => {
    open(2);
    await expect(ask("exit")).rejects.toMatchObject({ code: "unavailable" });
    await readers.close();
    expect(started).toBe(1);
  });
});
