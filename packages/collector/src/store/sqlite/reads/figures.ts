/**
 * Reads what figures are made of: visits, orders, carts and answers, counted in the file wherever a count will do.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import type { Counting } from "../../groups.ts";
import type { CartChange, CountedOrder, DayRange, Range, SiteView, Who } from "../../port.ts";
import { CART_KINDS, MOMENTS } from "../moments.ts";
import type { Db } from "../open.ts";
import type { Chosen, Narrowed } from "./chosen.ts";
import { distinctPerRange, newStamps } from "./distinct.ts";

export function figureReads(db: Db, chosen: Chosen): Counting {
  type InRange = [site: number, from: EpochMs, to: EpochMs];
  const people = chosen.prepare<[number], [number]>(
    "select count(*) from person p where p.site = ? and %who(p.key)",
  );
  // uses touch_by_time
  const visitors = db
    .prepare<InRange, number>("select person from touch where site = ? and at >= ? and at < ?")
    .pluck();
  const ends = db.prepare<[number, number], { first: number | null; last: number | null }>(`
    select (select min(at) from touch where site = ?) as first, (select max(at) from touch where site = ?) as last`);
  const visits = chosen.prepare<InRange, [number]>(`
    select count(*) from touch where site = ? and at >= ? and at < ? and opens_visit = 1 and %who(+person)`);
  // uses person_by_first
  const newPeople = chosen.prepare<InRange, [number]>(`
    select count(*) from person p
    where p.site = ? and p.first_at >= ? and p.first_at < ? and %who(+p.key)`);
  const kindKey = db.prepare<[string], number>("select key from kind where name = ?").pluck();
  const allKinds = db.prepare<[], { key: number; name: string }>("select key, name from kind");
  // uses the primary key of activity: (site, kind, day, ...)
  const active = db
    .prepare<[number, number, number, number], number>(
      "select person from activity where site = ? and kind = ? and day between ? and ?",
    )
    .pluck();
  const activeDays = db.prepare<
    [number, number, number, number],
    { first: number | null; last: number | null }
  >(`
    select (select min(day) from activity where site = ? and kind = ?) as first,
      (select max(day) from activity where site = ? and kind = ?) as last`);
  const sumOfKind = chosen.prepare<[number, number, number, number], [number | null]>(`
    select sum(n) from activity where site = ? and kind = ? and day between ? and ? and %who(+person)`);

  // uses purchase_by_time
  const counted = chosen.prepare<InRange, CountedOrder>(`
    select person, at, value - refunded, currency, nth from purchase
    where site = ? and at >= ? and at < ? and void_at is null and %who(+person) order by at, number`);
  const placed = chosen.prepare<InRange, [number, number]>(`
    select person, at from purchase where site = ? and at >= ? and at < ? and %who(+person)
    order by person, at`);
  const firstOrder = chosen.prepare<InRange, [number, number]>(`
    select o.at, p.first_at from purchase o join person p on p.key = o.person
    where o.site = ? and o.at >= ? and o.at < ? and o.nth = 1 and %who(+o.person)`);
  const gaps = chosen.prepare<InRange, [number]>(`
    select o.at - (select f.at from purchase f where f.person = o.person and f.nth = 1) from purchase o
    where o.site = ? and o.at >= ? and o.at < ? and o.nth = 2 and %who(+o.person)`);
  const nthBefore = chosen.prepare<[number, EpochMs], [number | null, number | null]>(`
    select sum(nth = 1), sum(nth = 2) from purchase where site = ? and at < ? and %who(+person)`);
  const totals = chosen.prepare<[number, number], [number, number, number, number, string]>(`
    select person, max(at), count(*), sum(value - refunded), currency from purchase
    where site = ? and at < ? and void_at is null and %who(+person) group by person, currency`);
  // uses moment_by_time
  const carts = chosen.prepare<InRange, CartChange>(`
    select person, at, kind, amount, unit from moment
    where site = ? and kind in (${CART_KINDS}) and at >= ? and at < ? and %who(+person)
    order by person, at, seq`);
  const answers = chosen.prepare<[number, number, number, string], [number, number]>(`
    select amount, max(at * 1.0) from moment
    where site = ? and kind = ${MOMENTS.survey_response} and at >= ? and at < ? and unit = ?
      and %who(+person)
    group by person`);

  const intersections = new Map<number, Narrowed<[number, number, number, ...number[]], [number]>>();

  const perRange = (
    statement: Narrowed<InRange, [number]>,
    ranges: readonly Range[],
    site: SiteView,
    who: Who | null,
  ) => ranges.map(({ from, to }) => statement.get(site, who, site.key, from, to)?.[0] ?? 0);

  const perDays = (site: SiteView, keys: readonly number[], days: readonly DayRange[], who: Who | null) => {
    const marks = chosen.marks(site, who);
    const stamps = newStamps();
    return days.map(({ from, to }, range) => {
      let people = 0;
      for (const key of keys) {
        const { first, last } = activeDays.get(site.key, key, site.key, key)!;
        if (first === null || last === null) continue;
        // A day at a time: memory stays small whatever the period.
        for (let day = Math.max(from, first); day <= Math.min(to, last); day++) {
          people += stamps.count(active.all(site.key, key, day, day), range, marks);
        }
      }
      return people;
    });
  };

  return {
    peopleCount: async (site, who) => people.get(site, who, site.key)?.[0] ?? 0,

    async visitorsIn(site, ranges, who) {
      const { first, last } = ends.get(site.key, site.key)!;
      if (first === null || last === null) return ranges.map(() => 0);
      const within = ranges.map(({ from, to }) => ({
        from: Math.max(from, first),
        to: Math.min(to, last + 1),
      }));
      return distinctPerRange(
        within,
        (from, to) => visitors.all(site.key, from, to),
        chosen.marks(site, who),
      );
    },

    visitsIn: async (site, ranges, who) => perRange(visits, ranges, site, who),
    newPeopleIn: async (site, ranges, who) => perRange(newPeople, ranges, site, who),

    async activeIn(site, kinds, days, who) {
      return perDays(site, keysOf(kinds, kindKey), days, who);
    },

    async activeBeside(site, kinds, days, who) {
      const keys = allKinds.all().filter(({ name }) => !kinds.includes(name));
      return perDays(
        site,
        keys.map(({ key }) => key),
        days,
        who,
      );
    },

    async touchpointsIn(site, kind, days, who) {
      const [key] = keysOf([kind], kindKey);
      if (key === undefined) return days.map(() => 0);
      return days.map(({ from, to }) => sumOfKind.get(site, who, site.key, key, from, to)?.[0] ?? 0);
    },

    async reached(site, kinds, days, who) {
      const keys = kinds.map((kind) => kindKey.get(kind));
      return keys.map((_, last) => {
        const steps = keys.slice(0, last + 1);
        if (steps.includes(undefined)) return 0;
        return (
          intersection(steps.length).get(
            site,
            who,
            site.key,
            days.from,
            days.to,
            ...(steps as number[]),
          )?.[0] ?? 0
        );
      });
    },

    countedOrders: async (site, { from, to }, who) => counted.all(site, who, site.key, from, to),
    placedOrders: async (site, { from, to }, who) => placed.all(site, who, site.key, from, to),
    firstOrders: async (site, { from, to }, who) => firstOrder.all(site, who, site.key, from, to),
    async secondOrders(site, { from, to }, who) {
      const [first, second] = nthBefore.get(site, who, site.key, to) ?? [0, 0];
      const found = gaps.all(site, who, site.key, from, to).map(([gap]) => gap);
      return { gaps: found, notYet: (first ?? 0) - (second ?? 0), customers: first ?? 0 };
    },
    orderTotals: async (site, before, who) => totals.all(site, who, site.key, before),
    cartChanges: async (site, { from, to }, who) => carts.all(site, who, site.key, from, to),
    latestAnswers: async (site, survey, { from, to }, who) =>
      answers.all(site, who, site.key, from, to, survey).map(([score]) => score),
  };

  /** People in all of so many kinds. */
  function intersection(steps: number): Narrowed<[number, number, number, ...number[]], [number]> {
    let statement = intersections.get(steps);
    if (statement === undefined) {
      const parts = Array.from(
        { length: steps },
        () =>
          `select distinct person from activity where site = ?1 and kind = ? and day between ?2 and ?3 and %who(+person)`,
      ).map((part, place) => part.replace("kind = ?", `kind = ?${place + 4}`));
      statement = chosen.prepare(`select count(*) from (${parts.join(" intersect ")})`);
      intersections.set(steps, statement);
    }
    return statement;
  }
}

function keysOf(kinds: readonly string[], keyOf: { get(name: string): number | undefined }): number[] {
  return kinds.map((kind) => keyOf.get(kind)).filter((key) => key !== undefined);
}
