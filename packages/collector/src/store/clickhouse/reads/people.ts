/**
 * Reads people: who they are, what they did, their touches and orders.
 */
import { byTimeThenId } from "../../../domain/touchpoint.ts";
import type { OrderView, PersonView, Reads, TouchView } from "../../port.ts";
import { decodeTouchpoint } from "../../sqlite/log.ts";
import type { EngineClient } from "../client.ts";
import type { LocalFile } from "../local.ts";
import { listOf, whole } from "./chosen.ts";

type PersonRow = readonly [
  key: number,
  customer: string | null,
  firstAt: number,
  lastAt: number,
  firstSource: number,
  lastSource: number,
  orders: number,
];

type TouchRow = readonly [
  person: number,
  at: number,
  seq: number,
  source: number,
  landing: string,
  opensVisit: number,
];

type OrderRow = readonly [
  person: number,
  number: string,
  at: number,
  value: number,
  currency: string,
  refunded: number,
  voidAt: number | null,
  nth: number,
];

type LogRow = readonly [
  seq: number,
  visitor: number,
  id: string,
  at: number,
  receivedAt: number,
  kind: string,
  traffic: number,
  marks: number,
  body: string,
];

const TOUCH = "t.person, t.at, t.seq, t.source, g.path, t.opens_visit";
const ORDER = "person, number, at, value, currency, refunded, void_at, nth";

export function peopleReads(
  { rows }: EngineClient,
  local: LocalFile,
): Pick<
  Reads,
  "person" | "people" | "timeline" | "touches" | "touchesOf" | "orders" | "ordersOf" | "activity" | "logSize"
> {
  /** In the order of the keys asked for. */
  const viewPeople = async (asked: readonly number[]): Promise<PersonView[]> => {
    if (asked.length === 0) return [];
    const list = listOf(asked);
    const found = await rows<PersonRow>(
      `select key, customer, first_at, last_at, first_source, last_source, orders from person where key in ${list}`,
    );
    // Whoever stands for the person comes first, then the others as they came.
    const members = await rows<[number, number, string]>(
      `select person, key, id from member where person in ${list} order by person, key <> person, key`,
    );
    const claims = await rows<[number, string]>(
      `select person, name from claim where person in ${list} order by person, seq, name`,
    );
    const byKey = new Map(found.map((row) => [row[0], row]));
    const ids = groupBy(members, ([person, , id]) => [person, id]);
    const names = groupBy(claims, ([person, name]) => [person, name]);
    return asked.flatMap((key): PersonView[] => {
      const row = byKey.get(key);
      if (row === undefined) return [];
      const [, customer, firstAt, lastAt, firstSource, lastSource, orders] = row;
      const visitors = ids.get(key) ?? [];
      const known = {
        key,
        id: visitors[0] ?? "",
        customer,
        firstAt,
        lastAt,
        firstSource,
        lastSource,
        orders,
      };
      return [{ ...known, visitors, claims: names.get(key) ?? [] }];
    });
  };

  return {
    async person(site, id) {
      const [visitor] = await rows<[number]>(
        "select person from visitor where site = {site:UInt64} and id = {id:String}",
        { site: site.key, id },
      );
      if (visitor !== undefined) return (await viewPeople([visitor[0]]))[0];
      const names = [id, `customer:${id}`, `alias:${id}`, `email:${local.asKept(site.key, id)}`];
      const [claim] = await rows<[number]>(
        `select person from claim where site = {site:UInt64} and name in {names:Array(String)}
        order by indexOf({names:Array(String)}, name) limit 1`,
        { site: site.key, names },
      );
      return claim === undefined ? undefined : (await viewPeople([claim[0]]))[0];
    },

    people: viewPeople,

    async timeline(person) {
      const found = await rows<LogRow>(
        `select seq, visitor, id, at, received_at, kind, traffic, marks, body from touchpoint
        where visitor in (select key from member where person = {person:UInt64})
        order by visitor, seq desc`,
        { person: person.key },
      );
      const members = await rows<[number, string]>(
        "select key, id from member where person = {person:UInt64}",
        { person: person.key },
      );
      const ids = new Map(members);
      return found
        .map(([seq, visitor, id, at, receivedAt, kind, traffic, marks, body]) => ({
          seq,
          visitor: ids.get(visitor) ?? "",
          receivedAt,
          traffic,
          marks,
          touchpoint: decodeTouchpoint({ id: Buffer.from(id, "hex"), at, marks, body }, kind),
        }))
        .sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint));
    },

    async touches(site, { from, to }) {
      const found = await rows<TouchRow>(
        `select ${TOUCH} from touch t join page g on g.key = t.page
        where t.site = {site:UInt64} and t.at >= {from:Int64} and t.at < {to:Int64}
        order by t.at, t.source, t.person, t.page, t.opens_visit, t.seq`,
        { site: site.key, from: whole(from), to: whole(to) },
      );
      return found.map(touchView);
    },

    async touchesOf(people, until) {
      const found = await rows<TouchRow>(
        `select ${TOUCH} from touch t join page g on g.key = t.page
        where t.person in ${listOf(people)} and t.at <= {until:Int64}
        order by t.person, t.at, t.seq`,
        { until: whole(until) },
      );
      return found.map(touchView);
    },

    async orders(site, { from, to }) {
      const found = await rows<OrderRow>(
        `select ${ORDER} from purchase
        where site = {site:UInt64} and at >= {from:Int64} and at < {to:Int64} order by at, number, person`,
        { site: site.key, from: whole(from), to: whole(to) },
      );
      return found.map(orderView);
    },

    async ordersOf(people) {
      const found = await rows<OrderRow>(
        `select ${ORDER} from purchase where person in ${listOf(people)} order by person, at, number`,
      );
      return found.map(orderView);
    },

    async activity(site, kinds, from, to) {
      const found = await rows<[string, number, number, number, number]>(
        `select kind, day, person, n, first_at from activity
        where site = {site:UInt64} and kind in {kinds:Array(String)} and day between {from:Int32} and {to:Int32}
        order by indexOf({kinds:Array(String)}, toString(kind)), day, person`,
        { site: site.key, kinds, from, to },
      );
      return found.map(([kind, day, person, n, firstAt]) => ({ kind, day, person, n, firstAt }));
    },

    async logSize() {
      const [row] = await rows<[number, number | null]>(
        "select count(), argMax(toNullable(received_at), seq) from touchpoint",
      );
      // Bytes on disk, of all copies that this node holds, compressed.
      const [size] = await rows<[number]>(
        "select sum(bytes_on_disk) from system.parts where active and database = currentDatabase()",
      );
      const [touchpoints, newestAt] = row ?? [0, null];
      return { touchpoints, newestAt: touchpoints === 0 ? null : newestAt, bytes: size?.[0] ?? 0 };
    },
  };
}

function groupBy<Row, V>(found: readonly Row[], entry: (row: Row) => [number, V]): Map<number, V[]> {
  const groups = new Map<number, V[]>();
  for (const row of found) {
    const [key, value] = entry(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

function touchView([person, at, seq, source, landing, opensVisit]: TouchRow): TouchView {
  return { person, at, seq, source, landing, opensVisit: opensVisit === 1 };
}

function orderView([person, number, at, value, currency, refunded, voidAt, nth]: OrderRow): OrderView {
  return { person, number, at, value, currency, refunded, voidAt, nth };
}
