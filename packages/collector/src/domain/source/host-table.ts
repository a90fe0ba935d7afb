/**
 * Looks a host, an Android package or a key up in the source tables.
 *
 * The rule is: the longest listed suffix that starts at a label boundary wins, so `mail.google.com` beats `google.com`, and
 * `notgoogle.com` or `google.com.evil.example` match nothing. The indexes are built once, when the module loads.
 */
import { ADS } from "./tables/ads.ts";
import { AI } from "./tables/ai.ts";
import { COUNTRY_CODES } from "./tables/countries.ts";
import { EMAIL } from "./tables/email.ts";
import { LOGIN } from "./tables/login.ts";
import { PAYMENT } from "./tables/payment.ts";
import { NOT_LISTED, PLACES } from "./tables/places.ts";
import type { SourceCategory, SourceRow } from "./tables/row.ts";
import { SEARCH } from "./tables/search.ts";
import { SHOPPING } from "./tables/shopping.ts";
import { SHORTENER } from "./tables/shortener.ts";
import { SOCIAL } from "./tables/social.ts";
import { SPAM_HOSTS } from "./tables/spam.ts";
import { VIDEO } from "./tables/video.ts";

export type { SourceCategory } from "./tables/row.ts";

/** Changes whenever a row changes; stored with each decision so that history can be reclassified. */
export const TABLES_VERSION = "2026-11-22";

/** A listed source. No category: a plain referral with a name. */
export interface SourceEntry {
  readonly key: string;
  readonly name: string;
  readonly category?: SourceCategory;
}

/** All tables with the category their rows have. */
export const SOURCE_TABLES: readonly { category?: SourceCategory; rows: readonly SourceRow[] }[] = [
  { category: "search", rows: SEARCH },
  { category: "social", rows: SOCIAL },
  { category: "video", rows: VIDEO },
  { category: "shopping", rows: SHOPPING },
  { category: "ai", rows: AI },
  { category: "email", rows: EMAIL },
  { category: "ads", rows: ADS },
  { category: "payment", rows: PAYMENT },
  { category: "login", rows: LOGIN },
  { category: "shortener", rows: SHORTENER },
  { rows: PLACES },
];

/** `null` says: this host stands for itself, look no further up. */
const bySuffix = new Map<string, SourceEntry | null>();
const byExactHost = new Map<string, SourceEntry>();
const byApp = new Map<string, SourceEntry>();
const byKey = new Map<string, SourceEntry>();
const byAlias = new Map<string, SourceEntry>();
const spamHosts = new Set(SPAM_HOSTS.split(/\s+/).filter(Boolean));
const countryCodes = new Set(COUNTRY_CODES.split(" "));
/** Second-level labels under which countries sell names: `.co.uk`, `.com.au`. */
const secondLevel = new Set(["com", "co", "net", "org"]);

for (const { category, rows } of SOURCE_TABLES) {
  for (const [key, name, places, aliases] of rows) {
    const entry: SourceEntry = category === undefined ? { key, name } : { key, name, category };
    byKey.set(looseName(key), entry);
    for (const alias of [name, ...(aliases?.split(",") ?? [])]) {
      if (!byAlias.has(looseName(alias))) byAlias.set(looseName(alias), entry);
    }
    for (const place of places.split(" ")) {
      if (place.startsWith("app:")) byApp.set(place.slice(4), entry);
      else if (place.startsWith("=")) byExactHost.set(place.slice(1), entry);
      else bySuffix.set(place, entry);
    }
  }
}
for (const host of NOT_LISTED.split(" ")) bySuffix.set(host, null);

/**
 * The listed source a host belongs to, or `undefined`.
 *
 * @param host lower case, punycode, no `www.`, no port, as `readReferrer` gives it.
 */
export function sourceOfHost(host: string): SourceEntry | undefined {
  const country = countryForm(host);
  const exact = byExactHost.get(host) ?? (country === undefined ? undefined : byExactHost.get(country));
  if (exact !== undefined) return exact;
  for (let at = 0; ; ) {
    let found = bySuffix.get(at === 0 ? host : host.slice(at));
    if (found === undefined && country !== undefined && at < country.length)
      found = bySuffix.get(country.slice(at));
    if (found !== undefined) return found ?? undefined;
    at = host.indexOf(".", at) + 1;
    // Some browsers hand an app's package on as if it were a host.
    if (at === 0) return byApp.get(host);
  }
}

/** The listed source of an Android package (`com.google.android.gm`), or `undefined`. Case does not matter. */
export function sourceOfApp(packageName: string): SourceEntry | undefined {
  return byApp.get(packageName.toLowerCase());
}

/** The source with this key, display name or alias, in any spelling of case, space, hyphen and underscore. */
export function sourceOfName(name: string): SourceEntry | undefined {
  const loose = looseName(name);
  return byKey.get(loose) ?? byAlias.get(loose);
}

/** True for a host, or a host below one, that is known to fake referrers for advertising. */
export function isSpamReferrer(host: string): boolean {
  let rest = host
    .toLowerCase()
    .replace(/^www\./, "")
    .replace(/\.$/, "");
  for (;;) {
    if (spamHosts.has(rest)) return true;
    const dot = rest.indexOf(".");
    if (dot === -1) return false;
    rest = rest.slice(dot + 1);
  }
}

/** `google.co.uk` and `www.google.de` as `google.*` and `www.google.*`; `undefined` when the ending is no country. */
function countryForm(host: string): string | undefined {
  const lastDot = host.length - 3;
  if (lastDot < 1 || host.charCodeAt(lastDot) !== 46 || !countryCodes.has(host.slice(lastDot + 1)))
    return undefined;
  const before = host.lastIndexOf(".", lastDot - 1);
  const stem = before > 0 && secondLevel.has(host.slice(before + 1, lastDot)) ? before : lastDot;
  return `${host.slice(0, stem)}.*`;
}

/** One spelling for `Hacker News`, `hacker-news` and `hacker_news`. Dots stay: `last.fm` is a name. */
function looseName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[\s_-]+/g, " ")
      .trim() || name
  );
}
