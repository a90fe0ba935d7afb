import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { NOW, requestOf, SECRET, samplesOf } from "../src/connect/test/samples.ts";
import { openForReading } from "../src/store/sqlite/open.ts";

const START = join(import.meta.dirname, "../bin/sojourn.js");
const ROUNDS = 5;
const folder = mkdtempSync(join(tmpdir(), "sojourn-kill-"));
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function serve(): Promise<string> {
  child = spawn(
    process.execPath,
    [
      START,
      "serve",
      "--data",
      join(folder, "data"),
      "--port",
      "0",
      "--json",
      "--connectors",
      join(folder, "connectors.yml"),
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] } },
  );
  let text = "";
  let trouble = "";
  child.stderr!.on("data", (chunk) => {
    trouble += chunk;
  });
  for await (const chunk of child.stdout!) {
    text += chunk;
    for (const line of text.split("\n")) {
      const url = /"url":"(http:\/\/127[^"]+)"/.exec(line)?.[1];
      if (url !== undefined) return url;
    }
  }
  throw new Error(`the collector ended: ${text} ${trouble}`);
}

async function kill(): Promise<void> {
  const gone = once(child!, "exit");
  child!.kill("SIGKILL");
  await gone;
}

const states = () => {
  const db = openForReading(join(folder, "data"));
  try {
    return Object.fromEntries(
      db
        .prepare<[], { state: string; n: number }>("select state, count(*) as n from inbox group by state")
        .all()
        .map(({ state, n }) => [state, n]),
    );
  } finally {
    db.close();
  }
};

test("every message answered 200 is settled after kills between answer and mapping, and counts once", async () => {
  writeFileSync(join(folder, "secret"), SECRET, { mode: 0o600 });
  writeFileSync(
    join(folder, "connectors.yml"),
    "- name: test-shopify\n  system: shopify\n  site: shop\n  secrets: [{ file: secret }]\n",
  );
  const base = samplesOf("shopify").find(({ name }) => name === "orders-create.json 1")!.body as Record<
    string,
    unknown
  >;
  let answered = 0;
  let order = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const url = await serve();
    const sending = Array.from({ length: 20 }, async () => {
      order += 1;
      const id = 7_000_000 + order;
      const body =
        order % 5 === 0 ? "{" : { ...base, id, order_number: id, name: `#${id}`, note_attributes: [] };
      const request = requestOf(
        "shopify",
        { headers: { "x-shopify-topic": order % 7 === 0 ? "app/uninstalled" : "orders/create" }, body },
        SECRET,
        NOW,
      );
      try {
        const { status } = await fetch(`${url}/in/test-shopify`, {
          method: "POST",
          headers: request.headers,
          body: Buffer.from(request.body),
        });
        if (status === 200) answered += 1;
      } catch {
        // The kill was faster than the answer: nothing was promised.
      }
    });
    // The first round is answered whole, the others are killed after a few answers more.
    const before = answered;
    const some = async () => {
      while (answered < before + round * 3) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await (round === 0 ? Promise.all(sending) : Promise.race([Promise.all(sending), some()]));
    await kill();
    await Promise.all(sending);
  }
  await serve();
  await expect.poll(() => states()["waiting"], { timeout: 30_000, interval: 200 }).toBeUndefined();
  const { mapped = 0, ignored = 0, unreadable = 0, ...others } = states();
  expect(others).toEqual({});
  // A message may be on disk whose answer was cut off; never the other way round.
  expect(mapped + ignored + unreadable).toBeGreaterThanOrEqual(answered);
  expect(answered).toBeGreaterThan(0);
  expect(ignored).toBeGreaterThan(0);
  expect(unreadable).toBeGreaterThan(0);
  const db = openForReading(join(folder, "data"));
  const purchases = db
    .prepare("select count(*) from touchpoint t join kind k on k.key = t.kind where k.name = 'purchase'")
    .pluck()
    .get();
  db.close();
  expect(purchases).toBe(mapped);
}, 120_000);
