/**
 * A real collector as a process of its own, started and asked the way an operator does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

const ENTRY = path.join(import.meta.dirname, "../../../packages/collector/bin/sojourn.js");

export interface RunningCollector {
  url: string;
  port: number;
  /** The key that `get` uses; give it to the next start on the same folder. */
  key: string;
  /** Asks the HTTP API with a key that may only read. Rejects on any status but 2xx. */
  get<Answer>(address: string): Promise<Answer>;
  /** Runs a command on the same data and parses what it prints. Rejects when it fails. */
  cli<Answer>(...words: string[]): Promise<Answer>;
  /** Sends SIGTERM and resolves when the process has ended; rejects unless it ended with 0. */
  stop(): Promise<void>;
}

/** What `sojourn serve --json` prints when it is ready. */
interface Welcome {
  url: string;
  site: string;
  signIn?: string;
}

/**
 * Starts `sojourn serve` on the folder. The first time it signs in with the one-time link, as the owner would, and
 * lets the site take the origin `origin` and count robots, for a driven browser admits to being one.
 */
export async function startCollector(
  folder: string,
  options: { site: string; origin: string; key?: string },
): Promise<RunningCollector> {
  const child = spawn(process.execPath, [ENTRY, "serve", "--data", folder, "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const welcome = await welcomeOf(child, () => said);
  const key = options.key ?? (await setUp(welcome, options));
  return {
    url: welcome.url,
    port: Number(new URL(welcome.url).port),
    key,
    get: (address) => json(fetch(welcome.url + address, { headers: { authorization: `Bearer ${key}` } })),
    cli: (...words) => run([...words, "--data", folder, "--json"]),
    async stop() {
      if (child.exitCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      if (child.exitCode !== 0) throw new Error(`the collector ended with ${child.exitCode}: ${said}`);
    },
  };
}

async function welcomeOf(child: ChildProcess, said: () => string): Promise<Welcome> {
  if (child.stdout === null) throw new Error("the collector has no output");
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the collector ended with ${code} before it was ready: ${said()}`);
  });
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended])) as [
    string,
  ];
  return JSON.parse(line) as Welcome;
}

/** Signs in as the owner, prepares the site, and makes a key that may only read. */
async function setUp(welcome: Welcome, options: { site: string; origin: string }): Promise<string> {
  if (welcome.signIn === undefined) throw new Error("a first start gave no sign-in link");
  const signedIn = await fetch(welcome.signIn, { redirect: "manual" });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const change = (method: string, address: string, body: unknown) =>
    json<{ key: string }>(
      fetch(`${welcome.url}/api/v1${address}`, {
        method,
        headers: { cookie, origin: welcome.url, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  await change("PATCH", `/sites/${options.site}`, { origins: [options.origin], countsRobots: true });
  const { key } = await change("POST", "/keys", { name: "walk", scope: "read", sites: [options.site] });
  return key;
}

async function json<Answer>(asked: Promise<Response>): Promise<Answer> {
  const response = await asked;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${response.url}: ${text}`);
  return JSON.parse(text) as Answer;
}

async function run<Answer>(words: string[]): Promise<Answer> {
  const child = spawn(process.execPath, [ENTRY, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`sojourn ${words.join(" ")} ended with ${code}: ${said}`);
  return JSON.parse(out) as Answer;
}
