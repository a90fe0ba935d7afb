import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { largestRemainder, settled, sum } from "./exact.ts";

describe("sum", () => {
  test("keeps what plain addition loses", () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
  });

  test("of nothing is 0", () => {
    expect(sum([])).toBe(0);
  });
});

describe("settled", () => {
  test("makes thirds add up to the whole", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 1_000_000_000 }),
        (parts, total) => {
          const whole = sum(parts);
          fc.pre(whole > 1e-6);
          const amounts = parts.map((p) => (p / whole) * total);
          const added = settled(amounts, total).reduce((a, b) => a + b, 0);
          expect(Math.abs(added - total)).toBeLessThanOrEqual(total * Number.EPSILON);
        },
      ),
    );
  });

  test("leaves amounts alone when there is nothing to share", () => {
    expect(settled([0, 0], 0)).toEqual([0, 0]);
    expect(settled([], 5)).toEqual([]);
  });
});

describe("largestRemainder", () => {
  test("rounds thirds so that the shown numbers add up", () => {
    expect(largestRemainder([1 / 3, 1 / 3, 1 / 3], 1, 2)).toEqual([0.34, 0.33, 0.33]);
  });

  test("does not lose a cent to binary fractions", () => {
    expect(largestRemainder([1.15, 2.3], 3.45, 2)).toEqual([1.15, 2.3]);
  });

  test("gives no row more than one step above its floor", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1 }), (thousandths) => {
        const amounts = thousandths.map((t) => t / 1_000);
        const total = thousandths.reduce((a, b) => a + b, 0) / 1_000;
        const shown = largestRemainder(amounts, total, 1).map((s) => Math.round(s * 10));
        expect(shown.reduce((a, b) => a + b, 0)).toBe(Math.round(total * 10));
        shown.forEach((steps, i) => {
          const floor = Math.floor(thousandths[i]! / 100);
          expect([floor, floor + 1]).toContain(steps);
        });
      }),
    );
  });

  test("refuses rows that do not belong to the total", () => {
    expect(() => largestRemainder([1, 1], 5, 0)).toThrow("do not add up");
  });
});
