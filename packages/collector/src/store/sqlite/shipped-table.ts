/**
 * How a table that is shipped is described: its columns on both sides, said once.
 */

/** A column of the engine: its name, its type, and the SQL that gives it from the file. */
export type Column = readonly [name: string, type: string, sql: string];

/** The same as it is written down: without SQL it is the file's column of that name. */
type ColumnDraft = readonly [name: string, type: string, sql?: string];

export interface ShippedTable {
  /** Its name in the engine. */
  name: string;
  /** Its name in the file. */
  file: string;
  /** Columns of the file that tell one row of the copy from all others, and never change; at most five. */
  captured: readonly string[];
  /** Columns of the file to walk it by, from the smallest on. */
  walk: readonly string[];
  /**
   * `d.a` to `d.e` are the captured columns, `r` is the row (all null when it is gone), `@o` is the collector's offset. The
   * first columns, as many as are in `order`, are the identity and know only `d`.
   */
  columns: readonly Column[];
  /** How the engine sorts, which is also what it tells rows apart by. */
  order: readonly string[];
  /** What a cluster spreads the rows by; undefined: every node has all of them. */
  shard?: string;
  /** Columns of the identity that questions look for out of order. */
  lookedFor?: readonly string[];
  /** Columns whose change is worth shipping; all of them when left out. */
  watched?: readonly string[];
  /** New rows are found by their number in the log, so that an append writes nothing beside itself. */
  isLog?: true;
  /** SQL that must hold of a row, by its alias, for it to be shipped. */
  only?(row: string): string;
}

export type TableDraft = Omit<ShippedTable, "columns"> & { columns: readonly ColumnDraft[] };

/** A table with the SQL of all its columns. */
export const drafted = (draft: TableDraft): ShippedTable => ({
  ...draft,
  columns: draft.columns.map(([name, type, sql]) => [name, type, sql ?? `r.${name}`]),
});

/** A key of the file as a key of the engine. */
export const key = (sql: string): string => `${sql} + @o`;
/** The same, where 0 stands for none. */
export const keyOrNone = (sql: string): string => `iif(${sql} = 0, 0, ${sql} + @o)`;
export const kindName = (sql: string): string => `(select name from kind where key = ${sql})`;
export const UINT = "UInt64";
export const TIME = "Int64";
export const WORD = "LowCardinality(String)";
