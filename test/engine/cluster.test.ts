/**
 * The cluster variant on an engine that is the only node of a cluster: every table is made, replicated ones with the engine's own
 * Keeper; and everything is asked through Distributed tables. Several nodes cannot be tried here.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import { compareFacts, compareTables } from "../../packages/collector/src/store/clickhouse/repair.ts";
import { schemaText } from "../../packages/collector/src/store/clickhouse/schema.ts";
import { SHIPPED } from "../../packages/collector/src/store/sqlite/shipped.ts";
import { type Engine, startEngine } from "./engine.ts";
import { openPair, type Pair } from "./pair.ts";
import { liveThrough } from "./past.ts";
import { interfaceAsks } from "./questions.ts";

let engine: Engine;
let pair: Pair;

beforeAll(async () => {
  engine = await startEngine({ cluster: "shops" });
  pair = openPair({ store: engine.store(), most: 700 });
  await liveThrough(pair, { seed: 12, arrivals: 250, people: 20, shipsBetween: false });
}, 240_000);
afterAll(async () => {
  await pair?.close();
  await engine?.close();
});

test("every table is made, replicated ones at a Keeper, with the macros of the node", async () => {
  const statements = schemaText({ database: "replicated", cluster: "shops" })
    .split(/;\n/)
    .map((text) => text.trim())
    // Writing into them and changing them needs more than a Keeper in memory.
    .filter((text) => text.startsWith("create"));
  const auth = `Basic ${Buffer.from("default:").toString("base64")}`;
  for (const body of statements) {
    const made = await fetch(`http://127.0.0.1:${engine.port}/?replicated=keep`, {
      method: "POST",
      body,
      headers: { authorization: auth },
    });
    expect(made.status, `${body.slice(0, 200)}: ${await made.text()}`).toBe(200);
  }
  const client = openClient({ ...readAddress(engine.store()), database: "default" });
  const rows = await client.rows<[string, string, string]>(
    "select table, zookeeper_path, replica_name from system.replicas where database = 'replicated' order by table",
  );
  await client.close();
  // Schema and three ledgers beside what is shipped.
  expect(rows).toHaveLength(SHIPPED.length + 4);
  expect(rows).toContainEqual(["person_local", "/clickhouse/tables/1/replicated/person", "1"]);
  expect(rows).toContainEqual(["site", "/clickhouse/tables/all/replicated/site", "1-1"]);
}, 60_000);

describe("behind Distributed tables", () => {
  test("lie all rows, and facts that follow from events", async () => {
    const [kinds] = await pair.client.rows<[number]>(
      "select count() from system.tables where database = 'sojourn' and engine = 'Distributed'",
    );
    expect(kinds![0]).toBe(SHIPPED.filter(({ shard }) => shard !== undefined).length);
    const tables = await compareTables(pair.writer.db, pair.client, pair.spool.owner()!);
    expect(tables.filter(({ isSame }) => !isSame)).toEqual([]);
    for (const { compared, different } of await compareFacts(pair.client)) {
      expect(compared).toBeGreaterThan(0);
      expect(different).toBe(0);
    }
  });

  test.each(interfaceAsks(4))("$name is answered alike", async ({ of }) => {
    expect(await of(pair.engine)).toEqual(await of(pair.file));
  });
});
