/**
 * Click ids that ad platforms, affiliate networks, mailers and networks add to links.
 *
 * A table of facts: which query key belongs to whom, and what it proves. Values are never kept here.
 */

export type ClickIdKind = "paid" | "affiliate" | "email" | "neutral";

export interface ClickId {
  /** The query key as its owner writes it. */
  readonly id: string;
  readonly kind: ClickIdKind;
  /** Key of the source it names. */
  readonly source: string;
  /** What the visit's medium is when nothing else says so. Neutral ids have none: they name the platform, never the price. */
  readonly medium?: string;
  /** Keys of all sources of the same house; a tag or referrer that names one of them agrees with the id. */
  readonly family: readonly string[];
}

const GOOGLE = [
  "google",
  "youtube",
  "gmail",
  "google maps",
  "google shopping",
  "google news",
  "google discover",
  "doubleclick",
  "google adsense",
  "google ad services",
];
const MICROSOFT = [
  "bing",
  "msn",
  "microsoft",
  "microsoft advertising",
  "bing shopping",
  "outlook",
  "yahoo",
  "duckduckgo",
  "ecosia",
  "aol",
  "qwant",
];
const META = ["facebook", "instagram", "messenger", "threads", "whatsapp", "meta ai"];
const YANDEX = ["yandex", "yandex ad network", "yandex market", "dzen", "yandex mail"];

/** Strongest first: paid, affiliate, e-mail, neutral. */
export const CLICK_IDS: readonly ClickId[] = [
  { id: "gclid", kind: "paid", source: "google", medium: "cpc", family: GOOGLE },
  { id: "gbraid", kind: "paid", source: "google", medium: "cpc", family: GOOGLE },
  { id: "wbraid", kind: "paid", source: "google", medium: "cpc", family: GOOGLE },
  { id: "gad_source", kind: "paid", source: "google", medium: "cpc", family: GOOGLE },
  { id: "msclkid", kind: "paid", source: "bing", medium: "cpc", family: MICROSOFT },
  { id: "yclid", kind: "paid", source: "yandex", medium: "cpc", family: YANDEX },
  // Campaign Manager and Display & Video 360 put this one on banners, so it is display and not search.
  { id: "dclid", kind: "paid", source: "doubleclick", medium: "display", family: GOOGLE },
  { id: "ttclid", kind: "paid", source: "tiktok", medium: "cpc", family: ["tiktok"] },
  { id: "twclid", kind: "paid", source: "twitter", medium: "cpc", family: ["twitter"] },
  { id: "li_fat_id", kind: "paid", source: "linkedin", medium: "cpc", family: ["linkedin"] },
  { id: "epik", kind: "paid", source: "pinterest", medium: "cpc", family: ["pinterest"] },
  { id: "rdt_cid", kind: "paid", source: "reddit", medium: "cpc", family: ["reddit"] },
  { id: "ScCid", kind: "paid", source: "snapchat", medium: "cpc", family: ["snapchat"] },
  { id: "ob_click_id", kind: "paid", source: "outbrain", medium: "cpc", family: ["outbrain", "zemanta"] },
  { id: "awc", kind: "affiliate", source: "awin", medium: "affiliate", family: ["awin"] },
  { id: "cjevent", kind: "affiliate", source: "cj", medium: "affiliate", family: ["cj"] },
  { id: "irclickid", kind: "affiliate", source: "impact", medium: "affiliate", family: ["impact"] },
  { id: "mc_cid", kind: "email", source: "mailchimp", medium: "email", family: ["mailchimp"] },
  { id: "_hsenc", kind: "email", source: "hubspot", medium: "email", family: ["hubspot"] },
  { id: "_kx", kind: "email", source: "klaviyo", medium: "email", family: ["klaviyo"] },
  { id: "mkt_tok", kind: "email", source: "marketo", medium: "email", family: ["marketo"] },
  { id: "fbclid", kind: "neutral", source: "facebook", family: META },
  { id: "igshid", kind: "neutral", source: "instagram", family: META },
  { id: "srsltid", kind: "neutral", source: "google", family: GOOGLE },
];

/** Query key in lower case to its place in {@link CLICK_IDS}. */
export const CLICK_ID_RANK: ReadonlyMap<string, number> = new Map(
  CLICK_IDS.map((c, rank) => [c.id.toLowerCase(), rank]),
);
