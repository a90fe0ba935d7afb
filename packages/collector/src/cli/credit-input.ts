/**
 * The two inputs of `sojourn credit`: a table of paths, or journeys line by line.
 *
 * Owns the reading and the reasons why a line cannot be used; knows nothing of models.
 */

import { type CsvRow, columnsOf, readCsv } from "../csv.ts";
import type { Conversion, Journey, Path, Touch } from "../domain/attribution/path.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import { readTime } from "./model-try.ts";

/** A line that could not be used. */
export interface LineError {
  /** From 1, as editors count. */
  line: number;
  reason: string;
}

export type CreditInput =
  | { kind: "paths"; paths: Path[]; errors: LineError[] }
  | { kind: "journeys"; journeys: Journey[]; errors: LineError[] };

/**
 * Reads either input; a text whose first character is `{` holds journeys.
 *
 * @throws SojournError `bad_input` for an empty text or a table without the columns path and conversions
 */
export function readCreditInput(text: string): CreditInput {
  const begin = text.replace(/^\ufeff/, "").trimStart();
  if (begin === "") {
    throw new SojournError("bad_input", "there is nothing to read", {
      hint: "Give a table with the columns path,conversions,value,nulls, or journeys as one JSON object a line.",
    });
  }
  return begin.startsWith("{") ? readJourneys(text) : readPaths(text);
}

const COLUMNS = {
  path: ["path"],
  conversions: ["conversions", "total_conversions"],
  value: ["value", "total_conversion_value"],
  nulls: ["nulls", "total_null"],
};
type Columns = Partial<Record<keyof typeof COLUMNS, number>>;

function readPaths(text: string): CreditInput {
  const [header, ...rows] = readCsv(text);
  const columns = columnsOf(header?.cells ?? [], COLUMNS);
  if (columns.path === undefined || columns.conversions === undefined) {
    throw new SojournError("bad_input", "the first line does not name the columns path and conversions", {
      hint: "Begin with: path,conversions,value,nulls (value and nulls may be missing).",
    });
  }
  const paths: Path[] = [];
  const errors: LineError[] = [];
  for (const row of rows) {
    const read = readPath(row, columns);
    if (typeof read === "string") errors.push({ line: row.line, reason: read });
    else paths.push(read);
  }
  return { kind: "paths", paths, errors };
}

function readPath(row: CsvRow, columns: Columns): Path | string {
  if (row.error !== undefined) return row.error;
  const cell = (name: keyof Columns) => row.cells[columns[name] ?? -1]?.trim() ?? "";
  const amounts = { conversions: 0, value: 0, nulls: 0 };
  for (const name of ["conversions", "value", "nulls"] as const) {
    const written = cell(name);
    if (written === "" && name !== "conversions") continue;
    const amount = amountIn(written);
    if (amount === undefined) return `${name} must be a number from 0 with a decimal point`;
    amounts[name] = amount;
  }
  if (amounts.value > 0 && amounts.conversions === 0) return "there is a value but no conversion";
  const path = cell("path");
  const channels = path === "" ? [] : path.split(">").map((channel) => channel.trim());
  if (channels.includes("")) return "a channel of the path is empty";
  return { channels, ...amounts };
}

/** Journeys, one JSON object a line. Lines of the same visitor are one journey. */
function readJourneys(text: string): CreditInput {
  const journeys = new Map<string, Journey>();
  const errors: LineError[] = [];
  text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)
    .forEach((line, index) => {
      if (line.trim() === "") return;
      const read = readJourney(line);
      if (typeof read === "string") {
        errors.push({ line: index + 1, reason: read });
        return;
      }
      const known = journeys.get(read.visitor);
      journeys.set(read.visitor, {
        visitor: read.visitor,
        touches: [...(known?.touches ?? []), ...read.touches],
        conversions: [...(known?.conversions ?? []), ...read.conversions],
      });
    });
  return { kind: "journeys", journeys: [...journeys.values()], errors };
}

function readJourney(line: string): Journey | string {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    // The parser's own message quotes the line, which may hold a visitor's data.
    return "is not JSON";
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return "must be a JSON object";
  const { visitor, touches, conversions } = raw as Readonly<Record<string, unknown>>;
  const isName = (typeof visitor === "string" && visitor !== "") || Number.isSafeInteger(visitor);
  if (!isName) return "visitor must be a text";
  const touched = readList(touches, "touches", readTouch);
  if (typeof touched === "string") return touched;
  const converted = readList(conversions, "conversions", readConversion);
  if (typeof converted === "string") return converted;
  return { visitor: String(visitor), touches: touched, conversions: converted };
}

function readList<T>(raw: unknown, name: string, readOne: (pair: unknown[]) => T | string): T[] | string {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) return `${name} must be a list`;
  const list: T[] = [];
  for (const [index, pair] of raw.entries()) {
    const read = Array.isArray(pair) ? readOne(pair) : "must be a pair";
    if (typeof read === "string") return `${name}.${index} ${read}`;
    list.push(read);
  }
  return list;
}

function readTouch([channel, time]: unknown[]): Touch | string {
  if (typeof channel !== "string" || channel.trim() === "") return "must begin with the name of a channel";
  const at = instantIn(time);
  return at === undefined ? NO_TIME : { channel: channel.trim(), at };
}

function readConversion([time, written]: unknown[]): Conversion | string {
  const at = instantIn(time);
  if (at === undefined) return NO_TIME;
  const value = written === undefined || written === null ? 0 : amountIn(String(written));
  return value === undefined ? "must have a value from 0" : { at, value };
}

const NO_TIME = "must have a time, ISO or epoch milliseconds";

/** Fractions of a millisecond come from days multiplied out in floating point; they must not decide which side of a window a touch is on. */
function instantIn(raw: unknown): EpochMs | undefined {
  return readTime(typeof raw === "number" && Number.isFinite(raw) ? Math.round(raw) : raw);
}

function amountIn(written: string): number | undefined {
  if (!/^\+?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i.test(written)) return undefined;
  const amount = Number(written);
  return Number.isFinite(amount) ? amount : undefined;
}
