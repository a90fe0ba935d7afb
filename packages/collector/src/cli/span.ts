/**
 * Lengths of time as people type them on a command line: `30d`, `4w`, `12h`.
 */

const DAYS: Readonly<Record<string, number>> = { h: 1 / 24, d: 1, w: 7, m: 365.25 / 12, y: 365.25 };

/**
 * Days in a typed length; a number alone is days. h, d, w, m and y are hours, days, weeks, twelfths of a year and years of 365.25 days.
 * Undefined when it is no length. `daysIn("4w")` is 28.
 */
export function daysIn(typed: string): number | undefined {
  const parts = /^(\d{1,6}(?:\.\d{1,6})?)([hdwmy]?)$/i.exec(typed.trim());
  if (parts === null) return undefined;
  return Number(parts[1]) * DAYS[parts[2]!.toLowerCase() || "d"]!;
}
