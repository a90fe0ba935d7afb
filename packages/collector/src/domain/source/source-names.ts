/**
 * What a source tag names: people write `fb`, `Facebook`, `l.facebook.com`, `facebook_ads` and mean one source.
 */
import { type SourceEntry, sourceOfApp, sourceOfHost, sourceOfName } from "./host-table.ts";
import { hostFromText } from "./referrer.ts";

export interface NamedSource {
  /** The source's key; an unknown name is its own key, in lower case. */
  key: string;
  entry?: SourceEntry;
  /** The tag names the platform's ads (`google-ads`, `fb_ads`), so the visit was paid for. */
  paid: boolean;
}

/** Names of ad products that are not just the platform with "ads" behind it. */
const AD_PRODUCTS: ReadonlyMap<string, string> = new Map([
  ["adwords", "google"],
  ["google adwords", "google"],
  ["googleadwords", "google"],
  ["google pmax", "google"],
  ["pmax", "google"],
  ["performance max", "google"],
  ["bing adcenter", "bing"],
  ["adcenter", "bing"],
  ["microsoft ads", "bing"],
  ["microsoftads", "bing"],
  ["ms ads", "bing"],
  ["msft ads", "bing"],
  ["yandex direct", "yandex"],
  ["yandexdirect", "yandex"],
  ["yandex.direct", "yandex"],
  ["baidu tuiguang", "baidu"],
  ["meta advertising", "facebook"],
  ["facebook advertising", "facebook"],
  ["linkedin campaign manager", "linkedin"],
]);

const ADS_SUFFIX = /^(.{2,}?)[\s_.+-]*(?:ads?|advertising|adverts?)$/;
/** With a separator, a paid medium glued to the name counts too: `google_cpc`, `facebook-paid`. */
const PAID_SUFFIX = /^(.{2,}?)[\s_.+-]+(?:cpc|ppc|paid|paid[\s_-]?social|paid[\s_-]?search)$/;

/** Resolves a source tag by name, by alias, as an ad product, and as a host. */
export function nameSource(raw: string): NamedSource {
  const name = raw.toLowerCase().trim();
  // First, because an ad network can be listed under the very name people use for the platform's ads (`amazon ads`).
  const advertised = advertisedPlatform(name);
  if (advertised !== undefined) return { key: advertised.key, entry: advertised, paid: true };
  const known = sourceOfName(name);
  if (known !== undefined) return { key: known.key, entry: known, paid: false };
  if (!name.includes(".")) return { key: name, paid: false };
  const entry = sourceOfApp(name) ?? entryOfHost(name);
  if (entry !== undefined) return { key: entry.key, entry, paid: false };
  const host = /^(?:https?:\/\/|www\.)/.test(name) ? hostFromText(name) : undefined;
  return { key: host ?? name, paid: false };
}

function advertisedPlatform(name: string): SourceEntry | undefined {
  const loose = name.replace(/[\s_+-]+/g, " ");
  const product = AD_PRODUCTS.get(loose);
  if (product !== undefined) return sourceOfName(product);
  const base = (ADS_SUFFIX.exec(loose) ?? PAID_SUFFIX.exec(loose))?.[1];
  const platform =
    base === undefined
      ? undefined
      : (sourceOfName(base) ?? (base.includes(".") ? entryOfHost(base) : undefined));
  return platform !== undefined && SELLS_ADS.has(platform.category ?? "") ? platform : undefined;
}

const SELLS_ADS: ReadonlySet<string> = new Set(["search", "social", "video", "shopping", "ads", "ai"]);

function entryOfHost(text: string): SourceEntry | undefined {
  // A space or an at sign makes it a name or an address, not a host.
  if (/[\s@]/.test(text)) return undefined;
  const host = hostFromText(text);
  return host === undefined ? undefined : sourceOfHost(host);
}
