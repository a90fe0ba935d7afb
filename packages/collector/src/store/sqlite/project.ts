/**
 * Computes the projections from the log: who it was, where they came from, what stage that brings them to.
 *
 * Works through the log strictly in its order, one delivery (a visitor's touchpoints of one arrival) at a time, and
 * takes every clock from the log itself. So it does not matter whether a touchpoint is folded a moment after its
 * commit, after a crash, or in a replay years later: the rows are the same.
 */
import {
  claimsOf,
  judgeClaim,
  ORDER_LINK_MS,
  ORDER_SEEN,
  type OrderLink,
  orderLinksOf,
} from "../../domain/identity.ts";
import type { CompiledModel } from "../../domain/lifecycle/compile.ts";
import { union } from "../../domain/lifecycle/facts.ts";
import { standingAt } from "../../domain/lifecycle/stage.ts";
import {
  type FoldContext,
  type FoldEffects,
  type FoldedTransition,
  type FoldInput,
  foldForward,
  letTimePass,
  newPerson,
  noEffects,
  type PersonState,
  type Standing,
} from "../../domain/person.ts";
import type { SourceDecision } from "../../domain/source/classify.ts";
import type { EpochMs, Touchpoint } from "../../domain/touchpoint.ts";
import type { Day, Zone } from "../../domain/zone.ts";
import { MARKS } from "../../ingest/accept.ts";
import { openAnnouncer } from "./announce.ts";
import { openDictionary } from "./dictionary.ts";
import { openIdentity } from "./identity.ts";
import { type Appended, type ChainRow, type Log, opensDelivery } from "./log.ts";
import { openMoments } from "./moments.ts";
import type { Db } from "./open.ts";
import { type HeldPerson, openPeopleTables } from "./people.ts";
import { openSeals } from "./seals.ts";
import { CAUSES, openStageTables, type StageNames, type StandingRow } from "./stages.ts";

/** A model whose stages are kept. */
export type ProjectedModel = StageNames & { model: CompiledModel };

/** A site as the projections need it. */
export interface ProjectedSite {
  key: number;
  id: string;
  zone: Zone;
  /** The models whose stages are kept, side by side. */
  models: readonly ProjectedModel[];
  /** Which kinds of traffic count like people. */
  counts(traffic: number): boolean;
  /** Whether a browser's order that came then only links: a shop's own server tells what was sold. */
  linksOrders(receivedAt: EpochMs): boolean;
  classify(t: Touchpoint, opensVisit: boolean): SourceDecision;
}

export interface Projector {
  /** Folds rows, which must follow the last ones without a gap. Inside the caller's transaction. */
  project(rows: readonly Appended[]): void;
  /** Applies what was due by `now`, at most `limit` people; returns how many were moved. Inside the caller's transaction. */
  sweep(now: EpochMs, limit: number): number;
  /**
   * Brings a model to the people after key `after`, at most `limit` of them, from the log up to `upTo`. Returns the
   * last key it came to; undefined when there was nobody left. Inside the caller's transaction.
   */
  addModel(site: number, model: number, after: number, limit: number, upTo: number): number | undefined;
  /** Folds a person again from the log up to `upTo` (a decision changed). Inside the caller's transaction. */
  refold(person: number, site: number, upTo: number, recordedAt: EpochMs): void;
  /** Takes a person out of counts, people, touches and orders. Inside the caller's transaction. */
  erase(person: number, site: number): void;
  /** Tells webhooks of lapses that come soon, at most `limit` people; true while there are more. Inside the caller's transaction. */
  lapses(now: EpochMs, limit: number): boolean;
  /** Webhooks, models or what is quiet changed. */
  webhooksChanged(): void;
  /**
   * Removes the touchpoints of a visitor's person from before `limit`, and keeps what they add up to. Returns how many
   * rows went. Inside the caller's transaction.
   */
  seal(site: number, visitor: number, limit: EpochMs): number;
  /** Computes these people again from the log, as whoever the rules and decisions say now. Tells nobody. Inside the caller's transaction. */
  again(site: number, people: readonly number[], visitors: readonly number[]): void;
  /** Writes what is gathered; call last inside the transaction. */
  flush(): void;
  committed(): void;
  rolledBack(): void;
}

export function openProjector(db: Db, log: Log, siteOf: (key: number) => ProjectedSite): Projector {
  const dictionary = openDictionary(db);
  const identity = openIdentity(db);
  const people = openPeopleTables(db);
  const stages = openStageTables(db);
  const moments = openMoments(db);
  const seals = openSeals(db);
  const setMarks = db.prepare("update touchpoint set marks = ? where seq = ?");
  const announcer = openAnnouncer(db, log, {
    siteId: (key) => siteOf(key).id,
    siteOf,
    members: (person) => identity.members(person),
  });
  /** What is found out now is no news: it is old, or being computed again. */
  let isQuiet = true;
  /** Nothing is told, however new. */
  let isHushed = false;
  const dropTransitions = db.prepare("delete from transition where person = ?");
  const dropMoments = db.prepare("delete from moment where person = ?");
  const dropClaims = db.prepare("delete from claim where person = ?");
  const dropConflicts = db.prepare("delete from claim_conflict where site = ? and visitor = ?");
  const makeOwn = db.prepare("update visitor set person = key where key = ?");
  // uses person_stage_due
  const selectDue = db.prepare<[EpochMs, number], { person: number; site: number }>(`
    select distinct s.person as person, p.site as site from person_stage s join person p on p.key = s.person
    where s.due <= ? order by s.due limit ?`);

  const selectPeople = db
    .prepare<[number, number, number], number>(
      "select key from person where site = ? and key > ? order by key limit ?",
    )
    .pluck();

  /** One visitor's touchpoints of one arrival, in the log's order. */
  const deliver = (rows: readonly Appended[]): void => {
    const site = siteOf(rows[0]!.site);
    const kept = markLate(
      rows.filter((row) => site.counts(row.traffic)),
      seals.of(identity.personOf(rows[0]!.visitor))?.sealedTo,
    );
    const counted = kept.map((row) => asCounted(site, row));
    if (counted.length === 0) return;
    const { visitor, seq: firstSeq, receivedAt } = counted[0]!;
    isQuiet =
      isHushed ||
      !announcer.listens(site) ||
      announcer.isOld(
        firstSeq,
        receivedAt,
        counted.map(({ touchpoint }) => touchpoint.at),
      );
    const hasMerged = followClaims(site, kept);
    const person = people.hold(identity.personOf(visitor), site.key);
    for (const { seq, touchpoint } of counted) {
      const day = site.zone.dayOf(touchpoint.at);
      const kind = log.kindKey(touchpoint.kind);
      people.addActivity(site.key, kind, day, person.key, 1, touchpoint.at);
      moments.note(site.key, person.key, seq, touchpoint);
    }
    fold(liveFold(site, person), counted, hasMerged);
    if (!isQuiet) {
      const touchpoints = counted.map(({ touchpoint }) => touchpoint);
      announcer.carts({ site, person, recordedAt: receivedAt }, touchpoints);
    }
  };

  /** Rows that still change history; those from before the person's seal are marked and left alone. */
  const markLate = (rows: Appended[], sealedTo: EpochMs | undefined): Appended[] => {
    if (sealedTo === undefined) return rows;
    for (const { seq, marks, touchpoint } of rows) {
      if (touchpoint.at <= sealedTo) setMarks.run(marks | MARKS.beyondRetention, seq);
    }
    return rows.filter(({ touchpoint }) => touchpoint.at > sealedTo);
  };

  /** What a person did after their seal and up to a place in the log, as far as it counts. */
  const chainOf = (site: ProjectedSite, person: number, upTo: number): ChainRow[] => {
    const sealedTo = seals.of(person)?.sealedTo ?? -1;
    return log
      .chain(identity.members(person), upTo)
      .filter((row) => row.touchpoint.at > sealedTo && site.counts(row.traffic))
      .map((row) => asCounted(site, row));
  };

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

  /** A standing for somebody whose earlier touchpoints are gone: where they stood before, or from this instant on. */
  const setOut = (
    site: ProjectedSite,
    model: ProjectedModel,
    person: HeldPerson,
    state: PersonState,
    at: EpochMs,
    recordedAt: EpochMs,
    before?: Standing,
  ): Standing => {
    const { stage, rule, due } = standingAt(model.model, state.facts, at);
    const from = before?.stage ?? null;
    const standing: Standing = {
      stage,
      rule,
      due,
      at,
      since: from === stage ? before!.since : at,
      entries: { ...before?.entries },
    };
    if (from !== stage) {
      const entry = (standing.entries[stage] ?? 0) + 1;
      standing.entries[stage] = entry;
      const name = model.model.rules[rule]?.name ?? "";
      const t = {
        model: model.key,
        at,
        from,
        to: stage,
        cause: "time",
        rule: name,
        ruleIndex: rule,
        entry,
      } as const;
      stages.add(site.key, site.zone, model, person.key, person.firstSource, t, recordedAt);
    }
    state.standings[model.key] = standing;
    return standing;
  };

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
      advance(liveFold(site, one), [], recordedAt, recordedAt);
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
    announcer.merged(root, absorbed, recordedAt);
    const { customer } = person;
    people.remove(absorbed);
    identity.merge(root, absorbed);
    people.hold(root, site.key).customer ??= customer;
  };

  const liveFold = (site: ProjectedSite, person: HeldPerson): Fold => ({
    site,
    person,
    state: () => person.state,
    startOver: () => {
      const seal = seals.of(person.key);
      people.startOver(person, seal);
      people.removeTouches(person.key, seal?.sealedTo ?? -1);
    },
    models: site.models,
    isWhole: true,
  });

  /** Adds one delivery to a person: onto what is known when it is newer than all of it, else from nothing. */
  const fold = (f: Fold, rows: readonly (Appended | ChainRow)[], mustStartOver: boolean): void => {
    const { receivedAt } = rows[0]!;
    // What time alone has changed by the arrival was known before it.
    if (!mustStartOver) advance(f, [], receivedAt, receivedAt);
    const { foldedTo } = f.state();
    if (!mustStartOver && rows.every((row) => row.touchpoint.at > foldedTo)) {
      advance(f, rows.map(foldInputOf), receivedAt, receivedAt);
    } else {
      foldAgain(f, rows.at(-1)!.seq, receivedAt);
    }
  };

  /** Folds newer touchpoints onto what is known, or only lets time pass. */
  const advance = (f: Fold, inputs: readonly FoldInput[], until: EpochMs, recordedAt: EpochMs): void => {
    const { site, person, models } = f;
    const state = f.state();
    const dueBefore = models.map(({ key }) => state.standings[key]?.due);
    // Nothing can be counted under another source yet for somebody who is new.
    const stood = models.map(({ key }) => state.standings[key] !== undefined);
    const firstSource = person.firstSource;
    const effects = noEffects();
    if (inputs.length === 0) letTimePass(state, until, contextOf(f), effects);
    else foldForward(state, inputs, until, contextOf(f), effects);
    if (inputs.length === 0 && effects.transitions.length === 0) return;

    if (f.isWhole) writeTouches(site, person, effects);
    for (const [place, model] of models.entries()) {
      if (person.firstSource !== firstSource && stood[place] === true) {
        stages.moveSource(site.zone, model, person.key, firstSource, person.firstSource);
      }
      let hasMoved = false;
      for (const transition of effects.transitions) {
        if (transition.model !== model.key) continue;
        // What time alone changed is known at that time, whenever the sweep came by; unless it follows from what is new.
        const known = inputs.length === 0 ? transition.at : recordedAt;
        stages.add(site.key, site.zone, model, person.key, person.firstSource, transition, known);
        hasMoved = true;
      }
      const standing = state.standings[model.key];
      if (standing !== undefined && (hasMoved || standing.due !== dueBefore[place])) {
        stages.setStanding(model, person.key, standing);
      }
    }
    if (f.isWhole && effects.ordersChanged) writeOrders(site, person, recordedAt);
    if (f.isWhole && !isQuiet) {
      for (const model of models) {
        const moves = effects.transitions.filter((t) => t.model === model.key);
        if (moves.length > 0) announcer.entered({ site, person, recordedAt }, model, moves);
      }
    }
  };

  const writeOrders = (site: ProjectedSite, person: HeldPerson, recordedAt: EpochMs): void => {
    const before = isQuiet ? [] : people.orders(person.key);
    people.writeOrders(person);
    if (!isQuiet) announcer.orders({ site, person, recordedAt }, before, people.orders(person.key));
  };

  /** Folds all touchpoints up to a place in the log again; what no longer holds is superseded, the rest left alone. */
  const foldAgain = (f: Fold, upTo: number, recordedAt: EpochMs): void => {
    const { site, person, models } = f;
    const firstSource = person.firstSource;
    f.startOver();
    const rows = chainOf(site, person.key, upTo);
    const effects = noEffects();
    foldForward(f.state(), rows.map(foldInputOf), recordedAt, contextOf(f), effects);
    if (f.isWhole) {
      writeTouches(site, person, effects);
      writeOrders(site, person, recordedAt);
    }
    for (const model of models) {
      if (person.firstSource !== firstSource) {
        stages.moveSource(site.zone, model, person.key, firstSource, person.firstSource);
      }
      const sealedTo = seals.of(person.key)?.sealedTo ?? -1;
      const stood = stages.standing(model.key, person.key).filter((row) => row.at > sealedTo);
      const stands = effects.transitions.filter((t) => t.model === model.key);
      let same = 0;
      while (same < stood.length && same < stands.length && isSame(model, stood[same]!, stands[same]!))
        same += 1;
      for (const row of stood.slice(same))
        stages.supersede(site.zone, model, person.firstSource, row, recordedAt);
      for (const transition of stands.slice(same)) {
        stages.add(site.key, site.zone, model, person.key, person.firstSource, transition, recordedAt);
      }
      const standing = f.state().standings[model.key];
      if (standing !== undefined) stages.setStanding(model, person.key, standing);
      if (f.isWhole && !isQuiet) {
        const on = { site, person, recordedAt };
        const was = stood.at(-1);
        if (was === undefined || same === stood.length) announcer.entered(on, model, stands.slice(same));
        else announcer.corrected(on, model, model.stages[was.to_stage] ?? null, stands.slice(same));
      }
    }
  };

  /** Brings one more model to a person, as if it had been there from the beginning. */
  const addModel = (site: ProjectedSite, person: HeldPerson, model: ProjectedModel, upTo: number): void => {
    const seal = seals.of(person.key);
    if (seal !== undefined && seal.state.standings[model.key] === undefined) {
      setOut(site, model, person, seal.state, seal.sealedTo, seal.sealedTo);
      seals.put(person.key, site.key, seal);
    }
    let state = seals.of(person.key)?.state ?? newPerson();
    const startOver = () => {
      state = seals.of(person.key)?.state ?? newPerson();
    };
    const f: Fold = { site, person, state: () => state, startOver, models: [model], isWhole: false };
    const rows = chainOf(site, person.key, upTo);
    rows.sort((a, b) => a.seq - b.seq);
    for (const delivery of deliveriesOf(rows)) fold(f, delivery, false);
    const standing = state.standings[model.key];
    if (standing !== undefined) {
      person.state.standings[model.key] = standing;
      stages.setStanding(model, person.key, standing);
    }
    person.state.foldedTo = Math.max(person.state.foldedTo, state.foldedTo);
  };

  const writeTouches = (site: ProjectedSite, person: HeldPerson, effects: FoldEffects): void => {
    for (const { at, seq, opensVisit, decision } of effects.touches) {
      const source = dictionary.sourceKey(site.key, decision);
      const page = dictionary.pageKey(site.key, decision.landing);
      people.addTouch(person, { at, seq, source, page, opensVisit });
    }
  };

  return {
    project(rows) {
      for (const delivery of deliveriesOf(rows)) deliver(delivery);
    },

    sweep(now, limit) {
      const due = selectDue.all(now, limit);
      for (const { person, site } of due) {
        isQuiet = !announcer.listens(siteOf(site));
        advance(liveFold(siteOf(site), people.hold(person, site)), [], now, now);
      }
      return due.length;
    },

    addModel(siteKey, modelKey, after, limit, upTo) {
      const site = siteOf(siteKey);
      const model = site.models.find(({ key }) => key === modelKey);
      const keys = selectPeople.all(siteKey, after, limit);
      if (model === undefined) return undefined;
      for (const key of keys) {
        const person = people.hold(key, siteKey);
        if (person.state.standings[modelKey] === undefined) addModel(site, person, model, upTo);
      }
      return keys.at(-1);
    },

    refold(person, siteKey, upTo, recordedAt) {
      const site = siteOf(siteKey);
      isQuiet = !announcer.listens(site);
      foldAgain(liveFold(site, people.hold(person, siteKey)), upTo, recordedAt);
    },

    erase(key, siteKey) {
      const site = siteOf(siteKey);
      const person = people.hold(key, siteKey);
      for (const model of site.models) {
        for (const row of stages.standing(model.key, key)) {
          stages.supersede(site.zone, model, person.firstSource, row, 0);
        }
        stages.removeStanding(model.key, key);
      }
      people.removeActivity(person, site.zone, (name) => log.kindKey(name));
      people.remove(key);
      seals.drop(key);
    },

    seal(siteKey, visitor, limit) {
      const site = siteOf(siteKey);
      const key = identity.personOf(visitor);
      const members = identity.members(key);
      const rows = log.chain(members);
      const old = rows.filter(({ touchpoint }) => touchpoint.at < limit);
      if (old.length === 0) return 0;
      const counted = chainOf(site, key, Number.MAX_SAFE_INTEGER).filter(
        ({ touchpoint }) => touchpoint.at < limit,
      );
      const before = seals.of(key);
      if (counted.length > 0 || before !== undefined) {
        const state = before?.state ?? newPerson();
        foldForward(state, counted.map(foldInputOf), limit - 1, site, noEffects());
        state.foldedTo = limit - 1;
        seals.put(key, siteKey, { sealedTo: limit - 1, state });
      }
      log.remove(rows, new Set(old.map(({ seq }) => seq)));
      return old.length;
    },

    again(siteKey, persons, visitors) {
      for (const person of persons) {
        this.erase(person, siteKey);
        dropMoments.run(person);
        dropClaims.run(person);
      }
      for (const visitor of visitors) {
        // Somebody who was absorbed still has what was said of them before.
        dropTransitions.run(visitor);
        dropConflicts.run(siteKey, visitor);
        makeOwn.run(visitor);
      }
      identity.reset();
      const rows = log.chain(visitors).map((row) => ({ ...row, site: siteKey }));
      rows.sort((a, b) => a.seq - b.seq);
      isHushed = true;
      try {
        for (const delivery of deliveriesOf(rows)) deliver(delivery);
      } finally {
        isHushed = false;
      }
    },

    flush() {
      people.flush();
      stages.flush();
    },

    committed() {
      announcer.settled();
      people.committed();
    },

    lapses: (now, limit) => announcer.lapses(now, limit),
    webhooksChanged: () => announcer.reload(),

    rolledBack() {
      announcer.reload();
      people.reset();
      stages.discard();
      dictionary.reset();
      identity.reset();
      seals.reset();
    },
  };
}

/** What a fold works on: a person's own state, or a state of its own for a model that is being added. */
interface Fold {
  site: ProjectedSite;
  person: HeldPerson;
  state(): PersonState;
  startOver(): void;
  models: readonly ProjectedModel[];
  /** False: only stages are written; touches and orders stand already. */
  isWhole: boolean;
}

const contextOf = (f: Fold): FoldContext => ({ models: f.models, classify: f.site.classify });

/** Cuts rows of the log into deliveries: one visitor's touchpoints of one arrival. */
function deliveriesOf<T extends Appended | ChainRow>(rows: readonly T[]): T[][] {
  const deliveries: T[][] = [];
  for (const row of rows) {
    const current = deliveries.at(-1);
    const goesOn =
      current !== undefined &&
      !opensDelivery(row.marks) &&
      current[0]!.visitor === row.visitor &&
      current[0]!.receivedAt === row.receivedAt;
    if (goesOn) current.push(row);
    else deliveries.push([row]);
  }
  return deliveries;
}

const isSame = (model: StageNames, was: StandingRow, is: FoldedTransition): boolean =>
  was.at === is.at &&
  was.to_stage === model.stages.indexOf(is.to) &&
  was.from_stage === (is.from === null ? null : model.stages.indexOf(is.from)) &&
  CAUSES[was.cause] === is.cause &&
  was.rule === is.ruleIndex &&
  was.touchpoint === (is.touchpoint ?? null);

/** A browser's order beside a shop that tells its own orders: it was seen, the shop says what it was worth. */
function asCounted<R extends Appended | ChainRow>(site: ProjectedSite, row: R): R {
  const { touchpoint, marks, receivedAt } = row;
  if (touchpoint.kind !== "purchase" || (marks & MARKS.fromServer) !== 0 || !site.linksOrders(receivedAt))
    return row;
  const { order: _order, value: _value, tax: _tax, shipping: _shipping, items: _items, ...rest } = touchpoint;
  return { ...row, touchpoint: { ...rest, kind: ORDER_SEEN } };
}

const foldInputOf = (row: Appended | ChainRow): FoldInput => ({
  seq: row.seq,
  visitor: row.visitor,
  touchpoint: row.touchpoint,
  derivesVisits: (row.marks & (MARKS.cookieless | MARKS.fromServer)) !== 0,
});
