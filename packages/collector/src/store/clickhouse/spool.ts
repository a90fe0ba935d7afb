/**
 * Keeps batches as they were cut, in a file of their own beside the data file: those that wait for the engine, those that it
 * has (for a while, so that they can be sent again), and those that it refused.
 *
 * A batch never changes once it is here. What is known of the collector towards the engine lies here too.
 */
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import Database from "better-sqlite3";
import { SojournError } from "../../errors.ts";
import type { Cut, Owner, Rows, Watermark } from "../sqlite/cut.ts";

/** Name of the file in the data folder. */
export const SPOOL_FILE = "forward.db";

const TABLES = `
create table if not exists meta (key text primary key, value text not null) strict, without rowid;
-- state: waiting, delivered, quarantined. to_seq: the log is in this batch and those before it up to here.
create table if not exists batch (
  n integer primary key autoincrement,
  to_change integer not null,
  to_seq integer not null,
  touchpoints integer not null,
  rows integer not null,
  bytes integer not null,
  oldest_at integer,
  cut_at integer not null,
  state text not null,
  settled_at integer,
  reason text,
  forgets integer not null
) strict;
create index if not exists batch_by_state on batch (state, n);
create table if not exists part (
  batch integer not null,
  place integer not null,
  tab text not null,
  count integer not null,
  body blob not null,
  primary key (batch, place)
) strict, without rowid;
`;

export interface Batch {
  n: number;
  to: Watermark;
  touchpoints: number;
  rows: number;
  bytes: number;
  /** When the oldest touchpoint in it arrived. */
  oldestAt: number | null;
  cutAt: number;
  forgets: boolean;
}

/** A batch the engine refused. */
export interface Quarantined extends Batch {
  reason: string;
  refusedAt: number;
}

export interface Spool {
  meta(name: string): string | undefined;
  setMeta(name: string, value: string | null): void;
  /** How far batches were cut; undefined before the first one. */
  watermark(): Watermark | undefined;
  /** Says from where the next batch is cut. */
  setWatermark(to: Watermark): void;
  owner(): Owner | undefined;
  setOwner(owner: Owner): void;
  /** Keeps a batch and moves the watermark, on disk when it returns; `note` is kept with it. */
  add(
    cut: Pick<Cut, "rows" | "to" | "touchpoints" | "oldestAt" | "forgets">,
    at: number,
    note?: [string, string | null],
  ): number;
  /** The oldest batch that waits. */
  next(): Batch | undefined;
  parts(batch: number): Rows[];
  delivered(batch: number, at: number): void;
  quarantine(batch: number, reason: string, at: number): void;
  /** Lets a refused batch, or all of them (null), wait again; returns how many. */
  release(batch: number | null): number;
  quarantined(): Quarantined[];
  /** Lets delivered batches cut at or after an instant wait again, oldest first; returns how many. */
  again(from: number): number;
  /** Cut time of the oldest batch that is kept. */
  oldestKept(): number | undefined;
  /** Removes delivered batches that were cut before an instant, a few at a time; returns how many. */
  prune(before: number): number;
  /** Removes all delivered and refused batches, and what SQLite still holds of them; returns how many were refused ones. */
  purge(): number;
  /** Forgets the engine: batches, and who the collector is there. Its name stays. */
  startAfresh(): void;
  counts(): {
    waiting: number;
    quarantined: number;
    bytes: number;
    oldestAt: number | null;
    oldestCutAt: number | null;
  };
  /** Touchpoints in batches that wait. */
  waitingTouchpoints(): number;
  close(): void;
}

const PRUNED_AT_ONCE = 20;

interface BatchRow {
  n: number;
  to_change: number;
  to_seq: number;
  touchpoints: number;
  rows: number;
  bytes: number;
  oldest_at: number | null;
  cut_at: number;
  reason: string | null;
  settled_at: number | null;
  forgets: number;
}

/** Opens the spool of a data folder; `isReadOnly` for looking only. */
export function openSpool(folder: string, isReadOnly = false): Spool {
  const path = join(folder, SPOOL_FILE);
  const db = open(path, isReadOnly);
  const getMeta = db.prepare<[string], string>("select value from meta where key = ?").pluck();
  const putMeta = db.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  const dropMeta = db.prepare("delete from meta where key = ?");
  const insert = db.prepare(`
    insert into batch (to_change, to_seq, touchpoints, rows, bytes, oldest_at, cut_at, state, forgets)
    values (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)`);
  const insertPart = db.prepare("insert into part (batch, place, tab, count, body) values (?, ?, ?, ?, ?)");
  const selectNext = db.prepare<[], BatchRow>(
    "select * from batch where state = 'waiting' order by n limit 1",
  );
  const selectParts = db.prepare<[number], { tab: string; count: number; body: Buffer }>(
    "select tab, count, body from part where batch = ? order by place",
  );
  const settle = db.prepare("update batch set state = ?, settled_at = ?, reason = ? where n = ?");
  const selectQuarantined = db.prepare<[], BatchRow>(
    "select * from batch where state = 'quarantined' order by n",
  );
  const wait = db.prepare(
    "update batch set state = 'waiting', settled_at = null, reason = null where state = 'quarantined' and (n = ?1 or ?1 is null)",
  );
  const again = db.prepare(
    "update batch set state = 'waiting', settled_at = null where state = 'delivered' and cut_at >= ?",
  );
  const oldest = db.prepare<[], number | null>("select min(cut_at) from batch").pluck();
  const selectOld = db
    .prepare<[number, number], number>(
      "select n from batch where state = 'delivered' and cut_at < ? order by n limit ?",
    )
    .pluck();
  const dropBatch = db.prepare("delete from batch where n = ?");
  const dropParts = db.prepare("delete from part where batch = ?");
  const count = db.prepare<[], { waiting: number; oldest: number | null; cut: number | null }>(`
    select count(*) as waiting, min(oldest_at) as oldest, min(cut_at) as cut from batch where state = 'waiting'`);
  const countRefused = db
    .prepare<[], number>("select count(*) from batch where state = 'quarantined'")
    .pluck();
  const sumWaiting = db
    .prepare<[], number | null>("select sum(touchpoints) from batch where state = 'waiting'")
    .pluck();
  const sizes = db.prepare<[], number | null>("select sum(bytes) from batch").pluck();

  const setMeta = (name: string, value: string | null): void => {
    if (value === null) dropMeta.run(name);
    else putMeta.run(name, value);
  };
  const setWatermark = ({ change, seq }: Watermark): void =>
    setMeta("watermark", JSON.stringify([change, seq]));

  const remove = (batches: readonly number[]): void => {
    for (const n of batches) {
      dropParts.run(n);
      dropBatch.run(n);
    }
  };

  return {
    meta: (name) => getMeta.get(name),
    setMeta,
    setWatermark,
    watermark() {
      const text = getMeta.get("watermark");
      if (text === undefined) return undefined;
      const [change, seq] = JSON.parse(text) as [number, number];
      return { change, seq };
    },
    owner() {
      const text = getMeta.get("owner");
      if (text === undefined) return undefined;
      const [number, epoch] = JSON.parse(text) as [number, number];
      return { number, epoch };
    },
    setOwner: ({ number, epoch }) => setMeta("owner", JSON.stringify([number, epoch])),

    add: db.transaction((cut, at: number, note?: [string, string | null]) => {
      const bodies = cut.rows.map(({ text }: Rows) => zstdCompressSync(Buffer.from(text)));
      const bytes = bodies.reduce((sum: number, body: Buffer) => sum + body.length, 0);
      const rows = cut.rows.reduce((sum: number, part: Rows) => sum + part.count, 0);
      const { change, seq } = cut.to;
      const oldestAt = cut.oldestAt ?? null;
      const forgets = cut.forgets ? 1 : 0;
      const { lastInsertRowid } = insert.run(
        change,
        seq,
        cut.touchpoints,
        rows,
        bytes,
        oldestAt,
        at,
        forgets,
      );
      for (const [place, part] of cut.rows.entries()) {
        insertPart.run(lastInsertRowid, place, part.table, part.count, bodies[place]);
      }
      setWatermark(cut.to);
      if (note !== undefined) setMeta(...note);
      return Number(lastInsertRowid);
    }) as Spool["add"],

    next: () => batchOf(selectNext.get()),
    parts: (batch) =>
      selectParts.all(batch).map(({ tab, count: n, body }) => ({
        table: tab,
        count: n,
        text: zstdDecompressSync(body).toString(),
      })),
    delivered: (batch, at) => void settle.run("delivered", at, null, batch),
    quarantine: (batch, reason, at) => void settle.run("quarantined", at, reason.slice(0, 500), batch),
    release: (batch) => wait.run({ 1: batch }).changes,
    quarantined: () =>
      selectQuarantined.all().map((row) => ({
        ...batchOf(row)!,
        reason: row.reason ?? "",
        refusedAt: row.settled_at ?? 0,
      })),
    again: (from) => again.run(from).changes,
    oldestKept: () => oldest.get() ?? undefined,
    prune: db.transaction((before: number) => {
      const old = selectOld.all(before, PRUNED_AT_ONCE);
      remove(old);
      return old.length;
    }),
    purge() {
      const refused = selectQuarantined.all().map(({ n }) => n);
      db.transaction(() => remove([...selectOld.all(Number.MAX_SAFE_INTEGER, -1), ...refused]))();
      db.pragma("wal_checkpoint(truncate)");
      return refused.length;
    },
    startAfresh: db.transaction(() => {
      db.exec("delete from part; delete from batch; delete from meta where key <> 'name'");
    }),
    counts() {
      const { waiting, oldest: oldestAt, cut } = count.get()!;
      const quarantined = countRefused.get() ?? 0;
      return { waiting, quarantined, bytes: sizes.get() ?? 0, oldestAt, oldestCutAt: cut };
    },
    waitingTouchpoints: () => sumWaiting.get() ?? 0,
    close: () => void db.close(),
  };
}

function open(path: string, isReadOnly: boolean): Database.Database {
  try {
    const db = new Database(path, { readonly: isReadOnly, timeout: 5_000 });
    if (isReadOnly) return db;
    db.pragma("journal_mode = wal");
    // A batch that was cut must not be lost: the notes it was cut from are removed.
    db.pragma("synchronous = full");
    db.pragma("secure_delete = on");
    db.exec(TABLES);
    return db;
  } catch (cause) {
    throw new SojournError("store_unwritable", `${path} cannot be used`, {
      hint: "It holds batches for the engine. Check its owner and rights; `sojourn engine copy` ships everything again.",
      cause,
    });
  }
}

function batchOf(row: BatchRow | undefined): Batch | undefined {
  if (row === undefined) return undefined;
  const { n, touchpoints, rows, bytes, forgets } = row;
  return {
    n,
    to: { change: row.to_change, seq: row.to_seq },
    touchpoints,
    rows,
    bytes,
    oldestAt: row.oldest_at,
    cutAt: row.cut_at,
    forgets: forgets === 1,
  };
}
