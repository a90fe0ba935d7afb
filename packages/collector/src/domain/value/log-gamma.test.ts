import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digamma, lnBeta, lnGamma } from "./log-gamma.ts";

const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

describe("ln gamma", () => {
  test.each([
    { x: 1, wanted: 0 },
    { x: 2, wanted: 0 },
    { x: 0.5, wanted: Math.log(Math.PI) / 2 },
    { x: 5, wanted: Math.log(24) },
    { x: 11, wanted: Math.log(3_628_800) },
    { x: 1e-10, wanted: -Math.log(1e-10) - 0.5772156649e-10 },
  ])("of $x is known", ({ x, wanted }) => {
    expect(lnGamma(x)).toBeCloseTo(wanted, 13);
  });

  test("obeys the rule that made it: one more multiplies by the argument", () => {
    fc.assert(
      fc.property(positive, (x) => {
        const slack = 4e-15 * Math.max(1, Math.abs(lnGamma(x)));
        expect(Math.abs(lnGamma(x + 1) - lnGamma(x) - Math.log(x))).toBeLessThanOrEqual(slack);
      }),
    );
  });

  test("obeys Legendre's duplication formula", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1_000, noNaN: true }), (x) => {
        const right = (1 - 2 * x) * Math.LN2 + Math.log(Math.PI) / 2 + lnGamma(2 * x);
        expect(lnGamma(x) + lnGamma(x + 0.5)).toBeCloseTo(right, 9);
      }),
    );
  });
});

describe("digamma", () => {
  test("of 1 and of a half are known", () => {
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 14);
    expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 14);
  });

  test("is the slope of ln gamma", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 1_000, noNaN: true }), (x) => {
        const h = 1e-5 * x;
        expect(digamma(x)).toBeCloseTo((lnGamma(x + h) - lnGamma(x - h)) / (2 * h), 5);
      }),
    );
  });
});

test("ln beta of whole numbers is a binomial", () => {
  expect(Math.exp(lnBeta(3, 4))).toBeCloseTo(1 / 60, 15);
});
