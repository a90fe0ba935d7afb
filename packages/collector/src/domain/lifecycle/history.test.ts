import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byTimeThenId, type Touchpoint } from "../touchpoint.ts";
import { BEGIN, histories, models, TICK_MS } from "./arbitrary-histories.ts";
import { addTo, noFacts } from "./facts.ts";
import type { Atom, LifecycleModel } from "./grammar.ts";
import { advanceTime, applyInstant, historyOf, isLate, revise, START, type Transition } from "./history.ts";
import { compile } from "./model.ts";
import { presetModel } from "./presets.ts";
import { scoreAt, scoringOf } from "./score.ts";
import { nextDue, stageAt } from "./stage.ts";
import { referenceDue, referenceHistory, referenceStage } from "./test/reference.ts";

const DAY_MS = 86_400_000;
// On the grid of times and one millisecond to either side of it, where limits run out.
const until = fc
  .tuple(fc.integer({ min: 0, max: 2_600 }), fc.constantFrom(-1, 0, 0, 1))
  .map(([tick, beside]) => BEGIN + tick * TICK_MS + beside);
const preset = (id: string) => compile(presetModel(id) as LifecycleModel);
const withoutReason = (transitions: readonly Transition[]) =>
  transitions.map(({ at, from, to, cause }) => ({ at, from, to, cause }));

describe("a history", () => {
  test("says what the slow reference says, for any model", () => {
    fc.assert(
      fc.property(models, histories(10), until, (model, history, end) => {
        const found = historyOf(compile(model), history, end);
        expect(withoutReason(found.transitions)).toEqual(referenceHistory(model, history, end));
        expect(found.stage).toBe(referenceStage(model, history, end));
        expect(found.due).toBe(referenceDue(model, history, end));
      }),
      { numRuns: 400 },
    );
  });

  test("does not depend on sequence, duplicates or the visitors a person had", () => {
    fc.assert(
      fc.property(
        models,
        histories(),
        until,
        fc.array(fc.nat(), { maxLength: 6 }),
        (model, history, end, again) => {
          const copies = again.flatMap((i) => history[i % Math.max(1, history.length)] ?? []);
          const shuffled = [
            ...copies,
            ...history.filter((_, i) => i % 2 === 1),
            ...history.filter((_, i) => i % 2 === 0),
            ...copies,
          ];
          const compiled = compile(model);
          expect(historyOf(compiled, shuffled, end)).toEqual(
            historyOf(compiled, [...history].sort(byTimeThenId), end),
          );
        },
      ),
    );
  });

  test("up to an instant is the beginning of the history up to a later one", () => {
    fc.assert(
      fc.property(models, histories(), until, until, (model, history, a, b) => {
        const compiled = compile(model);
        const later = historyOf(compiled, history, Math.max(a, b)).transitions;
        const earlier = historyOf(compiled, history, Math.min(a, b)).transitions;
        expect(earlier).toEqual(later.filter((t) => t.at <= Math.min(a, b)));
      }),
    );
  });

  test("is a chain: each change starts where the one before it ended, later than it, and to another stage", () => {
    fc.assert(
      fc.property(models, histories(), until, (model, history, end) => {
        let before: Transition | undefined;
        for (const t of historyOf(compile(model), history, end).transitions) {
          expect(t.from).toBe(before?.to ?? null);
          expect(t.to).not.toBe(t.from);
          expect(t.at).toBeGreaterThan(before?.at ?? Number.NEGATIVE_INFINITY);
          expect(t.rule.startsWith(`${t.to}: `)).toBe(true);
          expect(model.rules[t.ruleIndex]?.stage).toBe(t.to);
          expect(t.touchpoint !== undefined).toBe(t.cause === "event");
          before = t;
        }
      }),
    );
  });

  test("gives everybody with a touchpoint exactly one of the model's stages, and nobody else any", () => {
    fc.assert(
      fc.property(models, histories(), until, (model, history, end) => {
        const { stage } = historyOf(compile(model), history, end);
        if (history.some((t) => t.at <= end)) expect(model.stages).toContain(stage);
        else expect(stage).toBeNull();
      }),
    );
  });

  test("takes the copy with the earlier time when one id comes with two times, whichever came first", () => {
    const copies: Touchpoint[] = [
      { id: "a", at: BEGIN + DAY_MS, kind: "page_view" },
      { id: "a", at: BEGIN, kind: "page_view" },
    ];
    const model = preset("reach-loyalty");
    const end = BEGIN + 2 * DAY_MS;
    expect(historyOf(model, copies, end)).toEqual(historyOf(model, [...copies].reverse(), end));
    expect(historyOf(model, copies, end).transitions[0]?.at).toBe(BEGIN);
  });

  test("names the rule and the smallest touchpoint id of the instant", () => {
    const history: Touchpoint[] = [
      { id: "b", at: BEGIN, kind: "view_item" },
      { id: "a", at: BEGIN, kind: "page_view", visit: true },
      { id: "c", at: BEGIN + DAY_MS, kind: "purchase", order: "1", value: 100 },
    ];
    const { transitions } = historyOf(preset("reach-loyalty"), history, BEGIN + 200 * DAY_MS);
    expect(transitions.map(({ to, touchpoint, rule }) => [to, touchpoint, rule])).toEqual([
      ["acquisition", "a", expect.stringContaining("acquisition: visits >= 2 or count view_item >= 1")],
      ["conversion", "c", "conversion: orders >= 1"],
      ["lapsed", undefined, "lapsed: orders >= 1 and idle activity >= P90D"],
    ]);
  });
});

describe("the live path", () => {
  /** Instant by instant, with sweeps at random times in between, as the collector does it. */
  const live = (
    model: LifecycleModel,
    history: readonly Touchpoint[],
    end: number,
    sweeps: readonly number[],
  ) => {
    const compiled = compile(model);
    const facts = noFacts();
    const transitions: Transition[] = [];
    let position = START;
    const sorted = history.filter((t) => t.at <= end).sort(byTimeThenId);
    const sweepTo = (instant: number) => {
      const swept = advanceTime(compiled, facts, position, instant);
      transitions.push(...swept.transitions);
      position = swept.position;
    };
    for (const at of [...new Set(sorted.map((t) => t.at))]) {
      for (const sweep of sweeps) if (sweep < at) sweepTo(sweep);
      sweepTo(at - 1);
      expect(isLate(position, at)).toBe(false);
      const group = sorted.filter((t) => t.at === at);
      for (const t of group) addTo(facts, t);
      const applied = applyInstant(compiled, facts, position, at, group[0]?.id ?? "");
      if (applied.transition) transitions.push(applied.transition);
      position = applied.position;
    }
    sweepTo(end);
    return { transitions, position };
  };

  test("gives exactly the history calculated from scratch", () => {
    fc.assert(
      fc.property(
        models,
        histories(),
        until,
        fc.array(until, { maxLength: 4 }),
        (model, history, end, sweeps) => {
          const whole = historyOf(compile(model), history, end);
          const { transitions, position } = live(
            model,
            history,
            end,
            sweeps.filter((s) => s <= end).sort((a, b) => a - b),
          );
          expect(transitions).toEqual(whole.transitions);
          expect({ ...position, at: null }).toEqual({ ...whole.position, at: null });
        },
      ),
      { numRuns: 300 },
    );
  });

  test("swept twice writes nothing twice, and dates what fell due by itself after any downtime", () => {
    const model = preset("customer-base");
    const facts = noFacts();
    const bought: Touchpoint = { id: "a", at: BEGIN, kind: "purchase", order: "1", value: 100 };
    addTo(facts, bought);
    const { position } = applyInstant(model, facts, START, BEGIN, "a");
    const swept = advanceTime(model, facts, position, BEGIN + 1_000 * DAY_MS);
    expect(swept.transitions.map(({ at, to }) => [(at - BEGIN) / DAY_MS, to])).toEqual([
      [180, "inactive"],
      [365, "former"],
    ]);
    expect(advanceTime(model, facts, swept.position, BEGIN + 1_000 * DAY_MS).transitions).toEqual([]);
    expect(swept.position.due).toBeNull();
  });

  test("knows what came too late: at or before the newest instant, or before a change that time has made", () => {
    const model = preset("customer-base");
    const facts = noFacts();
    addTo(facts, { id: "a", at: BEGIN, kind: "purchase", order: "1" });
    const { position } = applyInstant(model, facts, START, BEGIN, "a");
    expect([BEGIN - 1, BEGIN, BEGIN + 1].map((at) => isLate(position, at))).toEqual([true, true, false]);
    const swept = advanceTime(model, facts, position, BEGIN + 180 * DAY_MS).position;
    const due = BEGIN + 180 * DAY_MS;
    expect([due - 1, due, due + 1].map((at) => isLate(swept, at))).toEqual([true, true, false]);
    expect(isLate(START, BEGIN)).toBe(false);
  });
});

describe("the next due instant", () => {
  test("is never early and never late", () => {
    fc.assert(
      fc.property(
        models,
        histories(8),
        until,
        fc.integer({ min: 0, max: 4_000 }),
        (model, history, after, probe) => {
          const compiled = compile(model);
          const facts = noFacts();
          for (const t of history) if (t.at <= after) addTo(facts, t);
          const due = nextDue(compiled, facts, after);
          const now = stageAt(compiled, facts, after)?.stage;
          // Probes lie on the grid of times, next to it, and right before the due instant.
          const before = (due ?? Number.POSITIVE_INFINITY) - 1;
          for (const t of [
            after + probe * TICK_MS,
            after + probe * TICK_MS + 1,
            Math.min(before, after + 1e12),
          ]) {
            if (t > after && t <= before) expect(stageAt(compiled, facts, t)?.stage).toBe(now);
          }
          if (due !== null) {
            expect(due).toBeGreaterThan(after);
            expect(stageAt(compiled, facts, due)?.stage).not.toBe(now);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each<[string, Atom, number]>([
    ["orders in a window", ["ordersWithin", "P30D", ">=", 1], 50 + 30],
    ["silence that begins", ["idle", "order", ">=", "P30D"], 50 + 30],
    ["silence that ends a stage", ["idle", "share", "<", "P13D"], 40 + 13],
    ["a return", ["sinceReturn", "<", "P30D"], 40 + 30],
  ])("is found from the millisecond before it, and no longer from its own: %s", (_, when, day) => {
    const model = compile({
      id: "m",
      version: 1,
      stages: ["a", "b"],
      returnGap: "P20D",
      rules: [
        { stage: "a", when },
        { stage: "b", when: true },
      ],
    });
    const facts = noFacts();
    addTo(facts, { id: "v", at: BEGIN, kind: "page_view" });
    addTo(facts, { id: "s", at: BEGIN + 40 * DAY_MS, kind: "share" });
    addTo(facts, { id: "o", at: BEGIN + 50 * DAY_MS, kind: "purchase", order: "1" });
    const due = BEGIN + day * DAY_MS;
    expect(nextDue(model, facts, due - 1)).toBe(due);
    expect(nextDue(model, facts, due)).toBeNull();
  });

  test("finds the millisecond at which a fading score falls below its limit", () => {
    const scored = (op: ">=" | ">", limit: number): LifecycleModel => ({
      id: "leads",
      version: 1,
      stages: ["cold", "hot"],
      score: { halfLife: "P7D", weights: { view_item: 1, add_to_cart: 4 } },
      rules: [
        { stage: "hot", when: ["score", op, limit] },
        { stage: "cold", when: true },
      ],
    });
    const facts = noFacts();
    addTo(facts, { id: "a", at: BEGIN, kind: "add_to_cart" });
    // 4 points are worth 2 after exactly one half-life: the limit itself still holds for >=, and no longer for >.
    expect(nextDue(compile(scored(">=", 2)), facts, BEGIN)).toBe(BEGIN + 7 * DAY_MS + 1);
    expect(nextDue(compile(scored(">", 2)), facts, BEGIN)).toBe(BEGIN + 7 * DAY_MS);
    expect(nextDue(compile(scored(">=", 5)), facts, BEGIN)).toBeNull();
    expect(nextDue(compile(scored(">", 0)), facts, BEGIN)).toBeNull();
  });
});

describe("a lead score", () => {
  const facts = noFacts();
  for (const [i, kind] of ["view_item", "view_item", "view_item", "add_to_cart", "page_view"].entries()) {
    addTo(facts, { id: `t${i}`, at: BEGIN + i * 7 * DAY_MS, kind });
  }
  const weights = { view_item: { points: 2, atMost: 2 }, add_to_cart: 8, share: 100 };

  test("without a half-life stays what its points add up to, capped per kind", () => {
    expect(scoreAt(scoringOf({ weights }), facts, BEGIN + 900 * DAY_MS)).toBe(2 + 2 + 8);
  });

  test("with a half-life is worth half after each, the newest of a capped kind counting", () => {
    // Views after 7 and 14 days, the cart after 21, asked on day 28: 2/8 + 2/4 + 8/2.
    expect(scoreAt(scoringOf({ weights, halfLife: "P7D" }), facts, BEGIN + 28 * DAY_MS)).toBe(0.25 + 0.5 + 4);
  });
});

describe("a recalculation", () => {
  const first: Transition = {
    at: 1,
    from: null,
    to: "a",
    cause: "event",
    rule: "a: x",
    ruleIndex: 0,
    touchpoint: "t",
  };
  const second: Transition = { at: 5, from: "a", to: "b", cause: "time", rule: "b: y", ruleIndex: 1 };

  test("supersedes only the tail that changed", () => {
    const moved = { ...second, at: 6 };
    expect(revise([first, second], [first, moved])).toEqual({
      kept: 1,
      superseded: [second],
      written: [moved],
    });
    expect(revise([first, second], [first, second])).toEqual({ kept: 2, superseded: [], written: [] });
    expect(revise([], [first])).toEqual({ kept: 0, superseded: [], written: [first] });
    expect(revise([first, second], [first])).toEqual({ kept: 1, superseded: [second], written: [] });
  });
});
