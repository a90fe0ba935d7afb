/**
 * Flow, series, stays, velocity and everything about single people, against histories worked out person by person.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../src/domain/lifecycle/compile.ts";
import { historyOf, type Transition } from "../src/domain/lifecycle/history.ts";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import type { Touchpoint } from "../src/domain/touchpoint.ts";
import type { Clause } from "../src/report/filter.ts";
import { type Happening, inventHistory, openShop, type Shop } from "./shop-history.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 30);
const DAY = 86_400_000;
const FROM = "2026-10-10";
const TO = "2026-11-08";
/** The two borders in Berlin: summer time at the first, winter time at the second. */
const FROM_AT = Date.parse("2026-10-10T00:00:00+02:00");
const TO_AT = Date.parse("2026-11-09T00:00:00+01:00");

const middle = (list: readonly number[]): number | null => {
  if (list.length === 0) return null;
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[Math.floor(half)]!;
};

describe("people moving through stages", () => {
  const happened = inventHistory(11, 300, NOW, 200);
  const histories = historiesOf(happened);
  const stageAt = (history: readonly Transition[], at: number) =>
    history.findLast((t) => t.at <= at)?.to ?? null;
  const moves = [...histories].flatMap(([person, history]) =>
    history.filter(({ at }) => at >= FROM_AT && at < TO_AT).map((t) => ({ person, ...t })),
  );
  const stages = presetModel("reach-loyalty")!.stages;
  let shop: Shop;

  beforeAll(() => {
    shop = openShop(happened, NOW);
  }, 60_000);
  afterAll(() => shop.close());

  test("net flow has every person once, by the stage at both ends, stayers included", async () => {
    const { net, stages: rows } = await shop.ask("flow", { from: FROM, to: TO });
    const expected = new Map<string, number>();
    for (const history of histories.values()) {
      const pair = [stageAt(history, FROM_AT - 1), stageAt(history, TO_AT - 1)];
      if (pair[1] === null) continue;
      const key = pair.join(" ");
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    expect(new Map(net.map(({ from, to, people }) => [`${from ?? ""} ${to}`, people]))).toEqual(expected);
    for (const { stage, start, end } of rows) {
      const of = (at: number) => [...histories.values()].filter((h) => stageAt(h, at) === stage).length;
      expect({ stage, start, end }).toEqual({ stage, start: of(FROM_AT - 1), end: of(TO_AT - 1) });
    }
  });

  test("stage counts narrow to the people chosen, now and then, by source or by anything else", async () => {
    const at = "2026-10-20";
    const end = Date.parse("2026-10-20T23:59:59.999+02:00");
    for (const filter of [
      [{ field: "channel", is: true, values: ["Email"] } as const],
      [{ field: "landing", is: false, values: ["/"] } as const],
    ]) {
      const chosen = (await shop.ask("people", { filter, limit: 1_000 })).rows.map(({ id }) => id);
      expect(chosen.length).toBeGreaterThan(50);
      const now = await shop.ask("stages", { filter });
      const then = await shop.ask("stages", { filter, at });
      for (const stage of stages) {
        const of = (instant: number) =>
          chosen.filter((id) => stageAt(histories.get(id)!, instant) === stage).length;
        expect(now.stages.find((row) => row.stage === stage)!.people).toBe(of(NOW));
        expect(then.stages.find((row) => row.stage === stage)!.people).toBe(of(end));
      }
    }
    const last = await shop.ask("stages", { at, by: "channel", touch: "last" });
    expect(last.total).toBe(
      [...histories.values()].filter((history) => stageAt(history, end) !== null).length,
    );
  });

  test("conditions together choose whom each of them chooses, whichever is looked at first", async () => {
    const everybody = (await shop.ask("people", { limit: 1_000 })).rows;
    const stage = everybody[0]!.stage!;
    const clauses: Clause[] = [
      { field: "channel", is: true, values: ["Email", "Direct"] },
      { field: "channel", is: false, values: ["Direct"] },
      { field: "landing", is: true, values: ["/"] },
      { field: "landing", is: false, values: ["/"] },
      { field: "stage", is: true, values: [stage] },
      { field: "stage", is: false, values: [stage] },
    ];
    const chosenBy = async (filter: Clause[]) =>
      (await shop.ask("people", { filter, limit: 1_000 })).rows.map(({ id }) => id);
    const single = await Promise.all(clauses.map((clause) => chosenBy([clause])));
    for (const [place, { is }] of clauses.entries()) {
      expect(single[place]!.length).toBeGreaterThan(0);
      if (is || place < 2) continue;
      expect([...single[place]!, ...single[place - 1]!].sort()).toEqual(everybody.map(({ id }) => id).sort());
    }
    expect(single[4]!.sort()).toEqual(
      everybody
        .filter((row) => row.stage === stage)
        .map(({ id }) => id)
        .sort(),
    );
    for (let bits = 1; bits < 2 ** clauses.length; bits++) {
      const used = clauses.filter((_, place) => (bits & (1 << place)) !== 0);
      const sets = single.filter((_, place) => (bits & (1 << place)) !== 0).map((list) => new Set(list));
      const expected = [...sets[0]!].filter((id) => sets.every((set) => set.has(id)));
      expect((await chosenBy(used)).sort(), JSON.stringify(used)).toEqual(expected.sort());
    }
  });

  test("gross flow has every move, with its people and the share of everybody who was there", async () => {
    const { gross } = await shop.ask("flow", { from: FROM, to: TO });
    expect(gross.reduce((sum, row) => sum + row.moves, 0)).toBe(moves.length);
    for (const row of gross) {
      const own = moves.filter(({ from, to }) => from === row.from && to === row.to);
      expect(row.moves).toBe(own.length);
      const people = new Set(own.map(({ person }) => person)).size;
      expect(row.people).toBe(people);
      if (row.from === null) {
        expect(row.rate).toBeNull();
        continue;
      }
      const there = [...histories].filter(
        ([, history]) =>
          stageAt(history, FROM_AT - 1) === row.from ||
          history.some(({ at, to }) => to === row.from && at >= FROM_AT && at < TO_AT),
      );
      expect(row.rate).toBeCloseTo(people / there.length, 12);
    }
  });

  test("a series has the people at the end of each day, and days of 23, 24 and 25 hours", async () => {
    const series = await shop.ask("series", { from: FROM, to: TO, by: "channel" });
    for (const [place, day] of series.days.entries()) {
      // The clocks go back on 25 October: days after it begin an hour later in UTC.
      const end = Date.parse(`${day}T00:00:00Z`) + DAY - (day < "2026-10-25" ? 2 : 1) * 3_600_000 - 1;
      for (const row of series.stages) {
        const people = [...histories.values()].filter((h) => stageAt(h, end) === row.stage).length;
        expect(row.people[place], `${day} ${row.stage}`).toBe(people);
        const summed = series.rows!.reduce(
          (sum, { stages: own }) => sum + own.find(({ stage }) => stage === row.stage)!.people[place]!,
          0,
        );
        expect(summed).toBe(people);
      }
    }
  });

  test("stays that ended and stays that go on are told apart", async () => {
    const answer = await shop.ask("stays", { from: FROM, to: TO });
    for (const row of answer.stages) {
      const ended: number[] = [];
      const running: number[] = [];
      for (const history of histories.values()) {
        for (const [place, t] of history.entries()) {
          const next = history[place + 1];
          if (t.to !== row.stage || t.at >= TO_AT) continue;
          if (next !== undefined && next.at < TO_AT) {
            if (next.at >= FROM_AT) ended.push(next.at - t.at);
          } else running.push(TO_AT - 1 - t.at);
        }
      }
      const inDays = (list: number[]) => (list.length === 0 ? null : middle(list)! / DAY);
      expect(row).toMatchObject({ closed: ended.length, open: running.length });
      expect(row.closedMedianDays).toBe(inDays(ended));
      expect(row.openMedianDays).toBe(inDays(running));
      expect(row.openBins.reduce((sum, { people }) => sum + people, 0)).toBe(running.length);
    }
  });

  test("velocity counts those who are not there yet, and rates only those whose time is up", async () => {
    const { steps } = await shop.ask("velocity", { from: FROM, to: TO, window: 20 });
    for (const step of steps) {
      const times: number[] = [];
      const counts = { entered: 0, closed: 0, movedOfClosed: 0, open: 0 };
      for (const history of histories.values()) {
        const first = history.find(({ to }) => to === step.from);
        if (first === undefined || first.at < FROM_AT || first.at >= TO_AT) continue;
        counts.entered += 1;
        const then = history.find(({ to, at }) => to === step.to && at >= first.at);
        const isIn = then !== undefined && then.at - first.at <= 20 * DAY;
        if (isIn) times.push(then.at - first.at);
        const isOver = first.at + 20 * DAY < NOW;
        if (isOver) counts.closed += 1;
        if (isOver && isIn) counts.movedOfClosed += 1;
        if (!isOver && !isIn) counts.open += 1;
      }
      expect(step).toMatchObject({
        entered: counts.entered,
        moved: times.length,
        open: counts.open,
        closed: counts.closed,
      });
      expect(step.rate).toBe(counts.closed === 0 ? null : counts.movedOfClosed / counts.closed);
      expect(step.medianDays).toBe(times.length === 0 ? null : middle(times)! / DAY);
    }
    const endless = await shop.ask("velocity", { from: FROM, to: TO });
    expect(
      endless.steps.every(({ rate, moved, open, entered }) => rate === null && moved + open === entered),
    ).toBe(true);
  });

  test("retention, churn and reactivation follow the base at both ends", async () => {
    const { figures } = await shop.ask("kpis", { from: FROM, to: TO, compare: "none" });
    const base = ["conversion", "retention", "loyalty", "winback"];
    const inBase = (stage: string | null) => stage !== null && base.includes(stage);
    const ends = [...histories.values()].map(
      (h) => [stageAt(h, FROM_AT - 1), stageAt(h, TO_AT - 1)] as const,
    );
    const start = ends.filter(([a]) => inBase(a));
    const kept = start.filter(([, b]) => inBase(b));
    expect(start.length).toBeGreaterThan(20);
    expect(figures.retention_rate).toMatchObject({ numerator: kept.length, denominator: start.length });
    expect(figures.churn_rate.value).toBeCloseTo(1 - kept.length / start.length, 12);
    const quiet = [...histories.values()].filter((h) => stageAt(h, FROM_AT - 1) === "lapsed");
    const back = quiet.filter((h) =>
      h.some(({ from, at }) => from === "lapsed" && at >= FROM_AT && at < TO_AT),
    );
    expect(figures.reactivation_rate).toMatchObject({ numerator: back.length, denominator: quiet.length });
  });

  test("lapsing lists whom silence alone will move, in the order of time, page by page", async () => {
    const days = 60;
    const later = historiesOf(happened, NOW + days * DAY);
    const expected: { person: string; at: number }[] = [];
    for (const [person, history] of later) {
      const next = history.find(({ at }) => at >= NOW);
      if (next?.to === "lapsed" && next.at < NOW + days * DAY) expected.push({ person, at: next.at });
    }
    expected.sort((a, b) => a.at - b.at);
    expect(expected.length).toBeGreaterThan(5);
    const seen: { person: string; at: number }[] = [];
    let after: string | undefined;
    do {
      const page = await shop.ask("lapsing", { days, limit: 4, ...(after === undefined ? {} : { after }) });
      expect(page.total).toBe(expected.length);
      expect(page.hasMore).toBe(page.next !== null);
      seen.push(...page.rows.map(({ id, due }) => ({ person: id, at: Date.parse(due) })));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual(expected);
  });

  test("lists everybody once, newest first, page by page; and by stage and its opposite", async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await shop.ask("people", { limit: 37, ...(after === undefined ? {} : { after }) });
      seen.push(...page.rows.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after !== undefined);
    const firstAt = new Map<string, number>();
    for (const { visitor, at } of happened) firstAt.set(visitor, Math.min(at, firstAt.get(visitor) ?? at));
    expect(seen).toEqual([...firstAt.keys()].sort((a, b) => firstAt.get(b)! - firstAt.get(a)!));
    for (const is of [true, false]) {
      const { total, rows } = await shop.ask("people", {
        filter: [{ field: "stage", is, values: ["conversion", "lapsed"] }],
        limit: 1_000,
      });
      const stage = (id: string) => stageAt(histories.get(id)!, NOW)!;
      const expected = [...histories.keys()].filter(
        (id) => ["conversion", "lapsed"].includes(stage(id)) === is,
      );
      expect(total).toBe(expected.length);
      expect(rows.map(({ id }) => id).sort()).toEqual(expected.sort());
      for (const row of rows) expect(row.stage).toBe(stage(row.id));
    }
    const found = await shop.ask("people", { search: "visitor-12" });
    expect(found.rows.map(({ id }) => id).sort()).toEqual(
      [...histories.keys()].filter((id) => id.startsWith("visitor-12")).sort(),
    );
  });

  test("a segment is everybody for whom its rule holds, as a filter, as a count and as its opposite", async () => {
    const rule = { all: [["count", "view_item", ">=", 2], { not: ["orders", ">=", 1] }] };
    const members = [...histories.keys()].filter((person) => {
      const own = happened.filter(({ visitor }) => visitor === person);
      return own.filter(({ kind }) => kind === "view_item").length >= 2 && validOrders(own).length === 0;
    });
    const preview = await shop.ask("segmentPreview", { rule });
    expect(preview.people).toBe(members.length);
    shop.change("saveSegment", {
      site: "shop",
      name: "lookers",
      rule: JSON.stringify(preview.rule),
      at: NOW,
    });
    expect((await shop.ask("segments", {})).rows).toMatchObject([
      { name: "lookers", people: members.length },
    ]);
    const inside = await shop.ask("people", {
      filter: [{ field: "segment", is: true, values: ["lookers"] }],
      limit: 1_000,
    });
    const outside = await shop.ask("people", {
      filter: [{ field: "segment", is: false, values: ["lookers"] }],
    });
    expect(inside.rows.map(({ id }) => id).sort()).toEqual(members.sort());
    expect(outside.total).toBe(histories.size - members.length);
    await expect(shop.ask("segmentPreview", { rule: { all: [["orderz", ">", 1]] } })).rejects.toMatchObject({
      code: "bad_input",
    });
    await expect(
      shop.ask("people", { filter: [{ field: "segment", is: true, values: ["nobody"] }] }),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  test("RFM scores by fifths, equal values alike", async () => {
    const answer = await shop.ask("rfm", { limit: 1_000 });
    const customers = [...histories.keys()]
      .map((person) => ({
        person,
        orders: validOrders(happened.filter(({ visitor }) => visitor === person)),
      }))
      .filter(({ orders }) => orders.length > 0);
    expect(answer.customers).toBe(customers.length);
    const fifth = (all: number[], own: number) =>
      1 + Math.floor((5 * all.filter((v) => v < own).length) / all.length);
    const latest = (orders: Happening[]) => Math.max(...orders.map(({ at }) => at));
    for (const row of answer.rows) {
      const own = customers.find(({ person }) => person === row.person)!;
      expect(row.r).toBe(
        fifth(
          customers.map((c) => latest(c.orders)),
          latest(own.orders),
        ),
      );
      expect(row.f).toBe(
        fifth(
          customers.map((c) => c.orders.length),
          own.orders.length,
        ),
      );
    }
    expect(answer.groups.reduce((sum, { people }) => sum + people, 0)).toBe(customers.length);
    expect(answer.cells.reduce((sum, { people }) => sum + people, 0)).toBe(customers.length);
  });

  test("a target says where we stand, and what the pace would have to be", async () => {
    const { goal, before } = await shop.ask("goalFor", { figure: "orders", period: "2026-11", change: 0.05 });
    const october = await shop.ask("kpis", { from: "2026-10-01", to: "2026-10-31", compare: "none" });
    expect(before).toBe(october.figures.orders.value);
    expect(goal).toBe(Math.ceil(before * 1.05));
    shop.change("setTarget", { site: "shop", figure: "orders", period: "2026-11", goal });
    shop.change("setTarget", { site: "shop", figure: "repeat_rate", period: "2026-10", goal: 0.99 });
    const [running, over] = (await shop.ask("targets", {})).rows;
    const november = await shop.ask("kpis", { from: "2026-11-01", to: "2026-11-30", compare: "none" });
    const begin = Date.parse("2026-11-01T00:00:00+01:00");
    const passed = (NOW - begin) / (30 * DAY);
    expect(running).toMatchObject({ figure: "orders", value: november.figures.orders.value, goal });
    expect(running!.expected).toBeCloseTo(goal * passed, 9);
    expect(running!.projected).toBeCloseTo(november.figures.orders.value! / passed, 9);
    const isThere = running!.value! >= goal;
    expect(running!.state).toBe(
      isThere ? "reached" : running!.value! >= running!.expected ? "on_pace" : "behind",
    );
    expect(over).toMatchObject({ figure: "repeat_rate", state: "missed" });
  });

  test("lead scores are points that fade by half in thirty days", async () => {
    const { rows, table } = await shop.ask("scores", { limit: 1_000 });
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows.slice(0, 40)) {
      const own = happened.filter(({ visitor }) => visitor === row.id);
      expect(validOrders(own)).toEqual([]);
      let score = 0;
      for (const [kind, weight] of Object.entries(table.weights)) {
        const { points, atMost = 50 } = typeof weight === "number" ? { points: weight } : weight;
        const times = own.filter((h) => h.kind === kind).map(({ at }) => at);
        for (const at of times.sort((a, b) => b - a).slice(0, atMost)) {
          score += points * 0.5 ** ((NOW - at) / (30 * DAY));
        }
      }
      expect(row.score).toBeCloseTo(score, 9);
    }
    expect(rows.map(({ score }) => score)).toEqual(rows.map(({ score }) => score).sort((a, b) => b - a));
  });

  test("the order of stages is the model's, and every stage is there even when it is empty", async () => {
    const { stages: rows } = await shop.ask("flow", { from: "2020-01-01", to: "2020-01-02" });
    expect(rows.map(({ stage }) => stage)).toEqual([...stages]);
    expect(rows.every(({ start, end }) => start === 0 && end === 0)).toBe(true);
  });
});

/** Every person's transitions up to an instant, from nothing. */
function historiesOf(all: readonly Happening[], until = NOW): Map<string, Transition[]> {
  const model = compile(presetModel("reach-loyalty")!);
  const heard = new Map<string, number>();
  const byPerson = new Map<string, Touchpoint[]>();
  for (const { visitor, value, ...one } of [...all].sort((a, b) => a.at - b.at)) {
    const silence = one.at - (heard.get(visitor) ?? Number.NEGATIVE_INFINITY);
    heard.set(visitor, one.at);
    const opens = one.kind === "page_view" && silence >= 30 * 60_000;
    const touchpoint = {
      ...one,
      ...(opens ? { visit: true } : {}),
      ...(value === undefined ? {} : { value: Math.round(value * 100) }),
    } as Touchpoint;
    byPerson.set(visitor, [...(byPerson.get(visitor) ?? []), touchpoint]);
  }
  return new Map([...byPerson].map(([person, list]) => [person, historyOf(model, list, until).transitions]));
}

/** Purchases that were neither cancelled nor wholly given back. */
function validOrders(own: readonly Happening[]): Happening[] {
  return own.filter(
    ({ kind, order, value }) =>
      kind === "purchase" &&
      !own.some(
        (h) =>
          h.order === order && (h.kind === "cancel_order" || (h.kind === "refund" && h.value === undefined)),
      ) &&
      own.filter((h) => h.order === order && h.kind === "refund").reduce((sum, h) => sum + h.value!, 0) <
        value!,
  );
}
