/**
 * Starts and watches the processes of a measurement: the collector as an operator starts it, the yardstick, the load.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ClientOptions, ClientResult } from "./client.ts";

const NODE = [process.execPath, "--conditions=@sojourn/source", "--disable-warning=ExperimentalWarning"];
/** As the first line of bin/sojourn.js and the unit file say. */
const MEMORY = ["--max-semi-space-size=2"];
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Running {
  process: ChildProcess;
  port: number;
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** The collector on a folder, on a free port. `nodeFlags` go to Node, such as --cpu-prof. */
export async function startCollector(
  folder: string,
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<Running> {
  const entry = here("../../bin/sojourn.js");
  const words = ["serve", "--data", folder, "--port", "0", "--json", "--log", "json", ...flags];
  return started(spawn(process.execPath, [...MEMORY, ...nodeFlags, entry, ...words], PIPES), (line) =>
    Number(new URL((JSON.parse(line) as { url: string }).url).port),
  );
}

export const startBare = (): Promise<Running> =>
  started(spawn(NODE[0]!, [...NODE.slice(1), here("./bare.ts")], PIPES), Number);

const PIPES = { stdio: ["ignore", "pipe", "inherit"] as ["ignore", "pipe", "inherit"] };

async function started(child: ChildProcess, portOf: (line: string) => number): Promise<Running> {
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once("exit", (code) => reject(new Error(`it ended with ${code} before it was ready`)));
  });
  return {
    process: child,
    port: portOf(line),
    stop() {
      child.kill("SIGTERM");
      return exit;
    },
  };
}

/** Runs the load in its own process. */
export async function runClient(options: ClientOptions): Promise<ClientResult> {
  const child = spawn(NODE[0]!, [...NODE.slice(1), here("./client.ts"), JSON.stringify(options)], PIPES);
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return JSON.parse(text) as ClientResult;
}

/** Resident memory in MiB, now. Linux only; elsewhere 0. */
export function residentMiB(pid: number): number {
  try {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match === null ? 0 : Number(match[1]) / 1_024;
  } catch {
    return 0; // Gone, or not Linux.
  }
}
