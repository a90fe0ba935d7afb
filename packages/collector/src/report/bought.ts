/**
 * Sums of orders and of costs, in the site's currency as far as there are rates.
 */
import type { CostView, CountedOrder, SiteView } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import type { Clause } from "./filter.ts";
import type { CurrencySum, FigureValue } from "./kpis.ts";

export interface BoughtSums {
  orders: number;
  buyers: number;
  repeatBuyers: number;
  newCustomers: number;
  /** Minor units of the site's currency; orders in a currency without a rate are left out. */
  revenue: number;
  ordersInRevenue: number;
  currencies: CurrencySum[];
}

/** What orders come to; any sequence. */
export function sumOrders(site: SiteView, orders: readonly CountedOrder[]): BoughtSums {
  const buyers = new Set<number>();
  const repeatBuyers = new Set<number>();
  const currencies = new Map<string, CurrencySum>();
  let newCustomers = 0;
  let revenue = 0;
  let ordersInRevenue = 0;
  for (const [person, , net, currency, nth] of orders) {
    buyers.add(person);
    if (nth === 1) newCustomers += 1;
    else repeatBuyers.add(person);
    const own = inSiteCurrency(site, net, currency);
    if (own !== undefined) {
      revenue += own;
      ordersInRevenue += 1;
    }
    let sum = currencies.get(currency);
    if (sum === undefined) {
      const rate = currency === site.settings.currency ? 1 : (site.settings.rates[currency] ?? null);
      sum = { currency, orders: 0, revenue: 0, rate };
      currencies.set(currency, sum);
    }
    sum.orders += 1;
    sum.revenue += net;
  }
  return {
    orders: orders.length,
    buyers: buyers.size,
    repeatBuyers: repeatBuyers.size,
    newCustomers,
    revenue,
    ordersInRevenue,
    currencies: [...currencies.values()].sort((a, b) => b.orders - a.orders),
  };
}

export interface Costs extends FigureValue {
  perDay: Map<string, number>;
}

/** What was spent, as far as it can be narrowed: costs name channel, source, medium and campaign, never people. */
export function costsOf(
  site: SiteView,
  rows: readonly CostView[],
  filter: readonly Clause[] | undefined,
): Costs {
  const perDay = new Map<string, number>();
  let total = 0;
  let any = false;
  for (const { field } of filter ?? []) {
    if (field === "landing" || field === "stage" || field === "segment") {
      return { value: null, reason: "not_with_filter", perDay };
    }
  }
  for (const row of rows) {
    const holds = (filter ?? []).every(({ field, is, values }) => {
      return values.includes(row[field as "channel" | "source" | "medium" | "campaign"]) === is;
    });
    if (!holds) continue;
    const amount = inSiteCurrency(site, row.amount, row.currency);
    if (amount === undefined) return { value: null, reason: "no_rate", perDay };
    any = true;
    total += amount;
    perDay.set(row.day, (perDay.get(row.day) ?? 0) + amount);
  }
  return any ? { value: total, perDay } : { value: null, reason: "no_cost", perDay };
}
