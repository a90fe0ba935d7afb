/**
 * Stretches of activity: which times lie so close together that no rule can tell them apart.
 *
 * Owns one flat, sorted list `[start, end, start, end, ...]`. Two neighbouring times belong to one run when they are less
 * than {@link JOIN_MS} apart; which runs a set of times gives does not depend on the order in which they are added.
 */
import type { EpochMs } from "../touchpoint.ts";

/** Times closer than this are one run, in milliseconds: one day, and so the shortest `returnGap` a model may ask for. */
export const JOIN_MS = 86_400_000;

/** Starts and ends of runs in turn, ascending. */
export type Runs = EpochMs[];

/** Adds one time in place. Cheap at the end of the list, where new touchpoints belong. */
export function addToRuns(runs: Runs, at: EpochMs): void {
  // `next` becomes the index of the first run that starts after `at`.
  let next = runs.length;
  while (next > 0 && (runs[next - 2] as EpochMs) > at) next -= 2;

  const joinsBefore = next > 0 && at - (runs[next - 1] as EpochMs) < JOIN_MS;
  const joinsAfter = next < runs.length && (runs[next] as EpochMs) - at < JOIN_MS;
  if (joinsBefore && joinsAfter) runs.splice(next - 1, 2);
  else if (joinsBefore) runs[next - 1] = Math.max(runs[next - 1] as EpochMs, at);
  else if (joinsAfter) runs[next] = at;
  else runs.splice(next, 0, at, at);
}

/** The runs of two sets of times taken together, as a new list. */
export function joinRuns(a: Runs, b: Runs): Runs {
  const joined: Runs = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && (a[i] as EpochMs) <= (b[j] as EpochMs));
    const start = (fromA ? a[i] : b[j]) as EpochMs;
    const end = (fromA ? a[i + 1] : b[j + 1]) as EpochMs;
    if (fromA) i += 2;
    else j += 2;

    const last = joined.length - 1;
    if (last > 0 && start - (joined[last] as EpochMs) < JOIN_MS) {
      joined[last] = Math.max(joined[last] as EpochMs, end);
    } else {
      joined.push(start, end);
    }
  }
  return joined;
}

/** The newest time of all, or undefined when there was none. */
export const newestIn = (runs: Runs): EpochMs | undefined => runs[runs.length - 1];

/**
 * Where the latest stretch begins when times `gapMs` or more apart are cut, and whether it is also the first one.
 * Undefined when there was no activity.
 *
 * @param gapMs at least {@link JOIN_MS}; a shorter gap cannot be told from these runs
 */
export function latestStretch(runs: Runs, gapMs: number): { start: EpochMs; isFirst: boolean } | undefined {
  if (runs.length === 0) return undefined;
  let at = runs.length - 2;
  while (at > 0 && (runs[at] as EpochMs) - (runs[at - 1] as EpochMs) < gapMs) at -= 2;
  return { start: runs[at] as EpochMs, isFirst: at === 0 };
}
