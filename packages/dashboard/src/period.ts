/**
 * Periods people choose by name, resolved to dates in the site's own calendar.
 *
 * Dates are texts like "2026-11-22"; both ends of a period belong to it. Pure: the caller supplies today.
 */

export const PERIODS = ["today", "7d", "30d", "90d", "mtd", "ytd", "12m"] as const;
export type PeriodName = (typeof PERIODS)[number];
export const DEFAULT_PERIOD: PeriodName = "30d";

export const COMPARISONS = ["previous", "year", "custom", "none"] as const;
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
  // A date that is none, such as 30 February, is read by browsers as a later one.
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && dateIs(text);
}

function dateIs(text: string): boolean {
  const ms = at(text);
  return !Number.isNaN(ms) && dateOf(ms) === text;
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

/** What an address compares with: the period before, unless it names another and, for dates of its own, has them. */
export function comparisonOf(params: Readonly<Record<string, string>>): Comparison {
  const { compare, compareFrom, compareTo } = params;
  if (compare === "custom" && !(isDate(compareFrom) && isDate(compareTo) && compareFrom <= compareTo)) {
    return "previous";
  }
  return (COMPARISONS as readonly string[]).includes(compare ?? "") ? (compare as Comparison) : "previous";
}

/** The comparison of an address as parameters of a question. */
export function comparedQuery(params: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const compare = comparisonOf(params);
  const { compareFrom, compareTo } = params;
  if (compare === "custom") return { compare, compareFrom, compareTo };
  return { compare, weekdays: params.weekdays === "true" && compare !== "none" ? "true" : undefined };
}

/**
 * The dates an address compares with; undefined for none. The same rule as the collector's: as many days right before, the
 * same dates a year earlier (28 February for the 29th), or with weekdays whole weeks back.
 */
export function comparedRange(range: Range, params: Readonly<Record<string, string>>): Range | undefined {
  const { compare, compareFrom, compareTo, weekdays } = comparedQuery(params);
  if (compare === "none") return undefined;
  if (compare === "custom") return { from: compareFrom!, to: compareTo! };
  const days = daysIn(range);
  if (weekdays !== undefined) {
    const back = compare === "year" ? 52 * 7 : Math.ceil(days / 7) * 7;
    return { from: addDays(range.from, -back), to: addDays(range.to, -back) };
  }
  if (compare === "year") return { from: yearBefore(range.from), to: yearBefore(range.to) };
  return { from: addDays(range.from, -days), to: addDays(range.from, -1) };
}

function yearBefore(date: string): string {
  const same = `${String(Number(date.slice(0, 4)) - 1).padStart(4, "0")}${date.slice(4)}`;
  return dateIs(same) ? same : `${same.slice(0, 8)}28`;
}
