/**
 * Do they come back? Customers by when they first ordered, and how many ordered again in each calendar period after.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { type Day, dayOfIso, firstDayOfMonth, isoOfDay, monthOfDay, zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import type { Reads } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type Period, periodOf, periodOfDays } from "./period.ts";
import { modelOf, siteOf } from "./subject.ts";

export const COHORT_UNITS = ["month", "week", "day"] as const;
export type CohortUnit = (typeof COHORT_UNITS)[number];

export interface CohortsParams extends Filtered {
  site: string;
  model?: string;
  /** First orders from..to; widened to whole units. Default: the last 9 months, 12 weeks or 14 days up to today. */
  from?: string;
  to?: string;
  /** Weeks begin on Monday. */
  every?: CohortUnit;
  /** Cells per row, the first unit included; default 9 (months), 13 (weeks), 15 (days). */
  columns?: number;
}

export interface CohortCell {
  /** Units since the first order; 0 is the unit of the first order itself. */
  index: number;
  /** People of the cohort who ordered in this unit; null while the unit is not over. */
  people: number | null;
  /** people / size of the cohort; null while the unit is not over. */
  share: number | null;
  /** Net of refunds, minor units of the site's currency; null while the unit is not over. */
  revenue: number | null;
  /** Orders of any currency; null while the unit is not over. */
  orders: number | null;
  /** What there is of an unfinished unit; absent once it is over. */
  soFar?: { people: number; revenue: number; orders: number };
}

export interface CohortRow {
  /** "2026-03", "2026-W10" or "2026-03-05". */
  cohort: string;
  /** First and last day of the unit, inclusive. */
  from: string;
  to: string;
  /** People whose first order that counts lies in the unit. */
  people: number;
  /** True while new people can still join the cohort. */
  isUnfinished: boolean;
  /** Units that have begun, oldest first; a unit that has not begun has no cell. */
  cells: CohortCell[];
}

export interface CohortsAnswer {
  site: string;
  period: Period;
  every: CohortUnit;
  currency: string;
  rows: CohortRow[];
}

/** How units of the calendar are counted: the number of a day's unit, a unit's first day, and its name. */
interface Calendar {
  unitOf(day: Day): number;
  firstDayOf(unit: number): Day;
  nameOf(unit: number): string;
  /** Units shown and cells per row when nobody says. */
  rows: number;
  columns: number;
}

/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4;

const CALENDARS: Readonly<Record<CohortUnit, Calendar>> = {
  month: {
    unitOf: monthOfDay,
    firstDayOf: firstDayOfMonth,
    nameOf: (unit) => isoOfDay(firstDayOfMonth(unit)).slice(0, 7),
    rows: 9,
    columns: 9,
  },
  week: {
    unitOf: (day) => Math.floor((day - FIRST_MONDAY) / 7),
    firstDayOf: (unit) => unit * 7 + FIRST_MONDAY,
    nameOf: (unit) => isoWeek(unit * 7 + FIRST_MONDAY),
    rows: 12,
    columns: 13,
  },
  day: { unitOf: (day) => day, firstDayOf: (unit) => unit, nameOf: isoOfDay, rows: 14, columns: 15 },
};

/** The ISO 8601 week of a Monday: it belongs to the year of its Thursday. */
function isoWeek(monday: Day): string {
  const year = isoOfDay(monday + 3).slice(0, 4);
  const week = Math.floor((monday + 3 - dayOfIso(`${year}-01-01`)!) / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

const MOST_COLUMNS = 60;
const MOST_ROWS = 400;

export async function cohorts(reads: Reads, params: CohortsParams, now: EpochMs): Promise<CohortsAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const who = await whoOf(reads, site, model, params.filter, now);
  const every = params.every ?? "month";
  const calendar = CALENDARS[every];
  const zone = zoneOf(site.settings.zone);
  const columns = Math.min(MOST_COLUMNS, Math.max(1, params.columns ?? calendar.columns));

  const asked = periodOf(site, params, now);
  const lastUnit = calendar.unitOf(asked.lastDay);
  const firstUnit =
    params.from === undefined ? lastUnit - calendar.rows + 1 : calendar.unitOf(asked.firstDay);
  if (lastUnit - firstUnit >= MOST_ROWS) {
    throw new SojournError("bad_input", `More than ${MOST_ROWS} cohorts`, {
      hint: "Ask for a shorter period, or for weeks or months.",
    });
  }
  const period = periodOfDays(
    zone,
    calendar.firstDayOf(firstUnit),
    calendar.firstDayOf(lastUnit + 1) - 1,
    now,
  );

  const unitOfAt = (at: EpochMs) => calendar.unitOf(zone.dayOf(at));
  const cohortOf = new Map<number, number>();
  const sizes = new Map<number, number>();
  const cells = new Map<string, { people: Set<number>; revenue: number; orders: number }>();
  // Oldest first, so that a person's first order is met before the others.
  const until = zone.startOf(calendar.firstDayOf(lastUnit + columns));
  for (const [person, at, net, currency, nth] of await reads.countedOrders(
    site,
    { from: period.fromAt, to: until },
    who,
  )) {
    const unit = unitOfAt(at);
    if (nth === 1 && unit <= lastUnit) {
      cohortOf.set(person, unit);
      sizes.set(unit, (sizes.get(unit) ?? 0) + 1);
    }
    const cohort = cohortOf.get(person);
    if (cohort === undefined) continue;
    const name = `${cohort} ${unit - cohort}`;
    let cell = cells.get(name);
    if (cell === undefined) {
      cell = { people: new Set(), revenue: 0, orders: 0 };
      cells.set(name, cell);
    }
    cell.people.add(person);
    cell.orders += 1;
    cell.revenue += inSiteCurrency(site, net, currency) ?? 0;
  }

  const currentUnit = unitOfAt(now);
  const rows: CohortRow[] = [];
  for (let unit = firstUnit; unit <= lastUnit; unit += 1) {
    const size = sizes.get(unit) ?? 0;
    const row: CohortRow = {
      cohort: calendar.nameOf(unit),
      from: isoOfDay(calendar.firstDayOf(unit)),
      to: isoOfDay(calendar.firstDayOf(unit + 1) - 1),
      people: size,
      isUnfinished: unit >= currentUnit,
      cells: [],
    };
    for (let index = 0; index < columns && unit + index <= currentUnit; index += 1) {
      const cell = cells.get(`${unit} ${index}`);
      const { revenue, orders } = cell ?? { revenue: 0, orders: 0 };
      const people = cell?.people.size ?? 0;
      row.cells.push(
        unit + index === currentUnit
          ? {
              index,
              people: null,
              share: null,
              revenue: null,
              orders: null,
              soFar: { people, revenue, orders },
            }
          : { index, people, share: size === 0 ? null : people / size, revenue, orders },
      );
    }
    rows.push(row);
  }
  return { site: site.id, period, every, currency: site.settings.currency, rows };
}
