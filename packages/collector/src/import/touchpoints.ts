/**
 * Reads touchpoints to import: newline-delimited JSON in the shape servers send, or a table whose columns are its fields.
 */
import { createHash } from "node:crypto";
import type { EpochMs } from "@sojourn/sdk/wire";
import type { CsvRow } from "../csv.ts";
import type { Zone } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import { touchpointId } from "../ingest/touchpoint-id.ts";
import { readInstant } from "./dates.ts";
import type { ImportedTouchpoint } from "./orders.ts";

/** The touchpoint of a line of JSON, or the reason why there is none. */
export function touchpointOfLine(text: string, line: number, zone: Zone): ImportedTouchpoint | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // The parser's own message quotes the line, which may hold a visitor's data.
    return "is no JSON";
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return "is no JSON object";
  return touchpointOf(raw as Record<string, unknown>, line, zone, text);
}

const TEXT_FIELDS = new Set(
  "id kind visitor customer email url referrer title order value currency tax shipping coupon list query referral survey".split(
    " ",
  ),
);
const NUMBER_FIELDS = new Set(["rating", "score"]);

/** Fields of a table's columns, by place. Throws `bad_input` when there is no time or no kind. */
export function touchpointColumns(header: readonly string[]): string[] {
  const names = header.map((cell) => cell.trim());
  for (const needed of ["at", "kind"]) {
    if (!names.includes(needed)) {
      throw new SojournError("bad_input", `There is no column "${needed}"`, {
        hint: "Name columns as the fields of a touchpoint: at, kind, visitor, customer, url, order, value, currency, …",
      });
    }
  }
  return names;
}

/** The touchpoint of a row. Columns of other names become its `props`. */
export function touchpointOfRow(
  { line, cells, error }: CsvRow,
  columns: readonly string[],
  zone: Zone,
): ImportedTouchpoint | string {
  if (error !== undefined) return error;
  const fields: Record<string, unknown> = {};
  const props: Record<string, string> = {};
  for (const [place, name] of columns.entries()) {
    const cell = cells[place]?.trim() ?? "";
    if (cell === "") continue;
    if (name === "at" || name === "receivedAt" || TEXT_FIELDS.has(name)) fields[name] = cell;
    else if (NUMBER_FIELDS.has(name)) fields[name] = Number(cell);
    else if (name === "visit") {
      if (/^(true|1|yes)$/i.test(cell)) fields["visit"] = true;
    } else props[name.replace(/^props\./, "")] = cell;
  }
  if (Object.keys(props).length > 0) fields["props"] = props;
  return touchpointOf(fields, line, zone, JSON.stringify(fields));
}

function touchpointOf(
  fields: Record<string, unknown>,
  line: number,
  zone: Zone,
  text: string,
): ImportedTouchpoint | string {
  const { at: rawAt, receivedAt: rawReceivedAt, ...rest } = fields;
  if (rawAt === undefined) return "at is missing: an import tells when it happened";
  const at = instantIn(rawAt, zone);
  if (at === undefined) return "at is no time we can read";
  const receivedAt = rawReceivedAt === undefined ? undefined : instantIn(rawReceivedAt, zone);
  if (rawReceivedAt !== undefined && receivedAt === undefined) return "receivedAt is no time we can read";
  const { customer, visitor } = rest;
  const person =
    typeof visitor === "string" ? visitor : typeof customer === "string" ? `customer:${customer}` : "";
  if (person === "") return "neither visitor nor customer is given";
  // A line without an id is known again by all it says.
  const id =
    typeof rest["id"] === "string"
      ? rest["id"]
      : touchpointId(at, "import", "line", createHash("sha256").update(text.trim()).digest("hex"));
  return {
    line,
    person,
    touchpoint: { ...rest, id, at } as ImportedTouchpoint["touchpoint"],
    ...(receivedAt === undefined ? {} : { receivedAt }),
  };
}

function instantIn(raw: unknown, zone: Zone): EpochMs | undefined {
  const at = typeof raw === "string" ? readInstant(raw, zone, undefined) : raw;
  return typeof at === "number" && Number.isInteger(at) && at >= 0 ? at : undefined;
}
