import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Touchpoint } from "../touchpoint.ts";
import { BEGIN, histories, TICK_MS } from "./arbitrary-histories.ts";
import {
  addTo,
  type Facts,
  factsFromText,
  factsToText,
  KEPT_TIMES,
  kindIn,
  noFacts,
  union,
} from "./facts.ts";
import { isValid, netValue } from "./orders.ts";
import { addToRuns, JOIN_MS, joinRuns, latestStretch, type Runs } from "./runs.ts";

const factsOf = (touchpoints: readonly Touchpoint[]): Facts => {
  const facts = noFacts();
  for (const t of touchpoints) addTo(facts, t);
  return facts;
};

/** Distinct ids in up to three groups, as three visitors of one person have them. */
const groups = histories(24).map((all) => [0, 1, 2].map((g) => all.filter((_, i) => i % 3 === g)));

describe("facts", () => {
  test("are the same whatever the sequence of touchpoints", () => {
    fc.assert(
      fc.property(histories(24), (history) => {
        const sorted = [...history].sort((a, b) => a.at - b.at);
        expect(factsToText(factsOf(history))).toBe(factsToText(factsOf(sorted)));
      }),
    );
  });

  test("of a union are the union of the facts, however it is grouped and turned round", () => {
    fc.assert(
      fc.property(groups, ([a = [], b = [], c = []]) => {
        const [fa, fb, fc_] = [factsOf(a), factsOf(b), factsOf(c)];
        const whole = factsToText(factsOf([...a, ...b, ...c]));
        expect(factsToText(union(union(fa, fb), fc_))).toBe(whole);
        expect(factsToText(union(fa, union(fb, fc_)))).toBe(whole);
        expect(factsToText(union(fc_, union(fb, fa)))).toBe(whole);
      }),
    );
  });

  test("of nobody are neutral", () => {
    fc.assert(
      fc.property(histories(), (history) => {
        const facts = factsOf(history);
        expect(union(facts, noFacts())).toEqual(facts);
        expect(union(noFacts(), facts)).toEqual(facts);
      }),
    );
  });

  test("can be added to after a union without changing what they came from", () => {
    fc.assert(
      fc.property(groups, ([a = [], b = [], c = []]) => {
        const [fa, fb] = [factsOf(a), factsOf(b)];
        const before = [factsToText(fa), factsToText(fb)];
        const sum = union(fa, fb);
        for (const t of c) addTo(sum, t);
        expect([factsToText(fa), factsToText(fb)]).toEqual(before);
        expect(factsToText(sum)).toBe(factsToText(factsOf([...a, ...b, ...c])));
      }),
    );
  });

  test("survive being stored as text and go on", () => {
    fc.assert(
      fc.property(groups, ([a = [], b = []]) => {
        const restored = factsFromText(factsToText(factsOf(a)));
        for (const t of b) addTo(restored, t);
        expect(factsToText(restored)).toBe(factsToText(factsOf([...a, ...b])));
      }),
    );
  });

  test("keep the newest times of a busy kind, and its count and first time exactly", () => {
    const times = Array.from({ length: KEPT_TIMES + 30 }, (_, i) => BEGIN + ((i * 37) % 80) * TICK_MS);
    const facts = factsOf(times.map((at, i) => ({ id: `p${i}`, at, kind: "page_view" })));
    const kind = kindIn(facts, "page_view");
    expect(kind?.n).toBe(times.length);
    expect(kind?.first).toBe(Math.min(...times));
    expect(kind?.newest).toEqual([...times].sort((x, y) => x - y).slice(-KEPT_TIMES));
  });

  test("take a kind or an order for a name and never for a property of objects", () => {
    const facts = factsOf([
      { id: "a", at: BEGIN, kind: "constructor" },
      { id: "b", at: BEGIN, kind: "purchase", order: "__proto__", value: 100 },
      { id: "c", at: BEGIN, kind: "purchase", order: "constructor", value: 100 },
    ]);
    expect(kindIn(facts, "constructor")?.n).toBe(1);
    expect(kindIn(facts, "toString")).toBeUndefined();
    expect(facts.orders?.map((order) => order.order)).toEqual(["__proto__", "constructor"]);
  });

  test("count advocacy from shares, referrals, good reviews and promoters only", () => {
    const counted: Omit<Touchpoint, "id" | "at">[] = [
      { kind: "share" },
      { kind: "referral" },
      { kind: "review", rating: 4 },
      { kind: "review", rating: 5 },
      { kind: "survey_response", survey: "nps", score: 9 },
      { kind: "survey_response", survey: "nps", score: 10 },
    ];
    const others: Omit<Touchpoint, "id" | "at">[] = [
      { kind: "review", rating: 3 },
      { kind: "review" },
      { kind: "survey_response", survey: "nps", score: 8 },
      { kind: "survey_response", survey: "csat", score: 5 },
      { kind: "survey_response", survey: "nps" },
      { kind: "page_view" },
    ];
    const all = [...counted, ...others].map((t, i) => ({ ...t, id: `t${i}`, at: BEGIN }));
    expect(factsOf(all).advocacy).toBe(counted.length);
  });

  test("remember the latest answer per survey and the latest value per trait, the larger id winning a tie", () => {
    const facts = factsOf([
      { id: "b", at: BEGIN + 1, kind: "survey_response", survey: "nps", score: 3 },
      { id: "a", at: BEGIN + 1, kind: "survey_response", survey: "nps", score: 9 },
      { id: "c", at: BEGIN, kind: "survey_response", survey: "nps", score: 7 },
      { id: "d", at: BEGIN, kind: "identify", traits: { tier: "gold", age: 3 } },
      { id: "e", at: BEGIN + 5, kind: "identify", traits: { tier: "tin" } },
    ]);
    expect(facts.answers).toEqual([{ survey: "nps", at: BEGIN + 1, id: "b", score: 3 }]);
    expect(facts.traits?.map(({ key, value }) => [key, value])).toEqual([
      ["age", 3],
      ["tier", "tin"],
    ]);
  });
});

describe("an order", () => {
  const order = (...about: Partial<Touchpoint>[]) => {
    const facts = factsOf(
      about.map((t, i) => ({ id: `t${i}`, at: BEGIN + i, kind: "purchase", order: "A-1", ...t })),
    );
    return facts.orders?.[0] ?? { order: "none" };
  };
  const bought = { value: 5_000, currency: "EUR" };

  test.each<[string, boolean, number, Partial<Touchpoint>[]]>([
    ["is valid as it is", true, 5_000, [bought]],
    ["is valid when it was worth nothing", true, 0, [{ value: 0 }]],
    ["is valid after a part of it came back", true, 1, [bought, { kind: "refund", value: 4_999 }]],
    [
      "falls when parts add up to its value",
      false,
      0,
      [bought, { kind: "refund", value: 2_000 }, { kind: "refund", value: 3_000 }],
    ],
    ["falls when more than its value came back", false, 0, [bought, { kind: "refund", value: 5_001 }]],
    ["falls with a refund that names no amount", false, 0, [bought, { kind: "refund" }]],
    ["falls when cancelled", false, 0, [bought, { kind: "cancel_order" }]],
    ["falls when a free one is refunded with 0", false, 0, [{ value: 0 }, { kind: "refund", value: 0 }]],
    ["falls by a refund that came before it", false, 0, [{ kind: "refund", value: 5_000 }, bought]],
    ["is not there while only its refund is known", false, 0, [{ kind: "refund", value: 5_000 }]],
    [
      "keeps its value against a refund in another currency",
      true,
      5_000,
      [bought, { kind: "refund", value: 9_000, currency: "USD" }],
    ],
    [
      "takes the larger of single refunds and the sum they were told as, once",
      true,
      3_000,
      [
        bought,
        { kind: "refund", value: 1_500 },
        { kind: "refund", value: 500 },
        { kind: "refund", value: 1_000, props: { so_far: true } },
        { kind: "refund", value: 2_000, props: { so_far: true } },
      ],
    ],
    [
      "takes a told sum where single refunds are not known",
      true,
      4_000,
      [{ kind: "refund", value: 1_000, props: { so_far: true } }, bought],
    ],
    [
      "falls when the told sum is its value",
      false,
      0,
      [bought, { kind: "refund", value: 5_000, props: { so_far: true } }],
    ],
    ["takes a refund without currency as its own", false, 0, [bought, { kind: "refund", value: 5_000 }]],
  ])("%s", (_, valid, net, about) => {
    expect(isValid(order(...about))).toBe(valid);
    expect(netValue(order(...about))).toBe(net);
  });

  test("said twice is dated and valued by its earliest time, then id", () => {
    const twice = [
      { id: "z", at: BEGIN, value: 100, currency: "EUR" },
      { id: "b", at: BEGIN, value: 200 },
      { id: "a", at: BEGIN + 1, value: 300 },
    ];
    for (const about of [twice, [...twice].reverse()]) {
      expect(order(...about)).toEqual({ order: "A-1", at: BEGIN, id: "b", value: 200 });
    }
  });
});

describe("runs of activity", () => {
  const times = fc.array(fc.integer({ min: 0, max: 60 }).map((quarter) => BEGIN + quarter * TICK_MS));
  const runsOf = (list: readonly number[]): Runs => {
    const runs: Runs = [];
    for (const at of list) addToRuns(runs, at);
    return runs;
  };

  test("are cut exactly where neighbours are the gap or more apart", () => {
    fc.assert(
      fc.property(times, fc.constantFrom(1, 1.25, 2, 5), (list, days) => {
        const sorted = [...list].sort((a, b) => a - b);
        const starts = sorted.filter((at, i) => i === 0 || at - (sorted[i - 1] ?? 0) >= days * JOIN_MS);
        const stretch = latestStretch(runsOf(list), days * JOIN_MS);
        expect(stretch?.start).toBe(starts.at(-1));
        if (stretch) expect(stretch.isFirst).toBe(starts.length === 1);
      }),
    );
  });

  test("of two sets joined are the runs of all times", () => {
    fc.assert(
      fc.property(times, times, (a, b) => {
        expect(joinRuns(runsOf(a), runsOf(b))).toEqual(runsOf([...a, ...b]));
      }),
    );
  });
});
