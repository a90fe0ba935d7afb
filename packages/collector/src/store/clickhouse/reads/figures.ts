/**
 * Reads what figures are made of: visits, orders, carts and answers, counted in the engine wherever a count will do.
 */
import type { Counting } from "../../groups.ts";
import type { CartChange, CountedOrder, DayRange, Range, SiteView, Who } from "../../port.ts";
import { CART_KINDS, MOMENTS } from "../../sqlite/moments.ts";
import type { EngineClient } from "../client.ts";
import { choose, whole } from "./chosen.ts";

/** Ranges counted in one pass over a table. */
const RANGES_AT_ONCE = 100;

export function figureReads({ rows }: EngineClient): Counting {
  /** One number per range, from one pass: `counts` says how to count where a test holds. */
  const perRange = async (
    site: SiteView,
    who: Who | null,
    ranges: readonly { from: number; to: number }[],
    from: string,
    column: string,
    person: string,
    counts: (test: string) => string,
    end: "<" | "<=" = "<",
  ): Promise<number[]> => {
    const { test, params } = choose(site, who);
    const found: number[] = [];
    for (let start = 0; start < ranges.length; start += RANGES_AT_ONCE) {
      const part = ranges.slice(start, start + RANGES_AT_ONCE);
      const columns = part.map((range) =>
        counts(`${column} >= ${whole(range.from)} and ${column} ${end} ${whole(range.to)}`),
      );
      const least = Math.min(...part.map((range) => range.from));
      const most = Math.max(...part.map((range) => range.to));
      const [row] = await rows<number[]>(
        `select ${columns.join(", ")} from ${from}
        where site = {site:UInt64} and ${column} >= ${whole(least)} and ${column} ${end} ${whole(most)} and ${test(person)}`,
        { ...params, site: site.key },
      );
      found.push(...(row ?? part.map(() => 0)));
    }
    return found;
  };
  const people = (test: string): string => `uniqExactIf(person, ${test})`;
  const number = (test: string): string => `countIf(${test})`;

  const ofKinds = (kinds: readonly string[], isIn: boolean): string =>
    `(select * from activity where site = {site:UInt64} and kind ${isIn ? "" : "not "}in (${kinds.map(literal).join(", ") || "''"}))`;
  const activePeople = (
    site: SiteView,
    kinds: readonly string[],
    isIn: boolean,
    days: readonly DayRange[],
    who: Who | null,
  ) => perRange(site, who, days, ofKinds(kinds, isIn), "day", "person", people, "<=");

  const ofRange = async <Row extends readonly unknown[]>(
    site: SiteView,
    who: Who | null,
    { from, to }: Range,
    sql: (test: (column: string) => string) => string,
    more: Record<string, unknown> = {},
  ): Promise<Row[]> => {
    const { test, params } = choose(site, who);
    return rows<Row>(sql(test), { ...params, ...more, site: site.key, from: whole(from), to: whole(to) });
  };
  const inRange = "site = {site:UInt64} and at >= {from:Int64} and at < {to:Int64}";

  return {
    async peopleCount(site, who) {
      const { test, params } = choose(site, who);
      const [row] = await rows<[number]>(
        `select count() from person p where p.site = {site:UInt64} and ${test("p.key")}`,
        { ...params, site: site.key },
      );
      return row?.[0] ?? 0;
    },
    visitorsIn: (site, ranges, who) => perRange(site, who, ranges, "touch", "at", "person", people),
    visitsIn: (site, ranges, who) =>
      perRange(site, who, ranges, "touch", "at", "person", (test) => number(`opens_visit = 1 and ${test}`)),
    newPeopleIn: (site, ranges, who) => perRange(site, who, ranges, "person", "first_at", "key", number),

    activeIn: (site, kinds, days, who) => activePeople(site, kinds, true, days, who),
    activeBeside: (site, kinds, days, who) => activePeople(site, kinds, false, days, who),
    touchpointsIn: (site, kind, days, who) =>
      perRange(site, who, days, ofKinds([kind], true), "day", "person", (test) => `sumIf(n, ${test})`, "<="),

    async reached(site, kinds, days, who) {
      if (kinds.length === 0) return [];
      const { test, params } = choose(site, who);
      // How many of the first kinds in a row a person did.
      const steps = kinds.map((kind) => `countIf(kind = ${literal(kind)}) > 0`);
      const columns = kinds.map(
        (_, last) =>
          `countIf(${steps
            .slice(0, last + 1)
            .map((_step, n) => `s${n}`)
            .join(" and ")})`,
      );
      const [row] = await rows<number[]>(
        `select ${columns.join(", ")} from (
          select ${steps.map((step, n) => `${step} as s${n}`).join(", ")} from activity
          where site = {site:UInt64} and day between {first:Int32} and {last:Int32}
            and kind in (${kinds.map(literal).join(", ")}) and ${test("person")}
          group by person
        )`,
        { ...params, site: site.key, first: days.from, last: days.to },
      );
      return [...(row ?? kinds.map(() => 0))];
    },

    countedOrders: (site, range, who) =>
      ofRange<CountedOrder>(
        site,
        who,
        range,
        (test) => `
        select person, at, value - refunded, currency, nth from purchase
        where ${inRange} and void_at is null and ${test("person")} order by at, number, person`,
      ),
    placedOrders: (site, range, who) =>
      ofRange<[number, number]>(
        site,
        who,
        range,
        (test) =>
          `select person, at from purchase where ${inRange} and ${test("person")} order by person, at`,
      ),
    firstOrders: (site, range, who) =>
      ofRange<[number, number]>(
        site,
        who,
        range,
        (test) => `
        select o.at, p.first_at from purchase o join person p on p.key = o.person
        where o.site = {site:UInt64} and o.at >= {from:Int64} and o.at < {to:Int64} and o.nth = 1 and ${test("o.person")}
        order by o.at, o.person`,
      ),
    async secondOrders(site, range, who) {
      const [totals] = await ofRange<[number, number]>(
        site,
        who,
        range,
        (test) => `
        select countIf(nth = 1), countIf(nth = 2) from purchase
        where site = {site:UInt64} and at < {to:Int64} and ${test("person")}`,
      );
      const gaps = await ofRange<[number]>(
        site,
        who,
        range,
        (test) => `
        select o.at - f.at from purchase o join purchase f on f.person = o.person and f.nth = 1
        where o.site = {site:UInt64} and o.at >= {from:Int64} and o.at < {to:Int64} and o.nth = 2 and ${test("o.person")}
        order by o.at, o.person`,
      );
      const [first, second] = totals ?? [0, 0];
      return { gaps: gaps.map(([gap]) => gap), notYet: first - second, customers: first };
    },
    orderTotals: (site, before, who) =>
      ofRange<[number, number, number, number, string]>(
        site,
        who,
        { from: 0, to: before },
        (test) => `
        select person, max(o.at) as latest, count() as orders, sum(value - refunded) as net, currency from purchase o
        where site = {site:UInt64} and o.at < {to:Int64} and void_at is null and ${test("person")}
        group by person, currency order by person, currency`,
      ),
    cartChanges: (site, range, who) =>
      ofRange<CartChange>(
        site,
        who,
        range,
        (test) => `
        select person, at, kind, amount, unit from moment
        where ${inRange} and kind in (${CART_KINDS}) and ${test("person")} order by person, at, seq`,
      ),
    async latestAnswers(site, survey, range, who) {
      const found = await ofRange<[number, number]>(
        site,
        who,
        range,
        // Of two answers of one instant the one that was kept first.
        (test) => `
        select argMax(amount, (at, -toInt64(seq))), person from moment
        where ${inRange} and kind = ${MOMENTS.survey_response} and unit = {survey:String} and ${test("person")}
        group by person order by person`,
        { survey },
      );
      return found.map(([score]) => score);
    },
  };
}

/** A text as SQL. */
function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
