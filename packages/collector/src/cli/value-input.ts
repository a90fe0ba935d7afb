/**
 * The two inputs of `sojourn value fit`: a table of orders, or of tallied histories.
 *
 * Owns the reading and the reasons why a line cannot be used; knows nothing of models.
 */
import { type CsvRow, columnsOf, readCsv } from "../csv.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Order } from "../domain/value/order-history.ts";
import type { Tally } from "../domain/value/purchase-model.ts";
import { SojournError } from "../errors.ts";
import type { LineError } from "./credit-input.ts";
import { readTime } from "./model-try.ts";

/** A tally with the line it came from, and the mean value of its repeat orders where the table has it. */
export interface TallyLine extends Tally {
  line: number;
  meanValue?: number;
}

export type ValueInput =
  | { kind: "orders"; orders: Order[]; errors: LineError[] }
  | { kind: "tallies"; tallies: TallyLine[]; errors: LineError[] };

const COLUMNS = {
  customer: ["customer", "customer_id", "id"],
  date: ["date", "at", "ts", "time"],
  value: ["value", "amount", "monetary_value", "mean_value"],
  frequency: ["frequency", "x"],
  recency: ["recency", "t_x", "t.x"],
  T: ["t", "t_cal", "t.cal"],
  n: ["n", "custs", "count", "customers"],
};
type Columns = Partial<Record<keyof typeof COLUMNS, number>>;

/**
 * Reads either table; the header tells which.
 *
 * @throws SojournError `bad_input` for an empty text or a header with neither set of columns
 */
export function readValueInput(text: string): ValueInput {
  const [header, ...rows] = readCsv(text);
  const columns = columnsOf(header?.cells ?? [], COLUMNS);
  if (has(columns, "frequency", "recency", "T")) return readRows("tallies", rows, columns, readTally);
  if (has(columns, "customer", "date")) return readRows("orders", rows, columns, readOrder);
  throw new SojournError("bad_input", "the first line names neither orders nor tallies", {
    hint: "Begin with: customer,date,value for orders, or with: frequency,recency,T,n for tallies.",
  });
}

const has = (columns: Columns, ...names: (keyof Columns)[]) =>
  names.every((name) => columns[name] !== undefined);

function readRows<K extends "orders" | "tallies", T>(
  kind: K,
  rows: readonly CsvRow[],
  columns: Columns,
  readOne: (cell: (name: keyof Columns) => string, line: number) => T | string,
): { kind: K; errors: LineError[] } & Record<K, T[]> {
  const list: T[] = [];
  const errors: LineError[] = [];
  for (const row of rows) {
    const cell = (name: keyof Columns) => row.cells[columns[name] ?? -1]?.trim() ?? "";
    const read = row.error ?? readOne(cell, row.line);
    if (typeof read === "string") errors.push({ line: row.line, reason: read });
    else list.push(read);
  }
  return { kind, errors, [kind]: list } as { kind: K; errors: LineError[] } & Record<K, T[]>;
}

type Cell = (name: keyof Columns) => string;

function readOrder(cell: Cell): Order | string {
  const customer = cell("customer");
  if (customer === "") return "customer is empty";
  const at = readDate(cell("date"));
  if (at === undefined) return "date must be an ISO date or YYYYMMDD";
  const written = cell("value");
  const value = written === "" ? 0 : numberIn(written);
  if (value === undefined) return "value must be a number from 0 with a decimal point";
  return { customer, at, value };
}

function readTally(cell: Cell, line: number): TallyLine | string {
  const [frequency, recency, T] = [cell("frequency"), cell("recency"), cell("T")].map(numberIn);
  const n = cell("n") === "" ? 1 : numberIn(cell("n"));
  if (frequency === undefined || recency === undefined || T === undefined || n === undefined) {
    return "frequency, recency, T and n must be numbers from 0 with a decimal point";
  }
  if (!Number.isInteger(frequency)) return "frequency must be a whole number";
  if (recency > T) return "recency must not be beyond T";
  if (frequency === 0 && recency > 0) return "recency must be 0 without a repeat";
  const tally: TallyLine = { line, frequency, recency, T, n };
  if (cell("value") === "") return tally;
  const meanValue = numberIn(cell("value"));
  return meanValue === undefined
    ? "value must be a number from 0 with a decimal point"
    : { ...tally, meanValue };
}

/** An ISO date or time, or eight digits; undefined when it is none. */
export function readDate(written: string): EpochMs | undefined {
  const digits = /^(\d{4})(\d{2})(\d{2})$/.exec(written.trim());
  return readTime(digits === null ? written : digits.slice(1).join("-"));
}

function numberIn(written: string): number | undefined {
  return /^\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i.test(written) ? Number(written) : undefined;
}
