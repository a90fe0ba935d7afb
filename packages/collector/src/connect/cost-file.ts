/**
 * Reads what was spent, from the export of an advertising platform or a table of the operator's own.
 *
 * Pure: text in, rows out. Lines above the header, totals and footers are passed over and said so; a line that cannot be read is
 * named with its number and the reason; the rest goes on.
 */
import { type CsvRow, DELIMITERS, readCsv } from "../csv.ts";
import { isCurrency } from "../domain/money.ts";
import { CHANNELS } from "../domain/source/channel.ts";
import { sourceOfName } from "../domain/source/host-table.ts";
import type { Minor } from "../domain/touchpoint.ts";
import { dayOfIso, isoOfDay } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import { cleanText } from "../ingest/text.ts";
import type { CostField, CostLayoutName } from "./cost-columns.data.ts";
import { type CostColumns, type RecognisedHeader, recogniseHeader } from "./cost-layouts.ts";
import {
  currencyIn,
  type DayOrder,
  type DecimalMark,
  dayOrderOf,
  decimalMarkOf,
  readAmount,
  readDay,
  saysNothing,
} from "./cost-text.ts";

/** What was spent on one placement on one day; empty texts for what is not named. */
export interface CostRecord {
  /** "2026-11-22" */
  day: string;
  channel: string;
  source: string;
  medium: string;
  campaign: string;
  amount: Minor;
  currency: string;
  origin: string;
}

export interface LineNote {
  line: number;
  reason: string;
}

export interface CostFile {
  layout: CostLayoutName;
  /** Lines of one placement and day added up. */
  rows: CostRecord[];
  /** Lines with an amount that could not be read. */
  refused: LineNote[];
  /** Lines that are no costs: totals, footers, amounts of nothing. */
  skipped: LineNote[];
  /** What was assumed, for people to check. */
  notes: string[];
}

export interface CostFileOptions {
  layout?: CostLayoutName;
  /** Names of the columns, by field; for tables whose header is not recognised. */
  map?: Partial<Record<CostField, string>>;
  /** What every row is, where no column says it. */
  set?: Partial<Record<"channel" | "source" | "medium" | "campaign", string>>;
  /** For amounts that name no currency. */
  currency: string;
  dates?: DayOrder;
  /** The days of a file that names none, as "2026-11-01". */
  from?: string;
  to?: string;
  /** What tells this file's rows from others for the same campaign; default the layout and the account. */
  origin?: string;
}

/** How far down a header may stand. */
const LAST_HEADER_ROW = 40;
const MOST_DAYS = 400;
const MOST_TEXT = 200;

const TOTAL =
  /^\s*(?:overall |grand )?(?:total|totals|gesamt|summe|insgesamt|gesamtsumme|total général|totale|totaal|i alt|suma|totalt)(?:\s*[:\-–—].*)?\s*$/i;

/** Reads a whole file. Throws `bad_input` when no header is found. */
export function readCostFile(text: string, options: CostFileOptions): CostFile {
  const { header, place, records } = findHeader(text, options);
  const { layout, columns } = header;
  const body = records.slice(place + 1);
  const column = (field: CostField) =>
    body.flatMap(({ cells }) => (columns[field] === undefined ? [] : [cells[columns[field]] ?? ""]));
  const preamble = periodIn(records.slice(0, place), options.dates);
  const dates = [...column("day"), ...column("start"), ...column("end")];
  const order = options.dates ?? dayOrderOf(dates) ?? "mdy";
  const isGerman = /[äöüß]|kosten|kampagne/i.test(records[place]!.cells.join(" "));
  const mark = decimalMarkOf(column("amount")) ?? (isGerman ? "," : ".");

  const file: CostFile = { layout: layout.name, rows: [], refused: [], skipped: [], notes: [] };
  if (
    options.dates === undefined &&
    dayOrderOf(dates) === undefined &&
    dates.some((d) => /^\d+\/\d+\/\d{4}/.test(d))
  ) {
    file.notes.push("Days such as 1/2/2026 were read as month/day/year; say --dates dmy if they are not.");
  }
  const reader: Reader = { header, columns, order, mark, options, preamble };
  const sums = new Map<string, CostRecord>();
  for (const record of body) {
    const read = readRecord(record, reader);
    if ("skip" in read) file.skipped.push({ line: record.line, reason: read.skip });
    else if ("refuse" in read) file.refused.push({ line: record.line, reason: read.refuse });
    else {
      if (read.rows.length > 1) spreadNote(file);
      for (const row of read.rows) addUp(sums, row);
    }
  }
  file.rows = [...sums.values()];
  return file;
}

function spreadNote(file: CostFile): void {
  const note = "Amounts of several days were spread evenly over them.";
  if (!file.notes.includes(note)) file.notes.push(note);
}

interface Reader {
  header: RecognisedHeader;
  columns: CostColumns;
  order: DayOrder;
  mark: DecimalMark;
  options: CostFileOptions;
  preamble: [string, string] | undefined;
}

/** The header and what follows, under the delimiter that makes the most of it. */
function findHeader(text: string, options: CostFileOptions) {
  let best: { header: RecognisedHeader; place: number; records: CsvRow[]; found: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const records = readCsv(text, { delimiter });
    for (let place = 0; place < Math.min(records.length, LAST_HEADER_ROW); place++) {
      const header = headerOf(records[place]!.cells, options);
      if (header === undefined) continue;
      const found = Object.keys(header.columns).length;
      if (best === undefined || found > best.found) best = { header, place, records, found };
      break;
    }
  }
  if (best === undefined) {
    throw new SojournError("bad_input", "No line names the columns of a table of costs", {
      hint: "Needed are an amount, and a campaign, source or channel. Name the columns: --map day=Datum,campaign=Kampagne,amount=Betrag",
    });
  }
  return best;
}

function headerOf(cells: readonly string[], { layout, map }: CostFileOptions): RecognisedHeader | undefined {
  if (map === undefined) return recogniseHeader(cells, layout);
  const plain = cells.map((cell) => cell.trim().toLowerCase());
  const columns: CostColumns = {};
  for (const [field, name] of Object.entries(map) as [CostField, string][]) {
    const place = plain.indexOf(name.trim().toLowerCase());
    if (place < 0) return undefined;
    columns[field] = place;
  }
  const known = recogniseHeader(cells, layout ?? "table");
  const found = { ...known?.columns, ...columns };
  if (found.amount === undefined) return undefined;
  const table = known?.layout ?? recogniseHeader(["campaign", "amount"], "table")!.layout;
  return { layout: table, columns: found };
}

/** "November 1, 2026 - November 30, 2026" in the lines above the header. */
function periodIn(rows: readonly CsvRow[], order: DayOrder = "mdy"): [string, string] | undefined {
  for (const { cells } of rows) {
    const text = cells
      .filter((cell) => cell.trim() !== "")
      .join(" - ")
      .replace(/^[^:\d]*:\s*/, "");
    const parts = text.split(/\s+[-–—]\s+|\s+(?:to|bis|au|til|tot|al)\s+/);
    const days = parts.map((part) => readDay(part.trim(), order));
    if (days.length === 2 && days[0] !== undefined && days[1] !== undefined) return [days[0], days[1]];
  }
  return undefined;
}

function readRecord(
  { cells, error }: CsvRow,
  { header, columns, order, mark, options, preamble }: Reader,
): { skip: string } | { refuse: string } | { rows: CostRecord[] } {
  const cell = (field: CostField): string =>
    (columns[field] === undefined ? "" : (cells[columns[field]] ?? "")).trim();
  const days = daysOf(cell, columns, order, options, preamble);
  const filled = cells.filter((text) => text.trim() !== "").length;
  if (days === undefined || columns.day === undefined) {
    if (cells.some((text) => TOTAL.test(text))) return { skip: "a total" };
    if (filled <= 1) return { skip: "no row of the table" };
  }
  if (error !== undefined) return { refuse: error };
  const { layout } = header;
  if (layout.name === "meta-ads" && columns.campaign !== undefined && cell("campaign") === "")
    return { skip: "a total" };
  if (saysNothing(cell("amount"))) return { skip: "no amount" };
  if (days === undefined) return { refuse: dayTrouble(cell, columns) };

  const shown = cell("currency") || header.currency || currencyIn(cell("amount"), options.currency);
  const currency = (shown ?? options.currency).toUpperCase();
  if (!isCurrency(currency)) return { refuse: `"${currency.slice(0, 20)}" is no currency code such as EUR` };
  const amount = readAmount(cell("amount"), mark, currency);
  if (amount === undefined) return { refuse: `"${cell("amount").slice(0, 40)}" is no amount` };
  const place = {
    channel: cell("channel") || options.set?.channel || "",
    source: cell("source") || options.set?.source || layout.source,
    medium: cell("medium") || options.set?.medium || layout.medium,
    campaign: cell("campaign") || options.set?.campaign || "",
  };
  const account = cell("account");
  const origin = cleanText(
    options.origin ?? (account === "" ? layout.name : `${layout.name}: ${account.slice(0, MOST_TEXT)}`),
    2 * MOST_TEXT,
  );
  const checked = placementOf(place);
  if ("refuse" in checked) return checked;
  const spread = evenly(amount, days.length);
  return { rows: days.map((day, i) => ({ day, ...checked, amount: spread[i]!, currency, origin })) };
}

/** A placement in our own words; says what is wrong when it is none. */
export function placementOf(
  raw: Record<"channel" | "source" | "medium" | "campaign", string>,
): { channel: string; source: string; medium: string; campaign: string } | { refuse: string } {
  const channel = CHANNELS.find((name) => name.toLowerCase() === raw.channel.trim().toLowerCase()) ?? "";
  if (raw.channel.trim() !== "" && channel === "")
    return { refuse: `"${raw.channel.trim().slice(0, 40)}" is no channel; use one such as Paid Search` };
  const clean = (text: string): string => cleanText(text, MOST_TEXT).trim();
  const source = clean(raw.source).toLowerCase();
  const campaign = clean(raw.campaign);
  if (channel + source + campaign === "") return { refuse: "it names no channel, source or campaign" };
  return {
    channel,
    source: sourceOfName(source)?.key ?? source,
    medium: clean(raw.medium).toLowerCase(),
    campaign,
  };
}

function daysOf(
  cell: (field: CostField) => string,
  columns: CostColumns,
  order: DayOrder,
  options: CostFileOptions,
  preamble: [string, string] | undefined,
): string[] | undefined {
  if (columns.day !== undefined) {
    const day = readDay(cell("day"), order);
    return day === undefined ? undefined : [day];
  }
  const from = columns.start === undefined ? (options.from ?? preamble?.[0]) : readDay(cell("start"), order);
  const to = columns.end === undefined ? (options.to ?? preamble?.[1] ?? from) : readDay(cell("end"), order);
  if (from === undefined || to === undefined) return undefined;
  const first = dayOfIso(from);
  const last = dayOfIso(to);
  if (first === undefined || last === undefined || last < first || last - first >= MOST_DAYS)
    return undefined;
  return Array.from({ length: last - first + 1 }, (_, i) => isoOfDay(first + i));
}

function dayTrouble(cell: (field: CostField) => string, columns: CostColumns): string {
  if (columns.day !== undefined) return `"${cell("day").slice(0, 40)}" is no day`;
  if (columns.start !== undefined)
    return `"${cell("start").slice(0, 40)}" to "${cell("end").slice(0, 40)}" are no days`;
  return "no day: the file has no column for it; give --from and --to";
}

/** Whole parts that add up to the amount; the first ones are the larger. */
function evenly(amount: Minor, days: number): Minor[] {
  const part = Math.trunc(amount / days);
  const left = amount - part * days;
  return Array.from({ length: days }, (_, i) => part + (i < Math.abs(left) ? Math.sign(left) : 0));
}

/** Rows of one day, placement, currency and origin are one. */
export function addUp(sums: Map<string, CostRecord>, row: CostRecord): void {
  const { amount, ...rest } = row;
  const key = JSON.stringify(rest);
  const known = sums.get(key);
  if (known === undefined) sums.set(key, { ...row });
  else known.amount += amount;
}
