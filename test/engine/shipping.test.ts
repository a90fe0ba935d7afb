/**
 * Ships through faults: requests that are sent twice, answers that are lost, forwarders that die anywhere, engines that are
 * away, empty, or refuse. What the engine has at the end is what a clean run gives.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../packages/collector/src/domain/attribution/seeded-random.ts";
import { compareFacts, compareTables } from "../../packages/collector/src/store/clickhouse/repair.ts";
import { openSpool } from "../../packages/collector/src/store/clickhouse/spool.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { beacon } from "../../packages/collector/test/house.ts";
import { type Engine, startEngine } from "./engine.ts";
import { type Line, openLine } from "./line.ts";
import { openPair, type Pair } from "./pair.ts";

let engine: Engine;
let made = 0;
const pairs: Pair[] = [];

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(async () => {
  for (const pair of pairs) await pair.close();
  await engine?.close();
});

const newStore = (): string => engine.store(`shipping_${++made}`);

function open(store: string, more: Partial<Parameters<typeof openPair>[0]> = {}): Pair {
  const pair = openPair({ store, most: 60, ...more });
  pairs.push(pair);
  return pair;
}

/** Stops a pair; its folder stays. */
async function end(pair: Pair): Promise<void> {
  pairs.splice(pairs.indexOf(pair), 1);
  await pair.close(true);
}

/** People and their touchpoints, some of them merged; every call goes on with another seed. */
function live(pair: Pair, seed: number, arrivals = 200): void {
  if (pair.writer.sites.byId("shop") === undefined) {
    pair.change("addSite", { id: "shop", settings: { zone: "Europe/Berlin" }, at: PAST_START });
  }
  for (const arrival of arbitraryPast({ seed, arrivals, people: 15, merges: true }))
    pair.writer.ingest([arrival]);
  pair.settle(PAST_START + 900 * DAY_MS);
}

const differences = async (pair: Pair): Promise<string[]> => {
  const tables = await compareTables(pair.writer.db, pair.client, pair.spool.owner()!);
  return tables.filter(({ isSame }) => !isSame).map((one) => JSON.stringify(one));
};

const through = (line: Line, database: string): string =>
  `clickhouse://default:@127.0.0.1:${line.port}/${database}`;

describe("a forwarder", () => {
  test("that dies fifty times on a line that doubles and loses requests ships what a clean run ships", async () => {
    const random = seededRandom(5);
    const fates = { twice: 0, lose: 0, mute: 0, pass: 0 };
    const line = await openLine({
      to: engine.port,
      fate() {
        const chance = random();
        const fate = chance < 0.1 ? "twice" : chance < 0.15 ? "lose" : chance < 0.2 ? "mute" : "pass";
        fates[fate] += 1;
        return fate;
      },
    });
    const database = `shipping_${++made}`;
    let pair = open(through(line, database));
    const { folder } = pair;
    let kills = 0;
    try {
      for (let n = 0; n < 1_000 && kills < 50; n++) {
        if (n % 12 === 0) live(pair, n, 40);
        try {
          await pair.forwarder.open();
          pair.forwarder.cut();
          // Dies at any place: before the batch is sent, in the middle of its tables, or before it is noted as delivered.
          const sending = pair.forwarder.deliver();
          sending.catch(() => undefined);
          if (random() < 0.35) {
            await new Promise((resolve) => setTimeout(resolve, random() * 25));
            kills += 1;
            // What it was about to note is not noted any more.
            pair.spool.close();
            await sending.catch(() => undefined);
            await end(pair);
            pair = open(through(line, database), { folder });
          } else {
            await sending;
            if (random() < 0.2) await pair.forwarder.tidy();
          }
        } catch {
          // The line lost it: the next round sends it again.
        }
      }
      for (let tries = 0; tries < 200; tries++) {
        try {
          await pair.forwarder.drain();
          break;
        } catch {
          // As above.
        }
      }
    } finally {
      line.close();
    }
    expect(kills).toBe(50);
    expect(Math.min(fates.twice, fates.lose, fates.mute)).toBeGreaterThan(5);
    await end(pair);
    // Looked at over a good line.
    const after = open(engine.store(database), { folder });
    expect(await differences(after)).toEqual([]);
    for (const { compared, different } of await compareFacts(after.client)) {
      expect(compared).toBeGreaterThan(100);
      expect(different).toBe(0);
    }
  }, 300_000);

  test("ships what is written in rounds, cut in the middle of them, and after a writer died in one", async () => {
    const random = seededRandom(8);
    const store = newStore();
    let pair = open(store, { peopleAtOnce: 1 });
    const { folder } = pair;
    pair.change("addSite", { id: "shop", settings: { zone: "Europe/Berlin" }, at: PAST_START });
    let cuts = 0;
    let deaths = 0;
    let n = 0;
    for (const arrival of arbitraryPast({ seed: 21, arrivals: 700, people: 40, merges: true })) {
      pair.writer.ingest([arrival]);
      n += 1;
      if (n % 20 !== 0) continue;
      // One person at a time, so that a round takes many transactions.
      for (let steps = 0; steps < 8 && pair.writer.project(0) > 0; steps++) {
        if (!pair.writer.isWriting()) continue;
        await pair.forwarder.open();
        if (pair.forwarder.cut()) cuts += 1;
        await pair.forwarder.deliver();
      }
      if (!pair.writer.isWriting() || random() > 0.5) continue;
      // Dies with people written of whom the log's place does not speak yet.
      deaths += 1;
      await end(pair);
      pair = open(store, { folder, peopleAtOnce: 1 });
    }
    pair.settle(PAST_START + 900 * DAY_MS);
    await pair.forwarder.drain();
    expect(cuts).toBeGreaterThan(40);
    expect(deaths).toBeGreaterThan(5);
    expect(await differences(pair)).toEqual([]);
    for (const { compared, different } of await compareFacts(pair.client)) {
      expect(compared).toBeGreaterThan(100);
      expect(different).toBe(0);
    }
  }, 120_000);

  test("sends a batch again as it was cut, and that changes nothing", async () => {
    const pair = open(newStore());
    live(pair, 1);
    await pair.forwarder.drain();
    const [before] = await pair.client.rows<[number]>("select count() from activity");
    expect(pair.spool.again(0)).toBeGreaterThan(3);
    await pair.forwarder.drain();
    expect(await pair.client.rows("select count() from activity")).toEqual([before]);
    expect(await differences(pair)).toEqual([]);
  }, 120_000);

  test("keeps what it cannot ship while the engine is away, and catches up", async () => {
    const line = await openLine({ to: engine.port });
    const database = `shipping_${++made}`;
    const pair = open(through(line, database));
    live(pair, 2);
    await pair.forwarder.drain();
    line.close();
    live(pair, 3, 600);
    for (let n = 0; n < 60; n++) {
      pair.forwarder.cut();
      await expect(pair.forwarder.deliver()).rejects.toMatchObject({ code: "unavailable" });
    }
    const status = pair.forwarder.status();
    // Some batches are cut; the rest of the changes waits in the file.
    expect(status.batches.waiting).toBe(16);
    expect(status.waiting.touchpoints).toBeGreaterThan(300);
    expect(status.waiting.changes).toBeGreaterThan(0);
    expect(status.oldestMs).toBeGreaterThan(0);
    const { folder } = pair;
    await end(pair);
    const again = open(engine.store(database), { folder });
    await again.forwarder.drain();
    expect(again.forwarder.status()).toMatchObject({
      batches: { waiting: 0, quarantined: 0 },
      waiting: { touchpoints: 0, changes: 0 },
      oldestMs: 0,
    });
    expect(await differences(again)).toEqual([]);
  }, 120_000);

  test("puts a batch aside that the engine calls wrong, goes on, and sends it again when told to", async () => {
    const pair = open(newStore());
    live(pair, 4);
    await pair.forwarder.drain();
    // A table as no version of ours makes it: a name where there are numbers.
    await pair.client.run("drop table moment sync");
    await pair.client.run(
      "create table moment (site UInt64, kind Enum8('none' = 9), at Int64, person UInt64, seq UInt64, amount Int64, unit String, owner UInt16, stamp UInt64, is_gone UInt8) engine = MergeTree order by site",
    );
    live(pair, 5);
    for (let tries = 0; tries < 60; tries++) {
      pair.forwarder.cut();
      const more = await pair.forwarder.deliver().catch(() => true);
      if (!more && !pair.forwarder.cut()) break;
    }
    const [refused] = pair.spool.quarantined();
    expect(refused?.reason).toMatch(/refused/);
    expect(pair.forwarder.status().batches.quarantined).toBeGreaterThan(0);
    // Mended: the refused batches are sent as they are, and what was in the table before comes with a copy.
    await pair.client.run("drop table moment sync");
    await pair.client.run("drop table schema_version sync");
    const { folder } = pair;
    const store = `clickhouse://default:@127.0.0.1:${engine.port}/${pair.client.address.database}`;
    await end(pair);
    const again = open(store, { folder });
    expect(again.spool.release(null)).toBeGreaterThan(0);
    again.spool.setMeta("again", "beginning");
    await again.forwarder.drain();
    expect(again.spool.quarantined()).toEqual([]);
    expect(await differences(again)).toEqual([]);
  }, 120_000);
});

describe("an engine", () => {
  test("that was emptied says so, and is filled again from the beginning", async () => {
    const store = newStore();
    const pair = open(store);
    live(pair, 6);
    await pair.forwarder.drain();
    const { folder } = pair;
    await pair.client.run(`drop database ${pair.client.address.database} sync`);
    await end(pair);
    const again = open(store, { folder });
    await expect(again.forwarder.open()).rejects.toMatchObject({ code: "conflict" });
    again.spool.setMeta("again", "beginning");
    live(again, 7);
    await again.forwarder.drain();
    expect(await differences(again)).toEqual([]);
  }, 120_000);

  test("lets go of whoever asked to be forgotten: facts, events, names, and batches kept to be sent again", async () => {
    const pair = open(newStore());
    live(pair, 8);
    await pair.forwarder.drain();
    const id = "visitor-1-0";
    const site = (await pair.engine.site("shop"))!;
    expect(await pair.engine.person(site, id)).toBeDefined();
    pair.change("forgetPerson", { site: "shop", person: id, at: PAST_START });
    await pair.forwarder.drain();
    expect(await pair.engine.person(site, id)).toBeUndefined();
    expect(await differences(pair)).toEqual([]);
    // Not only hidden: no version of any row is left, nor a mark that names them.
    const everything: string[] = [];
    for (const table of ["visitor", "member", "person", "claim", "touchpoint", "message", "purchase"]) {
      const rows = await pair.client.rows<[string]>(
        `select toString(tuple(*)) from ${table} settings final = 0`,
      );
      everything.push(...rows.map(([row]) => row));
    }
    expect(everything.length).toBeGreaterThan(50);
    expect(everything.filter((row) => row.includes(id))).toEqual([]);
    expect(pair.spool.again(0)).toBe(0);
  }, 120_000);

  test("takes one collector per site, and another one only when it takes over; what the old one sends then does not count", async () => {
    const store = newStore();
    const first = open(store, { name: "first" });
    live(first, 9);
    await first.forwarder.drain();

    const second = open(store, { name: "second" });
    live(second, 10, 120);
    await expect(second.forwarder.open()).rejects.toMatchObject({
      code: "conflict",
      message: 'The site "shop" belongs to another collector in this engine',
    });
    const { folder } = second;
    await end(second);
    // Not while the other one lives.
    const eager = open(store, { name: "second", folder, takesOver: true });
    await expect(eager.forwarder.open()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/lives: it was seen \d+ s ago/),
    });
    await end(eager);
    const heir = open(store, {
      name: "second",
      folder,
      takesOver: true,
      now: () => Date.now() + 61_000,
    });
    await heir.forwarder.drain();
    expect(heir.spool.owner()).toEqual({ number: 0, epoch: 2 });
    expect(await differences(heir)).toEqual([]);

    // The first one was not gone after all.
    live(first, 11, 120);
    for (let n = 0; n < 5; n++) {
      first.forwarder.cut();
      await first.forwarder.deliver().catch(() => undefined);
    }
    expect(await differences(heir)).toEqual([]);
    const { folder: old } = first;
    await end(first);
    const back = open(store, { name: "first", folder: old });
    await expect(back.forwarder.open()).rejects.toMatchObject({ code: "conflict" });
  }, 120_000);

  test("holds the sites of several collectors side by side", async () => {
    const store = newStore();
    const shop = open(store, { name: "a" });
    live(shop, 12);
    await shop.forwarder.drain();
    const blog = open(store, { name: "b" });
    blog.change("addSite", { id: "blog", settings: {}, at: PAST_START });
    const view = {
      kind: "page_view",
      visit: true,
      url: "https://blog.example/?utm_source=x&utm_medium=email",
    };
    for (let n = 0; n < 30; n++) {
      const at = PAST_START + n * DAY_MS;
      blog.writer.ingest([
        { door: "browser", receivedAt: at, body: beacon(`visitor-${n % 7}-0`, at, [view], "blog") },
      ]);
    }
    blog.settle(PAST_START + 40 * DAY_MS);
    await blog.forwarder.drain();
    expect(blog.spool.owner()).toEqual({ number: 1, epoch: 1 });
    expect(await differences(shop)).toEqual([]);
    expect(await differences(blog)).toEqual([]);
    expect((await shop.engine.sites()).map(({ id }) => id)).toEqual(["shop", "blog"]);
    const theirs = (await blog.engine.site("blog"))!;
    const ours = (await blog.file.site("blog"))!;
    expect(await blog.engine.peopleCount(theirs, null)).toBe(7);
    const person = (await blog.engine.person(theirs, "visitor-3-0"))!;
    const same = (await blog.file.person(ours, "visitor-3-0"))!;
    expect({ ...person, key: 0, firstSource: 0, lastSource: 0 }).toEqual({
      ...same,
      key: 0,
      firstSource: 0,
      lastSource: 0,
    });
    expect(person.key).toBeGreaterThan(2 ** 40);
    expect((await blog.engine.timeline(person)).map(({ touchpoint }) => touchpoint.id)).toEqual(
      (await blog.file.timeline(same)).map(({ touchpoint }) => touchpoint.id),
    );
  }, 120_000);

  test("is not written to by a file that went back in time, until it has a life of its own", async () => {
    const store = newStore();
    const pair = open(store);
    live(pair, 13);
    await pair.forwarder.drain();
    const to = pair.spool.watermark()!;
    const { folder } = pair;
    await end(pair);
    // As after restoring a backup: the spool knows more than the file.
    const spool = openSpool(folder);
    spool.setWatermark({ change: to.change + 1_000, seq: to.seq + 1_000 });
    spool.close();
    const restored = open(store, { folder });
    live(restored, 14);
    await restored.forwarder.drain();
    expect(restored.spool.owner()).toEqual({ number: 0, epoch: 2 });
    expect(await differences(restored)).toEqual([]);
  }, 120_000);
});
