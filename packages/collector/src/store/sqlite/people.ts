/**
 * Writes what a person's touchpoints add up to: the kept state, touches, orders and active days.
 */
import { newPerson } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Day, Zone } from "../../domain/zone.ts";
import { NO_SOURCE } from "./dictionary.ts";
import { HeldPerson, type PersonRow } from "./held-person.ts";
import type { Db } from "./open.ts";
import { openOrders, type StoredOrder } from "./orders.ts";
import type { Seal } from "./seals.ts";
import { type UnwrittenTouch, withOne } from "./unwritten.ts";

export interface PeopleTables {
  /** The person, from memory or the file; a new one when there is none. */
  hold(key: number, site: number): HeldPerson;
  /** The person was changed and is written later; held until then. */
  gather(person: HeldPerson): void;
  /** Everybody gathered since the last call, in the order of the tables; some may have been removed since. */
  takeGathered(): HeldPerson[];
  countGathered(): number;
  /** A fresh state for a fold from nothing; keeps key and site. */
  startOver(person: HeldPerson, seal?: Seal): void;
  addTouch(person: HeldPerson, touch: UnwrittenTouch): void;
  /** Touches after an instant. */
  removeTouches(person: number, after: EpochMs): void;
  /** Touches up to an instant become another person's. */
  moveTouches(from: number, to: number, upTo: EpochMs): void;
  addActivity(person: HeldPerson, kind: number, day: Day, at: EpochMs): void;
  moveActivity(
    from: number,
    to: number,
    site: number,
    kinds: ReadonlySet<number>,
    days: ReadonlySet<Day>,
  ): void;
  /** Every active day of a person, by the kinds and the time their facts know. */
  removeActivity(person: HeldPerson, zone: Zone, kindKey: (name: string) => number): void;
  /** The orders are written with the person. */
  ordersChanged(person: HeldPerson): void;
  /** The orders as they were written. */
  orders(person: number): StoredOrder[];
  remove(person: number): void;
  /** Writes the person, with touches, orders and active days; inside the caller's transaction. */
  write(person: HeldPerson): void;
  /** Lets go of people who were not seen for a while. */
  committed(): void;
  /** The transaction is gone, or the tables were emptied. */
  reset(): void;
}

/** People held in memory: as many again as were seen last. */
const MOST_HELD = 8_000;

export function openPeopleTables(db: Db): PeopleTables {
  const select = db.prepare<[number], PersonRow>(
    `select site, first_at, last_at, first_source, last_source, orders, customer, folded_seq, state
    from person where key = ?`,
  );
  const upsert = db.prepare(`
    insert into person (key, site, first_at, last_at, first_source, last_source, orders, customer, folded_seq, state)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (key) do update set
      first_at = excluded.first_at, last_at = excluded.last_at, first_source = excluded.first_source,
      last_source = excluded.last_source, orders = excluded.orders, customer = excluded.customer,
      folded_seq = excluded.folded_seq, state = excluded.state`);
  // Naming a column of the index would write the index again, although it hardly ever changes.
  const update = db.prepare(`
    update person set last_at = ?, last_source = ?, orders = ?, customer = ?, folded_seq = ?, state = ? where key = ?`);
  const remove = db.prepare("delete from person where key = ?");
  const insertTouch = db.prepare(`
    insert into touch (person, at, seq, site, source, page, opens_visit) values (?, ?, ?, ?, ?, ?, ?)
    on conflict do nothing`);
  const deleteTouches = db.prepare("delete from touch where person = ?");
  const deleteTouchesAfter = db.prepare("delete from touch where person = ? and at > ?");
  const moveTouches = db.prepare("update or ignore touch set person = ? where person = ? and at <= ?");
  const selectFirst = db
    .prepare<[number, EpochMs], number>(
      "select source from touch where person = ? and at <= ? order by at, seq limit 1",
    )
    .pluck();
  const selectLast = db
    .prepare<[number, EpochMs], number>(
      "select source from touch where person = ? and at <= ? order by at desc, seq desc limit 1",
    )
    .pluck();
  const upsertActivity = db.prepare(`
    insert into activity (site, kind, day, person, n, first_at) values (?, ?, ?, ?, ?, ?)
    on conflict do update set n = n + excluded.n, first_at = min(first_at, excluded.first_at)`);
  const selectActivity = db.prepare<[number, number, number, number], { n: number; first_at: number }>(
    "select n, first_at from activity where site = ? and kind = ? and day = ? and person = ?",
  );
  const deleteActivity = db.prepare(
    "delete from activity where site = ? and kind = ? and day = ? and person = ?",
  );
  const orders = openOrders(db);

  let held = new Map<number, HeldPerson>();
  /** Held before `held` was full; whoever is asked for again moves over. */
  let heldBefore = new Map<number, HeldPerson>();
  /** A list beside a flag: a Set whose entries come and go at this rate keeps what it held long after (see server.ts). */
  let gathered: HeldPerson[] = [];

  const writeActivity = ({ key, site, unwritten }: HeldPerson): void => {
    for (const { kind, day, n, at } of unwritten.activity ?? [])
      upsertActivity.run(site, kind, day, key, n, at);
    unwritten.activity = undefined;
  };

  return {
    hold(key, site) {
      let person = held.get(key);
      if (person === undefined) {
        person = heldBefore.get(key) ?? new HeldPerson(key, site, select.get(key));
        held.set(key, person);
      }
      return person;
    },

    gather(person) {
      if (person.isGathered) return;
      person.isGathered = true;
      gathered.push(person);
    },
    takeGathered() {
      const taken = gathered;
      gathered = [];
      return taken.sort((a, b) => a.key - b.key);
    },
    countGathered: () => gathered.length,

    startOver(person, seal) {
      person.state = seal?.state ?? newPerson();
      const sealedTo = seal?.sealedTo ?? -1;
      person.firstSource =
        seal === undefined ? NO_SOURCE : (selectFirst.get(person.key, sealedTo) ?? NO_SOURCE);
      person.lastSource =
        seal === undefined ? NO_SOURCE : (selectLast.get(person.key, sealedTo) ?? NO_SOURCE);
    },

    addTouch(person, touch) {
      const { unwritten } = person;
      unwritten.touches = withOne(unwritten.touches, touch);
      if (person.firstSource === NO_SOURCE) person.firstSource = touch.source;
      person.lastSource = touch.source;
    },

    removeTouches(person, after) {
      deleteTouchesAfter.run(person, after);
    },

    moveTouches(from, to, upTo) {
      moveTouches.run(to, from, upTo);
    },

    addActivity({ unwritten }, kind, day, at) {
      const same = unwritten.activity?.find((row) => row.kind === kind && row.day === day);
      if (same === undefined) unwritten.activity = withOne(unwritten.activity, { kind, day, n: 1, at });
      else {
        same.n += 1;
        same.at = Math.min(same.at, at);
      }
    },

    moveActivity(from, to, site, kinds, days) {
      for (const kind of kinds) {
        for (const day of days) {
          const row = selectActivity.get(site, kind, day, from);
          if (row === undefined) continue;
          deleteActivity.run(site, kind, day, from);
          upsertActivity.run(site, kind, day, to, row.n, row.first_at);
        }
      }
    },

    removeActivity({ key, site, state }, zone, kindKey) {
      const { first, last, kinds } = state.facts;
      if (first === undefined || last === undefined) return;
      const lastDay = zone.dayOf(last);
      for (const { kind } of kinds) {
        for (let day = zone.dayOf(first); day <= lastDay; day++) {
          deleteActivity.run(site, kindKey(kind), day, key);
        }
      }
    },

    orders: orders.of,

    ordersChanged({ unwritten }) {
      unwritten.orders = true;
    },

    remove(key) {
      const person = held.get(key) ?? heldBefore.get(key);
      if (person !== undefined) {
        person.isGathered = false;
        person.indexed = undefined;
      }
      held.delete(key);
      heldBefore.delete(key);
      remove.run(key);
      deleteTouches.run(key);
      orders.remove(key);
    },

    write(person) {
      if (person.unwritten.orders) orders.write(person);
      const state = person.rest();
      const { key, site, firstAt, lastAt, firstSource, lastSource, customer, foldedSeq } = person;
      const { indexed, unwritten } = person;
      if (indexed?.firstAt === firstAt && indexed.firstSource === firstSource) {
        update.run(lastAt, lastSource, person.orders, customer, foldedSeq, state, key);
      } else {
        upsert.run(
          key,
          site,
          firstAt,
          lastAt,
          firstSource,
          lastSource,
          person.orders,
          customer,
          foldedSeq,
          state,
        );
        person.indexed = { firstAt, firstSource };
      }
      for (const { at, seq, source, page, opensVisit } of unwritten.touches ?? []) {
        insertTouch.run(key, at, seq, site, source, page, opensVisit ? 1 : 0);
      }
      unwritten.touches = undefined;
      writeActivity(person);
    },

    committed() {
      if (held.size <= MOST_HELD) return;
      const before = heldBefore;
      heldBefore = held;
      held = new Map();
      for (const people of [before, heldBefore]) {
        for (const person of people.values()) if (person.isGathered) held.set(person.key, person);
      }
    },

    reset() {
      held = new Map();
      heldBefore = new Map();
      gathered = [];
    },
  };
}
