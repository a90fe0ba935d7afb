/**
 * Turns a shop system's own order export into touchpoints, by the very mapping its live connector uses: the same order has
 * the same id, so an import and webhooks may tell of it both, in any sequence, and it counts once.
 *
 * An export knows no single refunds, only their sum. It is told as such, and beside single refunds the larger one counts.
 */
import type { ConnectorOptions, Draft } from "../connect/connector.ts";
import { touchpointsOf } from "../connect/identify.ts";
import { readDelivery } from "../connect/map.ts";
import { CONNECTORS } from "../connect/systems.ts";
import { type CsvRow, columnsOf } from "../csv.ts";
import { SO_FAR } from "../domain/lifecycle/orders.ts";
import { formatMinor } from "../domain/money.ts";
import type { Zone } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import { type DecimalSign, readAmount } from "./amounts.ts";
import { type DateOrder, dateOrderOf, readInstant } from "./dates.ts";
import type { ImportedTouchpoint, LineProblem } from "./orders.ts";
import { type ExportedOrder, SHOP_COLUMNS, type ShopColumn, type ShopLayout } from "./shop-layouts.ts";

export interface ShopImportOptions {
  /** For times without an offset. */
  zone: Zone;
  /** For amounts that name none. */
  currency: string;
  dates?: DateOrder;
  decimal?: DecimalSign;
  /** The live connector whose ids these are. */
  connector: ConnectorOptions;
}

export interface ImportedShop {
  touchpoints: ImportedTouchpoint[];
  problems: LineProblem[];
  rows: number;
  orders: number;
  refunds: number;
  cancellations: number;
  /** Orders the connector ignores too: not paid, not finished, tests. */
  unpaid: number;
  /** Further rows of an order: its items. */
  repeated: number;
  /** Orders whose time has no seconds: they count once beside the connector's, under an id of their own. */
  inexact: number;
}

/** An order's first row with all its items. */
interface Group {
  row: CsvRow;
  items: ExportedOrder["items"][number][];
}

/** Reads all rows of an export; the first one is its header. Throws `bad_input` when the header cannot be understood. */
export function importShopOrders(
  rows: readonly CsvRow[],
  layout: ShopLayout,
  options: ShopImportOptions,
): ImportedShop {
  const [header, ...body] = rows;
  if (header === undefined) throw new SojournError("bad_input", "The file is empty");
  const place = placesOf(header.cells, layout);
  const cellOf =
    ({ cells }: CsvRow) =>
    (column: ShopColumn): string =>
      place[column] === undefined ? "" : (cells[place[column]]?.trim() ?? "");
  const result: ImportedShop = {
    touchpoints: [],
    problems: [],
    rows: body.length,
    orders: 0,
    refunds: 0,
    cancellations: 0,
    unpaid: 0,
    repeated: 0,
    inexact: 0,
  };
  const groups = groupRows(body, cellOf, result);
  const dates = options.dates ?? dateOrderIn(groups, cellOf);
  for (const group of groups) addOrder(result, group, cellOf(group.row), layout, options, dates);
  return result;
}

type Cell = (column: ShopColumn) => string;

function placesOf(header: readonly string[], layout: ShopLayout): Partial<Record<ShopColumn, number>> {
  const names = Object.fromEntries(SHOP_COLUMNS.map((column) => [column, layout.names[column] ?? []]));
  const place = columnsOf(header, names) as Partial<Record<ShopColumn, number>>;
  const missing = [
    ...(place.id === undefined && (layout.system === "shopify" || place.number === undefined) ? ["id"] : []),
    ...(place.createdAt === undefined && place.createdAtUtc === undefined ? ["createdAt"] : []),
    ...(place.total === undefined ? ["total"] : []),
    ...(place.status === undefined ? ["status"] : []),
  ] as ShopColumn[];
  if (missing.length === 0) return place;
  const wanted = missing.map((column) => `"${layout.names[column]?.[0] ?? column}"`).join(" and ");
  throw new SojournError(
    "bad_input",
    `This is no order export of ${layout.system}: there is no column ${wanted}`,
    {
      hint: "Export all columns, or bring it in by hand: sojourn import orders <file> --map …",
    },
  );
}

/** Puts the rows of an order together. One whose first row is damaged is told once, with its line. */
function groupRows(rows: readonly CsvRow[], cellOf: (row: CsvRow) => Cell, result: ImportedShop): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const cell = cellOf(row);
    const name = cell("number") || cell("id");
    if (row.error !== undefined || name === "") {
      result.problems.push({ line: row.line, reason: row.error ?? "order has neither id nor number" });
      continue;
    }
    let group = groups.get(name);
    if (group === undefined) {
      group = { row, items: [] };
      groups.set(name, group);
    } else {
      result.repeated += 1;
      // Shops repeat an order only for its items; two orders of one number are told apart by their ids.
      const [own, other] = [cellOf(group.row)("id"), cell("id")];
      if (other !== "" && own !== other) {
        result.repeated -= 1;
        groups.set(`${name} ${other}`, { row, items: [] });
        group = groups.get(`${name} ${other}`)!;
      }
    }
    const item = { sku: cell("sku"), name: cell("item"), price: cell("price"), quantity: cell("quantity") };
    if (item.sku !== "" || item.name !== "") group.items.push(item);
  }
  return [...groups.values()];
}

/** Whether day or month comes first in this file: one date that can be read one way only decides for all. */
function dateOrderIn(groups: readonly Group[], cellOf: (row: CsvRow) => Cell): DateOrder | undefined {
  const found = new Set(groups.map(({ row }) => dateOrderOf(cellOf(row)("createdAt"))));
  if (found.has("dmy") === found.has("mdy")) return undefined;
  return found.has("dmy") ? "dmy" : "mdy";
}

function addOrder(
  result: ImportedShop,
  group: Group,
  cell: Cell,
  layout: ShopLayout,
  options: ShopImportOptions,
  dates: DateOrder | undefined,
): void {
  const { line } = group.row;
  const read = readOrder(group, cell, options, dates);
  if (typeof read === "string") {
    result.problems.push({ line, reason: read });
    return;
  }
  const { order, refunded } = read;
  const { connector } = options;
  const { headers, body } = layout.message(order);
  const delivery = {
    connector: connector.name,
    receivedAt: 0,
    headers,
    text: JSON.stringify(body),
    fetched: {},
  };
  const mapped = readDelivery(CONNECTORS[layout.system], delivery, connector);
  if (mapped.kind === "ignored") {
    result.unpaid += 1;
    return;
  }
  if (mapped.kind !== "mapped") {
    result.problems.push({
      line,
      reason: `${mapped.kind === "unreadable" ? mapped.path : "order"} cannot be read`,
    });
    return;
  }
  const drafts = [...mapped.drafts];
  const purchase = drafts.find(({ kind }) => kind === "purchase");
  if (purchase !== undefined) drafts.push(...refundOf(purchase, refunded, layout.isRefunded(order.status)));
  const count = (kind: string) => drafts.filter((draft) => draft.kind === kind).length;
  result.orders += count("purchase");
  result.refunds += count("refund");
  result.cancellations += count("cancel_order");
  if (!read.isExact) result.inexact += 1;
  const { customer, email } = (purchase ?? drafts[0]!).who;
  for (const touchpoint of touchpointsOf(connector.name, drafts))
    result.touchpoints.push({ line, person: customer ?? email ?? touchpoint.visitor, touchpoint });
}

/** What went back of an order: the sum an export tells, or all of it. */
function refundOf(purchase: Draft, refunded: string | undefined, isWhole: boolean): Draft[] {
  if (refunded === undefined && !isWhole) return [];
  const { key, madeAt, at, self, fields } = purchase;
  const { order, currency } = fields!;
  const common = { kind: "refund", idKind: "refund/so far", madeAt, at, self, who: {} };
  return refunded === undefined
    ? [{ ...common, key: `${key} whole`, fields: { order: order! } }]
    : [
        {
          ...common,
          key: `${key} ${refunded}`,
          fields: { order: order!, value: refunded, currency: currency!, props: { [SO_FAR]: true } },
        },
      ];
}

interface ReadOrder {
  order: ExportedOrder;
  /** Sum of what went back; undefined for nothing, or where the export does not tell. */
  refunded: string | undefined;
  isExact: boolean;
}

function readOrder(
  { items }: Group,
  cell: Cell,
  { zone, currency: usual, decimal }: ShopImportOptions,
  dates: DateOrder | undefined,
): ReadOrder | string {
  const id = (cell("id") || cell("number")).replace(/^#/, "");
  // A spreadsheet that was saved again writes 5.94E+12, which is many orders.
  if (!/^\d{1,20}$/.test(id))
    return /^\d[\d.,]*E\+?\d+$/i.test(id)
      ? "id was shortened by a spreadsheet; export again and do not open the file in between"
      : "id is no whole number";
  const utc = cell("createdAtUtc");
  const createdText = utc === "" ? cell("createdAt") : /Z$|[+-]\d\d:?\d\d$/.test(utc) ? utc : `${utc}Z`;
  const createdAt = readInstant(createdText, zone, dates);
  if (createdAt === undefined)
    return createdText !== "" && dateOrderOf(createdText) !== undefined
      ? "date can be read two ways; say which with --dates dmy or --dates mdy"
      : "date is none we can read";
  const cancelled = cell("cancelledAt");
  const cancelledAt = cancelled === "" ? undefined : readInstant(cancelled, zone, dates);
  if (cancelled !== "" && cancelledAt === undefined) return "date of the cancellation is none we can read";
  const currency = cell("currency").toUpperCase() || usual;
  const total = amountOf(cell("total"), currency, decimal);
  if ("reason" in total) return `total ${total.reason}`;
  const refund = cell("refunded") === "" ? undefined : amountOf(cell("refunded"), currency, decimal);
  if (refund !== undefined && "reason" in refund) return `refunded amount ${refund.reason}`;
  const customer = cell("customer").replace(/^'/, "");
  return {
    refunded:
      refund === undefined || refund.minor === 0 ? undefined : formatMinor(Math.abs(refund.minor), currency),
    isExact: /:\d\d:\d\d/.test(createdText) || /^\d{10,13}$/.test(createdText),
    order: {
      id,
      number: cell("number") || undefined,
      createdAt: new Date(createdAt).toISOString(),
      cancelledAt: cancelledAt === undefined ? undefined : new Date(cancelledAt).toISOString(),
      status: cell("status").toLowerCase().replaceAll(" ", "_"),
      total: formatMinor(total.minor, currency),
      currency,
      customer: customer === "" ? undefined : customer,
      email: cell("email") || undefined,
      visitor: cell("visitor") || visitorIn(cell("notes")),
      isTest: /bogus/i.test(cell("payment")),
      items,
    },
  };
}

function amountOf(
  text: string,
  currency: string,
  decimal: DecimalSign | undefined,
): { minor: number } | { reason: string } {
  const reading = readAmount(text, currency, decimal);
  if (reading.kind === "ambiguous") return { reason: "can be read two ways; say which with --decimal" };
  if (reading.kind !== "amount") return { reason: "is no amount of money" };
  return { minor: reading.minor };
}

/** Our visitor id among a cart's attributes, one a line: "sojourn_visitor: 0199…". */
const visitorIn = (notes: string): string | undefined =>
  /^\s*sojourn_visitor\s*:\s*(\S+)\s*$/m.exec(notes)?.[1];
