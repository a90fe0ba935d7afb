/**
 * Decides who is who: what a claim ("this browser belongs to customer 42") means for the people we know.
 *
 * Pure. The first link wins; a link that would join two different customers is kept as a conflict and joins nobody.
 */
import type { Touchpoint } from "./touchpoint.ts";

/** A name that belongs to one person of a site: `customer:…`, `email:…` or `alias:…`. */
export type ClaimName = string;

/** The names a touchpoint claims for its visitor, strongest first. Only `identify`, or a server that names a customer, claims. */
export function claimsOf(t: Touchpoint, fromServer: boolean): ClaimName[] {
  if (t.kind !== "identify" && !fromServer) return [];
  const names: ClaimName[] = [];
  if (t.customer !== undefined) names.push(`customer:${t.customer}`);
  if (t.email !== undefined) names.push(`email:${t.email}`);
  for (const alias of t.aliases ?? []) names.push(`alias:${alias}`);
  return names;
}

/** A person as far as identity is concerned. */
export interface Claimant {
  person: number;
  /** The customer this person is known to be. */
  customer: ClaimName | undefined;
}

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
  const isCustomer = name.startsWith("customer:");
  if (owner === undefined) {
    const isSecondCustomer = isCustomer && claimant.customer !== undefined && claimant.customer !== name;
    return { kind: isSecondCustomer ? "conflict" : "bind" };
  }
  if (owner.person === claimant.person) return { kind: "known" };
  if (
    claimant.customer !== undefined &&
    owner.customer !== undefined &&
    claimant.customer !== owner.customer
  ) {
    return { kind: "conflict" };
  }
  if (isCustomer && claimant.customer !== undefined && claimant.customer !== name)
    return { kind: "conflict" };
  // The older person stays: its number is the smaller one, whichever device spoke first.
  const root = Math.min(owner.person, claimant.person);
  const absorbed = Math.max(owner.person, claimant.person);
  return { kind: "merge", root, absorbed };
}
