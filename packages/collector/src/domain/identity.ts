/**
 * Decides who is who: what a claim ("this browser belongs to customer 42") means for the people we know.
 *
 * Pure. The first link wins; a link that would join two different customers is kept as a conflict and joins nobody.
 */
import type { Touchpoint } from "./touchpoint.ts";

/** A name that belongs to one person of a site: `customer:…`, `email:…` or `alias:…`. */
export type ClaimName = string;

/** Names that only a server may claim: whoever guesses an order's number must not become its buyer. */
const SERVER_ALIAS = /^(order|seen|ticket|typeform|hubspot|zendesk|insightly|omnisend):/;

/** The names a touchpoint claims for its visitor, strongest first. Only `identify`, or a server that names a customer, claims. */
export function claimsOf(t: Touchpoint, fromServer: boolean): ClaimName[] {
  if (t.kind !== "identify" && !fromServer) return [];
  const names: ClaimName[] = [];
  if (t.customer !== undefined) names.push(`customer:${t.customer}`);
  if (t.email !== undefined) names.push(`email:${t.email}`);
  for (const alias of t.aliases ?? []) {
    if (fromServer || !SERVER_ALIAS.test(alias)) names.push(`alias:${alias}`);
  }
  return names;
}

/** A browser's order and a server's are one within this long, in milliseconds. */
export const ORDER_LINK_MS = 86_400_000;

/** The kind of a browser's order that only links: a shop's own server tells what it was worth. */
export const ORDER_SEEN = "order_seen";

/** An order that the browser saw and a server told: joins the two without either having the other's name. */
export interface OrderLink {
  /** Taken when it is free. Another browser's within {@link ORDER_LINK_MS} stops here: the first one wins. */
  take?: ClaimName;
  /** Whoever has this name within {@link ORDER_LINK_MS} is the same person. */
  join: ClaimName;
}

/** Order numbers as both sides write them: shops show "#1001" where a data layer says "1001". */
const plainNumber = (number: string): string => number.trim().replace(/^#/, "");

/** The orders by which a touchpoint's person may be found. Works in both orders of arrival. */
export function orderLinksOf(t: Touchpoint, fromServer: boolean): OrderLink[] {
  if (t.kind !== "purchase" && t.kind !== ORDER_SEEN) return [];
  if (!fromServer) {
    if (t.order === undefined) return [];
    const number = plainNumber(t.order);
    return [{ take: `alias:seen:${number}`, join: `alias:order:${number}` }];
  }
  return (t.aliases ?? [])
    .filter((alias) => alias.startsWith("order:"))
    .map((alias) => ({ join: `alias:seen:${alias.slice("order:".length)}` }));
}

/** A person as far as identity is concerned. */
export interface Claimant {
  person: number;
  /** The customers this person is known to be: one in each namespace. */
  customers: readonly ClaimName[];
}

/** The namespace of a customer's name: "shop-eu" of `customer:shop-eu:7`, nothing of `customer:7`. */
function namespaceOf(customer: ClaimName): string {
  return /^customer:([a-z][a-z0-9-]*):/.exec(customer)?.[1] ?? "";
}

/** Whether these are two customers of one namespace, who cannot be one person. */
const areTwo = (a: ClaimName, b: ClaimName): boolean => a !== b && namespaceOf(a) === namespaceOf(b);

export type ClaimVerdict =
  /** Nobody has this name: it becomes the claimant's. */
  | { kind: "bind" }
  /** It is the claimant's already. */
  | { kind: "known" }
  /** Both are one person: `absorbed` becomes part of `root`. */
  | { kind: "merge"; root: number; absorbed: number }
  /** It would make two customers one, or give one browser a second customer. */
  | { kind: "conflict" };

/**
 * What a claim means.
 *
 * @param owner who holds the name now; undefined when nobody does
 */
export function judgeClaim(name: ClaimName, claimant: Claimant, owner: Claimant | undefined): ClaimVerdict {
  const own = claimant.customers;
  const isSecondCustomer = name.startsWith("customer:") && own.some((customer) => areTwo(customer, name));
  if (owner === undefined) return { kind: isSecondCustomer ? "conflict" : "bind" };
  if (owner.person === claimant.person) return { kind: "known" };
  const makesOneOfTwo = own.some((mine) => owner.customers.some((theirs) => areTwo(mine, theirs)));
  if (isSecondCustomer || makesOneOfTwo) return { kind: "conflict" };
  // The older person stays: its number is the smaller one, whichever device spoke first.
  const root = Math.min(owner.person, claimant.person);
  const absorbed = Math.max(owner.person, claimant.person);
  return { kind: "merge", root, absorbed };
}
