/**
 * Where people come from: visitors, sign-ups, new customers and revenue, credited to the touches before them.
 */
import { type CreditModel, credit } from "../domain/attribution/credit.ts";
import {
  type ConversionMode,
  DAY_MS,
  type DirectMode,
  type Journey,
  pathsOf,
} from "../domain/attribution/path.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, SiteView, SourceDimension, TouchView } from "../store/port.ts";
import { type Period, periodOf } from "./period.ts";
import { NOT_SET, siteOf, valueIn } from "./subject.ts";

export interface SourcesParams {
  site: string;
  from?: string;
  to?: string;
  /** What tells the rows apart; default channel. */
  by?: SourceDimension;
  /** How a conversion's credit is shared over the touches before it; default last-non-direct. */
  credit?: CreditModel;
  /** Days before a conversion in which a touch counts; null: all. Default 30. */
  lookback?: number | null;
  direct?: DirectMode;
  conversions?: ConversionMode;
}

export interface SourceRow {
  value: string;
  /** People with a touch of this value in the period. */
  visitors: number;
  signUps: number;
  /** People whose first order that counts lies in the period. */
  customers: number;
  orders: number;
  /** Minor units of the site's currency, net of refunds. */
  revenue: number;
}

export interface SourcesAnswer {
  site: string;
  period: Period;
  by: SourceDimension;
  credit: CreditModel;
  lookbackDays: number | null;
  currency: string;
  rows: SourceRow[];
  /** Visitors are people: whoever came by two channels is in both rows and once here. */
  total: Omit<SourceRow, "value">;
  /** Orders in other currencies: counted as orders, left out of the revenue. */
  otherCurrencies: { currency: string; orders: number; revenue: number }[];
}

/** Kinds that are sign-ups. */
export const SIGN_UP_KINDS = ["sign_up", "newsletter_signup", "generate_lead", "start_trial"] as const;

export async function sources(reads: Reads, params: SourcesParams, now: EpochMs): Promise<SourcesAnswer> {
  const site = await siteOf(reads, params.site);
  const period = periodOf(site, params, now);
  const by = params.by ?? "channel";
  const model = params.credit ?? "last-non-direct";
  const lookbackDays = params.lookback === undefined ? 30 : params.lookback;
  const range = { from: period.fromAt, to: period.toAt };

  const visitors = await reads.visitorsBy(site, by, range);
  const orders = (await reads.orders(site, range)).filter((order) => order.voidAt === null);
  const signUps = (await reads.activity(site, SIGN_UP_KINDS, period.firstDay, period.lastDay)).filter(
    (row) => row.firstAt >= period.fromAt && row.firstAt < period.toAt,
  );
  const people = [...new Set([...orders.map((o) => o.person), ...signUps.map((s) => s.person)])];
  const names = await touchNames(reads, site, by);
  const touches = groupBy(await reads.touchesOf(people, period.toAt), (touch) => touch.person);

  const ours = orders.filter((order) => order.currency === site.settings.currency);
  const share = (conversions: readonly { person: number; at: EpochMs; value: number }[]) => {
    const journeys: Journey[] = [...groupBy(conversions, (c) => c.person)].map(([person, list]) => ({
      visitor: String(person),
      touches: (touches.get(person) ?? []).map((touch) => ({ channel: names(touch), at: touch.at })),
      conversions: list,
    }));
    const paths = pathsOf(journeys, {
      lookbackMs: lookbackDays === null ? null : lookbackDays * DAY_MS,
      ...(params.direct === undefined ? {} : { direct: params.direct }),
      ...(params.conversions === undefined ? {} : { conversions: params.conversions }),
    }).filter((path) => path.conversions > 0);
    const result = credit(paths, { model });
    const rows = new Map(result.rows.map((row) => [row.channel, row]));
    if (result.unattributed.conversions > 0) {
      rows.set("(unattributed)", { channel: "(unattributed)", ...result.unattributed });
    }
    return { rows, total: result.total };
  };

  const bySignUp = share(signUps.map((s) => ({ person: s.person, at: s.firstAt, value: 0 })));
  const byCustomer = share(
    orders.filter((o) => o.nth === 1).map((o) => ({ person: o.person, at: o.at, value: 0 })),
  );
  const byOrder = share(ours.map((o) => ({ person: o.person, at: o.at, value: o.value - o.refunded })));
  const byAnyOrder = share(orders.map((o) => ({ person: o.person, at: o.at, value: 0 })));

  const visitorCounts = new Map(visitors.map(({ value, people: n }) => [value ?? NOT_SET, n]));
  const values = new Set([
    ...visitorCounts.keys(),
    ...bySignUp.rows.keys(),
    ...byCustomer.rows.keys(),
    ...byAnyOrder.rows.keys(),
  ]);
  const rows: SourceRow[] = [...values].map((value) => ({
    value,
    visitors: visitorCounts.get(value) ?? 0,
    signUps: bySignUp.rows.get(value)?.conversions ?? 0,
    customers: byCustomer.rows.get(value)?.conversions ?? 0,
    orders: byAnyOrder.rows.get(value)?.conversions ?? 0,
    revenue: byOrder.rows.get(value)?.value ?? 0,
  }));
  rows.sort((a, b) => b.customers - a.customers || b.visitors - a.visitors || (a.value < b.value ? -1 : 1));

  const others = groupBy(
    orders.filter((order) => order.currency !== site.settings.currency),
    (order) => order.currency,
  );
  return {
    site: site.id,
    period,
    by,
    credit: model,
    lookbackDays,
    currency: site.settings.currency,
    rows,
    total: {
      visitors: await reads.visitorCount(site, range),
      signUps: bySignUp.total.conversions,
      customers: byCustomer.total.conversions,
      orders: orders.length,
      revenue: byOrder.total.value,
    },
    otherCurrencies: [...others].map(([currency, list]) => ({
      currency,
      orders: list.length,
      revenue: list.reduce((sum, order) => sum + order.value - order.refunded, 0),
    })),
  };
}

/** How a touch is called in a dimension. */
async function touchNames(
  reads: Reads,
  site: SiteView,
  by: SourceDimension,
): Promise<(touch: TouchView) => string> {
  const known = await reads.sources(site);
  if (by === "landing") return (touch) => touch.landing;
  return (touch) => valueIn(known.get(touch.source), by);
}

export function groupBy<T, K>(list: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
