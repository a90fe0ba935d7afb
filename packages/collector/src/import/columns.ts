/**
 * Finds out what the columns of an order table mean: by what people usually call them, or by what the caller says.
 */
import { columnsOf } from "../csv.ts";
import { isCurrency } from "../domain/money.ts";
import { SojournError } from "../errors.ts";

/** What a column of an order table can hold; each with the header names that mean it. */
const NAMES = {
  order: [
    "order",
    "order_id",
    "order id",
    "orderid",
    "order number",
    "order_number",
    "order no",
    "order no.",
    "order_no",
    "increment_id",
    "invoice",
    "invoice_no",
    "invoiceno",
    "invoice number",
    "invoice_number",
    "invoice id",
    "transaction_id",
    "transaction id",
    "name",
    "bestellnummer",
    "auftragsnummer",
    "rechnungsnummer",
    "ordrenummer",
    "ordrenr",
    "fakturanummer",
    "number",
    "id",
  ],
  customer: [
    "customer",
    "customer_id",
    "customer id",
    "customerid",
    "customer number",
    "customer_number",
    "client",
    "client_id",
    "user",
    "user_id",
    "userid",
    "kunde",
    "kundennummer",
    "kundennr",
    "kunden-id",
    "kundenummer",
    "kundenr",
    "kunde-id",
  ],
  email: [
    "email",
    "e-mail",
    "e_mail",
    "mail",
    "customer_email",
    "customer email",
    "email address",
    "billing email",
    "billing_email",
    "email_hash",
    "email_sha256",
    "e-mail-adresse",
    "e-mailadresse",
  ],
  date: [
    "date",
    "order_date",
    "order date",
    "ordered_at",
    "ordered at",
    "created_at",
    "created at",
    "date_created",
    "date created",
    "created",
    "paid at",
    "paid_at",
    "processed_at",
    "purchased_at",
    "purchase_date",
    "purchase date",
    "invoicedate",
    "invoice date",
    "invoice_date",
    "timestamp",
    "ts",
    "time",
    "at",
    "datum",
    "bestelldatum",
    "rechnungsdatum",
    "dato",
    "ordredato",
  ],
  value: [
    "value",
    "amount",
    "total",
    "order_total",
    "order total",
    "grand_total",
    "grand total",
    "total_price",
    "total price",
    "revenue",
    "price",
    "sum",
    "net_total",
    "betrag",
    "gesamtbetrag",
    "summe",
    "gesamt",
    "beløb",
    "total inkl. moms",
  ],
  currency: [
    "currency",
    "currency_code",
    "currency code",
    "order currency",
    "order_currency",
    "währung",
    "valuta",
  ],
  kind: [
    "kind",
    "type",
    "status",
    "order_status",
    "order status",
    "financial status",
    "financial_status",
    "payment_status",
    "payment status",
    "state",
    "event",
    "art",
    "typ",
  ],
  original: [
    "original_order",
    "original order",
    "refunded_order",
    "refunded order",
    "parent_id",
    "parent order",
    "credit_for",
    "related_order",
    "order_reference",
  ],
} as const;

export type OrderColumn = keyof typeof NAMES;
export const ORDER_COLUMNS = Object.keys(NAMES) as OrderColumn[];

export interface Columns {
  /** Place of each column, from 0. */
  at: Partial<Record<OrderColumn, number>>;
  /** Said by the value column's own name, as in "amount_gbp". */
  currency?: string;
}

/** Reads `customer=Kunde,order=Nr`. Throws `bad_usage`. */
export function readMapping(text: string | undefined): Partial<Record<OrderColumn, string>> {
  const mapping: Partial<Record<OrderColumn, string>> = {};
  for (const part of text === undefined ? [] : text.split(",")) {
    const [name = "", ...rest] = part.split("=");
    const column = ORDER_COLUMNS.find((known) => known === name.trim());
    if (column === undefined || rest.join("=").trim() === "") {
      throw new SojournError("bad_usage", `--map has "${part.trim()}"`, {
        hint: `Write pairs such as customer=Kunde,order=Nr; known are ${ORDER_COLUMNS.join(", ")}.`,
      });
    }
    mapping[column] = rest.join("=").trim();
  }
  return mapping;
}

/** The columns of a header. Throws `bad_input` that names what is missing. */
export function findColumns(
  header: readonly string[],
  mapping: Partial<Record<OrderColumn, string>>,
): Columns {
  const at: Partial<Record<OrderColumn, number>> = {};
  const taken = new Set<number>();
  for (const [column, name] of Object.entries(mapping) as [OrderColumn, string][]) {
    const place = columnsOf(header, { it: [name] }).it;
    if (place === undefined) {
      throw new SojournError("bad_input", `There is no column "${name}"`, {
        hint: `Columns are: ${shown(header)}.`,
      });
    }
    at[column] = place;
    taken.add(place);
  }
  const plain = header.map((cell) => cell.trim().toLowerCase());
  for (const column of ORDER_COLUMNS) {
    if (at[column] !== undefined) continue;
    const names = NAMES[column] as readonly string[];
    // The name that says it best wins, wherever its column stands.
    const place = names
      .map((name) => plain.findIndex((cell, i) => cell === name && !taken.has(i)))
      .find((i) => i >= 0);
    if (place === undefined) continue;
    at[column] = place;
    taken.add(place);
  }
  const currency = findAmountWithCurrency(plain, at, taken);
  const missing = (["order", "date"] as const).filter((column) => at[column] === undefined);
  if (at.customer === undefined && at.email === undefined) missing.unshift("customer" as never);
  if (missing.length > 0) {
    throw new SojournError("bad_input", `No column for ${missing.join(" and ")} was recognised`, {
      hint: `Say it: --map ${missing.map((column) => `${column}=<column>`).join(",")}. Columns are: ${shown(header)}.`,
    });
  }
  return { at, ...(currency === undefined ? {} : { currency }) };
}

/** "amount_gbp", "Total (EUR)": the amount and its currency in one name. */
function findAmountWithCurrency(
  header: readonly string[],
  at: Partial<Record<OrderColumn, number>>,
  taken: ReadonlySet<number>,
): string | undefined {
  const named = (cell: string) => {
    const parts = /^(.*?)[\s_]*[([]?([a-z]{3})[)\]]?$/.exec(cell);
    const code = parts?.[2]?.toUpperCase();
    const isKnown = code !== undefined && isCurrency(code) && CURRENCIES.has(code);
    return isKnown && (NAMES.value as readonly string[]).includes(parts?.[1]?.trim() ?? "")
      ? code
      : undefined;
  };
  if (at.value !== undefined) return named(header[at.value] ?? "");
  const place = header.findIndex((cell, i) => !taken.has(i) && named(cell) !== undefined);
  if (place < 0) return undefined;
  at.value = place;
  return named(header[place]!);
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

const shown = (header: readonly string[]): string =>
  header
    .slice(0, 40)
    .map((cell) => cell.trim().slice(0, 40))
    .join(", ");
