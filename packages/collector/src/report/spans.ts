/**
 * The days of a period, the period it is compared with, and medians.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { type Day, dayOfIso, isoOfDay, zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import type { Range, SiteView } from "../store/port.ts";
import { type Period, periodOf, periodOfDays } from "./period.ts";

export const DAY_MS = 86_400_000;

export const COMPARISONS = ["previous", "year", "custom", "none"] as const;
/** previous: as many days right before; year: the same dates a year earlier; custom: dates of one's own. */
export type Comparison = (typeof COMPARISONS)[number];

/** What a period is compared with. */
export interface Compared {
  compare?: Comparison;
  /** With compare=custom: first day, and last day, inclusive; default: as many days as the period has. */
  compareFrom?: string;
  compareTo?: string;
  /**
   * With previous and year: begin on the same day of the week. A weekend is then compared with a weekend: `previous` goes back
   * whole weeks, `year` 52 of them.
   */
  weekdays?: boolean;
}

/** Every day of a period as a range of instants. */
export function daysOf(site: SiteView, { firstDay, lastDay }: Pick<Period, "firstDay" | "lastDay">): Range[] {
  const zone = zoneOf(site.settings.zone);
  const ranges: Range[] = [];
  let from = zone.startOf(firstDay);
  for (let day = firstDay; day <= lastDay; day += 1) {
    const to = zone.startOf(day + 1);
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

/** "2026-11-01" for every day. */
export function isoDays({ firstDay, lastDay }: Pick<Period, "firstDay" | "lastDay">): string[] {
  return Array.from({ length: lastDay - firstDay + 1 }, (_, place) => isoOfDay(firstDay + place));
}

/**
 * What a period is compared with; null for none. 29 February becomes 28 February of the year before. Throws `bad_input` for
 * dates of one's own that are missing or no dates.
 *
 * Saturday 21 and Sunday 22 November with `previous` are compared with Thursday and Friday; with `weekdays` with 14 and 15.
 */
export function periodBefore(
  site: SiteView,
  period: Period,
  compared: Compared & { compare: Comparison },
  now: EpochMs,
): Period | null {
  const { compare, weekdays = false } = compared;
  if (compare === "none") return null;
  if (compare === "custom") return ownPeriod(site, period, compared, now);
  const zone = zoneOf(site.settings.zone);
  const length = period.lastDay - period.firstDay + 1;
  if (weekdays) {
    const back = compare === "year" ? 52 * 7 : Math.ceil(length / 7) * 7;
    return periodOfDays(zone, period.firstDay - back, period.lastDay - back, now);
  }
  if (compare === "previous") {
    return periodOfDays(zone, period.firstDay - length, period.firstDay - 1, now);
  }
  return periodOfDays(zone, yearBefore(period.from), yearBefore(period.to), now);
}

function ownPeriod(
  site: SiteView,
  period: Period,
  { compareFrom, compareTo }: Compared,
  now: EpochMs,
): Period {
  const first = compareFrom === undefined ? undefined : dayOfIso(compareFrom);
  if (first === undefined) {
    throw new SojournError("bad_input", `compareFrom is no date: "${compareFrom?.slice(0, 40) ?? ""}"`, {
      hint: "With compare=custom give compareFrom=2026-10-01, and compareTo when it is not as long.",
    });
  }
  const to = compareTo ?? isoOfDay(first + period.lastDay - period.firstDay);
  if (dayOfIso(to) === undefined || dayOfIso(to)! < first) {
    throw new SojournError(
      "bad_input",
      `compareTo is no date on or after compareFrom: "${to.slice(0, 40)}"`,
      {
        hint: "Use 2026-10-31; both are inclusive.",
      },
    );
  }
  return periodOf(site, { from: isoOfDay(first), to }, now);
}

function yearBefore(iso: string): Day {
  const year = String(Number(iso.slice(0, 4)) - 1).padStart(4, "0");
  return dayOfIso(year + iso.slice(4)) ?? dayOfIso(`${year}-02-28`)!;
}

/** The middle value, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** a / b, or null when b is 0. */
export const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b);

/** Milliseconds as days; null stays null. */
export const inDays = (ms: number | null): number | null => (ms === null ? null : ms / DAY_MS);
