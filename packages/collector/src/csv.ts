/**
 * Comma-separated tables, in and out (RFC 4180, and what spreadsheets make of it).
 *
 * Owns the text form: quotes, line ends, byte order mark, delimiter, and cells that a spreadsheet would run as a formula.
 * What the columns mean is said by the callers.
 */

/** Delimiters that are recognised by themselves. */
export const DELIMITERS = [",", ";", "\t"] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** One record of a table. */
export interface CsvRow {
  /** Line of the text on which the record begins, from 1; a quoted cell may go over several lines. */
  line: number;
  cells: string[];
  /** Present when the record is damaged; the cells are what could be read. */
  error?: string;
}

export interface CsvOptions {
  /** Left out: found in the first record, see {@link detectDelimiter}. */
  delimiter?: Delimiter;
}

/** Takes text in pieces of any size and gives the records that are complete. */
export interface CsvReader {
  push(text: string): CsvRow[];
  /** The last record, when the text does not end with a line break. Call once. */
  end(): CsvRow[];
}

/**
 * The delimiter of a first line: the one that occurs most outside quotes; a comma when there is none or they are level.
 */
export function detectDelimiter(firstLine: string): Delimiter {
  const counts = { ",": 0, ";": 0, "\t": 0 };
  let quoted = false;
  for (const c of firstLine) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === "," || c === ";" || c === "\t")) counts[c]++;
  }
  return DELIMITERS.reduce((best, d) => (counts[d] > counts[best] ? d : best));
}

/**
 * Reads a table as it arrives. Line ends are LF, CRLF or CR; a leading byte order mark is dropped; blank lines are skipped; a quote
 * inside an unquoted cell is an ordinary character; rows may differ in length. Never throws: damage is told in `error`.
 */
export function csvReader(options: CsvOptions = {}): CsvReader {
  let delimiter = options.delimiter;
  /** Text of the first record, held back until the delimiter is known. */
  let held = "";
  let heldQuoted = false;
  let heldSeen = 0;
  let begun = false;
  let line = 1;
  let rowLine = 1;
  let cells: string[] = [];
  let cell = "";
  let state: "start" | "plain" | "quoted" | "closed" = "start";
  let wasQuoted = false;
  let lastWasCr = false;
  let error: string | undefined;
  let rows: CsvRow[] = [];

  function endCell() {
    cells.push(cell);
    cell = "";
    state = "start";
  }

  function endRow() {
    const blank = cells.length === 0 && cell === "" && !wasQuoted;
    endCell();
    if (!blank) rows.push({ line: rowLine, cells, ...(error === undefined ? {} : { error }) });
    cells = [];
    error = undefined;
    wasQuoted = false;
  }

  /** Index of the next character that means something in the present state, so that runs are copied at once. */
  function runEnd(text: string, from: number): number {
    let i = from;
    if (state === "quoted") {
      while (i < text.length && text[i] !== '"' && text[i] !== "\n" && text[i] !== "\r") i++;
    } else {
      while (i < text.length && text[i] !== delimiter && text[i] !== "\n" && text[i] !== "\r") i++;
    }
    return i;
  }

  function feed(text: string) {
    for (let i = 0; i < text.length; ) {
      const c = text[i]!;
      const crLf = lastWasCr && c === "\n";
      lastWasCr = c === "\r";
      const lineEnd = c === "\n" || c === "\r";
      if (lineEnd && !crLf) line++;
      if (state === "quoted") {
        if (c === '"') {
          state = "closed";
          i++;
        } else if (lineEnd) {
          cell += c;
          i++;
        } else {
          const end = runEnd(text, i);
          cell += text.slice(i, end);
          i = end;
        }
      } else if (lineEnd) {
        if (!crLf) endRow();
        rowLine = line;
        i++;
      } else if (c === delimiter) {
        endCell();
        i++;
      } else if (c === '"' && state === "start") {
        state = "quoted";
        wasQuoted = true;
        i++;
      } else if (c === '"' && state === "closed") {
        cell += '"';
        state = "quoted";
        i++;
      } else {
        if (state === "closed") error ??= "text after a closing quote";
        state = "plain";
        const end = runEnd(text, i);
        cell += text.slice(i, end);
        i = end;
      }
    }
  }

  function take(): CsvRow[] {
    const done = rows;
    rows = [];
    return done;
  }

  /** True when the held text has a line end outside quotes, so that its first record is whole. */
  function firstRecordIsWhole(): boolean {
    for (; heldSeen < held.length; heldSeen++) {
      const c = held[heldSeen];
      if (c === '"') heldQuoted = !heldQuoted;
      else if (!heldQuoted && (c === "\n" || c === "\r") && held.slice(0, heldSeen).trim() !== "")
        return true;
    }
    return false;
  }

  function start() {
    delimiter ??= detectDelimiter(held.slice(0, heldSeen));
    feed(held);
    held = "";
  }

  return {
    push(text) {
      if (text === "") return [];
      const clean = begun || !text.startsWith("\ufeff") ? text : text.slice(1);
      begun = true;
      if (delimiter !== undefined) feed(clean);
      else {
        held += clean;
        if (firstRecordIsWhole()) start();
      }
      return take();
    },
    end() {
      if (delimiter === undefined) start();
      if (state === "quoted") error ??= "a quote is opened and never closed";
      endRow();
      return take();
    },
  };
}

/** All records of a text at once. */
export function readCsv(text: string, options: CsvOptions = {}): CsvRow[] {
  const reader = csvReader(options);
  const rows = reader.push(text);
  return rows.concat(reader.end());
}

/** Records of a text that arrives in pieces, such as a file stream opened with an encoding. */
export async function* streamCsv(
  pieces: AsyncIterable<string> | Iterable<string>,
  options: CsvOptions = {},
): AsyncGenerator<CsvRow> {
  const reader = csvReader(options);
  for await (const piece of pieces) yield* reader.push(piece);
  yield* reader.end();
}

/** Where each named column is: the first header cell that equals one of its names, ignoring case and outer blanks. */
export function columnsOf<K extends string>(
  header: readonly string[],
  names: Readonly<Record<K, readonly string[]>>,
): Partial<Record<K, number>> {
  const plain = header.map((cell) => cell.trim().toLowerCase());
  const found: Partial<Record<K, number>> = {};
  for (const key of Object.keys(names) as K[]) {
    const wanted = new Set(names[key].map((name) => name.toLowerCase()));
    const index = plain.findIndex((cell) => wanted.has(cell));
    if (index !== -1) found[key] = index;
  }
  return found;
}

/** What a cell may hold. Nothing (null, undefined) is an empty cell; a Date is written as ISO 8601. */
export type CsvValue = string | number | bigint | boolean | Date | null | undefined;

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/**
 * One record with its line end (CRLF, as the RFC has it).
 *
 * Text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, tab or carriage return) gets a leading
 * apostrophe; numbers, and text that is nothing but a decimal number, stay as they are. Everything else comes back from
 * {@link readCsv} unchanged.
 */
export function csvLine(values: readonly CsvValue[], delimiter: Delimiter = ","): string {
  const cells = values.map((value) => quoted(textOf(value), delimiter));
  // A lone empty cell would be a blank line, which readers skip.
  return `${cells.length === 1 && cells[0] === "" ? '""' : cells.join(delimiter)}\r\n`;
}

/** A whole table with its header. */
export function writeCsv(
  header: readonly string[],
  rows: Iterable<readonly CsvValue[]>,
  delimiter: Delimiter = ",",
): string {
  const lines = [csvLine(header, delimiter)];
  for (const row of rows) lines.push(csvLine(row, delimiter));
  return lines.join("");
}

function textOf(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "string") return String(value);
  return FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
}

function quoted(text: string, delimiter: Delimiter): string {
  const plain = !text.includes(delimiter) && !/["\r\n\ufeff]/.test(text) && text.trim() === text;
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
