/** Real processes: a collector that is killed between the steps of a delivery, and what its commands say of targets. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { requestOf, SECRET } from "../src/connect/test/samples.ts";
import { isAnyIn } from "../src/store/erasure.ts";
import { openStub, type Stub } from "./target-house.ts";

const ENTRY = join(import.meta.dirname, "../bin/sojourn.js");
const env = { PATH: process.env["PATH"] ?? "" };
const folder = mkdtempSync(join(tmpdir(), "sojourn-target-"));
const data = join(folder, "data");
let child: ChildProcess | undefined;
let stub: Stub | undefined;
afterEach(async () => {
  child?.kill("SIGKILL");
  await stub?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(): Promise<string> {
  const table = join(folder, "connectors.yml");
  const words = [
    "serve",
    "--data",
    data,
    "--port",
    "0",
    "--json",
    "--connectors",
    table,
    "--allow-private-targets",
  ];
  child = spawn(process.execPath, [ENTRY, ...words], { stdio: ["ignore", "pipe", "pipe"], env });
  let text = "";
  child.stderr!.on("data", (chunk) => {
    text += chunk;
  });
  for await (const chunk of child.stdout!) {
    text += chunk;
    const url = /"url":"(http:\/\/127[^"]+)"/.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`the collector ended: ${text}`);
}

const kill = async (): Promise<void> => {
  const gone = once(child!, "exit");
  child!.kill("SIGKILL");
  await gone;
};

/** Runs a command to its end. */
const sojourn = (...words: string[]): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...words, "--data", data], { env, timeout: 60_000 }, (error, out) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out }),
    );
  });

const linesOf = async (...words: string[]): Promise<{ id: string; state: string; kind: string }[]> =>
  JSON.parse((await sojourn("outbox", "list", "--json", "--limit", "1000", ...words)).out);

/** An order as the shop sends it, placed now. */
async function orderFrom(url: string, id: number, email: string): Promise<void> {
  const now = new Date();
  const body = {
    id,
    order_number: id,
    name: `#${id}`,
    test: false,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    cancelled_at: null,
    financial_status: "paid",
    currency: "EUR",
    total_price: "59.90",
    email,
    note_attributes: [],
    customer: { id: id + 5_000_000, email },
    line_items: [],
  };
  const headers = { "x-shopify-topic": "orders/create" };
  const request = requestOf("shopify", { headers, body }, SECRET, now.getTime());
  const answer = await fetch(`${url}/in/shop-eu`, {
    method: "POST",
    headers: request.headers,
    body: Buffer.from(request.body),
  });
  expect(answer.status).toBe(200);
}

test("a delivery that was killed between its steps goes on, clears before it sets, and loses nobody", async () => {
  const open = await openStub();
  stub = open;
  writeFileSync(join(folder, "secret"), SECRET, { mode: 0o600 });
  writeFileSync(join(folder, "token"), "t0ken-of-the-crm", { mode: 0o600 });
  writeFileSync(
    join(folder, "connectors.yml"),
    `- { name: shop-eu, system: shopify, site: shop, secrets: [{ file: secret }] }
- name: crm
  system: hubspot
  site: shop
  host: ${open.url}
  token: { file: token }
  keepEmail: true
  send: { lifecyclestage: follow }
`,
  );
  const stages = ["subscriber", "lead", "customer", "evangelist", "other"].map((value) => ({ value }));
  /** Kills while a clearing request is being answered (even rounds) or just after it was (odd ones). */
  let round = 0;
  let killing: Promise<void> | undefined;
  open.otherwise = ({ method, path, body }) => {
    if (path.endsWith("/lifecyclestage")) return { json: { options: stages, name: "lifecyclestage" } };
    const properties = (body?.["properties"] ?? {}) as Record<string, string>;
    // Only of this round's buyer: what the kill before left over is sent as soon as the collector is back.
    const isOwn = path.includes(encodeURIComponent(`buyer-${round}@`));
    const isClear = isOwn && method === "PATCH" && properties["lifecyclestage"] === "";
    if (isClear && killing === undefined && round < 4) {
      const wait = round % 2 === 0 ? 0 : 150;
      killing = new Promise<void>((resolve) => setTimeout(resolve, wait)).then(kill);
    }
    return { json: { id: "1" } };
  };
  for (; round < 4; round++) {
    const url = await serve();
    killing = undefined;
    await orderFrom(url, 9_000_100 + round, `buyer-${round}@example.com`);
    await expect.poll(() => killing !== undefined, { timeout: 20_000, interval: 20 }).toBe(true);
    await killing;
  }
  const url = await serve();
  await expect
    .poll(async () => (await linesOf("--state", "waiting")).length, { timeout: 30_000, interval: 500 })
    .toBe(0);
  const states = (await linesOf()).map(({ state }) => state);
  expect(new Set(states)).toEqual(new Set(["delivered"]));
  for (let one = 0; one < 4; one++) {
    const told = open.asked
      .filter(({ method, path }) => method === "PATCH" && path.includes(encodeURIComponent(`buyer-${one}@`)))
      .map(({ body }) => (body!["properties"] as Record<string, string>)["lifecyclestage"]);
    expect(told[0]).toBe("");
    expect(told.at(-1)).toBe("customer");
    // Repeats only of the step that was under way: never a value before it was cleared, never cleared after it was set.
    expect(told.join(",")).toMatch(/^(,)*customer(,customer)*$/);
  }

  const doctor = await sojourn("doctor", "--quick", "--json", "--connectors", join(folder, "connectors.yml"));
  expect(doctor.out).not.toContain("t0ken");
  // Without the allowance at serve, private hosts are not asked.
  expect(JSON.parse(doctor.out)).toContainEqual({
    name: "target crm",
    state: "fail",
    text: "the system does not answer: it is a private address",
  });

  const [shown] = await linesOf("--target", "crm");
  const one = JSON.parse((await sojourn("outbox", "show", "crm", shown!.id, "--json")).out);
  expect(one.steps.done.map(({ step }: { step: string }) => step)).toEqual(["clear", "property"]);
  expect(JSON.stringify(one)).not.toContain("@example.com");
  const targets = JSON.parse((await sojourn("outbox", "targets", "--json")).out);
  expect(targets).toMatchObject([
    { id: "crm", system: "hubspot", state: "on", messages: { delivered: states.length } },
  ]);
  const before = open.asked.length;
  expect((await sojourn("outbox", "resend", "crm", shown!.id)).out).toBe("1 messages will be sent again\n");
  await expect.poll(() => open.asked.length, { timeout: 10_000, interval: 100 }).toBe(before + 2);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/sojourn_target_messages\{target="crm",system="hubspot",state="delivered"\} \d/);
  expect(metrics).toMatch(/sojourn_target_requests_total\{target="crm",status="200"\} \d/);

  // Addresses are in no file as they are; forgetting somebody forgets how to reach them.
  expect(await isAnyIn(data, ["buyer-1@example.com"])).toBe(true); // The raw order, in the inbox.
  expect((await sojourn("forget", "shop-eu:14000101", "--site", "shop")).code).toBe(0);
  expect(await isAnyIn(data, ["buyer-1@example.com", "14000101"])).toBe(false);
}, 180_000);
