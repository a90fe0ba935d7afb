import { describe, expect, test } from "vitest";
import { csvOf } from "../src/csv.ts";
import { formatsFor } from "../src/format.ts";
import { leadParts } from "../src/overview/lead-parts.ts";

const row = (value: string, customers: number, before: number, cac?: [number, number]) => ({
  value,
  customers,
  cac: cac?.[0] ?? null,
  before: { customers: before, cac: cac?.[1] ?? null },
});

describe("figures", () => {
  const formats = formatsFor("en", "EUR", "Europe/Berlin");

  test("keep all digits up to 999,999 and are shortened from a million on", () => {
    expect(formats.count(999_999)).toBe("999,999");
    expect(formats.count(1_243_806)).toMatch(/^1\.24\s?M$/i);
  });

  test("show money without cents from 100 on", () => {
    expect(formats.money(9_999)).toBe("€99.99");
    expect(formats.money(10_000)).toBe("€100");
    expect(formatsFor("en", "JPY", "UTC").money(1_500)).toBe("JP¥1,500");
  });

  test("stand as a dash where they do not apply, and as 0 where they are zero", () => {
    expect(formats.rate(null)).toBe("–");
    expect(formats.rate(0)).toBe("0.0%");
    expect(formats.money(0)).toBe("€0");
  });

  test("change in points when they are rates, and not at all against nothing", () => {
    expect(formats.change(0.314, 0.295, "points")).toEqual({ text: "1.9", direction: 1 });
    expect(formats.change(10, 0, "relative")).toBeUndefined();
    expect(formats.change(90, 100, "relative")).toEqual({ text: "10.0%", direction: -1 });
    expect(formats.change(100, 100, "relative")?.direction).toBe(0);
  });
});

describe("the sentence on top", () => {
  test("names the channel that made most of the rise", () => {
    const parts = leadParts({
      customers: 120,
      before: 100,
      rows: [row("Email", 50, 32), row("Direct", 70, 68)],
    });
    expect(parts.mover).toEqual({ value: "Email", isRise: true });
  });

  test("names nobody for a rise that nobody made most of", () => {
    const rows = [row("A", 11, 8), row("B", 11, 8), row("C", 11, 8)];
    const parts = leadParts({ customers: 33, before: 24, rows });
    expect(parts.mover).toBeUndefined();
    expect(parts.top).toBe("A");
  });

  test("never blames a channel that rose for a fall", () => {
    const parts = leadParts({
      customers: 80,
      before: 100,
      rows: [row("Email", 60, 50), row("Direct", 20, 50)],
    });
    expect(parts.mover).toEqual({ value: "Direct", isRise: false });
  });

  test("speaks of costs only where ten customers or more cost a tenth more", () => {
    const rows = [
      row("Few", 9, 12, [5_000, 1_000]),
      row("Dear", 20, 20, [4_600, 3_890]),
      row("Same", 20, 20, [1_050, 1_000]),
    ];
    expect(leadParts({ customers: 49, before: 52, rows }).dear).toEqual({ value: "Dear", cac: 4_600 });
  });

  test("does not speak of people without a source", () => {
    const parts = leadParts({
      customers: 20,
      before: 10,
      rows: [row("(unattributed)", 15, 5), row("Email", 5, 5)],
    });
    expect(parts.mover).toBeUndefined();
    expect(parts.top).toBe("Email");
  });
});

describe("a table as a file", () => {
  test("quotes texts, keeps numbers plain, and lets no spreadsheet run a cell", () => {
    expect(
      csvOf([
        ["a", 'say "x"', 1.5, null],
        ["=1+1", "-2", "@x", "+x"],
      ]),
    ).toBe('"a","say ""x""",1.5,\r\n"\'=1+1","\'-2","\'@x","\'+x"');
  });
});
