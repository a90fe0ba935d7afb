import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventKey, idText, orderedBytes } from "./event-id.ts";

const NOW = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

const uuidAt = (at: number, tail = "7abc-8def-0123456789ab"): string => {
  const hex = at.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${tail}`;
};

describe("the key of an id", () => {
  test("a time-ordered id is its own sixteen bytes, and reads back as the same text", () => {
    const id = uuidAt(NOW);
    const key = eventKey(id, NOW, false);
    expect(key.kind === "ordered" && idText(key.bytes)).toBe(id);
  });

  test("upper case is the same id", () => {
    const id = uuidAt(NOW);
    expect(eventKey(id.toUpperCase(), NOW, false)).toEqual(eventKey(id, NOW, false));
  });

  test.each([
    ["a random UUID", "0b9ad735-8400-4bc5-a595-a8a3e52a813b"],
    ["a shop's own number", "order-1001"],
    ["a time far in the future", uuidAt(NOW + 2 * DAY_MS)],
    ["a time long before anybody could still send it", uuidAt(NOW - 500 * DAY_MS)],
  ])("%s never reaches the ordered index as it is", (_what, id) => {
    expect(eventKey(id, NOW, false).kind).toBe("foreign");
  });

  test("a trusted sender may name any past time", () => {
    expect(eventKey(uuidAt(NOW - 5_000 * DAY_MS), NOW, true).kind).toBe("ordered");
  });

  test("a foreign id gets bytes that grow with the arrival, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 64 }),
        fc.string({ minLength: 8, maxLength: 64 }),
        (a, b) => {
          const first = eventKey(`x${a}`, NOW, false);
          const second = eventKey(`x${b}`, NOW, false);
          if (first.kind !== "foreign" || second.kind !== "foreign") return;
          const earlier = orderedBytes(first.hash, NOW);
          const later = orderedBytes(second.hash, NOW + 1);
          expect(Buffer.compare(earlier, later)).toBe(-1);
          expect(idText(earlier)).toMatch(
            /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          );
        },
      ),
    );
  });
});
