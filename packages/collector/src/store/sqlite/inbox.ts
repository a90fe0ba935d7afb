/**
 * Keeps what other systems sent, until it is mapped and for some days after it: rows, their states, cursors of polls.
 */
import type { OrderNews } from "../../connect/order-news.ts";
import type { DataFlag } from "../../domain/data-flags.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";
import { noteOrderNews, openMessageFlags } from "./order-news.ts";

/** A message as it is kept; see connect/inbox.ts. */
export interface NewInboxRow {
  connector: string;
  receivedAt: EpochMs;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  refused?: string;
  cursor?: { stream: string; cursor: string };
}

export interface InboxAnswer {
  status: number;
  json: unknown;
}

export interface WaitingInboxRow {
  key: number;
  connector: string;
  receivedAt: EpochMs;
  headers: Record<string, string>;
  body: Uint8Array;
  fetched: Record<string, InboxAnswer>;
  tries: number;
}

export interface SettledInboxRow {
  key: number;
  state: string;
  detail: string | null;
  touchpoints: readonly string[];
  visitors: readonly string[];
  news?: { site: string; orders: readonly OrderNews[] };
  fetched: Readonly<Record<string, InboxAnswer>>;
  tries: number;
  notBefore: EpochMs;
}

/** Which rows are meant. */
export interface InboxFilter {
  connector?: string;
  state?: string;
  since?: EpochMs;
  /** Only rows older than this one; newest first. */
  before?: number;
  key?: number;
}

/** A row for people. */
export interface InboxLine {
  key: number;
  connector: string;
  receivedAt: EpochMs;
  state: string;
  detail: string | null;
  touchpoints: string[];
  headers: Record<string, string>;
  sizeInBytes: number;
  tries: number;
  /** What is doubtful about the orders it told, or about whose it says they are. */
  flags: DataFlag[];
}

export interface InboxCount {
  connector: string;
  state: string;
  rows: number;
  newestAt: EpochMs;
  oldestAt: EpochMs;
}

/** A flood of forged messages must not push out what the operator wants to see, nor fill the disk. */
const MOST_REFUSED = 200;
const EXPIRE_BATCH = 1_000;
const LIST_LIMIT = 100;

const CHOSEN = `
  (@connector is null or connector = @connector) and (@state is null or state = @state)
  and (@since is null or received_at >= @since) and (@before is null or key < @before) and (@key is null or key = @key)`;

interface Chosen {
  connector: string | null;
  state: string | null;
  since: number | null;
  before: number | null;
  key: number | null;
}

const chosen = ({ connector, state, since, before, key }: InboxFilter): Chosen => ({
  connector: connector ?? null,
  state: state ?? null,
  since: since ?? null,
  before: before ?? null,
  key: key ?? null,
});

/** Keeps a message and, for a page of a poll, where to go on. Inside the caller's transaction. */
export function keepInboxRow(db: Db, row: NewInboxRow): number {
  const { connector, receivedAt, headers, body, refused, cursor } = row;
  const { lastInsertRowid } = db
    .prepare(`
      insert into inbox (connector, received_at, headers, body, state, detail) values (?, ?, ?, ?, ?, ?)`)
    .run(
      connector,
      receivedAt,
      JSON.stringify(headers),
      body,
      refused === undefined ? "waiting" : "refused",
      refused ?? null,
    );
  if (refused !== undefined) {
    // uses inbox_by_state
    db.prepare(`
      delete from inbox where state = 'refused' and key <= (
        select key from inbox where state = 'refused' order by key desc limit 1 offset ?)`).run(MOST_REFUSED);
  }
  if (cursor !== undefined) {
    db.prepare(`
      insert into inbox_cursor (connector, stream, cursor) values (?, ?, ?)
      on conflict do update set cursor = excluded.cursor`).run(connector, cursor.stream, cursor.cursor);
  }
  return Number(lastInsertRowid);
}

/** The oldest rows that wait and may be looked at. */
export function waitingInboxRows(db: Db, limit: number, now: EpochMs): WaitingInboxRow[] {
  // uses inbox_by_state
  return db
    .prepare<
      [number, number],
      {
        key: number;
        connector: string;
        received_at: number;
        headers: string;
        body: Buffer;
        fetched: string;
        tries: number;
      }
    >(`
      select key, connector, received_at, headers, body, fetched, tries from inbox
      where state = 'waiting' and not_before <= ? order by key limit ?`)
    .all(now, limit)
    .map(({ received_at: receivedAt, headers, fetched, ...row }) => ({
      ...row,
      receivedAt,
      headers: JSON.parse(headers) as Record<string, string>,
      fetched: JSON.parse(fetched) as Record<string, InboxAnswer>,
    }));
}

/** Writes what became of rows. Inside the caller's transaction. */
export function settleInboxRows(db: Db, rows: readonly SettledInboxRow[]): void {
  const update = db.prepare(`
    update inbox set state = ?, detail = ?, touchpoints = ?, fetched = ?, tries = ?, not_before = ? where key = ?`);
  const link = db.prepare("insert into inbox_visitor (visitor, inbox) values (?, ?) on conflict do nothing");
  for (const row of rows) {
    const { key, state, detail, touchpoints, fetched, tries, notBefore } = row;
    update.run(state, detail, JSON.stringify(touchpoints), JSON.stringify(fetched), tries, notBefore, key);
    for (const visitor of row.visitors) link.run(visitor, key);
    if (row.news !== undefined) noteOrderNews(db, row.news.site, row.news.orders);
  }
}

/** Lets rows be mapped again; those refused at the door never are. Returns how many. Inside the caller's transaction. */
export function replayInboxRows(db: Db, filter: InboxFilter): number {
  return db
    .prepare<[Chosen]>(`
      update inbox set state = 'waiting', not_before = 0, tries = 0, detail = null
      where state not in ('refused', 'waiting') and ${CHOSEN}`)
    .run(chosen(filter)).changes;
}

/** Newest first, a hundred at most. */
export function listInboxRows(db: Db, filter: InboxFilter): InboxLine[] {
  const flagsOf = openMessageFlags(db);
  return db
    .prepare<
      [Chosen],
      {
        key: number;
        connector: string;
        receivedAt: number;
        state: string;
        detail: string | null;
        touchpoints: string;
        headers: string;
        sizeInBytes: number;
        tries: number;
      }
    >(`
      select key, connector, received_at as receivedAt, state, detail, touchpoints, headers,
        length(body) as sizeInBytes, tries
      from inbox where ${CHOSEN} order by key desc limit ${LIST_LIMIT}`)
    .all(chosen(filter))
    .map((row) => {
      const touchpoints = JSON.parse(row.touchpoints) as string[];
      const headers = JSON.parse(row.headers) as Record<string, string>;
      return { ...row, touchpoints, headers, flags: flagsOf(row.key, touchpoints) };
    });
}

/** The body of a row as text, and the answers fetched for it; undefined when there is no such row. */
export function inboxBody(
  db: Db,
  key: number,
): { body: string; fetched: Record<string, InboxAnswer> } | undefined {
  const row = db
    .prepare<[number], { body: Buffer; fetched: string }>("select body, fetched from inbox where key = ?")
    .get(key);
  return row === undefined
    ? undefined
    : { body: row.body.toString("utf8"), fetched: JSON.parse(row.fetched) as Record<string, InboxAnswer> };
}

/** Rows per connector and state. */
export function countInboxRows(db: Db): InboxCount[] {
  return db
    .prepare<[], InboxCount>(`
      select connector, state, count(*) as rows, max(received_at) as newestAt, min(received_at) as oldestAt
      from inbox group by connector, state order by connector, state`)
    .all();
}

export function inboxCursors(db: Db, connector: string): Record<string, string> {
  const rows = db
    .prepare<[string], { stream: string; cursor: string }>(
      "select stream, cursor from inbox_cursor where connector = ?",
    )
    .all(connector);
  return Object.fromEntries(rows.map(({ stream, cursor }) => [stream, cursor]));
}

/** Deletes settled rows that are older, a thousand at most; returns how many. Inside the caller's transaction. */
export function expireInboxRows(db: Db, connector: string, before: EpochMs): number {
  // uses inbox_by_age
  const keys = db
    .prepare<[string, number], number>(`
      select key from inbox where connector = ? and received_at < ? and state <> 'waiting' limit ${EXPIRE_BATCH}`)
    .pluck()
    .all(connector, before);
  removeRows(db, keys);
  return keys.length;
}

/** Shorter names are found in everything. */
const LEAST_NAME = 6;

/**
 * Deletes every row that spoke of these visitors, and every row whose body holds one of these names, also as the part
 * behind a colon: what could not be read became nobody's. Inside the caller's transaction.
 */
export function forgetInboxRows(db: Db, visitors: readonly string[], names: readonly string[]): number {
  const select = db.prepare<[string], number>("select inbox from inbox_visitor where visitor = ?").pluck();
  const keys = new Set(visitors.flatMap((visitor) => select.all(visitor)));
  const holding = db
    .prepare<[Buffer, string], number>(
      "select key from inbox where instr(body, ?) > 0 or instr(fetched, ?) > 0",
    )
    .pluck();
  const parts = new Set(names.flatMap((name) => [name, name.slice(name.lastIndexOf(":") + 1)]));
  for (const part of parts) {
    if (part.length < LEAST_NAME) continue;
    for (const key of holding.all(Buffer.from(part, "utf8"), part)) keys.add(key);
  }
  removeRows(db, [...keys]);
  return keys.size;
}

function removeRows(db: Db, keys: readonly number[]): void {
  const row = db.prepare("delete from inbox where key = ?");
  const links = db.prepare("delete from inbox_visitor where inbox = ?");
  for (const key of keys) {
    row.run(key);
    links.run(key);
  }
}
