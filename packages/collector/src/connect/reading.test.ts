import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMinor } from "../domain/money.ts";
import { dotNetTimeOf, emailHash, fieldsOf, mailTimeOf, timeOf } from "./fields.ts";
import { touchpointsOf, visitorName } from "./identify.ts";
import { currencyOf, exactMinor, stripeMinor } from "./money.ts";
import { stepsOf, textAt } from "./path.ts";

describe("money", () => {
  test("is exact, or not read at all", () => {
    const rows: [string | number, string, number | undefined][] = [
      ["35.6300", "EUR", 3563],
      ["35.635", "EUR", undefined],
      [59.9, "EUR", 5990],
      [0.1 + 0.2, "EUR", undefined],
      ["1200", "JPY", 1200],
      ["1200.00", "JPY", 1200],
      ["1200.5", "JPY", undefined],
      ["1.234", "KWD", 1234],
      ["-10.00", "EUR", -1000],
      ["1,50", "EUR", undefined],
      ["", "EUR", undefined],
      [".", "EUR", undefined],
      ["1e3", "EUR", undefined],
      [Number.NaN, "EUR", undefined],
    ];
    for (const [amount, currency, minor] of rows)
      expect(exactMinor(amount, currency), String(amount)).toBe(minor);
  });

  test("every amount of a currency comes back as it was written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.constantFrom("EUR", "JPY", "KWD"),
        (minor, currency) => {
          expect(exactMinor(formatMinor(minor, currency), currency)).toBe(minor === 0 ? 0 : minor);
        },
      ),
    );
  });

  test("knows which currencies exist, and what Stripe counts differently", () => {
    expect(currencyOf("eur")).toBe("EUR");
    expect(currencyOf("XQQ")).toBeUndefined();
    expect(stripeMinor(5990, "EUR")).toBe(5990);
    expect(stripeMinor(500, "JPY")).toBe(500);
    expect(stripeMinor(500, "ISK")).toBe(5);
    expect(stripeMinor(550, "UGX")).toBeUndefined();
    expect(stripeMinor(500, "MGA")).toBe(50_000);
    expect(stripeMinor(1.5, "EUR")).toBeUndefined();
  });
});

describe("times", () => {
  test("are read with their zone, as UTC without one, and refused otherwise", () => {
    const at = Date.UTC(2025, 11, 1);
    for (const text of [
      "2025-12-01T00:00:00Z",
      "2025-12-01T01:00:00+01:00",
      "2025-12-01T01:00:00+0100",
      "2025-12-01T00:00:00",
      "2025-12-01 00:00:00",
      "2025-12-01T00:00",
      "2025-12-01T00:00:00.000000Z",
    ])
      expect(timeOf(text), text).toBe(at);
    for (const text of ["2025-12-01", "yesterday", "", "01.12.2025", "2025-13-01T00:00:00Z"])
      expect(timeOf(text), text).toBeUndefined();
    expect(mailTimeOf("Mon, 01 Dec 2025 00:00:00 +0000")).toBe(at);
    expect(mailTimeOf("2025-12-01")).toBeUndefined();
    expect(dotNetTimeOf("/Date(1764547200000+0100)/")).toBe(at);
    expect(dotNetTimeOf("1764547200000")).toBeUndefined();
  });
});

describe("paths", () => {
  const body = { a: { b: 1 }, list: [{ name: "x", value: "found" }, { name: "y" }], "a-b": true };
  test("find fields, places and entries by name", () => {
    expect(textAt(body, "a.b")).toBe("1");
    expect(textAt(body, "list[0].value")).toBe("found");
    expect(textAt(body, "list[name=x].value")).toBe("found");
    expect(textAt(body, "a-b")).toBe("true");
  });
  test("find nothing where nothing is, and never what an object inherits", () => {
    for (const path of [
      "a.c",
      "list[5]",
      "list[name=z].value",
      "a[0]",
      "a.b.c",
      "constructor",
      "toString.name",
      "__proto__",
    ])
      expect(textAt(body, path), path).toBeUndefined();
  });
  test("are nothing else", () => {
    for (const path of ["", ".a", "a..b", "a[", "a[-1]", "a b", "a[name=]", "$.a", "ab.[0]c", "list[0]value"])
      expect(stepsOf(path), path).toBeUndefined();
  });
});

describe("fields", () => {
  test("refuse a number that lost digits while it was parsed", () => {
    expect(() => fieldsOf({ id: 2 ** 53 }).text("id")).toThrow("id");
    expect(fieldsOf({ id: 2 ** 53 - 1 }).text("id")).toBe("9007199254740991");
  });
  test("an address is hashed trimmed and in small letters, and text that is none is not", () => {
    expect(emailHash(" A@Example.com ")).toBe(emailHash("a@example.com"));
    expect(emailHash("a@example.com")).toMatch(/^[0-9a-f]{64}$/);
    expect(emailHash("nobody")).toBeUndefined();
    expect(emailHash(undefined)).toBeUndefined();
  });
});

describe("names of things", () => {
  test("that are long stand for themselves by their hash, each its own", () => {
    const long = (end: string) => `order:${"x".repeat(80)}${end}`;
    expect(visitorName("order:1")).toBe("order:1");
    expect(visitorName(long("a"))).toMatch(/^order:.{43}$/);
    expect(visitorName(long("a"))).not.toBe(visitorName(long("b")));
  });
  test("come with at most five aliases, the thing's own first", () => {
    const [t] = touchpointsOf("c", [
      {
        kind: "purchase",
        idKind: "order",
        key: "1",
        madeAt: 0,
        at: 0,
        self: "order:1",
        who: { aliases: ["order:1", "a:1", "b:1", "c:1", "d:1", "e:1"] },
      },
    ]);
    expect(t!.aliases).toEqual(["order:1", "a:1", "b:1", "c:1", "d:1"]);
  });
});
