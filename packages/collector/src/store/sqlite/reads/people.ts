/**
 * Reads people: who they are, what they did, their touches and orders.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { byTimeThenId } from "../../../domain/touchpoint.ts";
import type { LoggedTouchpoint, OrderView, PersonView, Reads, TouchView } from "../../port.ts";
import { decodeTouchpoint, type StoredRow } from "../log.ts";
import type { Db } from "../open.ts";
import { siteKeys } from "../seal.ts";

interface PersonRow {
  key: number;
  id: string;
  customer: string | null;
  first_at: number;
  last_at: number;
  first_source: number;
  last_source: number;
  orders: number;
}

interface TouchRow {
  person: number;
  at: number;
  seq: number;
  source: number;
  landing: string;
  opens_visit: number;
}

interface OrderRow {
  person: number;
  number: string;
  at: number;
  value: number;
  currency: string;
  refunded: number;
  void_at: number | null;
  nth: number;
}

/** SQLite takes lists as one JSON parameter; larger ones are asked for in parts. */
const LIST_PART = 10_000;

export function peopleReads(
  db: Db,
): Pick<
  Reads,
  "person" | "people" | "timeline" | "touches" | "touchesOf" | "orders" | "ordersOf" | "activity" | "logSize"
> {
  const keys = siteKeys(db);
  const selectVisitor = db
    .prepare<[number, string], number>("select person from visitor where site = ? and id = ?")
    .pluck();
  const selectClaim = db
    .prepare<[number, string], number>("select person from claim where site = ? and name = ?")
    .pluck();
  const selectPeople = db.prepare<[string], PersonRow>(`
    select p.key, v.id, p.customer, p.first_at, p.last_at, p.first_source, p.last_source, p.orders
    from json_each(?) as k join person p on p.key = k.value join visitor v on v.key = p.key`);
  const selectMembers = db.prepare<[number, number], { key: number; id: string; last_seq: number }>(`
    select key, id, last_seq from visitor where key = ?
    union all
    select key, id, last_seq from visitor where person = ? and person <> key`);
  const selectClaims = db
    .prepare<[number], string>("select name from claim where person = ? order by seq, name")
    .pluck();
  const selectRow = db.prepare<[number], StoredRow>("select * from touchpoint where seq = ?");
  const selectKinds = db.prepare<[], { key: number; name: string }>("select key, name from kind");
  // uses touch_by_time
  const selectTouches = db.prepare<[number, EpochMs, EpochMs], TouchRow>(`
    select t.person, t.at, t.seq, t.source, g.path as landing, t.opens_visit
    from touch t join page g on g.key = t.page where t.site = ? and t.at >= ? and t.at < ?`);
  const selectTouchesOf = db.prepare<[string, EpochMs], TouchRow>(`
    select t.person, t.at, t.seq, t.source, g.path as landing, t.opens_visit
    from json_each(?) k join touch t on t.person = k.value join page g on g.key = t.page
    where t.at <= ? order by t.person, t.at, t.seq`);
  const orderColumns = "o.person, o.number, o.at, o.value, o.currency, o.refunded, o.void_at, o.nth";
  // uses purchase_by_time
  const selectOrders = db.prepare<[number, EpochMs, EpochMs], OrderRow>(
    `select ${orderColumns} from purchase o where o.site = ? and o.at >= ? and o.at < ? order by o.at, o.number`,
  );
  const selectOrdersOf = db.prepare<[string], OrderRow>(
    `select ${orderColumns} from json_each(?) k join purchase o on o.person = k.value order by o.person, o.at, o.number`,
  );
  const selectActivity = db.prepare<
    [number, number, number, number],
    { day: number; person: number; n: number; firstAt: number }
  >(`
    select day, person, n, first_at as firstAt from activity
    where site = ? and kind = ? and day between ? and ?`);
  const countLog = db.prepare<[], { touchpoints: number; newestAt: number | null; bytes: number }>(`
    select (select count(*) from touchpoint) as touchpoints,
      (select received_at from touchpoint order by seq desc limit 1) as newestAt,
      (select page_count * page_size from pragma_page_count, pragma_page_size) as bytes`);

  const kindNames = (): Map<number, string> => new Map(selectKinds.all().map(({ key, name }) => [key, name]));

  const viewPeople = (keys: readonly number[]): PersonView[] =>
    parts(keys).flatMap((part) =>
      selectPeople.all(JSON.stringify(part)).map((row) => ({
        key: row.key,
        id: row.id,
        customer: row.customer,
        firstAt: row.first_at,
        lastAt: row.last_at,
        firstSource: row.first_source,
        lastSource: row.last_source,
        orders: row.orders,
        visitors: selectMembers.all(row.key, row.key).map((member) => member.id),
        claims: selectClaims.all(row.key),
      })),
    );

  return {
    async person(site, id) {
      const key =
        selectVisitor.get(site.key, id) ??
        selectClaim.get(site.key, id) ??
        selectClaim.get(site.key, `customer:${id}`) ??
        selectClaim.get(site.key, `alias:${id}`) ??
        selectClaim.get(site.key, `email:${keys.asKept(site.key, id)}`);
      return key === undefined ? undefined : viewPeople([key])[0];
    },

    people: async (keys) => viewPeople(keys),

    async timeline(person) {
      const names = kindNames();
      const rows: LoggedTouchpoint[] = [];
      const add = (visitor: string, row: StoredRow) => {
        rows.push({
          seq: row.seq,
          visitor,
          receivedAt: row.received_at,
          traffic: row.traffic,
          marks: row.marks,
          touchpoint: decodeTouchpoint(row, names.get(row.kind) ?? "unknown"),
        });
      };
      for (const { id, last_seq } of selectMembers.all(person.key, person.key)) {
        let seq = last_seq;
        while (seq > 0) {
          const row = selectRow.get(seq);
          if (row === undefined) break;
          add(id, row);
          seq = row.prev;
        }
      }
      return rows.sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint));
    },

    touches: async (site, { from, to }) => selectTouches.all(site.key, from, to).map(touchView),
    touchesOf: async (people, until) =>
      parts(people).flatMap((part) => selectTouchesOf.all(JSON.stringify(part), until).map(touchView)),
    orders: async (site, { from, to }) => selectOrders.all(site.key, from, to).map(orderView),
    ordersOf: async (people) =>
      parts(people).flatMap((part) => selectOrdersOf.all(JSON.stringify(part)).map(orderView)),

    async activity(site, kinds, from, to) {
      const keys = new Map([...kindNames()].map(([key, name]) => [name, key]));
      return kinds.flatMap((kind) => {
        const key = keys.get(kind);
        if (key === undefined) return [];
        return selectActivity.all(site.key, key, from, to).map((row) => ({ kind, ...row }));
      });
    },

    logSize: async () => countLog.get()!,
  };
}

function touchView(row: TouchRow): TouchView {
  return {
    person: row.person,
    at: row.at,
    seq: row.seq,
    source: row.source,
    landing: row.landing,
    opensVisit: row.opens_visit === 1,
  };
}

function orderView(row: OrderRow): OrderView {
  const { person, number, at, value, currency, refunded, nth } = row;
  return { person, number, at, value, currency, refunded, voidAt: row.void_at, nth };
}

function parts<T>(list: readonly T[]): T[][] {
  const all: T[][] = [];
  for (let start = 0; start < list.length; start += LIST_PART) all.push(list.slice(start, start + LIST_PART));
  return all;
}
