import { describe, expect, test } from "vitest";
import { touchpointId } from "./touchpoint-id.ts";

describe("an id from content", () => {
  test("is the published one for an order and for a refund", () => {
    expect(touchpointId(1764547200000, "shop-eu", "order", "5940139491234")).toBe(
      "019ad735-8400-7bc5-a595-a8a3e52a813b",
    );
    expect(touchpointId(1764547200000, "shop-eu", "refund", "974007468312")).toBe(
      "019ad735-8400-7013-a80f-6427b7090eb0",
    );
  });

  test("differs by source, kind, key and time, and only by those", () => {
    const ids = [
      touchpointId(1, "a", "order", "1"),
      touchpointId(1, "b", "order", "1"),
      touchpointId(1, "a", "refund", "1"),
      touchpointId(1, "a", "order", "2"),
      touchpointId(2, "a", "order", "1"),
    ];
    expect(new Set(ids).size).toBe(5);
    expect(touchpointId(1, "a", "order", "1")).toBe(ids[0]);
  });
});
