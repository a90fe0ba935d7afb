/**
 * Google Analytics 4's Measurement Protocol: what a server-side tag manager or a shop's backend sends to Google, it can
 * send here. Names are GA4's, and so are most of ours.
 *
 * Shapes from Google's Measurement Protocol reference (November 2026); never tried against a live tag manager.
 */
import { CUSTOM_KIND, TOUCHPOINT_KINDS, type WireItem, type WireTouchpoint } from "@sojourn/sdk/wire";
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Delivery, Draft, Mapped } from "../connector.ts";
import { type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { checkShown } from "../hmac-header.ts";
import { orderAlias } from "../identify.ts";
import { itemsOf } from "../items.ts";
import { eachPart, ruleFor, visitorAt, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";

export const GA4_MOST_EVENTS = 25;
const OLDEST_MS = 72 * 3_600_000;
const KNOWN = new Set<string>(TOUCHPOINT_KINDS);
const NEEDS_ORDER = new Set(["purchase", "refund"]);
/** What Google's own script counts for itself. */
const BOOKKEEPING = new Set(["session_start", "first_visit", "first_open", "user_engagement", "app_update"]);
const CUSTOM = new RegExp(CUSTOM_KIND);
const MOST_PROPS = 20;

export const ga4: Connector = {
  system: "ga4",
  keeps: ["x-sojourn-poll"],
  settings: [
    {
      name: "measurementId",
      meaning: "the measurement id that senders name, such as G-ABC1234567",
      required: true,
    },
  ],

  verify: ({ url }, secrets) => checkShown(new URL(url).searchParams.get("api_secret") ?? undefined, secrets),

  map(delivery, options) {
    const body = fieldsOf(jsonOf(delivery.text));
    const events = body.list("events");
    if (events.length > GA4_MOST_EVENTS) throw new Unreadable("events");
    return eachPart(
      events,
      (_event, place) => mapEvent(events[place]!, place, body, delivery, options),
      "empty",
    );
  },
};

function mapEvent(
  event: Fields,
  place: number,
  body: Fields,
  delivery: Delivery,
  options: ConnectorOptions,
): Mapped {
  const name = event.text("name");
  if (BOOKKEEPING.has(name)) return { kind: "ignored", reason: "other_topic" };
  const rule = ruleFor(name, event.raw, options);
  if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
  const params = fieldsOf(event.raw["params"] ?? {}, event.at("params"));
  const at = microsOf(event) ?? microsOf(body) ?? delivery.receivedAt;
  if (at < delivery.receivedAt - OLDEST_MS) return { kind: "ignored", reason: "too_old" };
  const draft = ga4Draft(name, { at, place, params, body }, options);
  if (draft === undefined) return { kind: "unreadable", path: event.at("name") };
  return { kind: "mapped", drafts: rule === undefined ? [draft] : withRule([draft], rule) };
}

/** An event of Google's with what is known beside it. */
export interface Ga4Event {
  at: number;
  place: number;
  params: Fields;
  body: Fields;
}

/** What an event means; undefined for a name that cannot be kept, and for Google's own bookkeeping. */
export function ga4Draft(
  name: string,
  parts: Ga4Event,
  options: Pick<ConnectorOptions, "customers" | "linksOrders" | "visitor">,
): Draft | undefined {
  if (BOOKKEEPING.has(name)) return undefined;
  const { at, place, params, body } = parts;
  const client = body.text("client_id");
  const user = body.maybeText("user_id");
  const number = NEEDS_ORDER.has(name) ? params.text("transaction_id") : undefined;
  const aliases = [`ga:${client}`];
  if (number !== undefined) aliases.push(orderAlias(number));
  // Beside a shop's own connector a tag manager's order is the browser's word: it links, it does not count.
  const isLink = number !== undefined && options.linksOrders;
  const kind = isLink ? "order_seen" : name;
  if (!KNOWN.has(kind) && !CUSTOM.test(kind)) return undefined;
  return {
    kind,
    idKind: number === undefined ? "event" : name,
    key: number === undefined || isLink ? JSON.stringify([client, name, at, place]) : number,
    madeAt: at,
    at,
    self: number === undefined || isLink ? `ga:${client}` : `order:${number}`,
    who: {
      ...visitorAt(body.raw, options, ["user_properties.sojourn_visitor.value"]),
      ...(user === undefined ? {} : { customer: `${options.customers}:${user}` }),
      aliases,
    },
    fields: fieldsOfEvent(kind, number, params),
  };
}

function fieldsOfEvent(
  kind: string,
  order: string | undefined,
  params: Fields,
): NonNullable<Draft["fields"]> {
  const fields: Partial<WireTouchpoint> = {};
  const url = params.maybeText("page_location");
  if (url !== undefined) fields.url = url;
  const referrer = params.maybeText("page_referrer");
  if (referrer !== undefined) fields.referrer = referrer;
  const title = params.maybeText("page_title");
  if (title !== undefined) fields.title = title;
  const query = params.maybeText("search_term");
  if (query !== undefined && kind === "search") fields.query = query;
  if (kind !== "order_seen") {
    const code = params.maybeText("currency");
    const currency = code === undefined ? undefined : currencyOf(code);
    if (code !== undefined && currency === undefined) throw new Unreadable(params.at("currency"));
    if (order !== undefined) fields.order = order;
    if (currency !== undefined) {
      fields.currency = currency;
      if (params.maybeText("value") !== undefined)
        fields.value = formatMinor(params.money("value", currency), currency);
      Object.assign(fields, itemsIn(params, currency));
    }
  }
  if (!KNOWN.has(kind)) fields.props = propsOf(params);
  return fields;
}

function itemsIn(params: Fields, currency: string): { items?: WireItem[] } {
  return itemsOf(
    params.raw["items"],
    { id: ["item_id"], name: "item_name", price: "price", quantity: "quantity" },
    currency,
  );
}

/** Flat parameters of an event that has no meaning of its own. */
function propsOf(params: Fields): Record<string, string | number | boolean> {
  const props: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(params.raw)) {
    if (Object.keys(props).length === MOST_PROPS) break;
    if (name.length > 64 || /^(page_|engagement_|session_)/.test(name)) continue;
    if (typeof value === "string") props[name] = value.slice(0, 256);
    else if (typeof value === "number" || typeof value === "boolean") props[name] = value;
  }
  return props;
}

function microsOf(object: Fields): number | undefined {
  const text = object.maybeText("timestamp_micros");
  if (text === undefined) return undefined;
  if (!/^\d{1,18}$/.test(text)) throw new Unreadable(object.at("timestamp_micros"));
  return Math.floor(Number(text) / 1_000);
}
