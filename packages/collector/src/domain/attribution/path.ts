/**
 * From people's touches and conversions to paths: which touches stand before a conversion.
 *
 * Owns the lookback window, the choice between overlapping and reset conversions, and the treatment of direct visits.
 * How credit is shared over a path is the work of `shares.ts` and `markov.ts`.
 */
import type { EpochMs } from "../touchpoint.ts";

/** One acquisition touch: a visit began with this channel, or another non-direct channel appeared in mid-visit. */
export interface Touch {
  channel: string;
  at: EpochMs;
}

/** Something worth crediting: an order, a sign-up, a stage transition. `value` is in whole minor units, or 0. */
export interface Conversion {
  at: EpochMs;
  value: number;
}

/** Everything known of one visitor. Neither list needs to be in order. */
export interface Journey {
  visitor: string;
  touches: readonly Touch[];
  conversions: readonly Conversion[];
}

/** The same list of channels, seen before `conversions` conversions, and `nulls` times before none. */
export interface Path {
  /** Oldest first; repeats kept; empty when no touch was in the window. */
  channels: readonly string[];
  conversions: number;
  /** Total value of these conversions, in minor units. */
  value: number;
  /** How often this path ended without a conversion. */
  nulls: number;
  /** When each touch happened, in step with `channels`; only for paths of one conversion. */
  times?: readonly EpochMs[];
  /** When the conversion happened; present together with `times`. */
  convertedAt?: EpochMs;
}

export const DIRECT_MODES = ["drop-unless-alone", "keep"] as const;
export type DirectMode = (typeof DIRECT_MODES)[number];

export const CONVERSION_MODES = ["overlap", "reset"] as const;
export type ConversionMode = (typeof CONVERSION_MODES)[number];

export const DAY_MS = 86_400_000;

export interface PathOptions {
  /** How long before a conversion a touch still counts, both ends inclusive; null for no limit. Default 30 days. */
  lookbackMs?: number | null;
  /** Default `drop-unless-alone`: direct touches leave a path that has another channel. */
  direct?: DirectMode;
  /** Default `overlap`: every conversion sees all touches in its window. `reset`: only those after the conversion before it. */
  conversions?: ConversionMode;
}

const DIRECT = /^(?:direct|\(direct\))$/i;

/** True for the channel of visits that came from nowhere we know: `Direct`, `direct`, `(direct)`. */
export function isDirect(channel: string): boolean {
  return DIRECT.test(channel);
}

/**
 * One path per conversion, and one null path per visitor who never converted.
 *
 * A conversion's path holds the touches with `at - lookback <= touch <= at`. Under `reset` they must also be later than the
 * visitor's conversion before it, so of two conversions at one instant the second has no touch.
 * A null path holds all touches of its visitor, without a window, because there is no conversion to look back from. Touches
 * after the last conversion of somebody who did convert are no null path: that story is still open.
 */
export function pathsOf(journeys: Iterable<Journey>, options: PathOptions = {}): Path[] {
  const { lookbackMs = 30 * DAY_MS, direct = "drop-unless-alone", conversions: mode = "overlap" } = options;
  const paths: Path[] = [];
  for (const journey of journeys) {
    const touches = [...journey.touches].sort((a, b) => a.at - b.at);
    const conversions = [...journey.conversions].sort((a, b) => a.at - b.at);
    let previous = Number.NEGATIVE_INFINITY;
    for (const { at, value } of conversions) {
      const from = lookbackMs === null ? Number.NEGATIVE_INFINITY : at - lookbackMs;
      const seen = touches.filter(
        (t) => t.at >= from && t.at <= at && (mode === "overlap" || t.at > previous),
      );
      paths.push({ ...pathOf(seen, direct), conversions: 1, value, nulls: 0, convertedAt: at });
      previous = at;
    }
    if (conversions.length === 0 && touches.length > 0) {
      const { channels } = pathOf(touches, direct);
      paths.push({ channels, conversions: 0, value: 0, nulls: 1 });
    }
  }
  return paths;
}

function pathOf(touches: readonly Touch[], direct: DirectMode) {
  const kept = withoutDirect(touches, (t) => t.channel, direct);
  return { channels: kept.map((t) => t.channel), times: kept.map((t) => t.at) };
}

/** Applies the treatment of direct visits to paths that were made elsewhere. */
export function withDirectMode(paths: readonly Path[], direct: DirectMode): Path[] {
  return paths.map((path) => {
    const steps = path.channels.map((channel, i) => ({ channel, at: path.times?.[i] }));
    const kept = withoutDirect(steps, (s) => s.channel, direct);
    if (kept.length === steps.length) return path;
    const channels = kept.map((s) => s.channel);
    return path.times === undefined
      ? { ...path, channels }
      : { ...path, channels, times: kept.map((s) => s.at as EpochMs) };
  });
}

function withoutDirect<T>(steps: readonly T[], channelOf: (step: T) => string, direct: DirectMode) {
  if (direct === "keep") return steps;
  const others = steps.filter((step) => !isDirect(channelOf(step)));
  return others.length === 0 ? steps : others;
}
