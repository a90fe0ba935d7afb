/** Which collector has a site: never two, whoever wants it when; and what a predecessor still sends does not stay. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { claimSite } from "../../packages/collector/src/store/clickhouse/claims.ts";
import { type EngineClient, openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import { compareTables } from "../../packages/collector/src/store/clickhouse/repair.ts";
import { ensureSchema } from "../../packages/collector/src/store/clickhouse/schema.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { type Engine, startEngine } from "./engine.ts";
import { openPair } from "./pair.ts";

let engine: Engine;
const clients: EngineClient[] = [];

beforeAll(async () => {
  engine = await startEngine();
  const address = readAddress(engine.store("claims"));
  clients.push(...[0, 1, 2, 3].map(() => openClient(address)));
  const admin = openClient({ ...address, database: "default" });
  await ensureSchema(clients[0]!, admin);
  await admin.close();
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await engine?.close();
});

describe("a site", () => {
  test("that several collectors want at the same moment is given to one of them", async () => {
    for (let round = 0; round < 8; round++) {
      const site = `site-${round}`;
      const tries = clients.map(async (client, n) => {
        // Not always in the same sequence, and not always together.
        await new Promise((resolve) => setTimeout(resolve, ((n * 7 + round * 5) % 4) * round * 3));
        return claimSite(client, n, site, Date.now);
      });
      const settled = await Promise.allSettled(tries);
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const one of settled)
        if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "conflict" });
      const [held] = await clients[0]!.rows<[number]>(
        "select count() from site_claim where id = {site:String} and is_held = 1",
        { site },
      );
      expect(held).toEqual([1]);
    }
  }, 60_000);

  test("stays with whoever has it, who may ask again", async () => {
    await claimSite(clients[2]!, 2, "kept", Date.now);
    await claimSite(clients[2]!, 2, "kept", Date.now);
    await expect(claimSite(clients[0]!, 0, "kept", Date.now)).rejects.toMatchObject({ code: "conflict" });
  });

  test("that somebody died over is free after half a minute", async () => {
    const client = clients[0]!;
    const at = Date.now() - 31_000;
    await client.run(
      `insert into site_claim (id, number, is_held, at, owner, stamp, is_gone) values ('left', 0, 0, ${at}, 0, ${at * 4}, 0)`,
    );
    await claimSite(clients[1]!, 1, "left", Date.now);
  });
});

describe("whoever takes over", () => {
  test("sweeps what its predecessor was still sending, for an hour", async () => {
    const clock = { ahead: 0 };
    const now = (): number => Date.now() + clock.ahead;
    const store = engine.store("stragglers");
    const first = openPair({ store, name: "first", most: 500 });
    first.change("addSite", { id: "shop", settings: {}, at: PAST_START });
    for (const arrival of arbitraryPast({ seed: 3, arrivals: 80, people: 10, merges: true }))
      first.writer.ingest([arrival]);
    first.settle(PAST_START + 900 * DAY_MS);
    await first.forwarder.drain();
    const { folder } = first;
    await first.close(true);
    clock.ahead = 61_000;
    const heir = openPair({ store, name: "heir", folder, takesOver: true, now });
    const differing = async (): Promise<string[]> => {
      const tables = await compareTables(heir.writer.db, heir.client, heir.spool.owner()!);
      return tables.filter(({ isSame }) => !isSame).map(({ table }) => table);
    };
    /** A row of the old life that the new one does not know, on its way for a long time. */
    const straggle = (day: number): Promise<void> =>
      heir.client.run(
        `insert into activity (site, kind, day, person, n, first_at, owner, stamp, is_gone)
        values (1, 'page_view', ${day}, 1, 5, 5, 0, ${2 ** 40 + 5}, 0)`,
      );
    try {
      heir.spool.startAfresh();
      await heir.forwarder.drain();
      expect(heir.spool.owner()).toEqual({ number: 0, epoch: 2 });
      expect(await differing()).toEqual([]);
      await straggle(1);
      expect(await differing()).toEqual(["activity"]);
      clock.ahead += 61_000;
      await heir.forwarder.tidy();
      expect(await differing()).toEqual([]);
      // An hour later nobody is left who could send anything.
      clock.ahead += 3_700_000;
      await heir.forwarder.tidy();
      expect(heir.spool.meta("stragglers")).toBeUndefined();
    } finally {
      await heir.close();
    }
  }, 60_000);
});
