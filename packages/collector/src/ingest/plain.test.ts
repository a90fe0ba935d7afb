import { LIMITS } from "@sojourn/sdk/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPlainEnvelope, isPlainTouchpoint } from "./plain.ts";
import { envelopeSchema, touchpointSchema } from "./schema.ts";

/** JSON texts: what arrives is always the result of parsing one, with numbers such as 1e999 in it. */
const oddValue = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e999",
    "-1e999",
    "9007199254740993",
    "8640000000000000",
    "8640000000000001",
    '""',
    '"EUR"',
    '"eu"',
    '"customer:1"',
    '"A-1"',
    '"\\u0000"',
    '"\\ud800"',
    '"0198f1c0-0000-7000-8000-000000000001"',
    '"short"',
    '"page_view"',
    '"Page View"',
    "[]",
    "{}",
    '[{"price":1}]',
    '[{"price":1e999}]',
    '[{"quantity":-1}]',
    '[{"id":7}]',
    '[{"__proto__":{"id":1}}]',
    "[null]",
    "[[]]",
  ),
  fc.integer({ min: 60, max: 105 }).map((n) => JSON.stringify("x".repeat(n))),
  fc.integer({ min: 49, max: 52 }).map((n) => `[${Array(n).fill("{}").join(",")}]`),
  fc.json(),
);

const plainFields: Record<string, string> = {
  id: '"0198f1c0-0000-7000-8000-000000000001"',
  at: "1763790000000",
  kind: '"page_view"',
  url: '"https://shop.example/"',
  visit: "true",
  value: "24.8",
  currency: '"EUR"',
  order: '"A-1"',
  items: '[{"id":"cup-1","name":"Cup","price":19.9,"quantity":1}]',
};
const NAMES = [
  ...Object.keys(plainFields),
  "referrer",
  "title",
  "coupon",
  "list",
  "query",
  "tax",
  "props",
  "customer",
  "__proto__",
  "constructor",
  "unknown",
];

/** A plain touchpoint of which some fields are missing, odd, or more. */
const touchpoint = fc
  .tuple(
    fc.subarray(Object.keys(plainFields).filter((name) => !["id", "at", "kind"].includes(name))),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), oddValue), { maxLength: 2 }),
    fc.option(fc.constantFrom("id", "at", "kind"), { freq: 1 }),
  )
  .map(([some, odd, missing]) => {
    const fields = ["id", "at", "kind", ...some].map((name) => [name, plainFields[name]!] as const);
    const all = new Map([...fields, ...odd]);
    if (missing !== null) all.delete(missing);
    return `{${[...all].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
  });

const envelopeFields: Record<string, string> = {
  v: "1",
  site: '"shop"',
  sentAt: "1763790000000",
  visitor: '"VisitorVisitorVisitor1"',
  own: "true",
  robot: "true",
  touchpoints: "[{}]",
};

const envelope = fc
  .tuple(
    fc.subarray(Object.keys(envelopeFields), { minLength: 4 }),
    fc.array(fc.tuple(fc.constantFrom(...Object.keys(envelopeFields), "__proto__", "more"), oddValue), {
      maxLength: 2,
    }),
  )
  .map(([names, odd]) => {
    const all = new Map([...names.map((name) => [name, envelopeFields[name]!] as const), ...odd]);
    return `{${[...all].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
  });

describe("What is plainly in order", () => {
  test("passes the schema unchanged, as a touchpoint", () => {
    let plain = 0;
    fc.assert(
      fc.property(fc.oneof(touchpoint, fc.json()), (text) => {
        const value: unknown = JSON.parse(text);
        if (!isPlainTouchpoint(value)) return;
        plain += 1;
        const parsed = touchpointSchema.safeParse(value);
        expect(parsed.success, text).toBe(true);
        expect(JSON.stringify(sorted(parsed.data))).toBe(JSON.stringify(sorted(value)));
      }),
      { numRuns: 5_000 },
    );
    expect(plain).toBeGreaterThan(500);
  });

  test("passes the schema unchanged, as an envelope", () => {
    let plain = 0;
    fc.assert(
      fc.property(fc.oneof(envelope, fc.json()), (text) => {
        const value: unknown = JSON.parse(text);
        if (!isPlainEnvelope(value)) return;
        plain += 1;
        const parsed = envelopeSchema.safeParse(value);
        expect(parsed.success, text).toBe(true);
        expect(JSON.stringify(sorted(parsed.data))).toBe(JSON.stringify(sorted(value)));
      }),
      { numRuns: 5_000 },
    );
    expect(plain).toBeGreaterThan(200);
  });

  test("includes what the browser script sends of a page, a cart and an order", () => {
    const at = 1_763_790_000_000;
    const id = "0198f1c0-0000-7000-8000-000000000001";
    const items = [{ id: "cup-1", name: "Cup", price: 19.9, quantity: 1 }];
    for (const more of [
      {
        kind: "page_view",
        url: "https://shop.example/",
        referrer: "https://a.example/",
        title: "T",
        visit: true,
      },
      { kind: "add_to_cart", url: "https://shop.example/cup", value: 19.9, currency: "EUR", items },
      { kind: "purchase", order: "A-1", value: 24.8, currency: "EUR", items },
    ]) {
      expect(isPlainTouchpoint({ id, at, ...more })).toBe(true);
    }
    const touchpoints = [{ id, at, kind: "page_view" }];
    expect(
      isPlainEnvelope({ v: 1, site: "shop", sentAt: at, visitor: "VisitorVisitorVisitor1", touchpoints }),
    ).toBe(true);
    expect(LIMITS.touchpointsPerBeacon).toBe(50);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
