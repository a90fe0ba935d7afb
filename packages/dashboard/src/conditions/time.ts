/**
 * Durations of the life-cycle grammar as a number and a unit. Pure.
 */
import type { Duration } from "./condition.ts";

export const UNITS = ["days", "weeks", "hours", "minutes"] as const;
export type Unit = (typeof UNITS)[number];
const MINUTES: Record<Unit, number> = { days: 1_440, weeks: 10_080, hours: 60, minutes: 1 };

export interface Span {
  n: number;
  unit: Unit;
}

const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/**
 * A duration in the largest unit that says it exactly, weeks only where weeks were written; seconds are rounded up to minutes.
 *
 * @example spanOf("P180D") // { n: 180, unit: "days" }
 * @example spanOf("P1DT12H") // { n: 36, unit: "hours" }
 */
export function spanOf(text: string): Span {
  const parts = ISO.exec(text);
  if (parts === null) return { n: 1, unit: "days" };
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const all = weeks * 10_080 + days * 1_440 + hours * 60 + minutes + Math.ceil(seconds / 60);
  const unit: Unit =
    weeks > 0 && all % 10_080 === 0
      ? "weeks"
      : all % 1_440 === 0
        ? "days"
        : all % 60 === 0
          ? "hours"
          : "minutes";
  return { n: all / MINUTES[unit], unit };
}

/** @example isoOf({ n: 36, unit: "hours" }) // "PT36H" */
export function isoOf({ n, unit }: Span): string {
  const whole = Math.max(1, Math.round(n));
  if (unit === "days") return `P${whole}D`;
  if (unit === "weeks") return `P${whole}W`;
  return unit === "hours" ? `PT${whole}H` : `PT${whole}M`;
}

/** A fixed time, a limit from the person's own rhythm, or one from the site's. */
export type Measure = "fixed" | "own" | "quantile";

export const measureOf = (duration: Duration): Measure =>
  typeof duration === "string" ? "fixed" : "own" in duration ? "own" : "quantile";

/** The duration measured another way; what both ways know is kept. */
export function measured(duration: Duration, measure: Measure): Duration {
  if (measureOf(duration) === measure) return duration;
  const fixed = typeof duration === "string" ? duration : duration.max;
  if (measure === "fixed") return fixed;
  const limits =
    typeof duration === "string" ? { min: "P30D", max: fixed } : { min: duration.min, max: duration.max };
  return measure === "own" ? { own: 3, ...limits, from: 3, else: limits.max } : { quantile: 0.9, ...limits };
}
