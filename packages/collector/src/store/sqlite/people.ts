/**
 * Writes what a person's touchpoints add up to: the kept state, touches, orders and active days.
 */
import { isKnown, isValid, netValue } from "../../domain/lifecycle/orders.ts";
import { newPerson, type PersonState } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Day, Zone } from "../../domain/zone.ts";
import { NO_SOURCE } from "./dictionary.ts";
import type { Db } from "./open.ts";
import { packState, unpackState } from "./person-state.ts";
import type { Seal } from "./seals.ts";

/** A person in the writer's hands. */
export interface HeldPerson {
  key: number;
  site: number;
  state: PersonState;
  firstSource: number;
  lastSource: number;
  customer: string | null;
}

/** An order of a person as it is written. */
export interface StoredOrder {
  number: string;
  at: EpochMs;
  value: number;
  currency: string;
  refunded: number;
  void_at: EpochMs | null;
  nth: number;
}

export interface PeopleTables {
  /** The person, from memory or the file; a new one when there is none. */
  hold(key: number, site: number): HeldPerson;
  /** A fresh state for a fold from nothing; keeps key and site. */
  startOver(person: HeldPerson, seal?: Seal): void;
  addTouch(
    person: HeldPerson,
    touch: { at: EpochMs; seq: number; source: number; page: number; opensVisit: boolean },
  ): void;
  /** Touches after an instant. */
  removeTouches(person: number, after: EpochMs): void;
  /** Touches up to an instant become another person's. */
  moveTouches(from: number, to: number, upTo: EpochMs): void;
  addActivity(site: number, kind: number, day: Day, person: number, n: number, at: EpochMs): void;
  moveActivity(
    from: number,
    to: number,
    site: number,
    kinds: ReadonlySet<number>,
    days: ReadonlySet<Day>,
  ): void;
  /** Every active day of a person, by the kinds and the time their facts know. */
  removeActivity(person: HeldPerson, zone: Zone, kindKey: (name: string) => number): void;
  writeOrders(person: HeldPerson): void;
  orders(person: number): StoredOrder[];
  remove(person: number): void;
  /** Writes changed people; inside the caller's transaction. */
  flush(): void;
  committed(): void;
  /** The transaction is gone, or the tables were emptied. */
  reset(): void;
}

const MOST_HELD = 8_000;

interface PersonRow {
  site: number;
  first_source: number;
  last_source: number;
  customer: string | null;
  state: string;
}

export function openPeopleTables(db: Db): PeopleTables {
  const select = db.prepare<[number], PersonRow>(
    "select site, first_source, last_source, customer, state from person where key = ?",
  );
  const upsert = db.prepare(`
    insert into person (key, site, first_at, last_at, first_source, last_source, orders, customer, state)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (key) do update set
      first_at = excluded.first_at, last_at = excluded.last_at, first_source = excluded.first_source,
      last_source = excluded.last_source, orders = excluded.orders, customer = excluded.customer,
      state = excluded.state`);
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
  const deleteOrders = db.prepare("delete from purchase where person = ?");
  const selectOrders = db.prepare<[number], StoredOrder>(
    "select number, at, value, currency, refunded, void_at, nth from purchase where person = ?",
  );
  const insertOrder = db.prepare(`
    insert into purchase (person, number, site, at, value, currency, refunded, void_at, nth)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);

  let held = new Map<number, HeldPerson>();
  let changed = new Set<HeldPerson>();
  /** Active days that were not written yet. */
  let activity: { site: number; kind: number; day: Day; person: number; n: number; at: EpochMs }[] = [];

  const writeActivity = (): void => {
    for (const { site, kind, day, person, n, at } of activity) {
      upsertActivity.run(site, kind, day, person, n, at);
    }
    activity = [];
  };

  return {
    hold(key, site) {
      let person = held.get(key);
      if (person === undefined) {
        const row = select.get(key);
        person =
          row === undefined
            ? {
                key,
                site,
                state: newPerson(),
                firstSource: NO_SOURCE,
                lastSource: NO_SOURCE,
                customer: null,
              }
            : {
                key,
                site: row.site,
                state: unpackState(row.state),
                firstSource: row.first_source,
                lastSource: row.last_source,
                customer: row.customer,
              };
        held.set(key, person);
      }
      changed.add(person);
      return person;
    },

    startOver(person, seal) {
      person.state = seal?.state ?? newPerson();
      const sealedTo = seal?.sealedTo ?? -1;
      person.firstSource =
        seal === undefined ? NO_SOURCE : (selectFirst.get(person.key, sealedTo) ?? NO_SOURCE);
      person.lastSource =
        seal === undefined ? NO_SOURCE : (selectLast.get(person.key, sealedTo) ?? NO_SOURCE);
    },

    addTouch(person, { at, seq, source, page, opensVisit }) {
      insertTouch.run(person.key, at, seq, person.site, source, page, opensVisit ? 1 : 0);
      if (person.firstSource === NO_SOURCE) person.firstSource = source;
      person.lastSource = source;
    },

    removeTouches(person, after) {
      deleteTouchesAfter.run(person, after);
    },

    moveTouches(from, to, upTo) {
      moveTouches.run(to, from, upTo);
    },

    addActivity(site, kind, day, person, n, at) {
      // A visitor's touchpoints come together, so most of what can be added up is next to each other.
      for (let i = activity.length - 1; i >= 0 && i >= activity.length - 4; i--) {
        const row = activity[i]!;
        if (row.person === person && row.kind === kind && row.day === day && row.site === site) {
          row.n += n;
          row.at = Math.min(row.at, at);
          return;
        }
      }
      activity.push({ site, kind, day, person, n, at });
    },

    moveActivity(from, to, site, kinds, days) {
      writeActivity();
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
      writeActivity();
      const { first, last, kinds } = state.facts;
      if (first === undefined || last === undefined) return;
      const lastDay = zone.dayOf(last);
      for (const { kind } of kinds) {
        for (let day = zone.dayOf(first); day <= lastDay; day++) {
          deleteActivity.run(site, kindKey(kind), day, key);
        }
      }
    },

    orders: (person) => selectOrders.all(person),

    writeOrders(person) {
      deleteOrders.run(person.key);
      const orders = (person.state.facts.orders ?? []).filter(isKnown);
      orders.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      let nth = 0;
      for (const order of orders) {
        const isCounted: boolean = isValid(order);
        if (isCounted) nth += 1;
        const value = order.value ?? 0;
        insertOrder.run(
          person.key,
          order.order,
          person.site,
          order.at,
          value,
          order.currency ?? "",
          isCounted ? value - netValue(order) : value,
          isCounted ? null : (person.state.voids?.[order.order] ?? order.at),
          isCounted ? nth : 0,
        );
      }
    },

    remove(key) {
      const person = held.get(key);
      if (person !== undefined) changed.delete(person);
      held.delete(key);
      remove.run(key);
      deleteTouches.run(key);
      deleteOrders.run(key);
    },

    flush() {
      writeActivity();
      for (const person of changed) {
        const { facts } = person.state;
        upsert.run(
          person.key,
          person.site,
          facts.first ?? 0,
          facts.last ?? 0,
          person.firstSource,
          person.lastSource,
          (facts.orders ?? []).filter(isValid).length,
          person.customer,
          packState(person.state),
        );
      }
    },

    committed() {
      changed = new Set();
      if (held.size > MOST_HELD) held = new Map();
    },

    reset() {
      activity = [];
      held = new Map();
      changed = new Set();
    },
  };
}
