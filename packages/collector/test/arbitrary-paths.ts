/**
 * Builders for tests: random journeys and paths, small enough for the slow ways of checking.
 */
import fc from "fast-check";
import type { Journey, Path } from "../src/domain/attribution/path.ts";

export const CHANNELS = ["ads", "search", "email", "social", "Direct"] as const;

/** Paths with whole conversions and values; some empty, some with repeats, at least one conversion somewhere. */
export function paths(most = 8): fc.Arbitrary<Path[]> {
  const path = fc.record({
    channels: fc.array(fc.constantFrom(...CHANNELS), { maxLength: 6 }),
    conversions: fc.nat(5),
    worth: fc.nat(9_000),
    nulls: fc.nat(5),
  });
  return fc
    .array(path, { minLength: 1, maxLength: most })
    .map((list) => list.map(({ worth, ...p }): Path => ({ ...p, value: p.conversions * worth })))
    .filter((list) => list.some((p) => p.conversions > 0 && p.channels.length > 0));
}

/** Journeys over forty days, on a grid of half days so that equal instants are common. */
export function journeys(): fc.Arbitrary<Journey[]> {
  const at = fc.nat(80).map((halfDays) => halfDays * 43_200_000);
  const journey = fc.record({
    touches: fc.array(fc.record({ channel: fc.constantFrom(...CHANNELS), at }), { maxLength: 8 }),
    conversions: fc.array(fc.record({ at, value: fc.nat(9_000) }), { maxLength: 3 }),
  });
  return fc
    .array(journey, { maxLength: 6 })
    .map((list) => list.map((j, i): Journey => ({ visitor: `v${i}`, ...j })));
}
