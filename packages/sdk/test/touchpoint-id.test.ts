/**
 * Touchpoint ids are well-formed, ordered and distinct; addresses become the hash every other system makes of them.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emailHash } from "../src/email-hash.ts";
import { touchpointId } from "../src/touchpoint-id.ts";

const instants = () => fc.integer({ min: 0, max: 2 ** 43 });

describe("touchpoint ids", () => {
  test("are UUIDv7 that begin with their instant, from the first millisecond of 1970 on", () => {
    fc.assert(
      fc.property(instants(), (at) => {
        const id = touchpointId(at);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(at);
      }),
    );
  });

  test("of one instant are distinct, and sort as they were made", () => {
    // Start of a counting round, whatever the tests before have made.
    let id = touchpointId(1);
    while (id.slice(14, 18) !== "7fff") id = touchpointId(1);
    const ids = Array.from({ length: 4_096 }, () => touchpointId(1));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  test("keep their version when the counter of a page overflows", () => {
    for (let n = 0; n < 10_000; n++) expect(touchpointId(1)[14]).toBe("7");
  });

  test("sort by instant", () => {
    fc.assert(
      fc.property(instants(), instants(), (one, two) => {
        fc.pre(one < two);
        expect(touchpointId(one) < touchpointId(two)).toBe(true);
      }),
    );
  });
});

describe("the hash of an address", () => {
  test("is SHA-256 of the trimmed, lower-cased address, as servers make it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (address) => {
        const expected = createHash("sha256").update(address.trim().toLowerCase()).digest("hex");
        expect(await emailHash(` ${address}\n`)).toBe(expected);
      }),
    );
  });
});
