/**
 * Finds the order that a refund or cancellation is about when it names none.
 *
 * The rule "latest-earlier": the same customer's latest earlier order that was worth at least as much and was not found
 * before; else none. Refunds choose in the order of their time.
 */
import type { EpochMs, Minor } from "../domain/touchpoint.ts";

export interface Placed {
  customer: string;
  order: string;
  at: EpochMs;
  value: Minor;
  currency: string;
}

export interface GivenBack {
  customer: string;
  at: EpochMs;
  /** Above 0. */
  amount: Minor;
  currency: string;
}

/**
 * The order of each refund, in the sequence of `back`; undefined where there is none.
 *
 * @example orders of 50 on Monday and 30 on Tuesday, 40 back on Friday: Monday's; 30 back after that: Tuesday's
 */
export function matchLatestEarlier<B extends GivenBack>(
  placed: readonly Placed[],
  back: readonly B[],
): Map<B, Placed | undefined> {
  const byCustomer = new Map<string, Placed[]>();
  for (const order of placed) {
    const orders = byCustomer.get(order.customer);
    if (orders === undefined) byCustomer.set(order.customer, [order]);
    else orders.push(order);
  }
  for (const orders of byCustomer.values()) orders.sort((a, b) => a.at - b.at);

  const matches = new Map<B, Placed | undefined>();
  for (const one of [...back].sort((a, b) => a.at - b.at)) {
    const orders = byCustomer.get(one.customer) ?? [];
    const place = orders.findLastIndex(
      (order) => order.at < one.at && order.value >= one.amount && order.currency === one.currency,
    );
    matches.set(one, place < 0 ? undefined : orders.splice(place, 1)[0]);
  }
  return matches;
}
