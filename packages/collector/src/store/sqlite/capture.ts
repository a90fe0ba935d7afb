/**
 * Notes which rows of the file changed, for whoever ships them to the engine.
 *
 * Triggers write one short row per change, inside the transaction that makes it: what is folded, erased, replayed or typed
 * in by an operator is shipped, whichever code did it and whichever process it ran in. New rows of the log are not noted;
 * they are found by their number, so an acknowledged append costs nothing more.
 */
import type { Db } from "./open.ts";
import { SHIPPED } from "./shipped.ts";
import type { ShippedTable } from "./shipped-table.ts";

/** Columns of a note that hold the captured columns of the row. */
export const SLOTS = ["a", "b", "c", "d", "e"] as const;

/** `n` only grows, also when all notes were shipped and removed: it is the version of what is shipped. */
const NOTES = `
create table if not exists forward_change (
  n integer primary key autoincrement,
  tab integer not null,
  a any, b any, c any, d any, e any
) strict`;

/** The number of a table in the notes. */
export const numberOf = (table: ShippedTable): number => SHIPPED.indexOf(table);

/** Begins to note changes. Does nothing where that began before, except that it follows a changed list of tables. */
export function beginCapture(db: Db): void {
  const triggers = SHIPPED.flatMap(triggersOf);
  const there = new Map(
    db
      .prepare<[], { name: string; sql: string }>(
        "select name, sql from sqlite_schema where type = 'trigger' and name like 'forward\\_%' escape '\\'",
      )
      .all()
      .map(({ name, sql }) => [name, sql]),
  );
  const isDone = there.size === triggers.length && triggers.every(({ name, sql }) => there.get(name) === sql);
  if (isDone) return;
  db.transaction(() => {
    db.exec(NOTES);
    for (const name of there.keys()) db.exec(`drop trigger ${name}`);
    for (const { sql } of triggers) db.exec(sql);
  })();
}

/** Stops noting changes and forgets what was noted. */
export function endCapture(db: Db): void {
  db.transaction(() => {
    for (const { name } of SHIPPED.flatMap(triggersOf)) db.exec(`drop trigger if exists ${name}`);
    db.exec("drop table if exists forward_change");
  })();
}

/** True when changes are noted. */
export function isCapturing(db: Db): boolean {
  return db.prepare("select 1 from sqlite_schema where name = 'forward_change'").get() !== undefined;
}

function triggersOf(table: ShippedTable): { name: string; sql: string }[] {
  const { name, file, captured, watched, only, isLog } = table;
  const note = (row: string): string =>
    `insert into forward_change (tab, ${SLOTS.slice(0, captured.length).join(", ")}) values (${numberOf(table)}, ${captured
      .map((column) => `${row}.${column}`)
      .join(", ")})`;
  const trigger = (event: string, on: string, row: string, when?: string) => {
    const tests = [only?.(row), when].filter((test) => test !== undefined);
    const sql = `create trigger forward_${name}_${event} after ${on} on ${file} ${
      tests.length === 0 ? "" : `when ${tests.join(" and ")} `
    }begin ${note(row)}; end`;
    return { name: `forward_${name}_${event}`, sql };
  };
  const moved = captured.map((column) => `old.${column} is not new.${column}`).join(" or ");
  return [
    ...(isLog ? [] : [trigger("insert", "insert", "new")]),
    trigger("delete", "delete", "old"),
    trigger(
      "update",
      watched === undefined ? "update" : `update of ${[...new Set([...watched, ...captured])].join(", ")}`,
      "new",
    ),
    trigger("move", `update of ${captured.join(", ")}`, "old", `(${moved})`),
  ];
}
