/**
 * Durations of rules: ISO 8601 text to exact milliseconds, and the limits a site or a person sets for itself.
 *
 * A day is exactly 86,400 seconds; months and years have no fixed length and are refused.
 */
import type { EpochMs } from "../touchpoint.ts";

/** Milliseconds of one day, without exceptions: rules know no calendar. */
export const DAY_MS = 86_400_000;

/** The longest duration a rule may use: a hundred years of 365 days. */
export const LONGEST_MS = 36_500 * DAY_MS;

/** A limit calibrated on the site: this quantile of its gaps between orders, held between `min` and `max`. */
export interface QuantileLimit {
  /** Above 0 and below 1. */
  quantile: number;
  min: string;
  max: string;
}

/** A limit from the person's own rhythm, as `own` times the mean interval between valid orders. */
export interface OwnLimit {
  own: number;
  min: string;
  max: string;
  /** Number of valid orders from which the rhythm is trusted; at least 2. */
  from: number;
  /** The limit of people with fewer orders. */
  else: string;
  /** Multiplies the result, limits included; 1 when absent. */
  times?: number;
}

/** A duration as a model writes it. */
export type Duration = string | QuantileLimit | OwnLimit;

const DURATION = /^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$/;

/**
 * Milliseconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds, or undefined when the text is none,
 * is zero, or is longer than {@link LONGEST_MS}.
 *
 * @example parseDuration("P180D") // 15_552_000_000
 * @example parseDuration("PT36H") // 129_600_000
 * @example parseDuration("P6M")   // undefined: months differ
 */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null || text.endsWith("T")) return undefined;
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  const ms =
    ((weeks ?? 0) * 7 + (days ?? 0)) * DAY_MS +
    (hours ?? 0) * 3_600_000 +
    (minutes ?? 0) * 60_000 +
    (seconds ?? 0) * 1_000;
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** Gives the site's quantile of gaps between orders in milliseconds, or undefined while there is too little data. */
export type Calibrate = (quantile: number) => number | undefined;

/**
 * A function from the times of a person's valid orders, ascending, to the limit in whole milliseconds.
 *
 * A site that cannot be calibrated yet gets `max`: better to call somebody idle late than wrongly.
 * Fractions of a millisecond are rounded up, so that `t - last >= limit` holds at the first whole millisecond it can.
 *
 * @param duration from a checked model
 */
export function limitOf(duration: Duration, calibrate?: Calibrate): (orders: readonly EpochMs[]) => number {
  if (typeof duration === "string") return constant(msOf(duration));
  if ("quantile" in duration) {
    const { min, max } = duration;
    const measured = calibrate?.(duration.quantile);
    return constant(Math.ceil(measured === undefined ? msOf(max) : clamp(measured, msOf(min), msOf(max))));
  }

  const { own, from, times = 1 } = duration;
  const min = msOf(duration.min);
  const max = msOf(duration.max);
  const otherwise = Math.ceil(msOf(duration.else) * times);
  return (orders) => {
    if (orders.length < from) return otherwise;
    const span = (orders[orders.length - 1] as EpochMs) - (orders[0] as EpochMs);
    return Math.ceil(clamp((own * span) / (orders.length - 1), min, max) * times);
  };
}

/** The words for a duration in a rule's name. */
export function wordsFor(duration: Duration): string {
  if (typeof duration === "string") return duration;
  const { min, max } = duration;
  if ("quantile" in duration) return `the site's ${duration.quantile} quantile (${min} to ${max})`;
  const { own, from, times } = duration;
  const limit = `${own} x own rhythm (${min} to ${max}, below ${from} orders ${duration.else})`;
  return times === undefined ? limit : `${limit} x ${times}`;
}

const constant = (ms: number) => () => ms;
const clamp = (ms: number, min: number, max: number) => Math.min(Math.max(ms, min), max);

function msOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new RangeError(`"${text}" is no duration; models are checked before they are compiled`);
  return ms;
}
