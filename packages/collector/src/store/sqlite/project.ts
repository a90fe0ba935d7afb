/**
 * Computes the projections from the log: who it was, where they came from, what stage that brings them to.
 *
 * Works through the log strictly in its order, one delivery (a visitor's touchpoints of one arrival) at a time, and
 * takes every clock from the log itself. So it does not matter whether a touchpoint is folded a moment after its
 * commit, after a crash, or in a replay years later: the rows are the same.
 */
import { foldForward, newPerson, noEffects } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { MARKS } from "../../ingest/accept.ts";
import { type Announcer, openAnnouncer } from "./announce.ts";
import { type Doubts, openDictionary } from "./dictionary.ts";
import { openFolding } from "./folding.ts";
import type { HeldPerson } from "./held-person.ts";
import { openIdentity } from "./identity.ts";
import { openJoining } from "./joining.ts";
import type { Appended, Log } from "./log.ts";
import { openMoments } from "./moments.ts";
import type { Db } from "./open.ts";
import { openPeopleTables } from "./people.ts";
import { asCounted, deliveriesOf, foldInputOf, type ProjectedSite, type Projections } from "./projected.ts";
import { openSeals } from "./seals.ts";
import { openStageTables } from "./stages.ts";

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
  /** Names that perhaps nobody uses any more; see commands/unused.ts. */
  readonly doubts: Doubts;
  /** Tells one target where a person stands now. Inside the caller's transaction. */
  stands: Announcer["stands"];
  /** Webhooks, models or what is quiet changed. */
  webhooksChanged(): void;
  /**
   * Removes the touchpoints of a visitor's person from before `limit`, and keeps what they add up to. Returns how many
   * rows went. Inside the caller's transaction.
   */
  seal(site: number, visitor: number, limit: EpochMs): number;
  /** Computes these people again from the log, as whoever the rules and decisions say now. Tells nobody. Inside the caller's transaction. */
  again(site: number, people: readonly number[], visitors: readonly number[]): void;
  /** People who were folded since the last call, in the order of the tables: the caller writes them. */
  takeUnwritten(): HeldPerson[];
  countUnwritten(): number;
  /** Writes a person, unless that happened meanwhile. Inside the caller's transaction. */
  write(person: HeldPerson): void;
  /** Writes the counts that were gathered; call last inside the transaction. */
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
  let writes = 0;
  const tables: Projections = {
    log,
    dictionary,
    identity,
    people,
    stages,
    moments,
    seals,
    announcer,
    write(person) {
      writes += 1;
      people.write(person);
      stages.write(person);
      moments.write(person);
    },
    isQuiet: true,
  };
  const folding = openFolding(tables);
  const { hasClaims, followClaims } = openJoining(tables, folding);
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
    const lastSeq = counted.at(-1)!.seq;
    const before = people.hold(identity.personOf(visitor), site.key);
    // After a crash the log is read again from before what was written last.
    if (before.foldedSeq >= lastSeq) return;
    tables.isQuiet =
      isHushed ||
      !announcer.listens(site) ||
      announcer.isOld(
        firstSeq,
        receivedAt,
        counted.map(({ touchpoint }) => touchpoint.at),
      );
    const mustWrite = announcer.listens(site) || hasClaims(site, kept);
    const writesBefore = writes;
    if (mustWrite && before.isGathered) tables.write(before);
    const hasMerged = mustWrite && followClaims(site, kept);
    const person = people.hold(identity.personOf(visitor), site.key);
    for (const { seq, touchpoint } of counted) {
      people.addActivity(person, log.kindKey(touchpoint.kind), site.zone.dayOf(touchpoint.at), touchpoint.at);
      moments.note(person, seq, touchpoint);
    }
    folding.fold(folding.live(site, person), counted, hasMerged);
    person.foldedSeq = lastSeq;
    if (announcer.listens(site)) {
      const touchpoints = counted.map(({ touchpoint }) => touchpoint);
      announcer.delivered({ site, person, recordedAt: receivedAt }, touchpoints, tables.isQuiet);
    }
    // Whoever was written in between is written whole: their rows and how far they are folded belong together.
    if (mustWrite || writes > writesBefore) tables.write(person);
    else {
      person.rest();
      people.gather(person);
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

  return {
    project(rows) {
      for (const delivery of deliveriesOf(rows)) deliver(delivery);
    },

    sweep(now, limit) {
      const due = selectDue.all(now, limit);
      for (const { person, site } of due) {
        tables.isQuiet = !announcer.listens(siteOf(site));
        const held = people.hold(person, site);
        folding.advance(folding.live(siteOf(site), held), [], now, now);
        tables.write(held);
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
        tables.write(person);
        if (person.state.standings[modelKey] === undefined) folding.addModel(site, person, model, upTo);
        tables.write(person);
      }
      return keys.at(-1);
    },

    refold(person, siteKey, upTo, recordedAt) {
      const site = siteOf(siteKey);
      tables.isQuiet = !announcer.listens(site);
      const held = people.hold(person, siteKey);
      folding.again(folding.live(site, held), upTo, recordedAt);
      tables.write(held);
    },

    erase(key, siteKey) {
      const site = siteOf(siteKey);
      const person = people.hold(key, siteKey);
      tables.write(person);
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
      const counted = folding
        .chainOf(site, key, Number.MAX_SAFE_INTEGER)
        .filter(({ touchpoint }) => touchpoint.at < limit);
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
        for (const person of people.takeGathered()) this.write(person);
      } finally {
        isHushed = false;
      }
    },

    takeUnwritten: people.takeGathered,
    countUnwritten: people.countGathered,
    write(person) {
      if (!person.isGathered) return;
      person.isGathered = false;
      tables.write(person);
    },
    flush() {
      stages.flush();
    },

    committed() {
      announcer.settled();
      people.committed();
    },

    doubts: dictionary.doubts,
    lapses: (now, limit) => announcer.lapses(now, limit),
    stands: (...words) => announcer.stands(...words),
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
