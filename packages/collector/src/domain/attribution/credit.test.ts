import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { journeys, paths } from "../../../test/arbitrary-paths.ts";
import { bootstrap } from "./bootstrap.ts";
import {
  CREDIT_MODELS,
  type CreditModel,
  type CreditOptions,
  credit,
  creditAll,
  UNATTRIBUTED,
} from "./credit.ts";
import { DAY_MS, type Path, pathsOf } from "./path.ts";

const path = (text: string, conversions: number, nulls = 0, value = 0): Path => ({
  channels: text === "" ? [] : text.split(" > "),
  conversions,
  nulls,
  value,
});

function creditMap(list: Path[], model: CreditModel, options: CreditOptions = {}) {
  return Object.fromEntries(credit(list, { ...options, model }).rows.map((r) => [r.channel, r.conversions]));
}

describe("credit", () => {
  test("follows the Markov tutorials", () => {
    const two = [path("google ads", 2, 1), path("mailing", 1), path("google ads > mailing", 1)];
    const first = creditMap(two, "markov");
    expect(first["google ads"]).toBeCloseTo(2.4, 12);
    expect(first.mailing).toBeCloseTo(1.6, 12);
    const three = [path("c1 > c2 > c3", 1), path("c1", 0, 1), path("c2 > c3", 0, 1)];
    const second = creditMap(three, "markov");
    expect(second.c1).toBeCloseTo(0.2, 12);
    expect(second.c2).toBeCloseTo(0.4, 12);
  });

  test("weighs Markov value by what leaves from each last state", () => {
    // Both routes convert once, but the one that ends with b is worth nine times as much.
    const { rows } = credit([path("a", 1, 1, 100), path("b", 1, 1, 900)], { model: "markov" });
    expect(rows.map((r) => [r.channel, r.conversions, r.value])).toEqual([
      ["b", 1, 900],
      ["a", 1, 100],
    ]);
  });

  test("splits published Shapley inputs as published", () => {
    const found = creditMap(
      [
        path("F", 0.2),
        path("O", 0.1),
        path("L", 0.17),
        path("F > O", 0.17),
        path("F > L", 0.3),
        path("L > O", 0),
        path("F > L > O", 0.06),
      ],
      "shapley",
    );
    expect(found.F).toBeCloseTo(0.455, 12);
    expect(found.O).toBeCloseTo(0.205, 12);
    expect(found.L).toBeCloseTo(0.34, 12);
    expect(creditMap([path("a", 4), path("a > b", 6)], "shapley")).toEqual({ a: 7, b: 3 });
  });

  test("shares two worked journeys as the definitions say", () => {
    const at = (days: number) => Math.round(days * DAY_MS);
    const list = pathsOf(
      [
        {
          visitor: "v1",
          touches: [
            { channel: "ads", at: at(0) },
            { channel: "search", at: at(3) },
            { channel: "email", at: at(9.5) },
            { channel: "direct", at: at(10) },
          ],
          conversions: [{ at: at(10.02), value: 8_000 }],
        },
        {
          visitor: "v2",
          touches: [
            { channel: "social", at: at(0) },
            { channel: "direct", at: at(20) },
            { channel: "direct", at: at(33) },
          ],
          conversions: [{ at: at(33.1), value: 4_500 }],
        },
      ],
      { direct: "keep" },
    );
    // social is 33.1 days old: outside the thirty days.
    expect(creditMap(list, "last-non-direct")).toMatchObject({ email: 1, direct: 1 });
    expect(creditMap(list, "linear")).toMatchObject({ ads: 0.25, search: 0.25, email: 0.25, direct: 1.25 });
    const decay = creditMap(list, "decay");
    const weights = [10.02, 7.02, 0.52, 0.02].map((age) => 2 ** (-age / 7));
    const whole = weights.reduce((a, b) => a + b, 0);
    expect(decay.ads).toBeCloseTo(weights[0]! / whole, 9);
    expect(decay.direct).toBeCloseTo(1 + weights[3]! / whole, 9);
  });

  test("keeps conversions without a touch in a row of their own", () => {
    for (const model of CREDIT_MODELS.filter((m) => m !== "decay")) {
      const { rows, total, unattributed } = credit([path("", 2, 0, 300), path("a", 1, 0, 50)], { model });
      expect(rows.at(-1)).toEqual({ channel: UNATTRIBUTED, conversions: 2, value: 300 });
      expect(rows[0]).toMatchObject({ channel: "a", conversions: 1, value: 50 });
      expect([total.conversions, unattributed.value]).toEqual([3, 300]);
    }
  });

  test("has nothing to share when there are no paths", () => {
    for (const model of CREDIT_MODELS) expect(credit([], { model }).rows).toEqual([]);
  });
});

test("no model invents or loses credit, whatever the journeys and options", () => {
  fc.assert(
    fc.property(
      journeys(),
      fc.constantFrom(...CREDIT_MODELS),
      fc.constantFrom("overlap" as const, "reset" as const),
      fc.constantFrom(1 as const, 2 as const, 3 as const),
      (list, model, conversions, order) => {
        const made = pathsOf(list, { conversions, lookbackMs: 7 * DAY_MS });
        const { rows, total } = credit(made, { model, order });
        const value = list.flatMap((j) => j.conversions).reduce((n, c) => n + c.value, 0);
        expect(total.value).toBe(value);
        for (const key of ["conversions", "value"] as const) {
          const added = rows.reduce((n, r) => n + r[key], 0);
          expect(Math.abs(added - total[key])).toBeLessThanOrEqual(total[key] * Number.EPSILON);
          for (const row of rows) expect(row[key]).toBeGreaterThanOrEqual(0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("shapley equals the full enumeration of coalitions with factorial weights", () => {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  fc.assert(
    fc.property(paths(), (list) => {
      const players = [...new Set(list.flatMap((p) => p.channels))];
      const worthOf = (coalition: ReadonlySet<string>) =>
        list
          .filter((p) => p.channels.length > 0 && p.channels.every((c) => coalition.has(c)))
          .reduce((n, p) => n + p.conversions, 0);
      const found = creditMap(list, "shapley");
      for (const player of players) {
        const others = players.filter((p) => p !== player);
        let wanted = 0;
        for (let mask = 0; mask < 2 ** others.length; mask++) {
          const members = others.filter((_, i) => mask & (1 << i));
          const weight =
            (factorial(members.length) * factorial(players.length - members.length - 1)) /
            factorial(players.length);
          wanted += weight * (worthOf(new Set([...members, player])) - worthOf(new Set(members)));
        }
        expect(found[player]).toBeCloseTo(wanted, 9);
      }
    }),
    { numRuns: 100 },
  );
});

describe("all models side by side", () => {
  test("name the smallest and the largest credit of each channel", () => {
    const { models, spread } = creditAll([path("a > b", 4, 0, 40), path("a", 1, 0, 10)]);
    const ofB = models.map((m) => m.rows.find((r) => r.channel === "b")!.conversions);
    expect(spread.find((s) => s.channel === "b")).toEqual({
      channel: "b",
      min: Math.min(...ofB),
      max: Math.max(...ofB),
      spread: 4,
    });
  });

  test("leave decay out in words when there are no times, and go on", () => {
    const { models, refused } = creditAll([path("a > b", 4)]);
    expect(models.map((m) => m.model)).toEqual(CREDIT_MODELS.filter((m) => m !== "decay"));
    expect(refused).toEqual([{ model: "decay", reason: "decay needs times: use journeys" }]);
  });
});

describe("bootstrap", () => {
  const plenty = [path("a > b", 300, 900), path("a", 200, 800), path("b > c", 250, 700), path("c", 100, 900)];

  test("gives the same interval for the same seed, and the interval holds the credit", () => {
    const one = bootstrap(plenty, { seed: 5 });
    expect(bootstrap(plenty, { seed: 5 })).toEqual(one);
    expect(bootstrap(plenty, { seed: 6 }).intervals).not.toEqual(one.intervals);
    for (const { share, low, high } of one.intervals) {
      expect(low).toBeLessThan(share);
      expect(high).toBeGreaterThan(share);
    }
    expect(one.tooLittleData).toBe(false);
  });

  test("narrows with the square root of the journeys", () => {
    const width = (times: number) => {
      const list = plenty.map((p) => ({ ...p, conversions: p.conversions * times, nulls: p.nulls * times }));
      const { low, high } = bootstrap(list, { seed: 1, rounds: 400 }).intervals[0]!;
      return high - low;
    };
    const ratio = width(1) / width(16);
    expect(ratio).toBeGreaterThan(3);
    expect(ratio).toBeLessThan(5.3);
  });

  test("says too little data below a hundred conversions", () => {
    const { tooLittleData, reasons } = bootstrap([path("a", 50, 500), path("b", 49, 500)], { seed: 1 });
    expect(tooLittleData).toBe(true);
    expect(reasons[0]).toContain("99 conversions");
    expect(bootstrap([path("a", 50, 500), path("b", 50, 500)], { seed: 1 }).reasons).toEqual([]);
  });

  test("says too little data when the order has more states than journeys can fill", () => {
    const thin = Array.from({ length: 120 }, (_, i) => path(`c${i % 11} > d${i % 7} > e${i % 5}`, 1));
    expect(bootstrap(thin, { seed: 1, order: 3, rounds: 20 }).reasons.join()).toContain("lower order");
  });
});
