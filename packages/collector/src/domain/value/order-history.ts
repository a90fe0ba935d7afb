/**
 * From a list of orders to what the purchase and spend models need of each customer.
 *
 * Orders of one customer on one day count as one, worth their sum. Time runs from the customer's first day.
 */
import type { EpochMs } from "../touchpoint.ts";
import type { PurchaseHistory, Tally } from "./purchase-model.ts";

const DAY_MS = 86_400_000;

export const TIME_UNITS = ["days", "weeks", "months", "years"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Days in a unit; a month is a twelfth of 365.25 days. */
export const DAYS_IN: Readonly<Record<TimeUnit, number>> = {
  days: 1,
  weeks: 7,
  months: 365.25 / 12,
  years: 365.25,
};

/** One order; the value in any one unit of money. */
export interface Order {
  customer: string;
  at: EpochMs;
  value: number;
}

/** A customer at the end of the calibration period. */
export interface CustomerHistory extends PurchaseHistory {
  customer: string;
  /** Mean value of the repeat order days, 0 when there were none. */
  meanValue: number;
  /** Order days after the calibration period, up to the last order of the data. */
  later: number;
}

export interface HistoryOptions {
  /** Orders later than this instant are not used for fitting, only counted in `later`. Default: the last order. */
  calibrationEnd?: EpochMs;
  /** Unit of `recency` and `T`; default weeks. */
  unit?: TimeUnit;
}

/**
 * One history per customer whose first order is not later than the calibration end, by customer id. Days are days of UTC.
 *
 * Orders on 1, 1 and 15 January seen until 29 January, in weeks: frequency 1, recency 2, T 4.
 */
export function historiesOf(orders: readonly Order[], options: HistoryOptions = {}): CustomerHistory[] {
  const { unit = "weeks" } = options;
  const end = dayOf(options.calibrationEnd ?? orders.reduce((latest, o) => Math.max(latest, o.at), 0));
  /** Day and value of each order, one after the other: a list costs a tenth of a map, and most customers order once. */
  const byCustomer = new Map<string, number[]>();
  for (const { customer, at, value } of orders) {
    const list = byCustomer.get(customer);
    if (list === undefined) byCustomer.set(customer, [dayOf(at), value]);
    else list.push(dayOf(at), value);
  }
  const histories: CustomerHistory[] = [];
  for (const [customer, list] of byCustomer) {
    const values = valuePerDay(list);
    const days = [...values.keys()].sort((a, b) => a - b);
    const seen = days.filter((day) => day <= end);
    const [firstDay] = seen;
    if (firstDay === undefined) continue;
    const repeats = seen.slice(1);
    const spent = repeats.reduce((sum, day) => sum + values.get(day)!, 0);
    histories.push({
      customer,
      frequency: repeats.length,
      recency: (seen.at(-1)! - firstDay) / DAYS_IN[unit],
      T: (end - firstDay) / DAYS_IN[unit],
      meanValue: repeats.length === 0 ? 0 : spent / repeats.length,
      later: days.length - seen.length,
    });
  }
  return histories.sort((a, b) => (a.customer < b.customer ? -1 : 1));
}

function valuePerDay(list: readonly number[]): Map<number, number> {
  const values = new Map<number, number>();
  for (let i = 0; i < list.length; i += 2) {
    values.set(list[i]!, (values.get(list[i]!) ?? 0) + list[i + 1]!);
  }
  return values;
}

function dayOf(at: EpochMs): number {
  return Math.floor(at / DAY_MS);
}

/** Equal histories counted together: what makes fitting quick. */
export function tallied(histories: Iterable<PurchaseHistory & { n?: number }>): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { frequency, recency, T, n = 1 } of histories) {
    const key = `${frequency} ${recency} ${T}`;
    const tally = tallies.get(key);
    if (tally === undefined) tallies.set(key, { frequency, recency, T, n });
    else tally.n += n;
  }
  return [...tallies.values()];
}
