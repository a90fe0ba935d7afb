/** Two browsers, one person: what becomes of both when a claim makes them one, in the store's own rows. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Reads } from "../src/store/port.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const day = (n: number) => START + n * DAY_MS;

let folder: string;
let writer: Writer;
let reads: Reads;
let made = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-merge-"));
  writer = openWriter(folder);
  runCommand(writer, "addSite", { id: "shop", settings: {}, at: START });
  reads = openReads(writer.db);
});
afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

/** One beacon, received when its first touchpoint happened unless said otherwise. */
function tell(visitor: string, at: number, ...touchpoints: Record<string, unknown>[]): void {
  const body = JSON.stringify({
    v: 1,
    site: "shop",
    sentAt: at,
    visitor,
    touchpoints: touchpoints.map((t) => {
      made += 1;
      return { id: `018f0000-0000-7000-8000-${made.toString(16).padStart(12, "0")}`, at, ...t };
    }),
  });
  const [outcome] = writer.ingest([{ door: "browser", receivedAt: at, body }]);
  expect(outcome).toMatchObject({ kind: "stored", refused: [] });
}

const view = (query = ""): Record<string, unknown> => ({
  kind: "page_view",
  visit: true,
  url: `https://shop.example/${query}`,
});
const identify = (customer: string): Record<string, unknown> => ({ kind: "identify", customer });
const purchase = (order: string): Record<string, unknown> => ({
  kind: "purchase",
  order,
  value: "10.00",
  currency: "EUR",
});
const settle = (now: number): void => {
  while (writer.project(1_000) > 0);
  while (writer.sweep(now) > 0);
};

async function counts(at: number): Promise<Record<string, number>> {
  const site = (await reads.site("shop"))!;
  const found: Record<string, number> = {};
  for (const { stage, people } of await reads.stageCounts(site, site.models[0]!, at)) {
    if (people !== 0) found[stage] = (found[stage] ?? 0) + people;
  }
  return found;
}

const all = (sql: string): unknown[] => writer.db.prepare(sql).all();

describe("two browsers of one customer", () => {
  test("are one person whichever of them says so first", async () => {
    for (const [place, first, second] of [
      ["a", "phone-aa", "desk-aaa"],
      ["b", "desk-bbb", "phone-bb"],
    ] as const) {
      tell(first, day(0), view());
      tell(second, day(1), view());
      tell(first, day(2), identify(`C-${place}`), purchase(`${place}-1`));
      tell(second, day(3), identify(`C-${place}`), purchase(`${place}-2`));
    }
    settle(day(4));
    expect(await counts(day(4))).toEqual({ retention: 2 });
    // Until they became one there were two of each.
    expect(all("select count(distinct person) as people, count(*) as orders from purchase")).toEqual([
      { people: 2, orders: 4 },
    ]);
    const site = (await reads.site("shop"))!;
    const person = (await reads.person(site, "desk-aaa"))!;
    expect(person.visitors.toSorted()).toEqual(["desk-aaa", "phone-aa"]);
    expect(person.customer).toBe("C-a");
    expect((await reads.person(site, "phone-aa"))!.key).toBe(person.key);
  });

  test("leave no row behind that belongs to nobody, whatever came with the claim", () => {
    tell("phone-aa", day(0), view(), identify("C-1"));
    // A kind and a day nobody has seen of this browser, told together with the claim that ends it as a person of its own.
    tell("desk-aaa", day(1), view());
    tell(
      "desk-aaa",
      day(2),
      identify("C-1"),
      { kind: "add_to_cart", value: "5.00", currency: "EUR" },
      { kind: "share" },
    );
    settle(day(3));
    for (const table of [
      "activity",
      "touch",
      "moment",
      "transition where superseded_at is null union all select person from purchase",
      "person_stage",
    ]) {
      const owners = writer.db.prepare(`select distinct person from ${table}`).pluck().all();
      expect(
        owners.every((owner) => owner === 1),
        table,
      ).toBe(true);
    }
    expect(all("select sum(n) as n from activity")).toEqual([{ n: 6 }]);
  });

  test("were two people until then: what was known before stays readable", () => {
    tell("phone-aa", day(0), view(), identify("C-1"));
    tell("desk-aaa", day(1), view());
    settle(day(2));
    tell("desk-aaa", day(10), identify("C-1"));
    settle(day(11));
    const known = (at: number) =>
      writer.db
        .prepare(
          "select count(distinct person) from transition where recorded_at <= ? and (superseded_at is null or superseded_at > ?)",
        )
        .pluck()
        .get(at, at);
    expect([known(day(5)), known(day(10))]).toEqual([2, 1]);
  });

  test("keep the first touch of the earlier one", async () => {
    tell("desk-aaa", day(0), view("?utm_source=letter&utm_medium=email"));
    tell("phone-aa", day(1), view("?utm_source=google&utm_medium=cpc"));
    tell("phone-aa", day(2), identify("C-1"));
    tell("desk-aaa", day(3), identify("C-1"));
    settle(day(4));
    const site = (await reads.site("shop"))!;
    const person = (await reads.person(site, "phone-aa"))!;
    const sources = await reads.sources(site);
    expect(sources.get(person.firstSource)?.channel).toBe("Email");
    expect(sources.get(person.lastSource)?.channel).toBe("Paid Search");
  });
});

describe("a computer two customers share", () => {
  test("stays the first one's; the second claim is listed and joins nobody", async () => {
    tell("shared-1", day(0), view(), identify("C-1"));
    tell("other-22", day(0), view(), identify("C-2"));
    tell("shared-1", day(1), identify("C-2"));
    settle(day(2));
    expect(Object.values(await counts(day(2))).reduce((sum, n) => sum + n, 0)).toBe(2);
    expect(all("select name from claim_conflict")).toEqual([{ name: "customer:C-2" }]);
  });
});
