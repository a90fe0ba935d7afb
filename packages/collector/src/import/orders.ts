/**
 * Turns a table of orders into touchpoints: purchases, refunds and cancellations, each with an id made from its content,
 * so that the same row is the same touchpoint however often it is imported.
 */
import type { WireTouchpoint } from "@sojourn/sdk/wire";
import type { CsvRow } from "../csv.ts";
import { formatMinor } from "../domain/money.ts";
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import type { Zone } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import { type DecimalSign, readAmount } from "./amounts.ts";
import { type Columns, findColumns, type OrderColumn } from "./columns.ts";
import { type DateOrder, dateOrderOf, readInstant } from "./dates.ts";
import { matchLatestEarlier } from "./match.ts";
import { addressHash, idFor, type Naming, namesFor } from "./naming.ts";
import { meaningOf } from "./order-kinds.ts";

export const MATCH_RULES = ["latest-earlier", "none"] as const;
export type MatchRule = (typeof MATCH_RULES)[number];

export interface OrderOptions {
  mapping: Partial<Record<OrderColumn, string>>;
  /** For times without an offset. */
  zone: Zone;
  /** For amounts that name none. */
  currency: string;
  dates?: DateOrder;
  decimal?: DecimalSign;
  match: MatchRule;
  /** A live connector that tells the same orders; without one they get names of their own. */
  connector?: Naming;
}

/** A touchpoint on its way in, with the line it came from. */
export interface ImportedTouchpoint {
  line: number;
  /** Whom it is about; touchpoints of one person are sent together. */
  person: string;
  touchpoint: Omit<WireTouchpoint, "id"> & { id: string; visitor?: string };
  /** When another system received it, if the line says so. */
  receivedAt?: EpochMs;
}

/** A line that could not be used. */
export interface LineProblem {
  line: number;
  reason: string;
}

export interface ImportedOrders {
  touchpoints: ImportedTouchpoint[];
  problems: LineProblem[];
  /** Lines of refunds and cancellations whose order was not found. */
  unmatched: number[];
  rows: number;
  orders: number;
  refunds: number;
  cancellations: number;
  /** Orders that were never paid, or not yet. */
  unpaid: number;
  /** Further rows of an order that was read already. */
  repeated: number;
}

interface Row {
  line: number;
  person: string;
  customer: string | undefined;
  email: string | undefined;
  order: string;
  at: EpochMs;
  amount: Minor | undefined;
  currency: string;
  kind: "order" | "refund" | "cancellation";
  became: "refunded" | "cancelled" | undefined;
  original: string;
}

/** Reads all rows of a table; the first one is its header. Throws `bad_input` when the header cannot be understood. */
export function importOrders(rows: readonly CsvRow[], options: OrderOptions): ImportedOrders {
  const [header, ...body] = rows;
  if (header === undefined) throw new SojournError("bad_input", "The file is empty");
  const columns = findColumns(header.cells, options.mapping);
  const result: ImportedOrders = {
    touchpoints: [],
    problems: [],
    unmatched: [],
    rows: body.length,
    orders: 0,
    refunds: 0,
    cancellations: 0,
    unpaid: 0,
    repeated: 0,
  };
  const dates = options.dates ?? dateOrderIn(body, columns);
  const placed = new Map<string, Row>();
  const back: Row[] = [];
  for (const csvRow of body) {
    const read = readRow(csvRow, columns, options, dates);
    if (read === "unpaid") result.unpaid += 1;
    else if (typeof read === "string") result.problems.push({ line: csvRow.line, reason: read });
    else if (read.kind !== "order") back.push(read);
    else {
      const known = placed.get(read.order);
      if (known === undefined) placed.set(read.order, read);
      else if (isSameOrder(known, read)) result.repeated += 1;
      else
        result.problems.push({
          line: read.line,
          reason: `order is there already, on line ${known.line}, with another date, customer or value`,
        });
    }
  }
  for (const row of placed.values()) addOrder(result, row, options.connector);
  addBack(result, placed, back, options);
  return result;
}

/** A row for each item of an order repeats its number; what else it has is the same, or is missing. */
const isSameOrder = (known: Row, row: Row): boolean =>
  known.at === row.at &&
  known.person === row.person &&
  (row.amount === undefined || row.amount === known.amount);

function readRow(
  { line, cells, error }: CsvRow,
  { at: place, currency: named }: Columns,
  options: OrderOptions,
  dates: DateOrder | undefined,
): Row | string {
  if (error !== undefined) return error;
  const cell = (column: OrderColumn): string => {
    const index = place[column];
    return index === undefined ? "" : (cells[index]?.trim() ?? "");
  };
  const order = cell("order");
  if (order === "") return "order is empty";
  const customer = cell("customer") || undefined;
  const email = cell("email") === "" ? undefined : addressHash(cell("email"));
  if (customer === undefined && email === undefined) return "neither customer nor e-mail is given";
  const at = readInstant(cell("date"), options.zone, dates);
  if (at === undefined) return reasonOfDate(cell("date"));
  const currency = cell("currency").toUpperCase() || named || options.currency;
  const reading = readAmount(cell("value"), currency, options.decimal);
  if (reading.kind === "unreadable") return "value is no amount of money";
  if (reading.kind === "ambiguous") return "value can be read two ways; say which with --decimal";
  const amount = reading.kind === "amount" ? reading.minor : undefined;
  const meaning = meaningOf(cell("kind"), amount);
  if (meaning.kind === "unknown")
    return "kind is not one of order, refund, cancellation or a state of an order";
  if (meaning.kind === "nothing") return "unpaid";
  return {
    line,
    person: customer === undefined ? `email:${email}` : `customer:${customer}`,
    customer,
    email,
    order,
    at,
    amount: amount === undefined ? undefined : Math.abs(amount),
    currency: (reading.kind === "amount" ? reading.currency : undefined) ?? currency,
    kind: meaning.kind,
    became: "became" in meaning ? meaning.became : undefined,
    original: cell("original"),
  };
}

const reasonOfDate = (text: string): string =>
  text === ""
    ? "date is empty"
    : dateOrderOf(text) === undefined
      ? "date is none we can read"
      : "date can be read two ways; say which with --dates dmy or --dates mdy";

/** Whether day or month comes first in this file: one date that can be read one way only decides for all. */
function dateOrderIn(rows: readonly CsvRow[], { at }: Columns): DateOrder | undefined {
  const found = new Set(rows.map(({ cells }) => dateOrderOf(cells[at.date ?? -1] ?? "")));
  if (found.has("dmy") === found.has("mdy")) return undefined;
  return found.has("dmy") ? "dmy" : "mdy";
}

function addOrder(result: ImportedOrders, row: Row, naming: Naming): void {
  result.orders += 1;
  add(result, row, naming, idFor(naming, row.at, "order", row.order), {
    kind: "purchase",
    order: row.order,
    ...amountOf(row),
  });
  // An export tells only that it happened, so it counts from the order's own time on.
  if (row.became === "cancelled") {
    result.cancellations += 1;
    add(result, row, naming, idFor(naming, row.at, "cancel", row.order), {
      kind: "cancel_order",
      order: row.order,
    });
  } else if (row.became === "refunded") {
    result.refunds += 1;
    add(result, row, naming, idFor(naming, row.at, "refund", row.order), {
      kind: "refund",
      order: row.order,
    });
  }
}

function addBack(
  result: ImportedOrders,
  placed: ReadonlyMap<string, Row>,
  back: readonly Row[],
  { match: rule, connector: naming }: Pick<OrderOptions, "match" | "connector">,
): void {
  const nameless: (Row & { amount: Minor })[] = [];
  for (const row of back) {
    const named = row.original || (placed.has(row.order) ? row.order : "");
    if (named !== "") addNamed(result, row, named, naming);
    else if (rule === "latest-earlier" && row.amount !== undefined && row.amount > 0) {
      nameless.push(row as Row & { amount: Minor });
    } else result.unmatched.push(row.line);
  }
  const orders = [...placed.values()]
    .filter(({ became }) => became === undefined)
    .map(({ person, order, at, amount = 0, currency }) => ({
      customer: person,
      order,
      at,
      value: amount,
      currency,
    }));
  const matches = matchLatestEarlier(
    orders,
    nameless.map((row) => ({
      customer: row.person,
      at: row.at,
      amount: row.amount,
      currency: row.currency,
      row,
    })),
  );
  for (const [{ row }, order] of matches) {
    if (order === undefined) result.unmatched.push(row.line);
    else {
      result[row.kind === "refund" ? "refunds" : "cancellations"] += 1;
      // Some of the order came back, or all of it: the amount tells, so it is a refund of that amount.
      add(result, row, naming, idFor(naming, row.at, "refund", row.order), {
        kind: "refund",
        order: order.order,
        ...amountOf(row),
      });
    }
  }
  result.unmatched.sort((a, b) => a - b);
}

/** A refund or cancellation that names its order. */
function addNamed(result: ImportedOrders, row: Row, order: string, naming: Naming): void {
  // Several refunds of one order under the order's own number are told apart by their time and amount.
  const key = row.order === order ? `${order} ${row.amount ?? ""}` : row.order;
  if (row.kind === "cancellation") {
    result.cancellations += 1;
    add(result, row, naming, idFor(naming, row.at, "cancel", key), { kind: "cancel_order", order });
  } else {
    result.refunds += 1;
    add(result, row, naming, idFor(naming, row.at, "refund", key), {
      kind: "refund",
      order,
      ...amountOf(row),
    });
  }
}

const amountOf = ({ amount, currency }: Row): { value?: string; currency?: string } =>
  amount === undefined ? {} : { value: formatMinor(amount, currency), currency };

function add(
  result: ImportedOrders,
  { line, person, customer, email, at }: Row,
  naming: Naming,
  id: string,
  { order, ...fields }: Pick<WireTouchpoint, "kind" | "value" | "currency"> & { order: string },
): void {
  const touchpoint = { id, at, ...fields, ...namesFor(naming, { customer, email, order }) };
  result.touchpoints.push({ line, person, touchpoint });
}
