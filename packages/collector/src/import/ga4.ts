/**
 * Reads rows of Google Analytics' BigQuery export: one event a line, as JSON. They mean what the Measurement Protocol's
 * events mean, and an order has the same id in both.
 */
import type { ConnectorOptions } from "../connect/connector.ts";
import { type Fields, fieldsOf, Unreadable } from "../connect/fields.ts";
import { touchpointsOf } from "../connect/identify.ts";
import { textAt } from "../connect/path.ts";
import { ga4Draft } from "../connect/systems/ga4.ts";
import type { ImportedTouchpoint } from "./orders.ts";

/** Google's names for where somebody came from, and the tags that say the same in an address. */
const TAGS: readonly (readonly [column: string, tag: string])[] = [
  ["manual_source", "utm_source"],
  ["manual_medium", "utm_medium"],
  ["manual_campaign_name", "utm_campaign"],
  ["manual_term", "utm_term"],
  ["manual_content", "utm_content"],
  ["gclid", "gclid"],
];

/**
 * The touchpoints of a row, none for Google's own bookkeeping, or the reason why it cannot be read.
 *
 * @param source name of the connector whose ids these are
 */
export function touchpointsOfGa4Row(
  text: string,
  line: number,
  source: string,
): ImportedTouchpoint[] | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return "is no JSON";
  }
  try {
    return readRow(fieldsOf(raw), source).map((touchpoint) => ({
      line,
      person: touchpoint.visitor,
      touchpoint,
    }));
  } catch (error) {
    if (error instanceof Unreadable) return `${error.path} is missing or cannot be read`;
    throw error;
  }
}

function readRow(row: Fields, source: string): ReturnType<typeof touchpointsOf> {
  const name = row.text("event_name");
  const micros = row.text("event_timestamp");
  if (!/^\d{1,18}$/.test(micros)) throw new Unreadable(row.at("event_timestamp"));
  const at = Math.floor(Number(micros) / 1_000);
  const params = paramsOf(row);
  const options: Pick<ConnectorOptions, "customers" | "linksOrders" | "visitor"> = {
    customers: source,
    linksOrders: false,
    visitor: [],
  };
  const user = row.maybeText("user_id");
  const body = fieldsOf({
    client_id: row.text("user_pseudo_id"),
    ...(user === undefined ? {} : { user_id: user }),
  });
  const draft = ga4Draft(name, { at, place: 0, params: fieldsOf(params, "event_params"), body }, options);
  if (draft === undefined) return [];
  // Events of one moment are told apart as Google orders them.
  const tie = ["batch_page_id", "batch_ordering_id", "batch_event_index"].map(
    (column) => row.maybeText(column) ?? "",
  );
  const key =
    draft.idKind === "event" ? JSON.stringify([body.text("client_id"), name, micros, ...tie]) : draft.key;
  const opensVisit = String(params["entrances"] ?? "") === "1";
  return touchpointsOf(source, [
    {
      ...draft,
      key,
      fields: {
        ...draft.fields,
        ...taggedUrl(row, draft.fields?.url),
        ...(opensVisit ? { visit: true } : {}),
      },
    },
  ]);
}

/** `event_params` as an object; each value lies in the field of its type. */
function paramsOf(row: Fields): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const param of row.list("event_params")) {
    const key = param.text("key");
    const value = param.maybeChild("value")?.raw ?? {};
    const found =
      value["string_value"] ?? value["int_value"] ?? value["double_value"] ?? value["float_value"];
    if (key !== "__proto__" && found !== null && found !== undefined) params[key] = found;
  }
  params["transaction_id"] ??= textAt(row.raw, "ecommerce.transaction_id");
  if (params["transaction_id"] === undefined) delete params["transaction_id"];
  if (Array.isArray(row.raw["items"]) && row.raw["items"].length > 0) params["items"] = row.raw["items"];
  return params;
}

/** The address with the tags Google collected beside it, when it shows none of its own. */
function taggedUrl(row: Fields, url: string | undefined): { url?: string } {
  if (url === undefined || !URL.canParse(url)) return {};
  const parsed = new URL(url);
  if (TAGS.some(([, tag]) => parsed.searchParams.has(tag))) return {};
  let isTagged = false;
  for (const [column, tag] of TAGS) {
    const value = textAt(row.raw, `collected_traffic_source.${column}`);
    if (value === undefined || value === "" || value === "(not set)") continue;
    parsed.searchParams.set(tag, value);
    isTagged = true;
  }
  return isTagged ? { url: parsed.toString() } : {};
}
