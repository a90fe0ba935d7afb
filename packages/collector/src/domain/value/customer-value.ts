/**
 * What customers are worth: the simple formula, and each person's expected orders and value from fitted models.
 */
import { expectedPurchases } from "./expected-purchases.ts";
import {
  type PurchaseHistory,
  type PurchaseModel,
  type PurchaseParameters,
  probabilityAlive,
} from "./purchase-model.ts";
import { expectedValue, type SpendParameters } from "./spend.ts";

/**
 * Yearly profit times years minus the cost to acquire, in the unit of money given. Null when the years are unknown (an infinite life from a
 * churn of 0, say) or any part is not a number.
 *
 * `simpleClv({ yearlyProfit: 120, years: 3, acquisitionCost: 50 })` is 310.
 */
export function simpleClv(parts: {
  yearlyProfit: number;
  years: number;
  acquisitionCost: number;
}): number | null {
  const value = parts.yearlyProfit * parts.years - parts.acquisitionCost;
  return Number.isFinite(value) ? value : null;
}

/** One person's outlook. */
export interface CustomerOutlook extends PurchaseHistory {
  customer: string;
  /** Orders in the horizon. */
  expectedOrders: number;
  /** For information; not for ranking. */
  probabilityAlive: number;
  /** Mean value of a future order; with fitted spend only. */
  expectedOrderValue?: number;
  /** Expected orders times their expected value, undiscounted. */
  expectedValue?: number;
}

export interface OutlookModels {
  model: PurchaseModel;
  purchases: PurchaseParameters;
  spend?: SpendParameters;
  /** How far ahead, in the unit of the histories. */
  horizon: number;
}

/**
 * Everybody's outlook, those with the most expected orders first.
 *
 * Ranked by expected orders, never by the chance to be alive: somebody who bought once yesterday is surely alive and may never come again.
 */
export function outlooksOf(
  customers: readonly (PurchaseHistory & { customer: string; meanValue?: number })[],
  { model, purchases, spend, horizon }: OutlookModels,
): CustomerOutlook[] {
  const outlooks = customers.map(({ customer, frequency, recency, T, meanValue }): CustomerOutlook => {
    const history = { frequency, recency, T };
    const orders = expectedPurchases(model, purchases, history, horizon);
    const outlook = {
      customer,
      ...history,
      expectedOrders: orders,
      probabilityAlive: probabilityAlive(model, purchases, history),
    };
    if (spend === undefined) return outlook;
    const known = meanValue !== undefined && meanValue > 0;
    const each = expectedValue(spend, known ? { frequency, meanValue } : { frequency: 0, meanValue: 0 });
    return { ...outlook, expectedOrderValue: each, expectedValue: orders * each };
  });
  return outlooks.sort(
    (x, y) =>
      y.expectedOrders - x.expectedOrders || (x.customer < y.customer ? -1 : x.customer > y.customer ? 1 : 0),
  );
}
