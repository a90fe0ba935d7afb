/**
 * Several collectors behind a balancer, on one engine: whoever gets a touchpoint keeps it, its owner counts it once, and neither
 * kills nor lost answers nor an owner that is replaced change that.
 */
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import { backUp } from "../../packages/collector/src/store/sqlite/backup.ts";
import { openForReading } from "../../packages/collector/src/store/sqlite/open.ts";
import { beacon } from "../../packages/collector/test/house.ts";
import {
  newFolder,
  type RunningCollector,
  sleep,
  start,
  startInVain,
  until,
} from "../process/parts/running.ts";
import { type Engine, startEngine } from "./engine.ts";

const ENTRY = join(import.meta.dirname, "../../packages/collector/bin/sojourn.js");
const SECRET = "a secret that all of them have";
const BROWSER = { "user-agent": "Mozilla/5.0 Firefox/140.0" };

let engine: Engine;
const folders: string[] = [];
const running: RunningCollector[] = [];

beforeAll(async () => {
  engine = await startEngine();
});
afterEach(async () => {
  for (const collector of running.splice(0)) await collector.end("SIGKILL");
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});
afterAll(() => engine?.close());

interface Place {
  folder: string;
  port: number;
  store: string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function folderOf(): string {
  const made = newFolder();
  folders.push(made);
  return made;
}

async function place(database: string): Promise<Place> {
  return { folder: folderOf(), port: await freePort(), store: engine.store(database) };
}

const surroundings = ({ port, store }: Place): Record<string, string> => ({
  SOJOURN_STORE: store,
  SOJOURN_PEER_URL: `http://127.0.0.1:${port}`,
  SOJOURN_PEER_SECRET: SECRET,
});

async function serve(at: Place): Promise<RunningCollector> {
  const collector = await start(at.folder, {
    env: surroundings(at),
    flags: ["--port", String(at.port)],
  });
  running.push(collector);
  return collector;
}

function sojourn(at: Place, ...words: string[]): { code: number | null; json: unknown; said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [ENTRY, ...words, "--data", at.folder, "--json"],
    { encoding: "utf8", env: { ...process.env, ...surroundings(at) } },
  );
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    // An error: it is in what was said.
  }
  return { code: status, json, said: `${stdout}${stderr}` };
}

let sent = 0;
/** A touchpoint's id, as browsers make it: by the time, and unlike any other. */
const newId = (at: number): string => {
  const time = at.toString(16).padStart(12, "0");
  const tail = (++sent).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7abc-8abc-${tail}`;
};

interface Sent {
  status: number;
  ids: string[];
}

async function send(
  url: string,
  visitor: string | undefined,
  options: { count?: number; site?: string } = {},
): Promise<Sent> {
  const now = Date.now();
  const { count = 1, site = "shop" } = options;
  const ids = Array.from({ length: count }, () => newId(now));
  const views = ids.map((id, n) => ({
    id,
    kind: "page_view",
    ...(n === 0 ? { visit: true } : {}),
    at: now - n,
  }));
  const body = visitor === undefined ? nameless(site, now, views) : beacon(visitor, now, views, site);
  const { status } = await fetch(`${url}/b`, { method: "POST", body, headers: BROWSER });
  return { status, ids };
}

const nameless = (site: string, sentAt: number, touchpoints: unknown[]): string =>
  JSON.stringify({ v: 1, site, sentAt, touchpoints });

async function metric({ url }: RunningCollector, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

const takesInFor = async (collector: RunningCollector): Promise<void> =>
  until(
    "knowing the other's site",
    async () => (await send(collector.url, "visitor-probe")).status < 300,
    20_000,
  );

/** How often every id is in a file's log. */
function kept(at: Place): Map<string, number> {
  const db = openForReading(at.folder);
  const counts = new Map<string, number>();
  for (const id of db.prepare<[], string>("select lower(hex(id)) from touchpoint").pluck().iterate())
    counts.set(id, (counts.get(id) ?? 0) + 1);
  db.close();
  return counts;
}

const plain = (id: string): string => id.replaceAll("-", "");

describe("several collectors on one engine", () => {
  test("take in for whoever has the site: kept here, counted there, once, whatever is killed", async () => {
    const [a, b] = [await place("pair"), await place("pair")];
    let owner = await serve(a);
    await until("owning", async () => (await metric(owner, "sojourn_forward_up")) === 1, 20_000);
    let other = await serve(b);
    await takesInFor(other);
    const acknowledged: string[] = [];
    let killed = 0;
    for (let round = 0; round < 12; round++) {
      const tries = Array.from({ length: 8 }, async (_, n) => {
        const url = n % 4 === 0 ? owner.url : other.url;
        const done = await send(url, `visitor-${round}-${n}`, { count: 3 }).catch(() => undefined);
        if (done !== undefined && done.status < 300) acknowledged.push(...done.ids);
      });
      // Dies at any place: while it takes in, or while it passes on.
      if (round % 4 === 1) {
        await owner.end("SIGKILL");
        killed += 1;
        await Promise.all(tries);
        // The owner is away: the other one goes on taking in.
        const away = await send(other.url, `visitor-away-${round}`);
        expect(away.status, other.said().slice(-600)).toBeLessThan(300);
        acknowledged.push(...away.ids);
        owner = await serve(a);
      } else if (round % 4 === 3) {
        await sleep(5 * round);
        await other.end("SIGKILL");
        killed += 1;
        await Promise.all(tries);
        other = await serve(b);
      }
      await Promise.all(tries);
    }
    expect(killed).toBe(6);
    await until(
      "passing on",
      async () => (await metric(other, "sojourn_relay_waiting_touchpoints")) === 0,
      30_000,
    );
    await sleep(300);
    expect(acknowledged.length).toBeGreaterThan(150);
    const here = kept(a);
    expect(acknowledged.filter((id) => here.get(plain(id)) !== 1)).toEqual([]);
    // Nothing of it is in the other one's log.
    expect(kept(b).size).toBe(0);
    // Both answer for the site, from the engine.
    const { total } = sojourn(a, "stages").json as { total: number };
    expect(total).toBeGreaterThan(50);
    expect(sojourn(b, "stages", "--site", "shop").json).toMatchObject({ total });
  }, 180_000);

  test("count a touchpoint once that both of them receive, at once, again, and by way of one another", async () => {
    const [a, b] = [await place("twice"), await place("twice")];
    const owner = await serve(a);
    await until("owning", async () => (await metric(owner, "sojourn_forward_up")) === 1, 20_000);
    const other = await serve(b);
    await takesInFor(other);
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) {
      const now = Date.now();
      const id = n % 10 === 9 ? `foreign-${n}` : newId(now);
      ids.push(id);
      const body = beacon(`visitor-${n % 7}`, now, [{ id, kind: "page_view", visit: true, at: now }]);
      const to = (url: string): Promise<Response> =>
        fetch(`${url}/b`, { method: "POST", body, headers: BROWSER });
      const answers = await Promise.all([to(owner.url), to(other.url), to(other.url)]);
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    }
    await until(
      "passing on",
      async () => (await metric(other, "sojourn_relay_waiting_touchpoints")) === 0,
      20_000,
    );
    await until(
      "shipping",
      async () => (await metric(owner, "sojourn_forward_waiting_touchpoints")) === 0,
      20_000,
    );
    // The one that looked for the owner, too.
    const said = sojourn(b, "stages", "--site", "shop").json as { total: number };
    expect(said.total).toBe(8);
    const counts = [...kept(a).values()];
    expect(counts.every((n) => n === 1)).toBe(true);
    expect(counts.length).toBeGreaterThanOrEqual(ids.length + 1);
    const client = openClient(readAddress(a.store));
    const [rows] = await client.rows<[number, number]>("select count(), uniqExact(id) from touchpoint");
    await client.close();
    expect(rows).toEqual([counts.length, counts.length]);
  }, 90_000);

  test("that start at the same moment agree on who has the site", async () => {
    const places = await Promise.all([1, 2, 3].map(() => place("race")));
    const collectors = await Promise.all(places.map(serve));
    const ids: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (const collector of collectors) {
        await takesInFor(collector);
        ids.push(...(await send(collector.url, `visitor-${round}`)).ids);
      }
    }
    for (const collector of collectors) {
      await until(
        "passing on",
        async () => (await metric(collector, "sojourn_relay_waiting_touchpoints")) === 0,
        30_000,
      );
    }
    await sleep(300);
    const logs = places.map(kept).filter(({ size }) => size > 0);
    expect(logs).toHaveLength(1);
    expect(ids.filter((id) => logs[0]!.get(plain(id)) !== 1)).toEqual([]);
  }, 120_000);

  test("know the owner's keys, and write no address of a visitor without a name", async () => {
    const [a, b] = [await place("keys"), await place("keys")];
    const owner = await serve(a);
    await until("owning", async () => (await metric(owner, "sojourn_forward_up")) === 1, 20_000);
    const key = (sojourn(a, "key", "add", "--scope", "write", "--name", "shop").json as { key: string }).key;
    const reading = (sojourn(a, "key", "add", "--scope", "read", "--name", "x").json as { key: string }).key;
    const other = await serve(b);
    await takesInFor(other);
    const call = async (with_: string, idempotency?: string): Promise<{ status: number; body: unknown }> => {
      const response = await fetch(`${other.url}/api/v1/touchpoints?site=shop`, {
        method: "POST",
        body: JSON.stringify([
          { kind: "purchase", order: "A-1", value: 5, currency: "EUR", visitor: "visitor-buys" },
        ]),
        headers: {
          authorization: `Bearer ${with_}`,
          ...(idempotency === undefined ? {} : { "idempotency-key": idempotency }),
        },
      });
      return { status: response.status, body: await response.json() };
    };
    await until("knowing the key", async () => (await call(key, "one")).status === 200, 30_000);
    for (let n = 0; n < 3; n++) expect(await call(key, "one")).toMatchObject({ status: 200 });
    expect((await call("sj_write_guessed_guessed_guessed_guessed")).status).toBe(401);
    // A key that reads there opens nothing here.
    expect((await call(reading)).status).toBe(401);

    expect((await send(other.url, undefined)).status).toBeLessThan(300);
    await until(
      "passing on",
      async () => (await metric(other, "sojourn_relay_waiting_touchpoints")) === 0,
      20_000,
    );
    await sleep(300);
    const db = openForReading(a.folder);
    expect(
      db
        .prepare(
          "select count(*) from touchpoint where kind = (select key from kind where name = 'purchase')",
        )
        .pluck()
        .get(),
    ).toBe(1);
    expect(db.prepare("select count(*) from visitor where id like 'day:%'").pluck().get()).toBe(1);
    db.close();

    await owner.end("SIGKILL");
    // With a name: kept. Without one it may not lie on a disk, so the browser keeps it.
    expect((await send(other.url, "visitor-named")).status).toBeLessThan(300);
    expect((await send(other.url, undefined)).status).toBe(503);
    expect((await call(key, "two")).status).toBe(200);
    await other.end("SIGKILL");
    const bytes = readFileSync(join(b.folder, "relay.db")).toString("latin1");
    expect(bytes.includes("127.0.0.1 ")).toBe(false);
  }, 120_000);

  test("say nothing to whoever does not have their secret, and what is wrong to whoever has", async () => {
    const a = await place("secret");
    const owner = await serve(a);
    for (const secret of [undefined, "", "a secret that nobody has"]) {
      const headers: Record<string, string> = secret === undefined ? {} : { "x-sojourn-peer": secret };
      expect((await fetch(`${owner.url}/peer/keys`, { headers })).status).toBe(401);
      const post = { method: "POST", body: '{"arrivals":[]}', headers };
      expect((await fetch(`${owner.url}/peer/arrivals`, post)).status).toBe(401);
    }
    for (const body of [
      "",
      "{",
      "null",
      '{"arrivals":7}',
      '{"arrivals":[null]}',
      '{"arrivals":[{"body":1}]}',
    ]) {
      const post = { method: "POST", body, headers: { "x-sojourn-peer": SECRET } };
      expect((await fetch(`${owner.url}/peer/arrivals`, post)).status).toBe(400);
    }
    // Alone, a collector has no such doors.
    const alone = await start(folderOf(), {});
    running.push(alone);
    expect((await fetch(`${alone.url}/peer/keys`, { headers: { "x-sojourn-peer": "" } })).status).toBe(404);
    for (const [env, said] of [
      [{ SOJOURN_PEER_URL: "http://10.0.0.1:8080" }, /peerUrl is set alone/],
      [{ SOJOURN_PEER_SECRET: SECRET }, /peerSecret is set alone/],
      [{ SOJOURN_PEER_URL: "10.0.0.1", SOJOURN_PEER_SECRET: SECRET }, /SOJOURN_PEER_URL is "10.0.0.1"/],
      [{ SOJOURN_PEER_URL: "http://10.0.0.1:8080", SOJOURN_PEER_SECRET: SECRET }, /needs an engine/],
      [
        { SOJOURN_PEER_URL: "http://10.0.0.1:8080", SOJOURN_PEER_SECRET: "short" },
        /SOJOURN_PEER_SECRET is "\*\*\*"/,
      ],
    ] as const) {
      const { code, said: text } = await startInVain(folderOf(), { env });
      expect(code).toBe(1);
      expect(text).toMatch(said);
    }
  }, 60_000);

  test("lose nothing that was shipped or taken in when the owner's machine is gone for good", async () => {
    const [a, b, c] = [await place("gone"), await place("gone"), await place("gone")];
    const owner = await serve(a);
    await until("owning", async () => (await metric(owner, "sojourn_forward_up")) === 1, 20_000);
    const other = await serve(b);
    await takesInFor(other);
    const ids: string[] = [];
    const sendAll = async (from: string, urls: readonly string[]): Promise<void> => {
      for (let n = 0; n < 20; n++) {
        const done = await send(urls[n % urls.length]!, `visitor-${from}-${n}`, { count: 2 });
        expect(done.status).toBeLessThan(300);
        ids.push(...done.ids);
      }
    };
    await sendAll("before", [owner.url, other.url]);
    const erased = await send(owner.url, "visitor-erased", { count: 2 });
    await until(
      "passing on",
      async () => (await metric(other, "sojourn_relay_waiting_touchpoints")) === 0,
      20_000,
    );
    // A backup, and the secret that lies beside the file.
    await backUp(a.folder, join(c.folder, "sojourn.db"), false);
    cpSync(join(a.folder, "secret"), join(c.folder, "secret"));
    await sendAll("since", [owner.url, other.url]);
    expect(sojourn(a, "forget", "visitor-erased").code).toBe(0);
    await until(
      "passing on",
      async () => (await metric(other, "sojourn_relay_waiting_touchpoints")) === 0,
      20_000,
    );
    // Also who was forgotten.
    await until(
      "shipping",
      async () =>
        (await metric(owner, "sojourn_forward_waiting_changes")) === 0 &&
        (await metric(owner, 'sojourn_forward_batches{state="waiting"}')) === 0,
      20_000,
    );
    await owner.end("SIGKILL");
    await sendAll("away", [other.url]);

    // It was seen a moment ago: whoever is too quick is told so.
    expect(sojourn(c, "engine", "take-over")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/it was seen \d+ s ago/),
    });
    const auth = `Basic ${Buffer.from("default:").toString("base64")}`;
    const older =
      "insert into gone.collector (number, name, epoch, seen_at, url, owner, stamp, is_gone) " +
      "select number, name, epoch, seen_at - 60000, url, owner, stamp + 1, is_gone from gone.collector final where number = 0";
    await fetch(`http://127.0.0.1:${engine.port}/?query=${encodeURIComponent(older)}`, {
      method: "POST",
      headers: { authorization: auth },
    });
    const taken = sojourn(c, "engine", "take-over");
    expect(taken).toMatchObject({ code: 0, json: { collector: 0, life: 2, forgotten: 1 } });
    expect((taken.json as { touchpoints: number }).touchpoints).toBeGreaterThanOrEqual(40);
    const heir = await serve(c);
    await until(
      "passing on",
      async () => (await metric(other, "sojourn_relay_waiting_touchpoints")) === 0,
      30_000,
    );
    await until(
      "shipping",
      async () => (await metric(heir, "sojourn_forward_waiting_touchpoints")) === 0,
      20_000,
    );
    const here = kept(c);
    expect(ids).toHaveLength(120);
    expect(ids.filter((id) => here.get(plain(id)) !== 1)).toEqual([]);
    expect(erased.ids.filter((id) => here.has(plain(id)))).toEqual([]);
    // Whoever comes back from the dead is turned away.
    const { code, said } = await startInVain(a.folder, {
      env: surroundings(a),
      flags: ["--port", String(a.port)],
    });
    expect(code).toBe(1);
    expect(said).toMatch(/taken over/);
    expect(await heir.end("SIGTERM")).toBe(0);
    expect(sojourn(c, "engine", "compare")).toMatchObject({ code: 0, json: { isSame: true } });
  }, 180_000);
});
