/**
 * Bounds of what twenty touchpoints may cost; the figures are printed by the long run of the faults.
 */
import { describe, expect, test } from "vitest";
import { measureTraffic } from "./traffic.ts";

describe("twenty touchpoints of one page", () => {
  test("take at most six requests and 8 kB, in a burst of clicks", async () => {
    const traffic = await measureTraffic(100);
    expect(traffic.arrived).toBe(20);
    expect(traffic.requests).toBeLessThanOrEqual(6);
    expect(traffic.bytes).toBeLessThanOrEqual(8_000);
  });

  test("take at most six requests and 8 kB, spread over ten seconds", async () => {
    const traffic = await measureTraffic(500);
    expect(traffic.arrived).toBe(20);
    expect(traffic.requests).toBeLessThanOrEqual(6);
    expect(traffic.bytes).toBeLessThanOrEqual(8_000);
  });

  test("take at most 15 kB through an outage of five seconds", async () => {
    const traffic = await measureTraffic(100, 5_000);
    expect(traffic.arrived).toBe(20);
    expect(traffic.bytes).toBeLessThanOrEqual(15_000);
  });
});
