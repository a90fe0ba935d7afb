/**
 * Cuts batches: what changed in the file since the batch before, as rows for the engine, from one state of the file.
 *
 * A batch ends at a number of the notes and a number of the log. It is cut once: what was cut is kept as it is (see
 * spool.ts) and sent until the engine has it.
 */

import { numberOf, SLOTS } from "./capture.ts";
import { projectedTo } from "./log.ts";
import type { Db } from "./open.ts";
import { KEYS_PER_OWNER, SHIPPED, shipped } from "./shipped.ts";
import type { ShippedTable } from "./shipped-table.ts";

/** Rows of one table, in the engine's format JSONCompactEachRow, one a line. */
export interface Rows {
  table: string;
  count: number;
  text: string;
}

/** How far batches were cut. */
export interface Watermark {
  /** Number of the newest note that was shipped. */
  change: number;
  /** Newest row of the log that was shipped. */
  seq: number;
}

export interface Cut {
  rows: Rows[];
  to: Watermark;
  /** Touchpoints among the rows. */
  touchpoints: number;
  /** When the oldest of them arrived; undefined when there is none. */
  oldestAt?: number;
  /** True when somebody asked to be forgotten. */
  forgets: boolean;
  /** True when the batch is full: more waits. */
  hasMore: boolean;
}

/** Who ships: which keys are its own, and which of its lives it is in. */
export interface Owner {
  /** 0 for the first collector; each has its own room for keys. */
  number: number;
  /** Grows when the file went back in time (a backup was restored), so that what is shipped from then on stands. */
  epoch: number;
}

/** How many notes one life of a collector may have; 2^53 leaves 8,192 lives. */
const NOTES_PER_EPOCH = 2 ** 40;

/** The version of rows as of a note. */
export const versionOf = ({ epoch }: Owner, note: number): number => epoch * NOTES_PER_EPOCH + note;

export interface Cutter {
  /** What changed after `from`, at most so many rows of the log and notes; undefined when nothing did. */
  cut(from: Watermark, mostRows: number, mostNotes: number): Cut | undefined;
  /**
   * Rows of a table as they are, whether they changed or not, after a place in it (null: from its beginning). `next` is the
   * place to go on from; undefined at the end.
   */
  copy(table: ShippedTable, after: readonly unknown[] | null, most: number): { rows: Rows; next?: unknown[] };
  /** Notes and touchpoints that wait behind a watermark, and when the oldest touchpoint arrived. */
  waiting(from: Watermark): { changes: number; touchpoints: number; oldestAt: number | null };
  /** Where the file stands. */
  newest(): Watermark;
}

/** Works on a connection of its own, on which nothing else is asked. */
export function openCutter(db: Db, owner: Owner): Cutter {
  // better-sqlite3 binds every number as a float, which JSON would show: whole numbers are bound as bigints.
  const bound = {
    owner: BigInt(owner.number),
    o: BigInt(owner.number * KEYS_PER_OWNER),
    base: BigInt(versionOf(owner, 0)),
  };
  const lastNote = db.prepare<[], number | null>("select max(n) from forward_change").pluck();
  // Notes are removed when they were shipped; the number they have come to is kept by SQLite.
  const lastNumber = db
    .prepare<[], number>("select seq from sqlite_sequence where name = 'forward_change'")
    .pluck();
  const nthNote = db
    .prepare<[number, number], number>("select n from forward_change where n > ? order by n limit 1 offset ?")
    .pluck();
  const counts = db.prepare<[number, number], { tab: number; n: number }>(
    "select tab, count(*) as n from forward_change where n > ? and n <= ? group by tab",
  );
  const changed = new Map(
    SHIPPED.map((table) => [table, db.prepare<object, string>(changedSql(table)).pluck()]),
  );
  const copied = new Map(
    SHIPPED.map((table) => [
      table,
      { first: db.prepare(copySql(table, false)).raw(), next: db.prepare(copySql(table, true)).raw() },
    ]),
  );
  const appended = db.prepare<object, string>(appendedSql()).pluck();
  const oldestAppended = db
    .prepare<[number, number], number | null>(
      "select received_at from touchpoint where seq > ? and seq <= ? order by seq limit 1",
    )
    .pluck();
  const countAppended = db
    .prepare<[number, number], number>("select count(*) from touchpoint where seq > ? and seq <= ?")
    .pluck();

  const lastSeq = db.prepare<[], number | null>("select max(seq) from touchpoint").pluck();

  const newestNote = (): number => Math.max(lastNote.get() ?? 0, lastNumber.get() ?? 0);

  const cutNow = (from: Watermark, mostRows: number, mostNotes: number): Cut | undefined => {
    const newest = newestNote();
    const folded = projectedTo(db);
    const change = nthNote.get(from.change, mostNotes - 1) ?? newest;
    const seq = Math.max(from.seq, Math.min(folded, from.seq + mostRows));
    if (change <= from.change && seq <= from.seq) return undefined;
    const touched = new Map(counts.all(from.change, change).map(({ tab, n }) => [tab, n]));
    const rows: Rows[] = [];
    let touchpoints = 0;
    for (const table of SHIPPED) {
      const lines = touched.has(numberOf(table))
        ? changed.get(table)!.all({ ...bound, from: from.change, to: change })
        : [];
      if (table.isLog === true && seq > from.seq) {
        const fresh = appended.all({ ...bound, n: BigInt(newest), from: from.seq, to: seq });
        touchpoints = fresh.length;
        lines.push(...fresh);
      }
      if (lines.length > 0) rows.push(rowsOf(table, lines));
    }
    const oldestAt = touchpoints === 0 ? undefined : (oldestAppended.get(from.seq, seq) ?? undefined);
    return {
      rows,
      to: { change, seq },
      touchpoints,
      ...(oldestAt === undefined ? {} : { oldestAt }),
      forgets: touched.has(numberOf(shipped("forgotten"))),
      hasMore: change < newest || seq < folded,
    };
  };
  // One state of the file for all statements of a cut.
  const cut = db.transaction(cutNow);

  const copy = db.transaction((table: ShippedTable, after: readonly unknown[] | null, most: number) => {
    const width = table.walk.length;
    const places = Object.fromEntries((after ?? []).map((value, place) => [`w${place}`, value]));
    const { first, next } = copied.get(table)!;
    const statement = after === null ? first : next;
    const found = statement.all({ ...bound, n: BigInt(newestNote()), most, ...places }) as [
      string,
      ...unknown[],
    ][];
    const rows = rowsOf(
      table,
      found.map(([line]) => line),
    );
    return found.length < most ? { rows } : { rows, next: found.at(-1)!.slice(1, 1 + width) };
  });

  return {
    cut,
    copy,
    waiting(from) {
      const last = lastSeq.get() ?? 0;
      return {
        changes: Math.max(0, newestNote() - from.change),
        touchpoints: countAppended.get(from.seq, last) ?? 0,
        oldestAt: oldestAppended.get(from.seq, last) ?? null,
      };
    },
    newest: () => ({ change: newestNote(), seq: projectedTo(db) }),
  };
}

function rowsOf({ name }: ShippedTable, lines: readonly string[]): Rows {
  return { table: name, count: lines.length, text: lines.length === 0 ? "" : `${lines.join("\n")}\n` };
}

/** `json_array` of a row of the engine. */
function lineOf({ columns }: ShippedTable): string {
  const values = columns.map(([, , sql]) => sql).join(", ");
  return `json_array(${values}, @owner, @base + d.n, iif(r.${"%there"} is null, 1, 0))`;
}

/**
 * The row `r` of what was captured as `d`. Where the table's key is among the captured columns, the others are only checked:
 * SQLite would take an index by site and time, and walk through everything that happened in one millisecond.
 */
export function joinOn({ captured, walk }: ShippedTable): string {
  const hasKey = walk.every((column) => captured.includes(column));
  return captured
    .map((column, place) => `${hasKey && !walk.includes(column) ? "+" : ""}r.${column} = d.${SLOTS[place]}`)
    .join(" and ");
}

/** Rows of a table that were noted, each once, as they are now. */
function changedSql(table: ShippedTable): string {
  const slots = SLOTS.slice(0, table.captured.length).join(", ");
  return `
    select ${lineOf(table).replace("%there", table.captured[0]!)}
    from (
      select ${slots}, max(n) as n from forward_change
      where n > @from and n <= @to and tab = ${numberOf(table)} group by ${slots}
    ) d
    left join ${table.file} r on ${joinOn(table)}`;
}

/** Rows of a table in the order of its key, whether they changed or not. */
function copySql(table: ShippedTable, goesOn: boolean): string {
  const { captured, walk, file, only } = table;
  const named = captured.map((column, place) => `r.${column} as ${SLOTS[place]}`).join(", ");
  const tests = [
    ...(goesOn ? [`(${walk.join(", ")}) > (${walk.map((_, place) => `@w${place}`).join(", ")})`] : []),
    ...(only === undefined ? [] : [only("r")]),
    // The fold may be behind the log: what is not folded yet is cut later.
    ...(table.isLog ? ["r.seq <= (select cast(value as integer) from meta where key = 'projected_to')"] : []),
  ];
  return `
    select ${lineOf(table).replace("%there", captured[0]!)}, ${walk.map((column) => `r.${column}`).join(", ")}
    from (
      select ${named}, @n as n from ${file} r
      ${tests.length === 0 ? "" : `where ${tests.join(" and ")}`}
      order by ${walk.map((column) => `r.${column}`).join(", ")} limit @most
    ) d
    join ${file} r on ${joinOn(table)}
    order by ${walk.map((column) => `r.${column}`).join(", ")}`;
}

/** New rows of the log. */
function appendedSql(): string {
  const table = shipped("touchpoint");
  return `
    select ${lineOf(table).replace("%there", "seq")}
    from (select visitor as a, seq as b, @n as n from touchpoint where seq > @from and seq <= @to) d
    join touchpoint r on r.seq = d.b`;
}
