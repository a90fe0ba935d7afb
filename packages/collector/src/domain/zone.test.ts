import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayOfIso, firstDayOfMonth, isoOfDay, monthOfDay, zoneOf } from "./zone.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Europe/Copenhagen",
  "America/New_York",
  "America/Santiago", // clocks go forward at midnight: the day begins at 01:00
  "Asia/Kathmandu", // +05:45
  "Australia/Lord_Howe", // half an hour of summer time
  "Pacific/Kiritimati", // +14
  "Pacific/Pago_Pago", // -11
];

const day = (iso: string): number => dayOfIso(iso)!;

describe("days of a zone", () => {
  test("begin when the zone's clock says so, on both sides of a change of clocks", () => {
    const berlin = zoneOf("Europe/Berlin");
    expect(new Date(berlin.startOf(day("2026-03-29"))).toISOString()).toBe("2026-03-28T23:00:00.000Z");
    expect(new Date(berlin.startOf(day("2026-03-30"))).toISOString()).toBe("2026-03-29T22:00:00.000Z");
    expect(new Date(berlin.startOf(day("2026-10-25"))).toISOString()).toBe("2026-10-24T22:00:00.000Z");
    expect(new Date(berlin.startOf(day("2026-10-26"))).toISOString()).toBe("2026-10-25T23:00:00.000Z");
  });

  test("begin at one o'clock where midnight does not exist", () => {
    const santiago = zoneOf("America/Santiago");
    const start = santiago.startOf(day("2024-09-08"));
    expect(new Date(start).toISOString()).toBe("2024-09-08T04:00:00.000Z");
    expect(santiago.dayOf(start - 1)).toBe(day("2024-09-07"));
  });

  test("an instant lies between the start of its day and the start of the next, in every zone", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) }),
        (name, at) => {
          const zone = zoneOf(name);
          const d = zone.dayOf(at);
          expect(zone.startOf(d)).toBeLessThanOrEqual(at);
          expect(zone.startOf(d + 1)).toBeGreaterThan(at);
        },
      ),
    );
  });

  test("the first instant of a day belongs to it, and the one before does not", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 7_500, max: 25_000 }), (name, d) => {
        const zone = zoneOf(name);
        expect(zone.dayOf(zone.startOf(d))).toBe(d);
        expect(zone.dayOf(zone.startOf(d) - 1)).toBe(d - 1);
      }),
    );
  });

  test("agree with Intl about the date of any instant", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) }),
        (name, at) => {
          const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: name, dateStyle: "short" }).format(at);
          expect(isoOfDay(zoneOf(name).dayOf(at))).toBe(parts);
        },
      ),
    );
  });

  test("an unknown zone is an error, not UTC", () => {
    expect(() => zoneOf("Europe/Atlantis")).toThrow(RangeError);
  });
});

describe("dates", () => {
  test.each(["2026-02-29", "2026-13-01", "2026-1-1", "tomorrow", "", "2026-11-22T00:00:00Z"])(
    "%j is no date",
    (text) => {
      expect(dayOfIso(text)).toBeUndefined();
    },
  );

  test("go to days and back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 40_000 }), (d) => {
        expect(dayOfIso(isoOfDay(d))).toBe(d);
      }),
    );
  });

  test("the first day of a month is of that month, and the day before is not", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (d) => {
        const first = firstDayOfMonth(monthOfDay(d));
        expect(first).toBeLessThanOrEqual(d);
        expect(monthOfDay(first)).toBe(monthOfDay(d));
        expect(monthOfDay(first - 1)).toBe(monthOfDay(d) - 1);
      }),
    );
  });
});
