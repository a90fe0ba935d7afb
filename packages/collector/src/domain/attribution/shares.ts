/**
 * How one conversion is shared over the touches before it, by every model that needs no other journey to decide.
 *
 * Final by construction: the shares depend on this path alone, so a later visit never rewrites them.
 * Definitions: design "Touches and credit". The Markov model looks at all journeys together and lives in `markov.ts`.
 */
import { SojournError } from "../../errors.ts";
import type { EpochMs } from "../touchpoint.ts";
import { settled } from "./exact.ts";
import { DAY_MS, isDirect } from "./path.ts";

/** Models whose credit is decided by one path alone. */
export const PATH_MODELS = [
  "first",
  "last",
  "last-non-direct",
  "linear",
  "position",
  "decay",
  "shapley",
] as const;
export type PathModel = (typeof PATH_MODELS)[number];

export interface ShareOptions {
  /** For `decay`: after this many days a touch counts half. Above 0; default 7. */
  halfLifeDays?: number;
  /** For `position`: parts of the first and the last touch, together at most 1; the middle shares the rest. Default 0.4 each. */
  weights?: { first: number; last: number };
}

export const DEFAULT_HALF_LIFE_DAYS = 7;
export const DEFAULT_POSITION = { first: 0.4, last: 0.4 } as const;

/**
 * The share of each touch in one conversion, in step with `touches` (oldest first). No touches, no shares.
 *
 * Shares are at least 0, and added from left to right they give exactly 1: the last share is what the others leave.
 *
 * - `first`, `last`: all to that touch. `last-non-direct`: to the last touch that is not direct, or to the last of all.
 * - `linear`: 1/n each, repeats included.
 * - `position`: 40 % first, 40 % last, 20 % over the middle; two touches in the ratio of first to last, one takes all.
 * - `decay`: weight 2^(-age / half-life), made to sum to 1.
 * - `shapley`: equal parts to the distinct channels, each channel's part equally over its touches. This is the Shapley value of
 *   the game in which a set of channels earns the conversions whose channels all belong to it.
 *
 * Worked example, `decay`, half-life 7 days, touches 7 and 0 days old: weights 0.5 and 1, shares 1/3 and 2/3.
 *
 * @throws SojournError `bad_input` when `decay` gets a touch without a time, `bad_usage` for impossible options
 */
export function creditOfPath(
  model: PathModel,
  touches: readonly { channel: string; at?: EpochMs }[],
  convertedAt: EpochMs | undefined,
  options: ShareOptions = {},
): number[] {
  if (touches.length === 0) return [];
  return toOne(sharesBy(model, touches, convertedAt, options));
}

function sharesBy(
  model: PathModel,
  touches: readonly { channel: string; at?: EpochMs }[],
  convertedAt: EpochMs | undefined,
  options: ShareOptions,
): number[] {
  const n = touches.length;
  switch (model) {
    case "first":
      return allTo(0, n);
    case "last":
      return allTo(n - 1, n);
    case "last-non-direct": {
      const last = touches.findLastIndex((t) => !isDirect(t.channel));
      return allTo(last === -1 ? n - 1 : last, n);
    }
    case "linear":
      return touches.map(() => 1 / n);
    case "position":
      return byPosition(n, options.weights ?? DEFAULT_POSITION);
    case "decay":
      return byAge(touches, convertedAt, options.halfLifeDays ?? DEFAULT_HALF_LIFE_DAYS);
    case "shapley":
      return byDistinctChannel(touches);
  }
}

function allTo(index: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => (i === index ? 1 : 0));
}

function byPosition(n: number, weights: { first: number; last: number }): number[] {
  const { first, last } = weights;
  if (!(first >= 0 && last >= 0 && first + last <= 1 + 1e-12)) {
    throw new SojournError("bad_usage", `position weights ${first} and ${last} are not parts of one whole`, {
      hint: "Use two numbers of at least 0 that together are at most 1, such as 0.4 and 0.4.",
    });
  }
  if (n === 1) return [1];
  const ends = first + last;
  if (n === 2) return ends === 0 ? [0.5, 0.5] : [first / ends, last / ends];
  const middle = Math.max(0, 1 - ends) / (n - 2);
  return Array.from({ length: n }, (_, i) => (i === 0 ? first : i === n - 1 ? last : middle));
}

function byAge(
  touches: readonly { at?: EpochMs }[],
  convertedAt: EpochMs | undefined,
  halfLifeDays: number,
): number[] {
  if (!(halfLifeDays > 0)) {
    throw new SojournError("bad_usage", `a half-life of ${halfLifeDays} days is not possible`, {
      hint: "Use a number of days above 0, such as 7.",
    });
  }
  const times = touches.map((t) => t.at ?? Number.NaN);
  if (convertedAt === undefined || times.some(Number.isNaN)) {
    throw new SojournError("bad_input", "decay needs times: use journeys", {
      hint: "Paths say in which order channels came, not when. Give journeys with times, or choose another model.",
    });
  }
  // Ages are counted from the newest touch: the ratios stay the same, and a path that is years old does not vanish to 0/0.
  const newest = Math.max(...times);
  const weights = times.map((at) => 2 ** (-(newest - at) / (halfLifeDays * DAY_MS)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

function byDistinctChannel(touches: readonly { channel: string }[]): number[] {
  const seen = new Map<string, number>();
  for (const { channel } of touches) seen.set(channel, (seen.get(channel) ?? 0) + 1);
  return touches.map(({ channel }) => 1 / (seen.size * seen.get(channel)!));
}

/**
 * Replaces the last share by what the others leave. Whatever their rounded sum s in [0, 1] is, s + (1 - s) rounds to exactly 1:
 * the difference carries an error of at most 2^-54, half the distance from 1 to its neighbour below.
 * Should rounding carry the others past 1 (a last weight of 0 can), the largest gives way.
 */
function toOne(shares: number[]): number[] {
  let before = 0;
  for (let i = 0; i < shares.length - 1; i++) before += shares[i]!;
  if (before > 1) return settled([...shares.slice(0, -1), 0], 1);
  shares[shares.length - 1] = 1 - before;
  return shares;
}
