/**
 * The file, the ClickHouse engine and an engine in memory, which knows nothing but the touchpoints, give the same answers, exactly, to
 * everything that can be asked.
 *
 * The quick part of it; all of it: npm run torture -- torture/engine
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reads } from "../../packages/collector/src/store/port.ts";
import { type Engine, startEngine } from "./engine.ts";
import { openMemory } from "./memory.ts";
import { openPast } from "./memory-past.ts";
import { type Oracle, openOracle } from "./oracle.ts";
import { oracleAsks } from "./oracle-asks.ts";
import { openPair, type Pair } from "./pair.ts";
import { liveThrough, NOW, retire } from "./past.ts";
import { interfaceAsks, LISTS_TOUCHPOINTS, portAsks } from "./questions.ts";

let engine: Engine;
let pair: Pair;
let memory: Reads;
let oracle: Oracle;

beforeAll(async () => {
  engine = await startEngine();
  pair = openPair({ store: engine.store(), most: 700 });
  await liveThrough(pair, { seed: 11, arrivals: 900, people: 25, shipsBetween: true });
  const { db } = pair.writer;
  memory = openMemory(db, await pair.file.sites(), pair.file, NOW);
  oracle = openOracle(openPast(db, (await pair.file.site("shop"))!, NOW), NOW);
});
afterAll(async () => {
  await pair?.close();
  await engine?.close();
});

describe("a past with late, doubled, merged, refunded, future and erased touchpoints", () => {
  test("is not empty", async () => {
    const site = (await pair.engine.site("shop"))!;
    expect(await pair.engine.peopleCount(site, null)).toBeGreaterThan(20);
    expect(
      (await pair.engine.transitions(site, site.models[0]!, { from: 0, to: 1e15 })).length,
    ).toBeGreaterThan(50);
    expect((await pair.engine.conflicts(site)).length).toBeGreaterThan(0);
  });

  // Two models: the one a site begins with, and the one that was applied.
  test.each(oracleAsks(2))(
    "$name is in both what its touchpoints alone add up to",
    async ({ said, meant }) => {
      const site = (await pair.file.site("shop"))!;
      const expected = meant(oracle, site);
      expect(await said(pair.file, site)).toEqual(expected);
      expect(await said(pair.engine, site)).toEqual(expected);
    },
  );

  test("is enough for the second calculation to say something", () => {
    const orders = oracle.orders();
    expect(orders.some(({ isCounted }) => !isCounted)).toBe(true);
    expect(orders.some(({ refunded, isCounted }) => isCounted && refunded > 0)).toBe(true);
    expect(Object.keys(oracle.revenue()).length).toBeGreaterThan(1);
  });

  test.each(portAsks())("$name is read alike", async ({ of }) => {
    const expected = await of(memory);
    expect(await of(pair.file)).toEqual(expected);
    expect(await of(pair.engine)).toEqual(expected);
  });

  test.each(interfaceAsks(2))("$name is answered alike", async ({ of }) => {
    const expected = await of(memory);
    expect(await of(pair.file)).toEqual(expected);
    expect(await of(pair.engine)).toEqual(expected);
  });
});

describe("the same past when what is old was removed", () => {
  beforeAll(() => retire(pair), 120_000);

  test("is shorter", async () => {
    const rest = pair.writer.db.prepare("select count(*) from touchpoint").pluck().get();
    expect(rest).toBeGreaterThan(50);
    expect(await pair.client.rows("select count() from touchpoint")).toEqual([[rest]]);
    expect(await pair.client.rows("select count() from seal")).not.toEqual([[0]]);
  });

  test.each(interfaceAsks(2))("$name is answered as before", async ({ name, of }) => {
    const said = await of(pair.file);
    expect(await of(pair.engine)).toEqual(said);
    if (!LISTS_TOUCHPOINTS.test(name)) expect(said).toEqual(await of(memory));
  });
});
