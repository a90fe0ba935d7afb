import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAmount } from "./amounts.ts";

const eur = (text: string, decimal?: "." | ",") => {
  const reading = readAmount(text, "EUR", decimal);
  return reading.kind === "amount" ? reading.minor : reading.kind;
};

describe("an amount in an export", () => {
  test.each([
    ["59.90", 5990],
    ["59,90", 5990],
    ["59,9", 5990],
    ["1,234.56", 123_456],
    ["1.234,56", 123_456],
    ["1,234,567", 123_456_700],
    ["1.234.567,8", 123_456_780],
    ["1 234,56", 123_456],
    ["1'234.56", 123_456],
    ["€ 59,90", 5990],
    ["59.90 EUR", 5990],
    ["$1,234.50", 123_450],
    ["-27.50", -2750],
    ["(27.50)", -2750],
    ["27,50-", -2750],
    ["0", 0],
    ["-0.00", 0],
    ["", "empty"],
    ["1,234", "ambiguous"],
    ["12,34,56", "unreadable"],
    ["1.23.456", "unreadable"],
    ["1,2345.6", "unreadable"],
    ["free", "unreadable"],
    [".", "unreadable"],
  ])("%s is %s", (text, expected) => {
    expect(eur(text)).toBe(expected);
  });

  test("with one comma before three digits is read as its owner says", () => {
    expect(eur("1,234", ",")).toBe(123);
    expect(eur("1,234", ".")).toBe(123_400);
    expect(eur("1.234", ",")).toBe(123_400);
  });

  test("says its currency, which decides how many decimals there are", () => {
    expect(readAmount("1200 JPY", "EUR")).toEqual({ kind: "amount", minor: 1200, currency: "JPY" });
    expect(readAmount("£5", "EUR")).toEqual({ kind: "amount", minor: 500, currency: "GBP" });
  });

  test("comes back from every usual way to write it", () => {
    const ways = fc.constantFrom(
      ["en-US", "."],
      ["de-DE", ","],
      ["da-DK", ","],
      ["fr-FR", ","],
      ["de-CH", "."],
    );
    fc.assert(
      fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), ways, (cents, [locale, decimal]) => {
        const text = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(cents / 100);
        expect(eur(text.replace("−", "-"), decimal as "." | ",")).toBe(cents);
      }),
    );
  });
});
