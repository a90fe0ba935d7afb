/**
 * Whether a lead's score has just passed a limit: it reaches it now, and did not before the newest touchpoints.
 */
import type { EpochMs, Touchpoint } from "../touchpoint.ts";
import { type Facts, KEPT_TIMES, type KindFacts } from "./facts.ts";
import { type Scoring, scoreAt } from "./score.ts";

/**
 * The score at `t` that the person would have without these touchpoints.
 *
 * Of a kind that happened more often than times are kept, the times pushed out are taken to be as old as the oldest kept.
 */
export function scoreWithout(
  scoring: Scoring,
  facts: Facts,
  touchpoints: readonly Pick<Touchpoint, "kind" | "at">[],
  t: EpochMs,
): number {
  const kinds = facts.kinds.flatMap((kind) => {
    const times = touchpoints.filter((one) => one.kind === kind.kind).map(({ at }) => at);
    return times.length === 0 ? [kind] : without(kind, times);
  });
  return scoreAt(scoring, { n: facts.n - touchpoints.length, kinds, runs: [] }, t);
}

function without(kind: KindFacts, times: readonly EpochMs[]): KindFacts[] {
  const n = kind.n - times.length;
  if (n <= 0) return [];
  const newest = [...kind.newest];
  for (const time of times) {
    const place = newest.lastIndexOf(time);
    if (place >= 0) newest.splice(place, 1);
  }
  while (newest.length < Math.min(n, KEPT_TIMES)) newest.unshift(kind.newest[0]!);
  return [{ ...kind, n, newest }];
}
