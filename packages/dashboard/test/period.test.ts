import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  comparedRange,
  daysIn,
  namedRange,
  PERIODS,
  rangeOf,
  shifted,
  todayIn,
} from "../src/period.ts";

const date = fc
  .integer({ min: 0, max: 20_000 })
  .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));

describe("a period", () => {
  test("ends today and counts both ends", () => {
    expect(namedRange("30d", "2026-11-22")).toEqual({ from: "2026-10-24", to: "2026-11-22" });
    for (const name of PERIODS) expect(namedRange(name, "2026-11-22").to).toBe("2026-11-22");
    expect(daysIn(namedRange("30d", "2026-11-22"))).toBe(30);
  });

  test("takes dates of its own when both are dates in order, else the last 30 days", () => {
    expect(rangeOf({ from: "2026-01-01", to: "2026-01-31" }, "2026-11-22").from).toBe("2026-01-01");
    expect(daysIn(rangeOf({ from: "2026-02-01", to: "2026-01-31" }, "2026-11-22"))).toBe(30);
    expect(daysIn(rangeOf({ from: "yesterday", to: "2026-01-31" }, "2026-11-22"))).toBe(30);
  });

  test("shifts by its own length, keeps it, and never passes today", () => {
    fc.assert(
      fc.property(date, date, date, fc.integer({ min: -3, max: 3 }), (a, b, today, steps) => {
        const [from, to] = a <= b ? [a, b] : [b, a];
        const moved = shifted({ from, to }, steps, today);
        expect(daysIn(moved)).toBe(daysIn({ from, to }));
        expect(moved.to <= today || moved.to <= addDays(to, steps * daysIn({ from, to }))).toBe(true);
      }),
    );
  });

  test("is compared with as many days right before it", () => {
    expect(comparedRange({ from: "2026-10-24", to: "2026-11-22" }, {})).toEqual({
      from: "2026-09-24",
      to: "2026-10-23",
    });
    expect(comparedRange({ from: "2026-10-24", to: "2026-11-22" }, { compare: "none" })).toBeUndefined();
  });

  test("is compared with the same dates a year before, of which 29 February has none", () => {
    const february = { from: "2028-02-29", to: "2028-03-10" };
    expect(comparedRange(february, { compare: "year" })).toEqual({ from: "2027-02-28", to: "2027-03-10" });
  });

  test("is compared with the same weekdays, at least its own length back", () => {
    fc.assert(
      fc.property(date, date, fc.constantFrom("previous", "year"), (a, b, compare) => {
        const range = a <= b ? { from: a, to: b } : { from: b, to: a };
        const before = comparedRange(range, { compare, weekdays: "true" })!;
        expect(daysIn(before)).toBe(daysIn(range));
        expect(new Date(before.from).getUTCDay()).toBe(new Date(range.from).getUTCDay());
        if (compare === "previous") expect(before.to < range.from).toBe(true);
      }),
    );
  });

  test("is compared with dates of one's own when both are dates in order, else with the period before", () => {
    const range = { from: "2026-10-24", to: "2026-11-22" };
    const own = { compare: "custom", compareFrom: "2026-09-01", compareTo: "2026-09-07" };
    expect(comparedRange(range, own)).toEqual({ from: "2026-09-01", to: "2026-09-07" });
    for (const compareTo of ["2026-08-31", "2026-02-30", ""]) {
      expect(comparedRange(range, { ...own, compareTo })?.to).toBe("2026-10-23");
    }
  });

  test("knows that a day begins earlier in Tokyo than in New York", () => {
    const now = Date.parse("2026-11-22T23:30:00Z");
    expect(todayIn("Asia/Tokyo", now)).toBe("2026-11-23");
    expect(todayIn("America/New_York", now)).toBe("2026-11-22");
  });
});
