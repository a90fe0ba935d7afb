/**
 * The lead score: points per touchpoint, fading by a half-life.
 *
 * Owns the sum and the exact millisecond at which a fading score crosses a limit. Without a half-life the score changes
 * only when something happens.
 */
import type { EpochMs } from "../touchpoint.ts";
import { parseDuration } from "./duration.ts";
import { type Facts, KEPT_TIMES, kindIn } from "./facts.ts";
import type { Operator, ScoreTable } from "./grammar.ts";
import { compare } from "./operators.ts";

// The last instant a JavaScript date can name; what turns later never turns.
const LATEST_DATE = 8.64e15;

/** A score table made ready. Kinds ascend, so that sums are added in one sequence and come out bit for bit equal. */
export interface Scoring {
  readonly weights: readonly { kind: string; points: number; atMost: number }[];
  readonly halfLifeMs: number | null;
}

/** Makes a checked score table ready. With a half-life, at most the {@link KEPT_TIMES} newest of a kind count. */
export function scoringOf(table: ScoreTable): Scoring {
  const halfLifeMs = table.halfLife === undefined ? null : (parseDuration(table.halfLife) ?? null);
  const most = halfLifeMs === null ? Number.POSITIVE_INFINITY : KEPT_TIMES;
  const weights = Object.entries(table.weights)
    .map(([kind, weight]) => {
      const { points, atMost = most } = typeof weight === "number" ? { points: weight } : weight;
      return { kind, points, atMost };
    })
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return { weights, halfLifeMs };
}

/** The sum of points at the newest touchpoint that has any, and when that was: from there on the score only fades. */
export interface Peak {
  sum: number;
  at: EpochMs;
}

/** The score when it was last added to; 0 at instant 0 for somebody without points. */
export function peakOf(scoring: Scoring, facts: Facts): Peak {
  const { halfLifeMs, weights } = scoring;
  let at = 0;
  for (const { kind } of weights) {
    const newest = kindIn(facts, kind)?.newest;
    if (newest !== undefined) at = Math.max(at, newest[newest.length - 1] as EpochMs);
  }
  let sum = 0;
  for (const { kind, points, atMost } of weights) {
    const known = kindIn(facts, kind);
    if (known === undefined) continue;
    if (halfLifeMs === null) sum += points * Math.min(known.n, atMost);
    else for (const time of known.newest.slice(-atMost)) sum += points * 2 ** ((time - at) / halfLifeMs);
  }
  return { sum, at };
}

/** The score at `t`, not before the person's newest touchpoint. For showing; rules ask {@link holdsScore}. */
export function scoreAt(scoring: Scoring, facts: Facts, t: EpochMs): number {
  const peak = peakOf(scoring, facts);
  return scoring.halfLifeMs === null ? peak.sum : peak.sum * 2 ** ((peak.at - t) / scoring.halfLifeMs);
}

/**
 * Whether `score op limit` holds at `t`. The limit is raised instead of the score lowered: a fading score then never
 * becomes 0 by underflow, and its sign stays what it was.
 */
export function holdsScore(scoring: Scoring, facts: Facts, t: EpochMs, op: Operator, limit: number): boolean {
  const peak = peakOf(scoring, facts);
  return compare(peak.sum, op, raised(scoring, peak, t, limit));
}

/**
 * The first whole millisecond after `t` at which `score op limit` turns by fading alone; Infinity when it never does.
 *
 * score(t) = peak x 2^((peakAt - t) / halfLife) meets the limit at peakAt + halfLife x log2(peak / limit). The logarithm
 * is only a first guess: the comparison itself, walked to its edge, decides the millisecond.
 */
export function scoreTurnsAfter(
  scoring: Scoring,
  facts: Facts,
  t: EpochMs,
  op: Operator,
  limit: number,
): EpochMs {
  const peak = peakOf(scoring, facts);
  if (scoring.halfLifeMs === null || limit === 0 || !(peak.sum / limit >= 1)) return Number.POSITIVE_INFINITY;

  const guess = Math.round(peak.at + scoring.halfLifeMs * Math.log2(peak.sum / limit));
  if (!(guess < LATEST_DATE)) return Number.POSITIVE_INFINITY;
  const afterwards = compare(0, op, Math.sign(limit));
  const hasTurned = (at: EpochMs) => compare(peak.sum, op, raised(scoring, peak, at, limit)) === afterwards;
  let turn = Math.max(peak.at, guess);
  while (!hasTurned(turn)) turn += 1;
  while (turn > peak.at && hasTurned(turn - 1)) turn -= 1;
  return turn > t ? turn : Number.POSITIVE_INFINITY;
}

// 0 times an infinite power would be no number at all.
const raised = ({ halfLifeMs }: Scoring, peak: Peak, t: EpochMs, limit: number): number =>
  halfLifeMs === null || limit === 0 ? limit : limit * 2 ** ((t - peak.at) / halfLifeMs);
