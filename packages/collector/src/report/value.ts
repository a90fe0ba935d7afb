/**
 * What customers will bring: purchase and spend models fitted on the site's own orders, and everybody's outlook.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { type CustomerOutlook, outlooksOf } from "../domain/value/customer-value.ts";
import { historiesOf, tallied } from "../domain/value/order-history.ts";
import { fitPurchases, type PurchaseFit, type PurchaseModel } from "../domain/value/purchase-model.ts";
import { fitSpend, type SpendFit } from "../domain/value/spend.ts";
import type { Reads } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface ValueParams extends Filtered {
  site: string;
  /** Life-cycle model, for filters on stages. */
  model?: string;
  /** mbg-nbd (default) or bg-nbd. */
  purchases?: PurchaseModel;
  /** How far ahead in days, 1 to 730; default 90. */
  horizon?: number;
  /** Customers listed, 0 to 1,000; default 50, most expected orders first. */
  limit?: number;
}

export interface ValueAnswer {
  site: string;
  at: string;
  currency: string;
  horizonDays: number;
  customers: number;
  /** True when no figure below may be used; `reasons` says why. */
  tooLittleData: boolean;
  reasons: string[];
  /** Parameters in weeks. Null without any customer. */
  fit: PurchaseFit | null;
  /** Null when no customer has a repeat order worth something. */
  spend: SpendFit | null;
  /** Sums over all customers; null with too little data. Value in minor units, undiscounted; null also without a sound fit of spend. */
  expectedOrders: number | null;
  expectedValue: number | null;
  rows: (Omit<CustomerOutlook, "customer"> & { person: string; customer: string | null })[];
}

const WEEK_DAYS = 7;
const DAY_MS = 86_400_000;

export async function value(reads: Reads, params: ValueParams, now: EpochMs): Promise<ValueAnswer> {
  const site = await siteOf(reads, params.site);
  const lifecycle = modelOf(site, params.model);
  const who = await whoOf(reads, site, lifecycle, params.filter, now);
  const model = params.purchases ?? "mbg-nbd";
  const horizonDays = Math.min(730, Math.max(1, params.horizon ?? 90));
  const limit = Math.min(1_000, Math.max(0, params.limit ?? 50));
  const orders = (await reads.countedOrders(site, { from: 0, to: now + 1 }, who)).map(
    ([person, at, net, currency]) => ({
      customer: String(person),
      at,
      value: Math.max(0, inSiteCurrency(site, net, currency) ?? 0),
    }),
  );
  // People are watched up to yesterday's end: today may still bring an order.
  const calibrationEnd = now - DAY_MS;
  const histories = historiesOf(orders, { calibrationEnd, unit: "weeks" });
  const answer: ValueAnswer = {
    site: site.id,
    at: new Date(now).toISOString(),
    currency: site.settings.currency,
    horizonDays,
    customers: histories.length,
    tooLittleData: true,
    reasons: [],
    fit: null,
    spend: null,
    expectedOrders: null,
    expectedValue: null,
    rows: [],
  };
  if (histories.length === 0) return { ...answer, reasons: ["there are no customers yet"] };

  const fit = fitPurchases(tallied(histories), model);
  const spending = histories.some(({ frequency, meanValue }) => frequency > 0 && meanValue > 0);
  const spend = spending ? fitSpend(histories) : null;
  if (fit.tooLittleData) return { ...answer, fit, spend, reasons: fit.reasons };

  const usable = spend !== null && !spend.tooLittleData ? spend : null;
  const outlooks = outlooksOf(histories, {
    model,
    purchases: fit.parameters,
    horizon: horizonDays / WEEK_DAYS,
    ...(usable === null ? {} : { spend: usable.parameters }),
  });
  const shown = outlooks.slice(0, limit);
  const known = new Map(
    (await reads.people(shown.map(({ customer }) => Number(customer)))).map((p) => [String(p.key), p]),
  );
  const sum = (of: (one: CustomerOutlook) => number) => outlooks.reduce((total, one) => total + of(one), 0);
  return {
    ...answer,
    tooLittleData: false,
    reasons: spend === null || spend.tooLittleData ? (spend?.reasons ?? ["no repeat order has a value"]) : [],
    fit,
    spend,
    expectedOrders: sum(({ expectedOrders }) => expectedOrders),
    expectedValue: usable === null ? null : Math.round(sum(({ expectedValue }) => expectedValue ?? 0)),
    rows: shown.map(({ customer, ...outlook }) => ({
      person: known.get(customer)?.id ?? customer,
      customer: known.get(customer)?.customer ?? null,
      ...outlook,
    })),
  };
}
