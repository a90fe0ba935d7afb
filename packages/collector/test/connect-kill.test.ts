import { expect, test } from "vitest";
import { surviveKills } from "./connect-kills.ts";

// Fifty kills are a program of their own: npm run torture -- inbox.
test("every message answered 200 is settled after kills between answer and mapping, and counts once", async () => {
  const { answered, states, purchases, between } = await surviveKills(5);
  const { mapped = 0, ignored = 0, unreadable = 0, ...others } = states;
  expect(others).toEqual({});
  // A message may be on disk whose answer was cut off; never the other way round.
  expect(mapped + ignored + unreadable).toBeGreaterThanOrEqual(answered);
  expect(answered).toBeGreaterThan(0);
  expect(ignored).toBeGreaterThan(0);
  expect(unreadable).toBeGreaterThan(0);
  expect(between).toBeGreaterThan(0);
  expect(purchases).toBe(mapped);
}, 120_000);
