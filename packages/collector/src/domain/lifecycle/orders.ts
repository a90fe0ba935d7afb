/**
 * Orders as facts: one entry per order number, whatever is said about it in whatever sequence.
 *
 * Owns the merging of purchases, refunds and cancellations, and the question whether an order is valid. A refund may
 * come before its order is known; it then waits in an entry without a date.
 */
import type { EpochMs, Minor, Touchpoint } from "../touchpoint.ts";

/** What is known about one order number. */
export interface OrderFacts {
  order: string;
  /** Time and id of the earliest purchase touchpoint with this number; both absent while only refunds are known. */
  at?: EpochMs;
  id?: string;
  /** Value in minor units, as the earliest purchase touchpoint gave it. */
  value?: Minor;
  /** ISO 4217, from the same touchpoint. */
  currency?: string;
  cancelled?: true;
  /** Refunded without an amount, which means the whole order. */
  refundedWhole?: true;
  /** Sum of refunds with an amount, per currency as given, ascending by currency; "" where none was given. */
  refunded?: [currency: string, amount: Minor][];
  /** The most that was told as the sum of all refunds so far, per currency, in the same order. Never added to `refunded`. */
  refundedSoFar?: [currency: string, amount: Minor][];
}

/**
 * A refund touchpoint with this property set to true tells the sum of everything refunded so far, as an export does that
 * knows no single refunds. Beside single refunds the larger of the two counts, so that both may tell of the same money.
 */
export const SO_FAR = "so_far";

/** An order that a person has placed: its date is known. */
export type KnownOrder = OrderFacts & { at: EpochMs; id: string };

/** Adds what a purchase, refund or cancel_order touchpoint says; one without an order number says nothing. */
export function addToOrders(orders: OrderFacts[], t: Touchpoint): void {
  if (t.order === undefined) return;
  const entry = entryFor(orders, t.order);
  if (t.kind === "cancel_order") {
    entry.cancelled = true;
  } else if (t.kind === "refund") {
    if (t.value === undefined) entry.refundedWhole = true;
    else if (t.props?.[SO_FAR] === true)
      entry.refundedSoFar = mostOf(entry.refundedSoFar ?? [], [[t.currency ?? "", t.value]]);
    else entry.refunded = sumOf(entry.refunded ?? [], [[t.currency ?? "", t.value]]);
  } else {
    takePurchase(entry, t);
  }
}

/** The orders of two disjoint sets of touchpoints taken together, as a new list. */
export function joinOrders(a: readonly OrderFacts[], b: readonly OrderFacts[]): OrderFacts[] {
  const joined = structuredClone(a) as OrderFacts[];
  for (const theirs of b) {
    const entry = entryFor(joined, theirs.order);
    if (isKnown(theirs)) takePurchase(entry, theirs);
    if (theirs.cancelled) entry.cancelled = true;
    if (theirs.refundedWhole) entry.refundedWhole = true;
    if (theirs.refunded) entry.refunded = sumOf(entry.refunded ?? [], theirs.refunded);
    if (theirs.refundedSoFar) entry.refundedSoFar = mostOf(entry.refundedSoFar ?? [], theirs.refundedSoFar);
  }
  return joined;
}

/** The parts of an order in the one sequence in which they are written out; for `JSON.stringify`, which skips absent ones. */
export function inOneSequence(facts: OrderFacts): {
  [Part in keyof OrderFacts]: OrderFacts[Part] | undefined;
} {
  const { order, at, id, value, currency, cancelled, refundedWhole, refunded, refundedSoFar } = facts;
  return { order, at, id, value, currency, cancelled, refundedWhole, refunded, refundedSoFar };
}

/** Whether a purchase touchpoint with this number is among the facts. */
export const isKnown = (order: OrderFacts): order is KnownOrder => order.at !== undefined;

/**
 * Whether the order counts: known, not cancelled, not refunded whole, and not refunded with amounts that add up to its
 * value or more. An order whose value is unknown counts as worth 0, so any refund with an amount voids it.
 */
export function isValid(order: OrderFacts): order is KnownOrder {
  if (!isKnown(order) || order.cancelled || order.refundedWhole) return false;
  return !anyRefund(order) || refundedOf(order) < (order.value ?? 0);
}

/** What is left of an order's value after refunds, in minor units of its currency; 0 when it does not count. */
export const netValue = (order: OrderFacts): Minor =>
  isValid(order) ? (order.value ?? 0) - refundedOf(order) : 0;

// A refund in another currency cannot be set against the order without a rate; one that names no currency means the order's.
const isSetAgainst = (order: OrderFacts, currency: string) =>
  currency === "" || order.currency === undefined || currency === order.currency;

function anyRefund(order: OrderFacts): boolean {
  const isAgainst = ([currency]: readonly [string, Minor]) => isSetAgainst(order, currency);
  return order.refunded?.some(isAgainst) === true || order.refundedSoFar?.some(isAgainst) === true;
}

function refundedOf(order: OrderFacts): Minor {
  const against = (amounts: OrderFacts["refunded"] = []) =>
    amounts.filter(([currency]) => isSetAgainst(order, currency)).map(([, amount]) => amount);
  const single = against(order.refunded).reduce((sum, amount) => sum + amount, 0);
  return Math.max(single, ...against(order.refundedSoFar));
}

/** Keeps the earliest purchase by time, then id. */
function takePurchase(entry: OrderFacts, p: Pick<KnownOrder, "at" | "id" | "value" | "currency">): void {
  if (isKnown(entry) && (entry.at < p.at || (entry.at === p.at && entry.id <= p.id))) return;
  entry.at = p.at;
  entry.id = p.id;
  delete entry.value;
  delete entry.currency;
  if (p.value !== undefined) entry.value = p.value;
  if (p.currency !== undefined) entry.currency = p.currency;
}

/** The entry of an order number in the list sorted by number; made when there is none yet. */
function entryFor(orders: OrderFacts[], order: string): OrderFacts {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((orders[middle] as OrderFacts).order < order) low = middle + 1;
    else high = middle;
  }
  const found = orders[low];
  if (found?.order === order) return found;
  const made: OrderFacts = { order };
  orders.splice(low, 0, made);
  return made;
}

function sumOf(
  a: readonly (readonly [string, Minor])[],
  b: readonly (readonly [string, Minor])[],
): [string, Minor][] {
  const sums = new Map<string, Minor>();
  for (const [currency, amount] of [...a, ...b]) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].sort(([x], [y]) => (x < y ? -1 : 1));
}

function mostOf(
  a: readonly (readonly [string, Minor])[],
  b: readonly (readonly [string, Minor])[],
): [string, Minor][] {
  const most = new Map<string, Minor>();
  for (const [currency, amount] of [...a, ...b])
    most.set(currency, Math.max(most.get(currency) ?? 0, amount));
  return [...most].sort(([x], [y]) => (x < y ? -1 : 1));
}
