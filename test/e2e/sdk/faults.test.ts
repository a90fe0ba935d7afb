/**
 * Every fault once, in a real Chromium against a real server. The long run with the printed table is `faults.ts`.
 */
import { describe, expect, test } from "vitest";
import { playOnce } from "./faults.ts";
import { SCENARIOS } from "./scenarios.ts";

describe("no touchpoint is lost, doubled or sent too early", () => {
  test("there are fourteen faults", () => {
    expect(SCENARIOS).toHaveLength(14);
  });

  for (const scenario of SCENARIOS)
    test(`when: ${scenario.name}`, async () => {
      const verdict = await playOnce(scenario);
      expect(verdict.missing).toBe(0);
      expect(verdict.doubled).toBe(0);
      expect(verdict.preflights).toBe(0);
      expect(verdict.tooEarly).toBe(0);
      expect(verdict.extraCopies).toBeLessThanOrEqual(scenario.extraCopies);
    });
});
