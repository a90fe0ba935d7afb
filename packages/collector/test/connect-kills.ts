/**
 * A collector that is killed between answering messages and mapping them, again and again, and what is true afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { NOW, requestOf, SECRET, samplesOf } from "../src/connect/test/samples.ts";
import { openForReading } from "../src/store/sqlite/open.ts";

const START = join(import.meta.dirname, "../bin/sojourn.js");
/** Messages of a round, sent at once. */
const SENT = 20;
const SETTLED_WITHIN_MS = 60_000;

/** What is in the data file when everything that was answered has been mapped. */
export interface Survived {
  /** Messages answered 200. */
  answered: number;
  /** Rows of the inbox by state. */
  states: Record<string, number>;
  /** Purchases in the log; each message of an order has one of its own. */
  purchases: number;
  /** Kills that met at least one answered message that was not mapped yet. */
  between: number;
}

/** Kills a collector this many times, right after it answered some of the messages; then lets it finish. */
export async function surviveKills(
  rounds: number,
  tell: (line: string) => void = () => {},
): Promise<Survived> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-kill-"));
  let child: ChildProcess | undefined;
  try {
    writeFileSync(join(folder, "secret"), SECRET, { mode: 0o600 });
    writeFileSync(
      join(folder, "connectors.yml"),
      "- name: test-shopify\n  system: shopify\n  site: shop\n  secrets: [{ file: secret }]\n",
    );
    const base = samplesOf("shopify").find(({ name }) => name === "orders-create.json 1")!.body as object;
    let answered = 0;
    let between = 0;
    let order = 0;
    for (let round = 0; round < rounds; round++) {
      const started = await serve(folder);
      child = started.child;
      const before = answered;
      const sending = Array.from({ length: SENT }, async () => {
        order += 1;
        if (await send(started.url, order, base)) answered += 1;
      });
      // The first round is answered whole, the others are killed after a few answers more, each after other ones.
      const wanted = before + 1 + (round % (SENT - 2));
      const some = async () => {
        while (answered < wanted) await wait(1);
      };
      await (round === 0 ? Promise.all(sending) : Promise.race([Promise.all(sending), some()]));
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      await Promise.all(sending);
      if ((statesIn(folder)["waiting"] ?? 0) > 0) between += 1;
      if (round % 10 === 9) tell(`${round + 1} kills, ${answered} messages answered`);
    }
    ({ child } = await serve(folder));
    const until = performance.now() + SETTLED_WITHIN_MS;
    while (statesIn(folder)["waiting"] !== undefined && performance.now() < until) await wait(100);
    return { answered, states: statesIn(folder), purchases: purchasesIn(folder), between };
  } finally {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One message; true when it was answered 200. Every fifth cannot be read, every seventh is of another topic. */
async function send(url: string, order: number, base: object): Promise<boolean> {
  const id = 7_000_000 + order;
  const body = order % 5 === 0 ? "{" : { ...base, id, order_number: id, name: `#${id}`, note_attributes: [] };
  const headers = { "x-shopify-topic": order % 7 === 0 ? "app/uninstalled" : "orders/create" };
  const request = requestOf("shopify", { headers, body }, SECRET, NOW);
  try {
    const { status } = await fetch(`${url}/in/test-shopify`, {
      method: "POST",
      headers: request.headers,
      body: Buffer.from(request.body),
    });
    return status === 200;
  } catch {
    return false; // The kill was faster than the answer: nothing was promised.
  }
}

async function serve(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const words = ["serve", "--data", join(folder, "data"), "--port", "0", "--json"];
  const child = spawn(process.execPath, [START, ...words, "--connectors", join(folder, "connectors.yml")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  let text = "";
  let trouble = "";
  child.stderr!.on("data", (chunk) => {
    trouble += chunk;
  });
  for await (const chunk of child.stdout!) {
    text += chunk;
    const url = /"url":"(http:\/\/127[^"]+)"/.exec(text)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error(`the collector ended: ${text} ${trouble}`);
}

function statesIn(folder: string): Record<string, number> {
  const db = openForReading(join(folder, "data"));
  try {
    const rows = db
      .prepare<[], { state: string; n: number }>("select state, count(*) as n from inbox group by state")
      .all();
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  } finally {
    db.close();
  }
}

function purchasesIn(folder: string): number {
  const db = openForReading(join(folder, "data"));
  try {
    return db
      .prepare("select count(*) from touchpoint t join kind k on k.key = t.kind where k.name = 'purchase'")
      .pluck()
      .get() as number;
  } finally {
    db.close();
  }
}
