/**
 * A collector as an operator runs it, under a test that hurts it: started with any wrapper and flags, killed in any way,
 * and its file compared afterwards with what was acknowledged.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originOf } from "../../../packages/collector/bench/load/shoppers.ts";
import { type Db, openForReading } from "../../../packages/collector/src/store/sqlite/open.ts";
import { openWriter } from "../../../packages/collector/src/store/sqlite/writer.ts";
import { projectionsOf } from "../../../packages/collector/test/projections.ts";

const ENTRY = join(import.meta.dirname, "../../../packages/collector/bin/sojourn.js");
// One listener per collector of a file's tests.
process.setMaxListeners(200);
const READY_WITHIN_MS = 20_000;

export interface StartOptions {
  flags?: readonly string[];
  nodeFlags?: readonly string[];
  env?: Record<string, string>;
  /** A program and its words that the collector is started by: strace, faketime. */
  wrap?: readonly string[];
}

export interface RunningCollector {
  port: number;
  url: string;
  process: ChildProcess;
  /** Milliseconds from start to the first line that says it listens. */
  readyAfterMs: number;
  /** What it wrote for people. */
  said(): string;
  /** Sends a signal and waits for the end; the exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>;
  /** Resolves when it ends by itself. */
  ended: Promise<number | string>;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "sojourn-process-"));

/** Starts a collector on a free port. Rejects with what it said when it ends before it listens. */
export async function start(folder: string, options: StartOptions = {}): Promise<RunningCollector> {
  const begin = performance.now();
  const { process: child, ended, said } = launch(folder, options);
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`not ready in time: ${said()}`)), READY_WITHIN_MS);
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf("\n");
      if (end < 0) return;
      clearTimeout(timer);
      resolve(text.slice(0, end));
    });
    ended.then((code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code}: ${said()}`));
    });
  });
  const { url } = JSON.parse(line) as { url: string };
  return {
    port: Number(new URL(url).port),
    url,
    process: child,
    readyAfterMs: performance.now() - begin,
    said,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Starts a collector that is expected not to come up: its exit code and what it said. */
export async function startInVain(
  folder: string,
  options: StartOptions = {},
): Promise<{ code: number | string; said: string }> {
  const { process: child, ended, said } = launch(folder, options);
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);
  const code = await ended;
  clearTimeout(timer);
  return { code, said: said() };
}

function launch(folder: string, { flags = [], nodeFlags = [], env = {}, wrap = [] }: StartOptions) {
  const words = ["serve", "--data", folder, "--json", "--log", "json"];
  const port = flags.includes("--port") ? [] : ["--port", "0"];
  const [program, ...rest] = [...wrap, process.execPath, ...nodeFlags, ENTRY, ...words, ...port, ...flags];
  const child = spawn(program!, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  // A test that fails leaves nothing running.
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("close", () => process.off("exit", kill));
  let text = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    if (text.length < 100_000) text += chunk.toString();
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  return { process: child, ended, said: () => text };
}

/** How the file differs from what was acknowledged. */
export interface Compared {
  stored: number;
  lost: number;
  twice: number;
  /** Stored without an answer: the answer was lost, not the touchpoint. */
  unanswered: number;
}

/** Compares a file that nobody writes with what was acknowledged per lane. */
export function compare(folder: string, acknowledged: readonly number[], perRequest: number): Compared {
  const db = openForReading(folder);
  try {
    return compareIn(db, acknowledged, perRequest);
  } finally {
    db.close();
  }
}

function compareIn(db: Db, acknowledged: readonly number[], perRequest: number): Compared {
  const seen = acknowledged.map(() => new Set<number>());
  const result: Compared = { stored: 0, lost: 0, twice: 0, unanswered: 0 };
  for (const id of db.prepare<[], Buffer>("select id from touchpoint").pluck().iterate()) {
    const { lane, number } = originOf(id);
    result.stored += 1;
    if (seen[lane]!.has(number)) result.twice += 1;
    seen[lane]!.add(number);
    if (number >= acknowledged[lane]! * perRequest) result.unanswered += 1;
  }
  acknowledged.forEach((n, lane) => {
    for (let number = 0; number < n * perRequest; number++) if (!seen[lane]!.has(number)) result.lost += 1;
  });
  return result;
}

/** Tables whose rows differ between the kept projections and a replay of the log; none when all is well. */
export function differencesFromReplay(folder: string): string[] {
  const writer = openWriter(folder);
  try {
    while (writer.project(1_000) > 0);
    const kept = projectionsOf(writer.db);
    writer.startReplay();
    while (writer.project(1_000) > 0);
    const replayed = projectionsOf(writer.db);
    return Object.keys(kept).filter(
      (table) => JSON.stringify(kept[table]) !== JSON.stringify(replayed[table]),
    );
  } finally {
    writer.close();
  }
}

/** Resolves after so many milliseconds. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const sum = (list: readonly number[]): number => list.reduce((total, n) => total + n, 0);

/** Calls until the answer is true; throws when it never is. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await sleep(20);
  }
}
