import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalsOf, formatMinor, isCurrency, parseMinor } from "./money.ts";

describe("an amount of money", () => {
  test.each<[string | number, string | undefined, number]>([
    [59.9, "EUR", 5_990],
    ["59.90", "EUR", 5_990],
    ["59", "EUR", 5_900],
    [".5", "EUR", 50],
    ["5.", "EUR", 500],
    [" 7.25 ", "EUR", 725],
    ["+1.10", "EUR", 110],
    [-3.5, "EUR", -350],
    ["-0.00", "EUR", 0],
    [0, "EUR", 0],
    [1_200, "JPY", 1_200],
    ["1200.00", "JPY", 1_200],
    ["1.234", "KWD", 1_234],
    ["1.2345", "CLF", 12_345],
    [1.15, undefined, 115],
    [1.005, "EUR", 101],
    [0.1 + 0.2, "EUR", 30],
    [19.99 * 3, "EUR", 5_997],
    ["8.4034", "EUR", 840],
    ["8.405", "EUR", 841],
    ["-8.405", "EUR", -841],
    ["0.004", "EUR", 0],
    ["0.005", "EUR", 1],
    ["0.0005", "EUR", 0],
    [1e-7, "EUR", 0],
    ["00012.30", "EUR", 1_230],
    ["90071992547409.91", "EUR", Number.MAX_SAFE_INTEGER],
  ])("%j %s is %i minor units", (amount, currency, minor) => {
    expect(parseMinor(amount, currency)).toBe(minor);
  });

  test.each<[string | number]>([
    [""],
    [" "],
    ["."],
    ["-"],
    ["12,50"],
    ["1,234.50"],
    ["1 234"],
    ["€5"],
    ["5e3"],
    ["0x10"],
    ["NaN"],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e21],
    ["90071992547409.92"],
    ["9".repeat(70)],
  ])("%j is none", (amount) => {
    expect(parseMinor(amount, "EUR")).toBeUndefined();
  });

  test("written out and read again is the same, in every currency", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom("EUR", "JPY", "KWD", "CLF"), (minor, currency) => {
        expect(parseMinor(formatMinor(minor, currency), currency)).toBe(minor);
      }),
    );
  });

  test("is written with exactly the decimals of its currency", () => {
    expect(formatMinor(5_990, "EUR")).toBe("59.90");
    expect(formatMinor(-5, "EUR")).toBe("-0.05");
    expect(formatMinor(1_200, "JPY")).toBe("1200");
    expect(formatMinor(1, "KWD")).toBe("0.001");
  });

  test("has two decimals unless the table says otherwise", () => {
    expect(["EUR", "XYZ", "", "constructor"].map(decimalsOf)).toEqual([2, 2, 2, 2]);
    expect(["EUR", "eur", "EURO", "E1R", ""].map(isCurrency)).toEqual([true, false, false, false, false]);
  });
});
