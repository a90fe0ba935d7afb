import { describe, expect, test } from "vitest";
import { drawGamma, seededRandom } from "../attribution/seeded-random.ts";
import { expectedValue, fitSpend, spendLogLikelihood } from "./spend.ts";

/** Fader and Hardie (2013): fitted to the repeat spending of 946 CDNOW customers, dollars. */
const CDNOW = { p: 6.25, q: 3.74, v: 15.44 };

function simulate(truth: typeof CDNOW, customers: number, seed: number) {
  const random = seededRandom(seed);
  return Array.from({ length: customers }, () => {
    const frequency = 1 + Math.floor(random() * 8);
    const rate = drawGamma(random, truth.q, truth.v);
    return { frequency, meanValue: drawGamma(random, truth.p * frequency, rate) / frequency };
  });
}

describe("spend per order", () => {
  test("of a customer without repeats is everybody's mean: 35.22 dollars at CDNOW", () => {
    expect(expectedValue(CDNOW, { frequency: 0, meanValue: 0 })).toBeCloseTo((6.25 * 15.44) / 2.74, 12);
  });

  test("lies between everybody's mean and the customer's own, closer to the own with more orders", () => {
    const few = expectedValue(CDNOW, { frequency: 1, meanValue: 100 });
    const many = expectedValue(CDNOW, { frequency: 20, meanValue: 100 });
    expect(few).toBeGreaterThan(35.22);
    expect(many).toBeGreaterThan(few);
    expect(many).toBeLessThan(100);
  });

  test("has the likelihood that integrating over everybody's scale gives", () => {
    const { p, q, v } = { p: 2, q: 3, v: 4 };
    const history = { frequency: 2, meanValue: 3 };
    const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
    // The mean of two orders of shape 2 is gamma with shape 4 and rate 2 nu; nu is gamma with shape 3 and rate 4.
    let likelihood = 0;
    const step = 0.0005;
    for (let nu = step / 2; nu < 20; nu += step) {
      const own = ((2 * nu) ** 4 * 3 ** 3 * Math.exp(-2 * nu * 3)) / factorial(3);
      likelihood += own * ((4 ** 3 * nu ** 2 * Math.exp(-4 * nu)) / factorial(2)) * step;
    }
    expect(spendLogLikelihood({ p, q, v }, [history])).toBeCloseTo(Math.log(likelihood), 6);
  });
});

describe("fitting spend", () => {
  const histories = simulate(CDNOW, 20_000, 21);

  test("finds the parameters behind twenty thousand customers, and none beside them is better", () => {
    const fit = fitSpend(histories);
    expect(fit.tooLittleData).toBe(false);
    for (const key of ["p", "q", "v"] as const) {
      expect(Math.abs(Math.log(fit.parameters[key] / CDNOW[key]))).toBeLessThan(0.1);
      for (const factor of [0.999, 1.001]) {
        const beside = { ...fit.parameters, [key]: fit.parameters[key] * factor };
        expect(spendLogLikelihood(beside, histories)).toBeLessThan(fit.logLikelihood);
      }
    }
  });

  test("does not depend on the unit of money", () => {
    const dollars = fitSpend(histories.slice(0, 2_000)).parameters;
    const cents = fitSpend(
      histories.slice(0, 2_000).map((h) => ({ ...h, meanValue: h.meanValue * 100 })),
    ).parameters;
    expect(cents.v / dollars.v).toBeCloseTo(100, 3);
    expect(cents.p).toBeCloseTo(dollars.p, 6);
  });

  test("counts customers who are alike once each", () => {
    const some = histories.slice(0, 300);
    const twice = fitSpend([...some, ...some]);
    const counted = fitSpend(some.map((h) => ({ ...h, n: 2 })));
    expect(counted.customers).toBe(600);
    expect(counted.logLikelihood).toBeCloseTo(twice.logLikelihood, 6);
    expect(counted.parameters.q).toBeCloseTo(twice.parameters.q, 5);
  });

  test("leaves out customers whose orders say nothing about spending", () => {
    const silent = [
      { frequency: 0, meanValue: 0 },
      { frequency: 2, meanValue: 0 },
    ];
    expect(fitSpend([...silent, ...histories.slice(0, 100)]).customers).toBe(100);
    expect(() => fitSpend(silent)).toThrow("no customer");
  });

  test("says too little data below thirty customers, and when all spend the same", () => {
    expect(fitSpend(histories.slice(0, 29)).reasons[0]).toContain("29 customers");
    const same = Array.from({ length: 200 }, () => ({ frequency: 2, meanValue: 50 }));
    expect(fitSpend(same).tooLittleData).toBe(true);
  });
});
