/**
 * Carts: opened by the first thing put in, closed by an order or 24 hours after the last change, and what is left in them.
 */
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import type { CartChange, Range, Reads, SiteView, Who } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { DAY_MS, ratio } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

/** Hours of silence after which a cart without an order is closed. */
export const CART_OPEN_MS = DAY_MS;
/** How far back the contents of a cart are followed. */
const LONGEST_CART_MS = 30 * DAY_MS;

export interface CartsParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
  /** Carts listed, 1 to 1,000; default 50. Open ones first, then those left, newest first. */
  limit?: number;
}

export type CartState = "open" | "ordered" | "left";

export interface Cart {
  person: number;
  openedAt: EpochMs;
  changedAt: EpochMs;
  /** When it was ordered, or 24 hours after the last change; null while it is open. */
  closedAt: EpochMs | null;
  state: CartState;
  /** Put in less taken out, in minor units of the site's currency; null when no change named a value. */
  value: Minor | null;
}

export interface CartsSummary {
  /** Carts that were closed in the period, or that are open now. */
  opened: number;
  open: number;
  ordered: number;
  left: number;
  /** left / (left + ordered); null when none was closed. */
  abandonment: number | null;
  /** Minor units of the site's currency: carts left in the period, and carts open now. */
  valueLeft: Minor;
  valueOpen: Minor;
  /** Carts left without any known value. */
  leftWithoutValue: number;
}

export interface CartsAnswer extends CartsSummary {
  site: string;
  period: Period;
  currency: string;
  rows: {
    person: string;
    customer: string | null;
    state: CartState;
    openedAt: string;
    changedAt: string;
    closedAt: string | null;
    value: Minor | null;
  }[];
}

export async function carts(reads: Reads, params: CartsParams, now: EpochMs): Promise<CartsAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const all = await cartsIn(reads, site, { from: period.fromAt, to: period.toAt }, who, now);
  const limit = Math.min(1_000, Math.max(1, params.limit ?? 50));
  const rank = { open: 0, left: 1, ordered: 2 } as const;
  const shown = [...all]
    .sort((a, b) => rank[a.state] - rank[b.state] || b.changedAt - a.changedAt || a.person - b.person)
    .slice(0, limit);
  const people = new Map(
    (await reads.people([...new Set(shown.map(({ person }) => person))])).map((p) => [p.key, p]),
  );
  return {
    site: site.id,
    period,
    currency: site.settings.currency,
    ...summaryOf(all),
    rows: shown.map((cart) => ({
      person: people.get(cart.person)?.id ?? String(cart.person),
      customer: people.get(cart.person)?.customer ?? null,
      state: cart.state,
      openedAt: iso(cart.openedAt),
      changedAt: iso(cart.changedAt),
      closedAt: cart.closedAt === null ? null : iso(cart.closedAt),
      value: cart.value,
    })),
  };
}

/** Carts that were closed in the range; when the range reaches up to now, also those that are open. */
export async function cartsIn(
  reads: Reads,
  site: SiteView,
  range: Range,
  who: Who | null,
  now: EpochMs,
): Promise<Cart[]> {
  const wide = { from: range.from - LONGEST_CART_MS, to: Math.min(range.to, now + 1) };
  const changes = await reads.cartChanges(site, wide, who);
  const orders = await reads.placedOrders(site, wide, who);
  const until = Math.min(range.to - 1, now);
  return cartsOf(site, changes, orders, until).filter(
    (cart) =>
      (cart.closedAt !== null && cart.closedAt >= range.from && cart.closedAt <= until) ||
      (cart.closedAt === null && now < range.to),
  );
}

/** Every cart that the changes make, as it stands at `until`. Changes and orders by person and time. */
export function cartsOf(
  site: SiteView,
  changes: readonly CartChange[],
  orders: readonly (readonly [person: number, at: EpochMs])[],
  until: EpochMs,
): Cart[] {
  const found: Cart[] = [];
  let next = 0;
  for (let start = 0; start < changes.length; ) {
    const person = changes[start]![0];
    let end = start;
    while (end < changes.length && changes[end]![0] === person) end += 1;
    while (next < orders.length && orders[next]![0] < person) next += 1;
    const ordersAt: EpochMs[] = [];
    while (next < orders.length && orders[next]![0] === person) ordersAt.push(orders[next++]![1]);
    personCarts(site, changes.slice(start, end), ordersAt, until, found);
    start = end;
  }
  return found;
}

function personCarts(
  site: SiteView,
  changes: readonly CartChange[],
  orders: readonly EpochMs[],
  until: EpochMs,
  found: Cart[],
): void {
  let cart: Cart | undefined;
  let order = 0;
  /** Ends the running cart by what came first: an order, or a day of silence. `upTo` is the instant of the next change. */
  const close = (upTo: EpochMs): void => {
    if (cart === undefined) return;
    const silentAt = cart.changedAt + CART_OPEN_MS;
    while (order < orders.length && orders[order]! < cart.openedAt) order += 1;
    const orderedAt = orders[order];
    if (orderedAt !== undefined && orderedAt < silentAt && orderedAt <= upTo) {
      order += 1;
      found.push({ ...cart, state: "ordered", closedAt: orderedAt });
    } else if (silentAt <= upTo) {
      found.push({ ...cart, state: "left", closedAt: silentAt });
    } else return;
    cart = undefined;
  };
  for (const [person, at, kind, amount, currency] of changes) {
    if (at > until) break;
    close(at);
    const value =
      amount === null ? null : (inSiteCurrency(site, amount, currency ?? site.settings.currency) ?? null);
    if (kind === CHECKOUT) {
      // The beginning of a checkout names what the whole cart is worth; it is no change of it.
      if (cart !== undefined && value !== null) cart.value = value;
      continue;
    }
    if (cart === undefined) {
      if (kind !== ADD) continue;
      cart = { person, openedAt: at, changedAt: at, closedAt: null, state: "open", value };
      continue;
    }
    cart.changedAt = at;
    if (value !== null) cart.value = Math.max(0, (cart.value ?? 0) + (kind === ADD ? value : -value));
  }
  close(until);
  if (cart !== undefined) found.push(cart);
}

/** What carts come to. */
export function summaryOf(all: readonly Cart[]): CartsSummary {
  const of = (state: CartState) => all.filter((cart) => cart.state === state);
  const [open, ordered, left] = [of("open"), of("ordered"), of("left")];
  const worth = (list: readonly Cart[]) => list.reduce((sum, { value }) => sum + (value ?? 0), 0);
  return {
    opened: all.length,
    open: open.length,
    ordered: ordered.length,
    left: left.length,
    abandonment: ratio(left.length, left.length + ordered.length),
    valueLeft: worth(left),
    valueOpen: worth(open),
    leftWithoutValue: left.filter(({ value }) => value === null).length,
  };
}

/** Numbers of the kinds in {@link CartChange}. */
const ADD = 1;
const CHECKOUT = 3;

const iso = (at: EpochMs): string => new Date(at).toISOString();
