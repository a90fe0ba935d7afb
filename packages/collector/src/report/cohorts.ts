/**
 * Do they come back? Customers by when they first ordered, and how many ordered again in each calendar period after.
 */
import type { Filtered } from "./filter.ts";
import type { Period } from "./period.ts";

export const COHORT_UNITS = ["month", "week", "day"] as const;
export type CohortUnit = (typeof COHORT_UNITS)[number];

export interface CohortsParams extends Filtered {
  site: string;
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
