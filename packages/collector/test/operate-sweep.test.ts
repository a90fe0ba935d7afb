/** The sweep: what time alone brings is dated by itself, whenever somebody comes to look. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { beacon, START } from "./house.ts";

const DAY = 86_400_000;

interface Row {
  at: number;
  cause: number;
  recorded_at: number;
}

/** A customer who bought once, and silence. */
function withCustomer(work: (writer: Writer, transitions: () => Row[]) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-sweep-"));
  const writer = openWriter(folder);
  try {
    runCommand(writer, "addSite", { id: "shop", settings: {}, at: START });
    const body = beacon("visitor-1-00000", START, [
      { kind: "page_view", visit: true, url: "https://shop.example/" },
      { kind: "purchase", order: "A-1", value: 1, currency: "EUR" },
    ]);
    writer.ingest([{ body, receivedAt: START, door: "browser" }]);
    while (writer.project(100) > 0);
    work(writer, () =>
      writer.db
        .prepare<[], Row>(
          "select at, cause, recorded_at from transition where superseded_at is null order by at, key",
        )
        .all(),
    );
  } finally {
    writer.close();
    rmSync(folder, { recursive: true });
  }
}

const sweepAll = (writer: Writer, now: number): void => {
  while (writer.sweep(now) > 0);
};

describe("a sweep", () => {
  test("that comes after years of downtime gives the history that daily ones give", () => {
    let daily: Row[] = [];
    withCustomer((writer, transitions) => {
      for (let day = 0; day <= 800; day++) sweepAll(writer, START + day * DAY);
      daily = transitions();
    });
    withCustomer((writer, transitions) => {
      sweepAll(writer, START + 800 * DAY);
      expect(transitions()).toEqual(daily);
    });
    const byTime = daily.filter(({ cause }) => cause === 1);
    expect(byTime.length).toBeGreaterThan(0);
    for (const { at, recorded_at } of byTime) expect(recorded_at).toBe(at);
  });

  test("that runs twice, or after the clock went back, writes nothing", () => {
    withCustomer((writer, transitions) => {
      sweepAll(writer, START + 400 * DAY);
      const before = transitions();
      const changes = () => writer.db.prepare<[], number>("select total_changes()").pluck().get();
      const changed = changes();
      expect(writer.sweep(START + 400 * DAY)).toBe(0);
      expect(writer.sweep(START - 400 * DAY)).toBe(0);
      expect(writer.sweep(0)).toBe(0);
      expect(changes()).toBe(changed);
      expect(transitions()).toEqual(before);
    });
  });

  test("keeps nobody waiting in memory whom it has written, and neither does folding somebody again", () => {
    withCustomer((writer) => {
      const moved = writer.sweep(START + 400 * DAY);
      expect(moved).toBeGreaterThan(0);
      expect(writer.projector.countUnwritten()).toBe(0);
      const person = writer.db.prepare<[], number>("select key from person").pluck().get()!;
      writer.change(() => writer.projector.refold(person, 1, writer.projectedTo(), START + 400 * DAY));
      expect(writer.projector.countUnwritten()).toBe(0);
    });
  });

  test("leaves the millisecond before it is due alone", () => {
    withCustomer((writer, transitions) => {
      const before = transitions();
      const due = writer.db.prepare<[], number>("select due from person_stage").pluck().get()!;
      expect(writer.sweep(due - 1)).toBe(0);
      expect(transitions()).toEqual(before);
      expect(writer.sweep(due)).toBe(1);
      expect(transitions()).toHaveLength(before.length + 1);
      expect(transitions().at(-1)).toMatchObject({ at: due, cause: 1 });
    });
  });
});
