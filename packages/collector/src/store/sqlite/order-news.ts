/**
 * Keeps what shops say of orders after their first version, and finds the flags: orders that were edited, orders that
 * came back after they were cancelled, and claims that were not followed.
 */
import type { OrderNews } from "../../connect/order-news.ts";
import type { DataFlag } from "../../domain/data-flags.ts";
import { idText } from "../../ingest/event-id.ts";
import type { FlagCount, FlagView } from "../port.ts";
import type { Db } from "./open.ts";

/** Adds news of orders; again and in any sequence it is the same. Inside the caller's transaction. */
export function noteOrderNews(db: Db, siteId: string, orders: readonly OrderNews[]): void {
  const site = db.prepare<[string], number>("select key from site where id = ?").pluck().get(siteId);
  if (site === undefined) return;
  // Of two versions of one time the dearer one is taken, so that there is one answer.
  const version = db.prepare(`
    insert into order_news (site, number, visitor, version_at, value, currency, least)
    values (@site, @number, @visitor, @at, @value, @currency, @value)
    on conflict do update set
      least = min(coalesce(least, excluded.least), excluded.least),
      value = iif((excluded.version_at, excluded.value) > (coalesce(version_at, -1), coalesce(value, -1)),
        excluded.value, value),
      currency = iif((excluded.version_at, excluded.value) > (coalesce(version_at, -1), coalesce(value, -1)),
        excluded.currency, currency),
      version_at = max(coalesce(version_at, -1), excluded.version_at)`);
  const cancelled = db.prepare(`
    insert into order_news (site, number, visitor, cancelled_at) values (@site, @number, @visitor, @at)
    on conflict do update set cancelled_at = max(coalesce(cancelled_at, -1), excluded.cancelled_at)`);
  for (const { number, visitor, version: newest, cancelledAt } of orders) {
    if (newest !== undefined) version.run({ site, number, visitor, ...newest });
    if (cancelledAt !== undefined) cancelled.run({ site, number, visitor, at: cancelledAt });
  }
}

/** Forgets orders. Inside the caller's transaction. */
export function forgetOrderNews(
  db: Db,
  site: number,
  numbers: readonly string[],
  visitors: readonly string[],
): void {
  const byNumber = db.prepare("delete from order_news where site = ? and number = ?");
  for (const number of numbers) byNumber.run(site, number);
  for (const visitor of visitors) {
    if (visitor.startsWith("order:")) byNumber.run(site, visitor.slice("order:".length));
  }
}

/** An order with its news; money in minor units. */
export interface OddOrder {
  number: string;
  version_at: number | null;
  cancelled_at: number | null;
  value: number | null;
  currency: string | null;
  kept: number;
  kept_currency: string;
}

// The terms of the partial index, word for word.
const ODD = "(n.value > n.least or n.version_at > n.cancelled_at)";
const COLUMNS = `n.number, n.version_at, n.cancelled_at, n.value, n.currency, p.value as kept, p.currency as kept_currency`;

/** What an order's news mean beside the version that counts. */
export function flagsOfOrder(order: OddOrder): FlagView[] {
  const { number: about, version_at: at, cancelled_at: cancelledAt, value, currency, kept } = order;
  if (at === null) return [];
  const flags: FlagView[] = [];
  if (value !== null && value > kept && currency === order.kept_currency)
    flags.push({ flag: "order-edited", about, at });
  if (cancelledAt !== null && at > cancelledAt) flags.push({ flag: "order-revived", about, at });
  return flags;
}

/** Finds the flags of one person: of their orders, and of claims they made or that were made on what is theirs. */
export function openPersonFlags(db: Db): (person: number) => FlagView[] {
  const selectOrders = db.prepare<[number], OddOrder>(`
    select ${COLUMNS} from purchase p join order_news n on n.site = p.site and n.number = p.number
    where p.person = ? and ${ODD}`);
  // uses visitor_by_person, and the primary key of claim_conflict
  const selectMade = db.prepare<[number, number, number], FlagView>(`
    select 'visitor-conflict' as flag, c.name as about, c.at
    from visitor v join claim_conflict c on c.site = v.site and c.visitor = v.key
    where v.key = ? or (v.person = ? and v.person <> v.key and v.key <> ?)`);
  // uses claim_by_person, claim_conflict_by_name
  const selectMet = db.prepare<[number], FlagView>(`
    select 'visitor-conflict' as flag, c.name as about, c.at
    from claim k join claim_conflict c on c.site = k.site and c.name = k.name where k.person = ?`);
  return (person) =>
    [
      ...selectOrders.all(person).flatMap(flagsOfOrder),
      ...selectMade.all(person, person, person),
      ...selectMet.all(person),
    ].sort((a, b) => a.at - b.at || (a.about < b.about ? -1 : 1));
}

/** How many flags each site has, or only one; none in a file of an earlier version, whose collector was not started since. */
export function countFlags(db: Db, only?: string): FlagCount[] {
  if (db.prepare("select 1 from sqlite_schema where name = 'order_news'").get() === undefined) return [];
  const sites = db.prepare<[], { key: number; id: string }>("select key, id from site order by id").all();
  // uses order_news_odd
  const orders = db.prepare<[number], OddOrder>(`
    select ${COLUMNS} from order_news n join visitor v on v.site = n.site and v.id = n.visitor
      join purchase p on p.person = v.person and p.number = n.number
    where n.site = ? and ${ODD}`);
  const conflicts = db
    .prepare<[number], number>("select count(*) from claim_conflict where site = ?")
    .pluck();
  return sites.flatMap(({ key, id }) => {
    if (only !== undefined && id !== only) return [];
    const counts = new Map<DataFlag, number>();
    for (const { flag } of orders.all(key).flatMap(flagsOfOrder))
      counts.set(flag, (counts.get(flag) ?? 0) + 1);
    const claims = conflicts.get(key) ?? 0;
    if (claims > 0) counts.set("visitor-conflict", claims);
    return [...counts].map(([flag, rows]) => ({ site: id, flag, rows }));
  });
}

/** The flags of what a message of the inbox told, given the touchpoints it became. */
export function openMessageFlags(db: Db): (inbox: number, touchpoints: readonly string[]) => DataFlag[] {
  // uses inbox_visitor_by_row, then the primary keys of what is joined, for each site
  const selectOrders = db.prepare<[number], OddOrder>(`
    select ${COLUMNS} from inbox_visitor i join site s
      join visitor v on v.site = s.key and v.id = i.visitor
      join order_news n on n.site = s.key and n.number = substr(i.visitor, 7)
      join purchase p on p.person = v.person and p.number = n.number
    where i.inbox = ? and i.visitor like 'order:%' and ${ODD}`);
  const selectClaims = db
    .prepare<[number], Buffer>(`
      select t.id from inbox_visitor i join site s
        join visitor v on v.site = s.key and v.id = i.visitor
        join claim_conflict c on c.site = s.key and c.visitor = v.key
        join touchpoint t on t.seq = c.seq
      where i.inbox = ?`)
    .pluck();
  return (inbox, touchpoints) => {
    const flags = new Set(
      selectOrders
        .all(inbox)
        .flatMap(flagsOfOrder)
        .map(({ flag }) => flag),
    );
    const isClaim = (id: Buffer) => touchpoints.includes(idText(id));
    if (selectClaims.all(inbox).some(isClaim)) flags.add("visitor-conflict");
    return [...flags];
  };
}
