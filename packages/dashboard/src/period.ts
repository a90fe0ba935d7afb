/**
 * Periods people choose by name, resolved to dates in the site's own calendar.
 *
 * Dates are texts like "2026-11-22"; both ends of a period belong to it. Pure: the caller supplies today.
 */

export const PERIODS = ["today", "7d", "30d", "90d", "mtd", "ytd", "12m"] as const;
export type PeriodName = (typeof PERIODS)[number];
export const DEFAULT_PERIOD: PeriodName = "30d";

export const COMPARISONS = ["previous", "year", "none"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Range {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;
const at = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A date some days later, or earlier when `days` is negative. */
export const addDays = (date: string, days: number): string => dateOf(at(date) + days * DAY_MS);

/** Days of a range, both ends counted. */
export const daysIn = ({ from, to }: Range): number => Math.round((at(to) - at(from)) / DAY_MS) + 1;

/** Today's date in a zone. */
export function todayIn(zone: string, now: number): string {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(now);
}

export function isDate(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at(text));
}

/** The dates an address asks for: its own `from` and `to`, else the named period, else the last 30 days. */
export function rangeOf(params: Readonly<Record<string, string>>, today: string): Range {
  const { from, to } = params;
  if (isDate(from) && isDate(to) && from <= to) return { from, to };
  return namedRange(periodName(params), today);
}

/** The named period of an address; undefined when it asks for dates of its own. */
export function periodName(params: Readonly<Record<string, string>>): PeriodName {
  const name = params.period;
  return (PERIODS as readonly string[]).includes(name ?? "") ? (name as PeriodName) : DEFAULT_PERIOD;
}

export const hasOwnDates = (params: Readonly<Record<string, string>>): boolean =>
  isDate(params.from) && isDate(params.to) && params.from <= params.to;

export function namedRange(name: PeriodName, today: string): Range {
  switch (name) {
    case "today":
      return { from: today, to: today };
    case "7d":
      return { from: addDays(today, -6), to: today };
    case "30d":
      return { from: addDays(today, -29), to: today };
    case "90d":
      return { from: addDays(today, -89), to: today };
    case "mtd":
      return { from: `${today.slice(0, 8)}01`, to: today };
    case "ytd":
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
    case "12m":
      return { from: addDays(today, -364), to: today };
  }
}

/** The range one length earlier (`steps` negative) or later, never past today. */
export function shifted(range: Range, steps: number, today: string): Range {
  const days = daysIn(range);
  const to = addDays(range.to, steps * days);
  const end = to > today ? today : to;
  return { from: addDays(end, 1 - days), to: end };
}

/** What the period is compared with: the same number of days before it, or the same dates a year before. */
export function comparedRange(range: Range, comparison: Comparison): Range | undefined {
  if (comparison === "none") return undefined;
  if (comparison === "year") return { from: addDays(range.from, -364), to: addDays(range.to, -364) };
  const days = daysIn(range);
  return { from: addDays(range.from, -days), to: addDays(range.from, -1) };
}
