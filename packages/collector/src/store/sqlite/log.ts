/**
 * Appends accepted touchpoints to the log, once each, and reads a visitor's chain back.
 *
 * The caller holds the transaction. Heads of chains live in memory between flushes and are rebuilt from the tail of
 * the log after a crash, so an append writes two B-trees that only grow at their ends: the log and its unique index.
 */

import { ORDER_SEEN } from "../../domain/identity.ts";
import type { Touchpoint } from "../../domain/touchpoint.ts";
import { type AcceptedTouchpoint, MARKS } from "../../ingest/accept.ts";
import { foreignHash, idText, orderedBytes } from "../../ingest/event-id.ts";
import { packBody, unpackBody } from "./body.ts";
import { openChains } from "./chains.ts";
import type { Db } from "./open.ts";

/** A row as it was just appended, still in the hands of the writer. */
export interface Appended {
  seq: number;
  site: number;
  /** Key of the visitor. */
  visitor: number;
  receivedAt: number;
  traffic: number;
  marks: number;
  touchpoint: Touchpoint;
}

/** A visitor's newest row in the log. */
export interface ChainHead {
  key: number;
  lastSeq: number;
}

/** Most visitors whose keys are held in memory, beside those whose heads wait to be written. */
const MOST_VISITORS = 30_000;

export interface Log {
  /** Adds one touchpoint; undefined when its id is known already. */
  append(
    site: number,
    accepted: AcceptedTouchpoint,
    receivedAt: number,
    isFirst: boolean,
  ): Appended | undefined;
  /** The transaction is on disk: what was appended is now true. */
  committed(): void;
  /** The transaction is gone: forget what it had appended. */
  rolledBack(): void;
  /** Heads of chains that moved since the last call, in the order of the table: the caller writes them all. */
  takeMovedHeads(): ChainHead[];
  /** Writes some of them; inside the caller's transaction. */
  writeHeads(heads: readonly ChainHead[]): void;
  /** All heads that were taken are written and committed. */
  headsCommitted(): void;
  /** They are not: the next call of `takeMovedHeads` gives them again. */
  headsRolledBack(): void;
  /** The key of a kind's name; adds it when it is new. */
  kindKey(name: string): number;
  kindName(key: number): string;
  /** These visitors' touchpoints up to a place in the log, in no particular order; the newest `most` of each. */
  chain(visitors: readonly number[], upTo?: number, most?: number): ChainRow[];
  /** Removes some rows of whole chains and ties the chains together again. Ids without an order stay known. */
  remove(chain: readonly ChainRow[], gone: ReadonlySet<number>): void;
  /** Drops what is held of visitors who were erased. */
  forget(visitors: readonly number[]): void;
  /** A row of the file as it was when it had just been appended. */
  appended(row: StoredRow): Appended;
}

/** One touchpoint of a chain. */
export interface ChainRow {
  seq: number;
  visitor: number;
  receivedAt: number;
  traffic: number;
  marks: number;
  touchpoint: Touchpoint;
}

/** A row of the log as the file holds it. */
export interface StoredRow {
  seq: number;
  id: Buffer;
  site: number;
  visitor: number;
  prev: number;
  at: number;
  received_at: number;
  kind: number;
  traffic: number;
  marks: number;
  body: string;
}

export function openLog(db: Db): Log {
  const insertTouchpoint = db.prepare(`
    insert into touchpoint (seq, id, site, visitor, prev, at, received_at, kind, traffic, marks, body)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do nothing`);
  const insertForeign = db.prepare(
    "insert into foreign_id (hash, site) values (?, ?) on conflict do nothing",
  );
  // The same UUIDv7 is ordered or foreign by the time it arrives at, so each kind is looked for among the other.
  const findForeign = db.prepare("select 1 from foreign_id where hash = ? and site = ?");
  const findOrdered = db.prepare("select 1 from touchpoint where id = ? and site = ?");
  const noteForeign = db.prepare(
    "insert into meta (key, value) values ('foreign_uuids', 'yes') on conflict do nothing",
  );
  let watchesForeign = db.prepare("select 1 from meta where key = 'foreign_uuids'").get() !== undefined;
  const findVisitor = db.prepare<[number, string], { key: number; lastSeq: number }>(
    "select key, last_seq as lastSeq from visitor where site = ? and id = ?",
  );
  const insertVisitor = db.prepare(
    "insert into visitor (key, site, id, last_seq, person) values (?, ?, ?, 0, ?)",
  );
  const updateHead = db.prepare("update visitor set last_seq = ? where key = ? and last_seq < ?");
  const insertKind = db.prepare("insert into kind (key, name) values (?, ?)");
  const chains = openChains(db);
  const readRow = db.prepare<[number], StoredRow>("select * from touchpoint where seq = ?");
  const readHead = db.prepare<[number], number>("select last_seq from visitor where key = ?").pluck();

  const kinds = new Map<string, number>();
  const kindNames: string[] = [];
  for (const { key, name } of db.prepare<[], { key: number; name: string }>("select * from kind").all()) {
    kinds.set(name, key);
    kindNames[key] = name;
  }

  const visitors = new Map<string, ChainHead>();
  /** Heads that moved since they were last written, by visitor key. */
  let moved = new Map<number, ChainHead>();
  /** Those that are being written. */
  let taken = new Map<number, ChainHead>();
  const movedHead = (key: number): ChainHead | undefined => moved.get(key) ?? taken.get(key);
  const dropMoved = (key: number): void => {
    moved.delete(key);
    taken.delete(key);
  };
  // Erasure may remove the newest rows; their numbers are not given out again.
  let nextSeq = Math.max(lastOf(db, "select max(seq) from touchpoint"), projectedTo(db)) + 1;
  let nextVisitor = lastOf(db, "select max(key) from visitor") + 1;

  // What the open transaction did, for the case that it fails.
  let undo: { entry: ChainHead; lastSeq: number }[] = [];
  let created: string[] = [];
  let createdKinds: string[] = [];
  let firstSeq = nextSeq;
  let firstVisitor = nextVisitor;

  const visitorEntry = (site: number, id: string): ChainHead => {
    const name = `${site} ${id}`;
    let entry = visitors.get(name);
    if (entry === undefined) {
      entry = findVisitor.get(site, id);
      if (entry === undefined) {
        entry = { key: nextVisitor++, lastSeq: 0 };
        insertVisitor.run(entry.key, site, id, entry.key);
        created.push(name);
      } else {
        entry = movedHead(entry.key) ?? entry;
      }
      visitors.set(name, entry);
    }
    return entry;
  };

  const kindKey = (name: string): number => {
    let key = kinds.get(name);
    if (key === undefined) {
      key = kindNames.length === 0 ? 1 : kindNames.length;
      insertKind.run(key, name);
      kinds.set(name, key);
      kindNames[key] = name;
      createdKinds.push(name);
    }
    return key;
  };

  // Folding gives browser orders this kind, beside a shop that tells its own; folding itself adds no kinds.
  kindKey(ORDER_SEEN);
  createdKinds = [];

  return {
    append(site, accepted, receivedAt, isFirst) {
      const { key, touchpoint, traffic } = accepted;
      const marks = accepted.marks | (isFirst ? MARKS.opensDelivery : 0);
      let id: Buffer;
      if (key.kind === "ordered") {
        id = key.bytes;
        if (watchesForeign && findForeign.get(foreignHash(idText(id)), site) !== undefined) return undefined;
      } else {
        if (key.bytes !== undefined) {
          if (findOrdered.get(key.bytes, site) !== undefined) return undefined;
          noteForeign.run();
          watchesForeign = true;
        }
        if (insertForeign.run(key.hash, site).changes === 0) return undefined;
        id = orderedBytes(key.hash, receivedAt);
      }
      const visitor = visitorEntry(site, accepted.visitor);
      const seq = nextSeq;
      const inserted = insertTouchpoint.run(
        seq,
        id,
        site,
        visitor.key,
        visitor.lastSeq,
        touchpoint.at,
        receivedAt,
        kindKey(touchpoint.kind),
        traffic,
        marks,
        packBody(touchpoint, key.kind === "foreign"),
      );
      if (inserted.changes === 0) return undefined;
      nextSeq++;
      undo.push({ entry: visitor, lastSeq: visitor.lastSeq });
      visitor.lastSeq = seq;
      return { seq, site, visitor: visitor.key, receivedAt, traffic, marks, touchpoint };
    },

    committed() {
      for (const { entry } of undo) moved.set(entry.key, entry);
      undo = [];
      created = [];
      createdKinds = [];
      firstSeq = nextSeq;
      firstVisitor = nextVisitor;
    },

    rolledBack() {
      for (const { entry, lastSeq } of undo.reverse()) entry.lastSeq = lastSeq;
      for (const name of created) visitors.delete(name);
      for (const name of createdKinds) {
        kindNames.length = kinds.get(name)!;
        kinds.delete(name);
      }
      undo = [];
      created = [];
      createdKinds = [];
      nextSeq = firstSeq;
      nextVisitor = firstVisitor;
    },

    takeMovedHeads() {
      taken = moved;
      moved = new Map();
      return [...taken.values()].sort((a, b) => a.key - b.key);
    },

    writeHeads(heads) {
      for (const { key, lastSeq } of heads) updateHead.run(lastSeq, key, lastSeq);
    },

    headsCommitted() {
      taken = new Map();
      if (visitors.size > MOST_VISITORS) visitors.clear();
    },

    headsRolledBack() {
      for (const [key, entry] of taken) moved.set(key, entry);
      taken = new Map();
    },

    kindKey,
    kindName: (key) => kindNames[key] ?? "unknown",

    chain(keys, upTo = Number.MAX_SAFE_INTEGER, most = Number.POSITIVE_INFINITY) {
      const rows: ChainRow[] = [];
      for (const key of keys) {
        let seq = movedHead(key)?.lastSeq ?? readHead.get(key) ?? 0;
        for (let left = most; seq > 0 && left > 0; left--) {
          const row = readRow.get(seq);
          if (row === undefined) break; // Retention removed what came before.
          if (seq <= upTo) rows.push(decodeRow(row, kindNames));
          seq = row.prev;
        }
      }
      return rows;
    },

    remove(rows, gone) {
      const visitors = chains.remove(rows, gone);
      for (const visitor of visitors) dropMoved(visitor);
      this.forget(visitors);
    },

    forget(keys) {
      const erased = new Set(keys);
      for (const key of keys) dropMoved(key);
      for (const [name, { key }] of visitors) if (erased.has(key)) visitors.delete(name);
    },

    appended: (row) => ({ ...decodeRow(row, kindNames), site: row.site }),
  };
}

function decodeRow(row: StoredRow, kindNames: readonly string[]): ChainRow {
  return {
    seq: row.seq,
    visitor: row.visitor,
    receivedAt: row.received_at,
    traffic: row.traffic,
    marks: row.marks,
    touchpoint: decodeTouchpoint(row, kindNames[row.kind] ?? "unknown"),
  };
}

/** The touchpoint of a stored row. */
export function decodeTouchpoint(
  row: { id: Buffer; at: number; marks: number; body: string },
  kind: string,
): Touchpoint {
  return unpackBody(row.body, idText(row.id), row.at, kind);
}

function lastOf(db: Db, sql: string): number {
  return (db.prepare(sql).pluck().get() as number | null) ?? 0;
}

/** The last row of the log that the projections know. */
export function projectedTo(db: Db): number {
  return Number(db.prepare("select value from meta where key = 'projected_to'").pluck().get() ?? 0);
}

/** True on the first kept row of an arrival. */
export const opensDelivery = (marks: number): boolean => (marks & MARKS.opensDelivery) !== 0;
