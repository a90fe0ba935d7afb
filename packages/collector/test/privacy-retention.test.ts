/** Touchpoints go after their time; what they added up to stays, and folding again is still right. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import { MARKS } from "../src/ingest/accept.ts";
import { newCheckpointState } from "../src/store/sqlite/checkpoint-state.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openDuty } from "../src/store/sqlite/duty.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { beacon, START } from "./house.ts";
import { projectionsOf } from "./projections.ts";

const DAY = 86_400_000;
const KEPT_DAYS = 10;

function withWriters(count: number, work: (writers: Writer[]) => void): void {
  const folders = Array.from({ length: count }, () => mkdtempSync(join(tmpdir(), "sojourn-retention-")));
  const writers = folders.map((folder) => openWriter(folder));
  try {
    for (const writer of writers) runCommand(writer, "addSite", { id: "shop", settings: {}, at: START });
    work(writers);
  } finally {
    for (const writer of writers) writer.close();
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

const step = fc.record({
  who: fc.integer({ min: 0, max: 4 }),
  afterMs: fc.integer({ min: 1, max: 6 * DAY }),
  lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5 * DAY })),
  kind: fc.constantFrom("page_view", "page_view", "add_to_cart", "purchase", "refund", "review", "share"),
});

const bodyOf = (s: { who: number; kind: string }, n: number, now: number, at: number): string => {
  const more: Record<string, Record<string, unknown>> = {
    page_view: { visit: true, url: `https://shop.example/?utm_source=s${n % 3}&utm_medium=email` },
    purchase: { order: `o${n % 7}-${s.who}`, value: 10, currency: "EUR" },
    refund: { order: `o${n % 7}-${s.who}`, value: 10, currency: "EUR" },
    review: { rating: 5 },
  };
  return beacon(`visitor-${s.who}-00000`, now, [{ kind: s.kind, at, ...more[s.kind] }]);
};

const settle = (writer: Writer, now: number) => {
  while (writer.project(1_000) > 0);
  while (writer.sweep(now) > 0);
};

const retainAll = (writer: Writer, at: number): number => {
  let removed = 0;
  for (let hasMore = true; hasMore; ) {
    const slice = runCommand(writer, "retain", { at });
    removed += slice.removed;
    hasMore = slice.hasMore;
  }
  return removed;
};

const rowsOf = (writer: Writer): number =>
  writer.db.prepare<[], number>("select count(*) from touchpoint").pluck().get()!;

describe("retention", () => {
  test("removes old touchpoints and changes no projection, then or later", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        withWriters(2, ([kept, retained]) => {
          runCommand(retained!, "updateSite", { id: "shop", settings: { retentionDays: KEPT_DAYS } });
          let now = START;
          for (const [n, s] of steps.entries()) {
            now += s.afterMs;
            const body = bodyOf(s, n, now, Math.max(START, now - s.lateMs));
            for (const writer of [kept!, retained!]) {
              writer.ingest([{ body, receivedAt: now, door: "browser" }]);
              settle(writer, now);
            }
            if (n % 4 === 3) retainAll(retained!, now);
          }
          now += 40 * DAY;
          settle(kept!, now);
          settle(retained!, now);
          retainAll(retained!, now);
          expect(rowsOf(retained!)).toBe(0);
          expect(rowsOf(kept!)).toBe(steps.length);
          const without = (writer: Writer) => {
            // The heads of chains point to the log, which is empty on one side.
            const { visitor: _visitor, ...rest } = projectionsOf(writer.db);
            return rest;
          };
          expect(without(retained!)).toEqual(without(kept!));
        });
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  test("keeps what is younger, to the day of the site's zone", () => {
    withWriters(1, ([writer]) => {
      const settings = { retentionDays: KEPT_DAYS, zone: "Europe/Berlin" };
      runCommand(writer!, "updateSite", { id: "shop", settings });
      const midnight = Date.UTC(2026, 9, 1, 22); // 2 October in Berlin.
      for (const at of [midnight - 1, midnight]) {
        const body = beacon("visitor-0-00000", at, [{ kind: "page_view", at }]);
        writer!.ingest([{ body, receivedAt: at, door: "browser" }]);
      }
      const now = Date.UTC(2026, 9, 12, 12);
      settle(writer!, now);
      expect(retainAll(writer!, now)).toBe(1);
      expect(writer!.db.prepare("select at from touchpoint").pluck().all()).toEqual([midnight]);
      expect(retainAll(writer!, now)).toBe(0);
    });
  });

  test("marks a touchpoint that comes later than that, and lets it change nothing", () => {
    withWriters(1, ([writer]) => {
      runCommand(writer!, "updateSite", { id: "shop", settings: { retentionDays: KEPT_DAYS } });
      const say = (at: number, now: number, kind: string) => {
        const order = kind === "purchase" ? { order: "A-1", value: 1, currency: "EUR" } : {};
        const body = beacon("visitor-0-00000", now, [{ kind, at, ...order }]);
        writer!.ingest([{ body, receivedAt: now, door: "browser" }]);
        settle(writer!, now);
      };
      say(START, START, "page_view");
      const now = START + 20 * DAY;
      say(now, now, "page_view");
      expect(retainAll(writer!, now)).toBe(1);
      const { visitor: _a, ...before } = projectionsOf(writer!.db);
      say(START + DAY, now + 1, "purchase");
      const { visitor: _b, ...after } = projectionsOf(writer!.db);
      expect(after).toEqual(before);
      const marks = writer!.db.prepare<[], number>("select marks from touchpoint order by seq").pluck().all();
      expect(marks.map((m) => (m & MARKS.beyondRetention) !== 0)).toEqual([false, true]);
      // A late one that is young enough is folded from the seal on.
      say(now - DAY, now + 2, "purchase");
      const orders = writer!.db.prepare("select number, nth from purchase").all();
      expect(orders).toEqual([{ number: "A-1", nth: 1 }]);
    });
  });

  test("leaves everybody in one stage when sealed people become one, or a model comes later", () => {
    withWriters(1, ([writer]) => {
      runCommand(writer!, "updateSite", { id: "shop", settings: { retentionDays: KEPT_DAYS } });
      const say = (who: number, now: number, kind: string, more: object = {}) => {
        const body = beacon(`visitor-${who}-00000`, now, [{ kind, ...more }]);
        writer!.ingest([{ body, receivedAt: now, door: "browser" }]);
        settle(writer!, now);
      };
      const visit = { visit: true, url: "https://shop.example/" };
      for (const who of [1, 2, 3]) say(who, START + who, "page_view", visit);
      say(1, START + DAY, "purchase", { order: "A-1", value: 5, currency: "EUR" });
      say(2, START + DAY, "purchase", { order: "A-2", value: 5, currency: "EUR" });
      let now = START + 30 * DAY;
      settle(writer!, now);
      expect(retainAll(writer!, now)).toBe(5);
      say(1, now, "identify", { customer: "c" });
      say(2, now + 1, "identify", { customer: "c" });
      const model = presetModel("customer-base")!;
      runCommand(writer!, "applyModel", { site: "shop", model, at: now });
      const duty = openDuty(writer!, newCheckpointState(), () => false);
      for (let i = 0; i < 20; i++) {
        now += 1_001;
        duty.step(now);
      }
      say(2, now, "purchase", { order: "A-3", value: 5, currency: "EUR" });
      const people = writer!.db.prepare("select orders from person order by key").pluck().all();
      expect(people).toEqual([3, 0]);
      for (const { key } of writer!.db.prepare<[], { key: number }>("select key from model").all()) {
        const standing = writer!.db
          .prepare("select count(*) from person_stage where model = ?")
          .pluck()
          .get(key);
        expect(standing).toBe(2);
        const counted = writer!.db
          .prepare<[number], number[]>(
            "select sum(n) as n from stage_delta where model = ? and bucket = 0 group by stage",
          )
          .pluck()
          .all(key) as unknown as number[];
        expect(counted.every((n) => n >= 0)).toBe(true);
        expect(counted.reduce((sum, n) => sum + n, 0)).toBe(2);
      }
      const refusals = ["unlink", "replay"] as const;
      expect(() => writer!.startReplay(), refusals[1]).toThrow("Retention");
    });
  });

  test("goes in slices that never hold up the writer for long", () => {
    withWriters(1, ([writer]) => {
      runCommand(writer!, "updateSite", { id: "shop", settings: { retentionDays: KEPT_DAYS } });
      const arrivals = Array.from({ length: 3_000 }, (_, i) => ({
        body: bodyOf({ who: i % 700, kind: "page_view" }, i, START + i, START + i),
        receivedAt: START + i,
        door: "browser" as const,
      }));
      writer!.ingest(arrivals);
      const now = START + 20 * DAY;
      settle(writer!, now);
      let slices = 0;
      let most = 0;
      for (let hasMore = true; hasMore; slices++) {
        const slice = runCommand(writer!, "retain", { at: now });
        most = Math.max(most, slice.removed);
        hasMore = slice.hasMore;
      }
      expect(rowsOf(writer!)).toBe(0);
      expect(slices).toBeGreaterThan(10);
      expect(most).toBeLessThanOrEqual(1_000);
    });
  });
});
