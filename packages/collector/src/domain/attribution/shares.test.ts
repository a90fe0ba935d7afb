import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHANNELS } from "../../../test/arbitrary-paths.ts";
import { DAY_MS } from "./path.ts";
import { creditOfPath, PATH_MODELS, type PathModel, type ShareOptions } from "./shares.ts";

const touches = (...channels: string[]) => channels.map((channel, i) => ({ channel, at: i * DAY_MS }));

function sharesOf(model: PathModel, list: { channel: string; at: number }[], options: ShareOptions = {}) {
  return creditOfPath(model, list, 10 * DAY_MS, options);
}

function expectClose(found: number[], wanted: number[]) {
  expect(found.length).toBe(wanted.length);
  found.forEach((share, i) => {
    expect(share).toBeCloseTo(wanted[i]!, 14);
  });
}

describe("shares of one conversion", () => {
  test("go to the first or the last touch", () => {
    expect(sharesOf("first", touches("a", "b", "c"))).toEqual([1, 0, 0]);
    expect(sharesOf("last", touches("a", "b", "c"))).toEqual([0, 0, 1]);
  });

  test("go to the last touch that is not direct", () => {
    expect(sharesOf("last-non-direct", touches("a", "b", "Direct", "(direct)"))).toEqual([0, 1, 0, 0]);
  });

  test("go to direct when there is nothing else", () => {
    expect(sharesOf("last-non-direct", touches("direct", "direct"))).toEqual([0, 1]);
  });

  test("are equal under linear, repeats included", () => {
    expectClose(sharesOf("linear", touches("a", "a", "b")), [1 / 3, 1 / 3, 1 / 3]);
  });

  test.each([
    { n: 1, wanted: [1] },
    { n: 2, wanted: [0.5, 0.5] },
    { n: 3, wanted: [0.4, 0.2, 0.4] },
    { n: 4, wanted: [0.4, 0.1, 0.1, 0.4] },
    { n: 6, wanted: [0.4, 0.05, 0.05, 0.05, 0.05, 0.4] },
  ])("are 40/20/40 by position over $n touches", ({ n, wanted }) => {
    expectClose(sharesOf("position", touches(..."abcdef".slice(0, n))), wanted);
  });

  test("follow other position weights", () => {
    const weights = { first: 0.6, last: 0.2 };
    expectClose(sharesOf("position", touches("a", "b", "c", "d"), { weights }), [0.6, 0.1, 0.1, 0.2]);
    expectClose(sharesOf("position", touches("a", "b"), { weights }), [0.75, 0.25]);
    expectClose(sharesOf("position", touches("a", "b"), { weights: { first: 0, last: 0 } }), [0.5, 0.5]);
  });

  test("halve with every half-life of age", () => {
    const list = [
      { channel: "a", at: 0 },
      { channel: "b", at: 7 * DAY_MS },
      { channel: "c", at: 14 * DAY_MS },
    ];
    expectClose(creditOfPath("decay", list, 20 * DAY_MS), [1 / 7, 2 / 7, 4 / 7]);
    expectClose(creditOfPath("decay", list, 14 * DAY_MS, { halfLifeDays: 14 }), sharesOfRatio(2 ** 0.5));
  });

  test("decay over decades without vanishing", () => {
    const list = [
      { channel: "a", at: 0 },
      { channel: "b", at: 0 },
    ];
    expectClose(creditOfPath("decay", list, 100_000 * DAY_MS), [0.5, 0.5]);
  });

  test("are split over distinct channels under shapley", () => {
    expectClose(sharesOf("shapley", touches("a", "b", "a")), [0.25, 0.5, 0.25]);
  });

  test("are none when there was no touch", () => {
    for (const model of PATH_MODELS) expect(creditOfPath(model, [], 0)).toEqual([]);
  });

  test("cannot be made by age when there are no times", () => {
    expect(() => creditOfPath("decay", [{ channel: "a" }], undefined)).toThrow("use journeys");
  });

  test("cannot be made from weights beyond the whole, or a half-life of nothing", () => {
    expect(() => sharesOf("position", touches("a", "b"), { weights: { first: 0.8, last: 0.4 } })).toThrow();
    expect(() => sharesOf("decay", touches("a"), { halfLifeDays: 0 })).toThrow();
  });
});

function sharesOfRatio(ratio: number): number[] {
  const whole = 1 + ratio + ratio * ratio;
  return [1 / whole, ratio / whole, (ratio * ratio) / whole];
}

test("shares are never negative and add up to exactly one", () => {
  const touch = fc.record({ channel: fc.constantFrom(...CHANNELS), at: fc.integer({ min: 0, max: 9e9 }) });
  const weight = fc.double({ min: 0, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(touch, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(...PATH_MODELS),
      fc.record({ first: weight, last: weight }),
      (list, model, weights) => {
        const sorted = list.toSorted((a, b) => a.at - b.at);
        const shares = creditOfPath(model, sorted, 9e9, { weights });
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        expect(shares.reduce((a, b) => a + b, 0)).toBe(1);
      },
    ),
    { numRuns: 500 },
  );
});
