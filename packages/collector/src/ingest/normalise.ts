/**
 * Turns a touchpoint of the wire, whose shape was checked, into one the collector keeps: text clean and bounded, money in
 * minor units, and what its kind needs in place.
 */
import {
  type EpochMs,
  LIMITS,
  type WireItem,
  type WireMoney,
  type WireTouchpoint,
  type WireValue,
} from "@sojourn/sdk/wire";
import { parseMinor } from "../domain/money.ts";
import type { Item, Touchpoint } from "../domain/touchpoint.ts";
import type { RefusalReason } from "./refusals.ts";
import { cleanText } from "./text.ts";

const NEEDS_ORDER = new Set(["purchase", "refund", "cancel_order"]);

/** The wire's touchpoint as the collector keeps it, or the reason it cannot be kept. */
export function normalise(
  wire: WireTouchpoint,
  at: EpochMs,
  site: { currency: string },
): Touchpoint | { code: RefusalReason; path: string } {
  const { kind } = wire;
  if (NEEDS_ORDER.has(kind) && wire.order === undefined) return { code: "order_missing", path: "order" };
  if (kind === "survey_response") {
    if (wire.survey === undefined || wire.score === undefined)
      return { code: "survey_missing", path: "survey" };
    if (wire.survey === "csat" && (wire.score < 1 || wire.score > 5)) {
      return { code: "score_out_of_range", path: "score" };
    }
  }
  if (
    kind === "identify" &&
    wire.customer === undefined &&
    wire.email === undefined &&
    wire.traits === undefined &&
    wire.aliases === undefined
  ) {
    return { code: "identify_empty", path: "customer" };
  }

  const t: Touchpoint = { id: wire.id.length === 36 ? wire.id.toLowerCase() : wire.id, at, kind };
  if (wire.visit) t.visit = true;
  if (wire.url !== undefined && /^https?:/i.test(wire.url)) t.url = cleanText(wire.url, LIMITS.urlMax);
  if (wire.referrer) t.referrer = cleanText(wire.referrer, LIMITS.referrerMax);
  if (wire.title) t.title = cleanText(wire.title, LIMITS.titleMax);
  const amounts = normaliseAmounts(wire, t, site);
  if (amounts !== undefined) return amounts;
  if (wire.order !== undefined) t.order = wire.order;
  if (wire.coupon) t.coupon = cleanText(wire.coupon, LIMITS.textMax);
  if (wire.list) t.list = cleanText(wire.list, LIMITS.textMax);
  if (wire.query) t.query = cleanText(wire.query, LIMITS.textMax);
  if (wire.rating !== undefined) t.rating = wire.rating;
  if (wire.referral) t.referral = cleanText(wire.referral, LIMITS.textMax);
  if (wire.survey !== undefined) t.survey = wire.survey;
  if (wire.score !== undefined) t.score = wire.score;
  if (wire.customer !== undefined) t.customer = wire.customer;
  if (wire.email !== undefined) t.email = wire.email;
  if (wire.aliases !== undefined && wire.aliases.length > 0) t.aliases = wire.aliases;
  const traits = cleanRecord(wire.traits);
  if (traits !== undefined) t.traits = traits;
  const props = cleanRecord(wire.props);
  if (props !== undefined) t.props = props;
  return t;
}

/** Money exactly, in minor units; a currency we do not know or an amount with too many digits is refused. */
function normaliseAmounts(
  wire: WireTouchpoint,
  t: Touchpoint,
  site: { currency: string },
): { code: RefusalReason; path: string } | undefined {
  const hasAmount = wire.value !== undefined || wire.tax !== undefined || wire.shipping !== undefined;
  if (!hasAmount && wire.currency === undefined && wire.items === undefined) return undefined;
  const currency = (wire.currency ?? site.currency).toUpperCase();
  if (parseMinor(0, currency) === undefined) return { code: "bad_currency", path: "currency" };
  t.currency = currency;
  for (const field of ["value", "tax", "shipping"] as const) {
    const amount = wire[field];
    if (amount === undefined) continue;
    const minor = amountOf(amount, currency);
    if (minor === undefined) return { code: "bad_value", path: field };
    t[field] = minor;
  }
  if (wire.items !== undefined) {
    const items: Item[] = [];
    for (const line of wire.items) {
      const clean = cleanItem(line, currency);
      if (clean === undefined) return { code: "bad_value", path: "items" };
      items.push(clean);
    }
    if (items.length > 0) t.items = items;
  }
  return undefined;
}

function amountOf(amount: WireMoney, currency: string): number | undefined {
  const minor = parseMinor(amount, currency);
  return minor === undefined || minor < 0 ? undefined : minor;
}

function cleanItem(line: WireItem, currency: string): Item | undefined {
  const item: Item = {};
  for (const field of ["id", "name", "brand", "category", "variant"] as const) {
    const value = line[field];
    if (value) item[field] = cleanText(value, LIMITS.textMax);
  }
  if (line.price !== undefined) {
    const price = amountOf(line.price, currency);
    if (price === undefined) return undefined;
    item.price = price;
  }
  if (line.quantity !== undefined) item.quantity = line.quantity;
  return item;
}

function cleanRecord(record: Record<string, WireValue> | undefined): Record<string, WireValue> | undefined {
  if (record === undefined) return undefined;
  const entries: [string, WireValue][] = [];
  for (const [key, value] of Object.entries(record)) {
    if (entries.length === LIMITS.props) break;
    const name = cleanText(key, LIMITS.propKeyMax);
    if (name === "" || name === "__proto__") continue;
    entries.push([name, typeof value === "string" ? cleanText(value, LIMITS.propValueMax) : value]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
