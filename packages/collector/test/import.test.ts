/** `sojourn import` as an operator runs it, on real files, checked by a slow calculation of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Io } from "../src/cli/command.ts";
import { startCollector } from "../src/cli/serve.ts";
import { readConfig } from "../src/config.ts";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { run } from "../src/main.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import { openIo } from "./command-io.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2025, 0, 1);
const NOW = Date.UTC(2026, 6, 1);
const ENTRY = join(import.meta.dirname, "../bin/sojourn.js");

let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-import-"));
  data = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs a command on the data folder; the clock stands at NOW. */
async function sojourn(...words: string[]): Promise<{ code: number; out: string; notes: string }> {
  const { io, out, notes } = openIo(NOW);
  const code = await run([...words, "--data", data], io);
  return { code, out: out(), notes: notes() };
}

const json = async <T>(...words: string[]): Promise<T> =>
  JSON.parse((await sojourn(...words, "--json")).out) as T;

interface Stages {
  stages: { stage: string; people: number }[];
}

async function countsAt(date: string, model: string): Promise<Record<string, number>> {
  const { stages } = await json<Stages>("stages", "--at", date, "--model", model);
  return Object.fromEntries(
    stages.filter(({ people }) => people > 0).map(({ stage, people }) => [stage, people]),
  );
}

async function newSite(): Promise<void> {
  await sojourn("site", "add", "gifts", "--zone", "UTC");
  expect((await sojourn("model", "apply", "customer-base", "--site", "gifts")).code).toBe(0);
}

interface Invoice {
  number: string;
  customer: string;
  at: number;
  cents: number;
}

/** An order history with cancellations that name no order, as shops' old systems give them. */
function history(seed: number, size: number): Invoice[] {
  const random = seededRandom(seed);
  return Array.from({ length: size }, (_, i) => {
    const isBack = random() < 0.2;
    const cents = [500, 1_000, 2_000, 2_000, 5_000][Math.floor(random() * 5)]!;
    return {
      number: `${isBack ? "C" : ""}${1_000 + i}`,
      customer: String(1 + Math.floor(random() * Math.max(2, size / 5))),
      at: START + Math.floor(random() * 520) * DAY_MS + Math.floor(random() * 4) * 3_600_000,
      cents: isBack ? -cents : cents,
    };
  });
}

const toCsv = (invoices: readonly Invoice[]): string =>
  [
    "invoice,customer,ts,amount_gbp,kind",
    ...invoices.map(({ number, customer, at, cents }) =>
      [
        number,
        customer,
        new Date(at).toISOString(),
        (cents / 100).toFixed(2),
        cents < 0 ? "cancel" : "order",
      ].join(","),
    ),
  ].join("\n");

/** Stage counts by looking at every invoice of every customer at one instant; shares nothing with the collector. */
function slowCounts(
  invoices: readonly Invoice[],
  at: number,
): { base: Record<string, number>; loyalty: Record<string, number> } {
  const orders = invoices
    .filter(({ cents }) => cents > 0)
    .map((order) => ({ ...order, back: [] as { at: number; cents: number }[], taken: false }));
  const sequence = invoices.map((invoice, i) => ({ ...invoice, i })).filter(({ cents }) => cents < 0);
  sequence.sort((a, b) => a.at - b.at || a.i - b.i);
  for (const refund of sequence) {
    let best: (typeof orders)[number] | undefined;
    for (const order of orders) {
      const fits =
        order.customer === refund.customer &&
        order.at < refund.at &&
        order.cents >= -refund.cents &&
        !order.taken;
      if (fits && (best === undefined || order.at >= best.at)) best = order;
    }
    if (best === undefined) continue;
    best.taken = true;
    best.back.push({ at: refund.at, cents: -refund.cents });
  }
  const base: Record<string, number> = {};
  const loyalty: Record<string, number> = {};
  for (const customer of new Set(orders.map((order) => order.customer))) {
    const placed = orders
      .filter((order) => order.customer === customer && order.at <= at)
      .sort((a, b) => a.at - b.at);
    if (placed.length === 0) continue;
    const valid = placed.filter(({ back, cents }) => {
      const known = back.filter((one) => one.at <= at);
      return known.length === 0 || known.reduce((sum, one) => sum + one.cents, 0) < cents;
    });
    const last = Math.max(...valid.map((order) => order.at));
    const idle = (at - last) / DAY_MS;
    const first =
      valid.length === 0
        ? "prospect"
        : idle >= 365
          ? "former"
          : idle >= 180
            ? "inactive"
            : valid.length >= 2
              ? "active"
              : "new";
    base[first] = (base[first] ?? 0) + 1;

    let returned: number | undefined;
    for (let i = 1; i < placed.length; i++) {
      if (placed[i]!.at - placed[i - 1]!.at >= 90 * DAY_MS) returned = placed[i]!.at;
    }
    const isBack =
      returned !== undefined && at - returned < 30 * DAY_MS && !valid.some((order) => order.at >= returned);
    const recent = valid.filter((order) => at - order.at < 365 * DAY_MS).length;
    const second =
      valid.length === 0
        ? "reach"
        : isBack
          ? "winback"
          : at - placed.at(-1)!.at >= 90 * DAY_MS
            ? "lapsed"
            : recent >= 3
              ? "loyalty"
              : valid.length >= 2
                ? "retention"
                : "conversion";
    loyalty[second] = (loyalty[second] ?? 0) + 1;
  }
  return { base, loyalty };
}

const DATES = ["2025-01-01", "2025-04-30", "2025-08-15", "2025-12-31", "2026-05-31"];
const endOf = (date: string) => Date.parse(`${date}T23:59:59.999Z`);

interface ImportSummary {
  rows: number;
  stored: number;
  duplicates: number;
  refused: number;
  problems: { line: number; reason: string }[];
  unmatched?: number[];
}

describe("importing orders", () => {
  test("gives the stage counts of a slow calculation at every date, under two models", async () => {
    await newSite();
    const invoices = history(3, 600);
    const { stored, refused, unmatched } = await json<ImportSummary>(
      "import",
      "orders",
      file("orders.csv", toCsv(invoices)),
    );
    expect(refused).toBe(0);
    expect(stored + unmatched!.length).toBe(600);
    expect(unmatched!.length).toBeGreaterThan(0);
    for (const date of DATES) {
      const { base, loyalty } = slowCounts(invoices, endOf(date));
      expect(await countsAt(date, "customer-base"), date).toEqual(base);
      expect(await countsAt(date, "reach-loyalty"), date).toEqual(loyalty);
    }
  });

  test("twice, or in another sequence, changes nothing", async () => {
    await newSite();
    const invoices = history(4, 300);
    const first = await json<ImportSummary>("import", "orders", file("orders.csv", toCsv(invoices)));
    const counts = await Promise.all(DATES.map((date) => countsAt(date, "reach-loyalty")));
    const rows = () => openForReading(data).prepare("select count(*) from transition").pluck().get();
    const transitions = rows();
    for (const text of [toCsv(invoices), toCsv([...invoices].sort((a, b) => a.at - b.at))]) {
      const again = await json<ImportSummary>("import", "orders", file("again.csv", text));
      expect(again.stored).toBe(0);
      expect(again.duplicates).toBe(first.stored);
    }
    expect(await Promise.all(DATES.map((date) => countsAt(date, "reach-loyalty")))).toEqual(counts);
    expect(rows()).toBe(transitions);
  });

  test("folds each person once: nothing is recorded only to be taken back", async () => {
    await newSite();
    await sojourn("import", "orders", file("orders.csv", toCsv(history(5, 500))));
    const db = openForReading(data);
    expect(db.prepare("select count(*) from transition where superseded_at is not null").pluck().get()).toBe(
      0,
    );
    // What an import tells was not known before it.
    expect(db.prepare("select count(*) from transition where recorded_at <> ?").pluck().get(NOW)).toBe(0);
    db.close();
  });

  test("names bad lines, stores the others and fails", async () => {
    await newSite();
    const path = file(
      "orders.csv",
      "order,customer,date,value\n1,7,2026-01-01,5\n2,7,some day,5\n3,7,2026-01-03,5",
    );
    const { code, out } = await sojourn("import", "orders", path);
    expect(code).toBe(1);
    expect(out).toContain("line 3: date is none we can read");
    expect(out).toContain("2 touchpoints stored; 1 refused");
  });

  test("only looked at stores nothing", async () => {
    await newSite();
    const path = file("orders.csv", toCsv(history(6, 50)));
    const { code, out } = await sojourn("import", "orders", path, "--dry-run");
    expect(code).toBe(0);
    expect(out).toContain("would be stored");
    expect(openForReading(data).prepare("select count(*) from touchpoint").pluck().get()).toBe(0);
  });

  test("says in one sentence when there is no such file, column or site", async () => {
    await newSite();
    expect((await sojourn("import", "orders", join(folder, "none.csv"))).notes).toMatch(
      /none\.csv cannot be read \(ENOENT\)/,
    );
    expect((await sojourn("import", "orders", file("a.csv", "a,b\n1,2"))).notes).toMatch(
      /No column for customer and order and date/,
    );
    expect((await sojourn("import", "orders", "x.csv", "--site", "other")).notes).toMatch(/no site "other"/);
    expect((await sojourn("import", "visits", "x.csv")).code).toBe(2);
  });

  test("beside a running collector goes through it", async () => {
    await newSite();
    const io = { out: () => {}, note: () => {}, env: {}, now: () => NOW } as unknown as Io;
    const started = await startCollector(readConfig({ data, port: "0", log: "json" }, {}), io);
    try {
      const invoices = history(7, 1_500);
      const path = file("orders.csv", toCsv(invoices));
      const first = await json<ImportSummary>("import", "orders", path);
      expect(first.stored + first.unmatched!.length).toBe(1_500);
      expect((await json<ImportSummary>("import", "orders", path)).stored).toBe(0);
      await started.store.settled(NOW);
      const { loyalty } = slowCounts(invoices, endOf("2025-12-31"));
      expect(await countsAt("2025-12-31", "reach-loyalty")).toEqual(loyalty);
    } finally {
      await started.stop();
    }
  });

  test("killed in the middle and started again ends where an undisturbed one does", async () => {
    await newSite();
    const invoices = history(8, 12_000);
    const path = file("orders.csv", toCsv(invoices));
    for (const least of [1_000, 5_000]) {
      const child = spawn(
        process.execPath,
        [ENTRY, "import", "orders", path, "--data", data, "--zone", "UTC"],
        { stdio: "ignore" },
      );
      const ended = once(child, "exit");
      const db = openForReading(data);
      const count = db.prepare<[], number>("select count(*) from touchpoint").pluck();
      while (child.exitCode === null && count.get()! < least)
        await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill("SIGKILL");
      await ended;
      db.close();
    }
    const last = await json<ImportSummary>("import", "orders", path);
    expect(last.duplicates).toBeGreaterThanOrEqual(5_000);
    expect(last.stored + last.duplicates + last.unmatched!.length).toBe(12_000);
    const { loyalty, base } = slowCounts(invoices, endOf("2025-12-31"));
    expect(await countsAt("2025-12-31", "reach-loyalty")).toEqual(loyalty);
    expect(await countsAt("2025-12-31", "customer-base")).toEqual(base);
  });
});

describe("importing touchpoints", () => {
  test("stores good lines of JSON, names the others, and counts a line once", async () => {
    await newSite();
    const lines = [
      '{"id":"018f0000-0000-7000-8000-000000000001","at":"2026-01-02T10:00:00Z","visitor":"visitor-1","kind":"page_view","url":"https://shop.example/?utm_source=x&utm_medium=email"}',
      "not json",
      '{"at":1767348000000,"customer":"7","kind":"newsletter_signup"}',
      '{"at":1767348000000,"customer":"7","kind":"newsletter_signup"}',
      '{"customer":"7","kind":"sign_up"}',
      '{"at":1767348000000,"kind":"sign_up"}',
      '{"at":1767348000000,"customer":"7","kind":"NOT A KIND"}',
      "",
    ];
    const path = file("past.ndjson", lines.join("\n"));
    const { code, out } = await sojourn("import", "touchpoints", path, "--json");
    expect(code).toBe(1);
    const summary = JSON.parse(out) as ImportSummary;
    expect(summary.stored).toBe(2);
    expect(summary.duplicates).toBe(1);
    expect(summary.problems.map(({ line }) => line).sort()).toEqual([2, 5, 6, 7]);
    expect((await json<ImportSummary>("import", "touchpoints", path)).stored).toBe(0);
    expect(await countsAt("2026-02-01", "reach-loyalty")).toEqual({ reach: 1, acquisition: 1 });
  });

  test("reads them from a table too", async () => {
    await newSite();
    const path = file(
      "past.csv",
      "at,kind,visitor,visit,url,rating,colour\n2026-01-02 10:00,page_view,visitor-1,true,https://shop.example/,,\n2026-01-03 10:00,review,visitor-1,,,5,red",
    );
    expect((await json<ImportSummary>("import", "touchpoints", path)).stored).toBe(2);
    const { out } = await sojourn("person", "visitor-1", "--json");
    for (const part of ["https://shop.example/", '"rating":5', '"colour":"red"']) expect(out).toContain(part);
  });

  test("keeps when another system received a line, so that what was known then can be asked", async () => {
    await newSite();
    const line = (id: string, at: string, kind: string, more: object = {}) =>
      JSON.stringify({ id, at, visitor: "visitor-1", kind, ...more });
    const lines = [
      line("order-000001", "2026-01-01T00:00:00Z", "purchase", { order: "1", value: "50.00" }),
      line("order-000002", "2026-01-10T00:00:00Z", "purchase", {
        order: "2",
        value: "50.00",
        receivedAt: "2026-01-20T00:00:00Z",
      }),
      line("share-000001", "2026-01-15T00:00:00Z", "share"),
      line("share-000002", "2026-01-15T00:00:00Z", "share", { receivedAt: "2026-09-01T00:00:00Z" }),
    ];
    const { problems } = await json<ImportSummary>(
      "import",
      "touchpoints",
      file("past.ndjson", lines.join("\n")),
      "--received",
      "at",
    );
    expect(problems).toEqual([{ line: 4, reason: "receivedAt lies ahead of now" }]);
    const stageKnown = async (at: string, knownAt: string) =>
      (
        await json<{ stage: string }>(
          "person",
          "visitor-1",
          "--model",
          "customer-base",
          "--at",
          at,
          "--known-at",
          knownAt,
        )
      ).stage;
    expect(await stageKnown("2026-01-16T00:00:00Z", "2026-01-16T00:00:00Z")).toBe("new");
    expect(await stageKnown("2026-01-16T00:00:00Z", "2026-01-20T00:00:00Z")).toBe("active");
  });
});
