/**
 * Follows claims: which people a delivery shows to be one, and what becomes of their rows.
 */
import { claimsOf, judgeClaim, ORDER_LINK_MS, type OrderLink, orderLinksOf } from "../../domain/identity.ts";
import { union } from "../../domain/lifecycle/facts.ts";
import { foldForward, newPerson, noEffects, type PersonState } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Day } from "../../domain/zone.ts";
import { MARKS } from "../../ingest/accept.ts";
import type { Folding } from "./folding.ts";
import type { Appended } from "./log.ts";
import { asCounted, foldInputOf, type ProjectedSite, type Projections } from "./projected.ts";

export interface Joining {
  /** Whether a delivery says who somebody is: then its people are written at once, in the log's order. */
  hasClaims(site: ProjectedSite, rows: readonly Appended[]): boolean;
  /** Follows the claims of a delivery; true when people became one. */
  followClaims(site: ProjectedSite, rows: readonly Appended[]): boolean;
}

export function openJoining(tables: Projections, folding: Folding): Joining {
  const { log, identity, people, stages, moments, seals, announcer } = tables;
  const { advance, chainOf, setOut } = folding;

  /** Seals two people who become one at the later of their instants. Before it, history is the root's. */
  const mergeSeals = (site: ProjectedSite, root: number, absorbed: number, recordedAt: EpochMs): void => {
    const own = [root, absorbed].map((person) => ({ person, seal: seals.of(person) }));
    const sealedTo = Math.max(...own.map(({ seal }) => seal?.sealedTo ?? -1));
    if (sealedTo < 0) return;
    const [a, b] = own.map(({ person, seal }) => {
      const state = seal?.state ?? newPerson();
      const rows = chainOf(site, person, Number.MAX_SAFE_INTEGER).filter((r) => r.touchpoint.at <= sealedTo);
      foldForward(state, rows.map(foldInputOf), sealedTo, site, noEffects());
      return state;
    }) as [PersonState, PersonState];
    const state: PersonState = {
      facts: union(a.facts, b.facts),
      visits: { ...a.visits, ...b.visits },
      foldedTo: sealedTo,
      standings: {},
      ...(a.voids || b.voids ? { voids: { ...a.voids, ...b.voids } } : {}),
    };
    for (const model of site.models) {
      const before = a.standings[model.key];
      const { entries } = setOut(
        site,
        model,
        people.hold(root, site.key),
        state,
        sealedTo,
        recordedAt,
        before,
      );
      for (const [stage, n] of Object.entries(b.standings[model.key]?.entries ?? {})) {
        entries[stage] = Math.max(entries[stage] ?? 0, n);
      }
    }
    people.moveTouches(absorbed, root, sealedTo);
    seals.put(root, site.key, { sealedTo, state });
    seals.drop(absorbed);
  };

  const hasClaims: Joining["hasClaims"] = (site, rows) =>
    rows.some(({ touchpoint, marks, receivedAt }) => {
      const fromServer = (marks & MARKS.fromServer) !== 0;
      if (claimsOf(touchpoint, fromServer).length > 0) return true;
      const mayLink = fromServer || site.linksOrders(receivedAt);
      return mayLink && orderLinksOf(touchpoint, fromServer).length > 0;
    });

  /** Follows the claims of a delivery; true when people became one. */
  const followClaims = (site: ProjectedSite, rows: readonly Appended[]): boolean => {
    let hasMerged = false;
    for (const row of rows) {
      const { touchpoint, marks, visitor, seq, receivedAt } = row;
      const fromServer = (marks & MARKS.fromServer) !== 0;
      if (fromServer || site.linksOrders(receivedAt)) {
        for (const link of orderLinksOf(touchpoint, fromServer)) {
          if (followOrder(site, row, link)) hasMerged = true;
        }
      }
      for (const name of claimsOf(touchpoint, fromServer)) {
        if (identity.isUnlinked(site.key, visitor, name)) continue;
        const claimant = identity.claimant(identity.personOf(visitor));
        const verdict = judgeClaim(name, claimant, identity.ownerOf(site.key, name));
        if (verdict.kind === "conflict") {
          identity.noteConflict(site.key, name, visitor, seq, touchpoint.at);
        } else if (verdict.kind === "bind") {
          identity.bind(site.key, name, claimant.person, visitor, seq);
          announcer.named(site, claimant.person, name, receivedAt);
          if (name.startsWith("customer:")) {
            people.hold(claimant.person, site.key).customer ??= name.slice("customer:".length);
          }
        } else if (verdict.kind === "merge") {
          absorb(site, verdict.root, verdict.absorbed, seq, receivedAt);
          hasMerged = true;
        }
      }
    }
    return hasMerged;
  };

  /** Joins the browser that saw an order with the server that told it; true when people became one. */
  const followOrder = (site: ProjectedSite, row: Appended, { take, join }: OrderLink): boolean => {
    const { touchpoint, visitor, seq, receivedAt } = row;
    const claimant = identity.claimant(identity.personOf(visitor));
    const isNear = (name: string): boolean => {
      const at = identity.claimedAt(site.key, name);
      return at !== undefined && Math.abs(at - touchpoint.at) <= ORDER_LINK_MS;
    };
    if (identity.isUnlinked(site.key, visitor, take ?? join)) return false;
    if (take !== undefined) {
      const first = identity.ownerOf(site.key, take);
      if (first === undefined) identity.bind(site.key, take, claimant.person, visitor, seq);
      else if (first.person !== claimant.person && isNear(take)) {
        identity.noteConflict(site.key, take, visitor, seq, touchpoint.at);
        return false;
      }
    }
    const owner = identity.ownerOf(site.key, join);
    if (owner === undefined || owner.person === claimant.person || !isNear(join)) return false;
    const verdict = judgeClaim(join, claimant, owner);
    if (verdict.kind !== "merge") {
      identity.noteConflict(site.key, join, visitor, seq, touchpoint.at);
      return false;
    }
    absorb(site, verdict.root, verdict.absorbed, seq, receivedAt);
    return true;
  };

  /** Takes a person out of every table; their touchpoints are the root's from now on. */
  const absorb = (
    site: ProjectedSite,
    root: number,
    absorbed: number,
    upTo: number,
    recordedAt: EpochMs,
  ): void => {
    const person = people.hold(absorbed, site.key);
    // Until now they were two, and what time alone had changed by now was known of each, whether or not a sweep came by.
    for (const one of [people.hold(root, site.key), person]) {
      advance(folding.live(site, one), [], recordedAt, recordedAt);
      tables.write(one);
    }
    for (const model of site.models) {
      for (const row of stages.standing(model.key, absorbed)) {
        stages.supersede(site.zone, model, person.firstSource, row, recordedAt);
      }
      stages.removeStanding(model.key, absorbed);
    }
    const kinds = new Set<number>();
    const days = new Set<Day>();
    const sealed = seals.of(absorbed)?.state.facts;
    for (const { kind } of sealed?.kinds ?? []) kinds.add(log.kindKey(kind));
    if (sealed?.first !== undefined && sealed.last !== undefined) {
      for (let day = site.zone.dayOf(sealed.first); day <= site.zone.dayOf(sealed.last); day++) days.add(day);
    }
    mergeSeals(site, root, absorbed, recordedAt);
    for (const row of log.chain(identity.members(absorbed), upTo)) {
      const { touchpoint } = asCounted(site, row);
      kinds.add(log.kindKey(touchpoint.kind));
      days.add(site.zone.dayOf(touchpoint.at));
    }
    people.moveActivity(absorbed, root, site.key, kinds, days);
    moments.move(absorbed, root);
    announcer.merged(site, people.hold(root, site.key), person, recordedAt);
    const { customer, foldedSeq } = person;
    people.remove(absorbed);
    identity.merge(root, absorbed);
    const whole = people.hold(root, site.key);
    whole.customer ??= customer;
    whole.foldedSeq = Math.max(whole.foldedSeq, foldedSeq);
  };

  return { hasClaims, followClaims };
}
