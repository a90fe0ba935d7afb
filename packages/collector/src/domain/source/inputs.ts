/**
 * Reads the two texts of a page view into what they say: a landing page, a place the visitor was before, and what tags and click
 * ids ask for. Weighing them against each other is the work of `classify.ts`.
 */
import { CLICK_IDS, type ClickId } from "./click-ids.ts";
import {
  isSpamReferrer,
  type SourceCategory,
  type SourceEntry,
  sourceOfApp,
  sourceOfHost,
} from "./host-table.ts";
import { pageHost, type Referrer } from "./referrer.ts";
import { isSameSite, subdomainOf } from "./site.ts";
import { type NamedSource, nameSource } from "./source-names.ts";
import type { Tags } from "./tags.ts";

/** A longer host is a forgery; its key is cut. In UTF-16 code units, as long as DNS allows. */
export const MAX_KEY = 255;

/** Longer addresses are cut before parsing. In UTF-16 code units. */
const MAX_URL = 16_384;

/** The label right in front of a bank's registrable domain: `3dsecure.some-bank.example`. Deeper ones name nothing. */
const THREE_D_SECURE = /^(?:3ds\d?|3d-?secure\d?|acs-?3ds\d?)$/;

/** What a referrer says once tags and click ids have had their turn. */
export interface Place {
  /** Normalised host or app package. */
  host: string;
  /** The cache or translator that showed the page. */
  via?: string;
  /** Source key. */
  key: string;
  entry?: SourceEntry;
  category?: SourceCategory;
  role: "self" | "payment" | "login" | "source";
}

const isThreeDSecure = (host: string): boolean => THREE_D_SECURE.test(subdomainOf(host));

/** What tags and click ids ask for. */
export interface Asked {
  tags?: Tags;
  /** At least one usable tag, or a `ref` that names a known source. */
  tagged: boolean;
  named?: NamedSource;
  /** Where the named source came from, for the evidence. */
  namedBy?: string;
  ids: readonly ClickId[];
}

/** A page without a readable address asks for nothing. */
export const NOTHING_ASKED: Asked = { tagged: false, ids: [] };

/** The landing page, or `undefined` for a text that names no page. */
export function readLanding(text: string): URL | undefined {
  if (typeof text !== "string") return undefined;
  const short = text.length > MAX_URL ? text.slice(0, MAX_URL) : text;
  // A bare path still carries its tags; the host it lacks then simply matches nothing.
  const url =
    URL.parse(short) ?? (/^\s*[/?#]/.test(short) ? URL.parse(short, "http://unknown.invalid") : null);
  if (url === null) return undefined;
  return url.host === "" && url.protocol !== "file:" ? undefined : url;
}

/** The place a referrer names, or `undefined` when it says nothing. */
export function placeOf(
  referrer: Referrer,
  url: URL | undefined,
  siteHosts: readonly string[] | undefined,
): Place | undefined {
  if (referrer.kind === "absent" || referrer.kind === "unusable") return undefined;
  const { host } = referrer;
  const place: Place = { host, key: host.slice(0, MAX_KEY), role: "source" };
  if (referrer.kind === "web" && referrer.via !== undefined) place.via = referrer.via;
  if (isSameSite(host, url === undefined ? "" : pageHost(url), siteHosts)) return { ...place, role: "self" };
  if (referrer.kind === "local") return undefined;
  const entry = referrer.kind === "app" ? sourceOfApp(host) : sourceOfHost(host);
  if (entry === undefined) {
    if (referrer.kind === "web" && isSpamReferrer(host)) place.category = "spam";
    else if (host.startsWith("webmail.")) place.category = "email";
    // Every bank has a 3-D Secure host of its own; by custom its first label says so.
    else if (isThreeDSecure(host)) return { ...place, category: "payment", role: "payment" };
    return place;
  }
  place.entry = entry;
  place.key = entry.key;
  if (entry.category !== undefined) place.category = entry.category;
  if (entry.category === "payment" || entry.category === "login") place.role = entry.category;
  return place;
}

/** What the tags of a landing page ask for. */
export function whatTagsSay(tags: Tags): Asked {
  const ids = tags.clickIds.map((rank) => CLICK_IDS[rank]!);
  const source = tags.fields.get("source");
  if (source !== undefined) {
    return {
      tags,
      ids,
      tagged: true,
      named: nameSource(source.value),
      namedBy: `${source.from} "${source.value}"`,
    };
  }
  if (tags.ref !== undefined) {
    const named = nameSource(tags.ref);
    if (named.entry !== undefined) return { tags, ids, tagged: true, named, namedBy: `ref "${tags.ref}"` };
  }
  return { tags, ids, tagged: tags.fields.size > 0 };
}
