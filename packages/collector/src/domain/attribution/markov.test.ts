import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { paths } from "../../../test/arbitrary-paths.ts";
import { chainOf, MARKOV_ORDERS, type MarkovOrder, removalEffects } from "./markov.ts";
import type { Path } from "./path.ts";
import { seededRandom } from "./seeded-random.ts";

const path = (text: string, conversions: number, nulls: number, value = 0): Path => ({
  channels: text === "" ? [] : text.split(" > "),
  conversions,
  nulls,
  value,
});

function effectsOf(list: Path[], order: MarkovOrder = 1) {
  const chain = chainOf(list, order);
  const { base, conversions, value } = removalEffects(chain);
  return {
    base,
    conversions: Object.fromEntries(chain.channels.map((c, i) => [c, conversions[i]!])),
    value: Object.fromEntries(chain.channels.map((c, i) => [c, value[i]!])),
  };
}

/** A fraction of whole numbers of any size, so that the oracle below has no rounding at all. */
interface Fraction {
  over: bigint;
  under: bigint;
}
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));
function fraction(over: bigint, under: bigint): Fraction {
  const divisor = gcd(over, under) || 1n;
  const sign = under < 0n ? -1n : 1n;
  return { over: (sign * over) / divisor, under: (sign * under) / divisor };
}
const minus = (a: Fraction, b: Fraction) => fraction(a.over * b.under - b.over * a.under, a.under * b.under);
const times = (a: Fraction, b: Fraction) => fraction(a.over * b.over, a.under * b.under);
const divide = (a: Fraction, b: Fraction) => fraction(a.over * b.under, a.under * b.over);
const ZERO = fraction(0n, 1n);
const toNumber = ({ over, under }: Fraction) => Number((over * 10n ** 15n) / under) / 1e15;

/**
 * The definition by the letter: transition probabilities between named states, removal by sending transitions to null, and a
 * Gauss-Jordan solve of x = Q x + r over fractions. Shares nothing with the code under test.
 */
function absorptionByFractions(list: readonly Path[], order: number, without: string | null) {
  const flows = new Map<string, Map<string, bigint>>();
  const worth = new Map<string, { conversions: bigint; value: bigint }>();
  const add = (from: string, to: string, weight: number) => {
    const row = flows.get(from) ?? new Map<string, bigint>();
    flows.set(from, row.set(to, (row.get(to) ?? 0n) + BigInt(weight)));
  };
  for (const { channels, conversions, nulls, value } of list) {
    if (channels.length === 0) continue;
    const states = channels.map((_, i) => channels.slice(Math.max(0, i + 1 - order), i + 1).join(">"));
    let from = "start";
    for (const state of states) {
      add(from, state, conversions + nulls);
      from = state;
    }
    add(from, "conversion", conversions);
    add(from, "null", nulls);
    const w = worth.get(from) ?? { conversions: 0n, value: 0n };
    worth.set(from, { conversions: w.conversions + BigInt(conversions), value: w.value + BigInt(value) });
  }
  const states = [...flows.keys()].filter(
    (s) =>
      [...flows.get(s)!.values()].some((n) => n > 0n) &&
      !(without !== null && s.split(">").includes(without)),
  );
  const rows = states.map((state) => {
    const row = flows.get(state)!;
    const total = [...row.values()].reduce((a, b) => a + b, 0n);
    const left = states.map((to) =>
      minus(fraction(to === state ? 1n : 0n, 1n), fraction(row.get(to) ?? 0n, total)),
    );
    const converts = fraction(row.get("conversion") ?? 0n, total);
    const w = worth.get(state);
    const mean = w === undefined || w.conversions === 0n ? ZERO : fraction(w.value, w.conversions);
    return [...left, converts, times(converts, mean)];
  });
  const n = states.length;
  for (let k = 0; k < n; k++) {
    const pivot = rows.findIndex((r, i) => i >= k && r[k]!.over !== 0n);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    const scale = rows[k]![k]!;
    rows[k] = rows[k]!.map((x) => divide(x, scale));
    for (let i = 0; i < n; i++) {
      const factor = rows[i]![k]!;
      if (i === k || factor.over === 0n) continue;
      rows[i] = rows[i]!.map((x, j) => minus(x, times(factor, rows[k]![j]!)));
    }
  }
  const start = rows[states.indexOf("start")]!;
  return { conversions: start[n]!, value: start[n + 1]! };
}

describe("removal effects", () => {
  test("are those of the two-channel tutorial: google ads 0.75, mailing 0.5, base 0.8", () => {
    const found = effectsOf([
      path("google ads", 2, 1),
      path("mailing", 1, 0),
      path("google ads > mailing", 1, 0),
    ]);
    expect(found.base).toBe(0.8);
    expect(found.conversions["google ads"]).toBeCloseTo(0.75, 14);
    expect(found.conversions.mailing).toBeCloseTo(0.5, 14);
  });

  test("are those of the three-channel tutorial: c1 0.5, c2 and c3 1, base 1/3", () => {
    const found = effectsOf([path("c1 > c2 > c3", 1, 0), path("c1", 0, 1), path("c2 > c3", 0, 1)]);
    expect(found.base).toBeCloseTo(1 / 3, 15);
    expect(found.conversions).toEqual({ c1: 0.5, c2: 1, c3: 1 });
  });

  test("do not depend on the order of the paths or on equal paths being added up", () => {
    const list = [path("a > b", 2, 3, 50), path("b > a > a", 1, 1, 9), path("a > b", 1, 0, 10)];
    const merged = [path("b > a > a", 1, 1, 9), path("a > b", 3, 3, 60)];
    expect(effectsOf(list, 2)).toEqual(effectsOf(merged, 2));
  });

  test("do not change at order 1 when equal neighbours are merged", () => {
    const list = [path("a > a > b", 3, 2), path("b > b", 1, 4), path("a > b > b > a", 2, 1)];
    const merged = [path("a > b", 3, 2), path("b", 1, 4), path("a > b > a", 2, 1)];
    const [found, wanted] = [effectsOf(list), effectsOf(merged)];
    for (const channel of ["a", "b"])
      expect(found.conversions[channel]).toBeCloseTo(wanted.conversions[channel]!, 13);
  });

  test("come from probabilities, not from counting paths, when paths without conversion are unknown", () => {
    // Without a: 2 of 5 start at b, from where 3 of 5 convert. Without b: 3 of 5, then 2 of 5.
    const found = effectsOf([path("a > b", 3, 0), path("b > a", 2, 0)]);
    expect(found.base).toBe(1);
    expect(found.conversions.a).toBeCloseTo(1 - (2 / 5) * (3 / 5), 14);
    expect(found.conversions.b).toBeCloseTo(1 - (3 / 5) * (2 / 5), 14);
  });

  test("are 0 when nothing converted, and have a base of 0", () => {
    expect(effectsOf([path("a > b", 0, 3)])).toEqual({
      base: 0,
      conversions: { a: 0, b: 0 },
      value: { a: 0, b: 0 },
    });
  });

  test("leave paths without touches out", () => {
    const list = [path("a", 1, 1)];
    expect(effectsOf([...list, path("", 5, 5, 100)])).toEqual(effectsOf(list));
  });

  test("keep their digits when a chain goes round a hundred thousand times", () => {
    const round = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? "a" : "b"));
    const list = [
      { channels: round, conversions: 1, value: 0, nulls: 0 },
      path("c > a", 1, 1),
      path("c", 1, 0),
    ];
    const found = effectsOf(list);
    // Without c only the long path can convert; it starts at a, where also the walks from c pass through.
    expect(found.conversions.a).toBeCloseTo(2 / 3, 12);
    expect(found.base).toBe(0.75);
  });

  test.each(MARKOV_ORDERS)("are those of an exact solve over fractions at order %i", (order) => {
    fc.assert(
      fc.property(paths(6), (list) => {
        const found = effectsOf(list, order);
        const whole = absorptionByFractions(list, order, null);
        expect(found.base).toBeCloseTo(toNumber(whole.conversions), 12);
        for (const [channel, effect] of Object.entries(found.conversions)) {
          const without = absorptionByFractions(list, order, channel);
          const wanted = minus(fraction(1n, 1n), divide(without.conversions, whole.conversions));
          expect(effect).toBeCloseTo(toNumber(wanted), 12);
          const wantedValue =
            whole.value.over === 0n ? ZERO : minus(fraction(1n, 1n), divide(without.value, whole.value));
          expect(found.value[channel]).toBeCloseTo(toNumber(wantedValue), 12);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Walks over named states until nothing is left, the plainest way there is; slow, for large chains with short paths. */
function lostByPower(list: readonly Path[], order: number, without: string): number {
  const out = new Map<string, Map<string, number>>();
  let start = new Map<string, number>();
  const add = (into: Map<string, number>, key: string, n: number) => into.set(key, (into.get(key) ?? 0) + n);
  for (const { channels, conversions, nulls } of list) {
    const states = channels.map((_, i) => channels.slice(Math.max(0, i + 1 - order), i + 1).join(">"));
    add(start, states[0]!, conversions + nulls);
    states.forEach((state, i) => {
      const row = out.get(state) ?? new Map<string, number>();
      out.set(state, row);
      if (i + 1 < states.length) add(row, states[i + 1]!, conversions + nulls);
      else {
        add(row, "conversion", conversions);
        add(row, "null", nulls);
      }
    });
  }
  let converted = 0;
  while (start.size > 0) {
    const next = new Map<string, number>();
    for (const [state, walkers] of start) {
      if (state === "conversion") converted += walkers;
      if (!out.has(state) || state.split(">").includes(without) || walkers < 1e-16) continue;
      const row = out.get(state)!;
      const total = [...row.values()].reduce((a, b) => a + b, 0);
      for (const [to, n] of row) add(next, to, (walkers * n) / total);
    }
    start = next;
  }
  const all = list.reduce((n, p) => n + p.conversions, 0);
  return 1 - converted / all;
}

test("removal effects of nearly two thousand states agree with walking it out", () => {
  const random = seededRandom(11);
  const list = Array.from({ length: 6_000 }, (): Path => {
    const channels = Array.from(
      { length: 1 + Math.floor(random() * 7) },
      () => `c${Math.floor(random() * 12)}`,
    );
    const conversions = random() < 0.2 ? 1 : 0;
    return { channels, conversions, value: 0, nulls: 1 - conversions };
  });
  const chain = chainOf(list, 3);
  expect(chain.states).toBeGreaterThan(1_800);
  const found = removalEffects(chain).conversions;
  for (const channel of ["c0", "c7"]) {
    expect(found[chain.channels.indexOf(channel)]).toBeCloseTo(lostByPower(list, 3, channel), 10);
  }
});

test("an order that is not offered is refused in words", () => {
  expect(() => chainOf([], 4 as MarkovOrder)).toThrow("order 4");
});
