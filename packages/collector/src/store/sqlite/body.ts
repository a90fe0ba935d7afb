/**
 * A touchpoint's fields in the log, as compact JSON text.
 *
 * The log is the largest part of the file and its bytes are what an acknowledgement waits for. So names are one or two
 * letters, and an address that begins like the page's own leaves that beginning out.
 */
import type { EpochMs, Item, Touchpoint } from "../../domain/touchpoint.ts";

/** Stored names, in the order they are written. Only ever add to these lists: rows in the log live by them. */
const NAMES = [
  ["url", "u"],
  ["referrer", "r"],
  ["title", "t"],
  ["visit", "v"],
  ["order", "o"],
  ["value", "m"],
  ["currency", "c"],
  ["items", "i"],
  ["tax", "tx"],
  ["shipping", "sh"],
  ["coupon", "cp"],
  ["list", "l"],
  ["query", "q"],
  ["rating", "ra"],
  ["referral", "rf"],
  ["survey", "su"],
  ["score", "sc"],
  ["customer", "cu"],
  ["email", "e"],
  ["traits", "tr"],
  ["aliases", "al"],
  ["props", "p"],
] as const satisfies readonly (readonly [keyof Touchpoint, string])[];

const ITEM_NAMES = [
  ["id", "i"],
  ["name", "n"],
  ["brand", "b"],
  ["category", "c"],
  ["variant", "v"],
  ["price", "p"],
  ["quantity", "q"],
] as const satisfies readonly (readonly [keyof Item, string])[];

type Covers<Named extends string, All extends string> = Exclude<All, Named> extends never ? true : never;
// This stops compiling when a field has no stored name.
true satisfies Covers<(typeof NAMES)[number][0], Exclude<keyof Touchpoint, "id" | "at" | "kind">> &
  Covers<(typeof ITEM_NAMES)[number][0], keyof Item>;

/** Stands for the beginning of the page's own address. No address begins with it: control characters were removed. */
const OWN = "\u007f";

/** A foreign id is kept whole, because ties in time are broken by its text. */
export function packBody(touchpoint: Touchpoint, isForeign: boolean): string {
  const packed: Record<string, unknown> = {};
  if (isForeign) packed["id"] = touchpoint.id;
  for (const [name, short] of NAMES) {
    const value = touchpoint[name];
    if (value !== undefined) packed[short] = value;
  }
  if (touchpoint.visit !== undefined) packed["v"] = 1;
  const { url, referrer, items } = touchpoint;
  if (items !== undefined) packed["i"] = items.map((item) => renamed(item, ITEM_NAMES));
  if (url !== undefined && referrer !== undefined) {
    const origin = originOf(url);
    if (origin > 0 && referrer.startsWith(url.slice(0, origin))) packed["r"] = OWN + referrer.slice(origin);
  }
  return JSON.stringify(packed);
}

/** The touchpoint of a stored row. */
export function unpackBody(body: string, id: string, at: EpochMs, kind: string): Touchpoint {
  const packed = JSON.parse(body) as Record<string, unknown>;
  const touchpoint: Touchpoint = { id: (packed["id"] as string | undefined) ?? id, at, kind };
  const fields = touchpoint as unknown as Record<string, unknown>;
  for (const [name, short] of NAMES) {
    const value = packed[short];
    if (value !== undefined) fields[name] = value;
  }
  if (touchpoint.visit !== undefined) touchpoint.visit = true;
  if (touchpoint.items !== undefined) {
    touchpoint.items = (packed["i"] as Record<string, unknown>[]).map(itemOf);
  }
  const { url, referrer } = touchpoint;
  if (url !== undefined && referrer?.startsWith(OWN)) {
    touchpoint.referrer = url.slice(0, originOf(url)) + referrer.slice(OWN.length);
  }
  return touchpoint;
}

/** Where scheme and host of an address end; 0 when it has none. */
function originOf(url: string): number {
  const slashes = url.indexOf("://");
  return slashes < 0 ? 0 : url.indexOf("/", slashes + 3) + 1;
}

function renamed(item: Item, names: typeof ITEM_NAMES): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  for (const [name, letter] of names) if (item[name] !== undefined) short[letter] = item[name];
  return short;
}

function itemOf(packed: Record<string, unknown>): Item {
  const item: Record<string, unknown> = {};
  for (const [name, letter] of ITEM_NAMES) if (packed[letter] !== undefined) item[name] = packed[letter];
  return item;
}
