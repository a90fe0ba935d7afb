/**
 * The vocabulary that browser, server and collector share: touchpoint kinds, the beacon, and its limits.
 *
 * Owns names and numbers only. No logic and no imports, so that the browser never carries a validator;
 * the collector builds its schema from these very tuples.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** Version of the beacon's shape. A collector refuses versions it does not know. */
export const WIRE_VERSION = 1;

/** The kinds that have a meaning of their own. Any other name that matches {@link CUSTOM_KIND} is counted as custom. */
export const TOUCHPOINT_KINDS = [
  "page_view",
  "view_item",
  "view_item_list",
  "search",
  "add_to_wishlist",
  "add_to_cart",
  "remove_from_cart",
  "view_cart",
  "begin_checkout",
  "add_shipping_info",
  "add_payment_info",
  "purchase",
  "refund",
  "cancel_order",
  "newsletter_signup",
  "newsletter_unsubscribe",
  "sign_up",
  "login",
  "generate_lead",
  "start_trial",
  "share",
  "referral",
  "review",
  "survey_response",
  "support_contact",
  "chat_start",
  "identify",
] as const;
export type KnownKind = (typeof TOUCHPOINT_KINDS)[number];

/** What a custom kind must look like, as a regular expression source. */
export const CUSTOM_KIND = "^[a-z][a-z0-9_]{0,39}$";

export const SURVEYS = ["nps", "csat"] as const;
export type Survey = (typeof SURVEYS)[number];

/** Silence after which two neighbouring touchpoints of a browser belong to different visits (GA4 uses the same). */
export const VISIT_GAP_MS = 30 * 60_000;

/** Limits both sides keep. Lengths are in UTF-16 code units unless the name says bytes. */
export const LIMITS = {
  beaconBytes: 64 * 1024,
  serverBodyBytes: 1024 * 1024,
  touchpointsPerBeacon: 50,
  touchpointsPerServerCall: 1_000,
  idMin: 8,
  idMax: 64,
  visitorMax: 64,
  siteMax: 64,
  urlMax: 2_048,
  referrerMax: 1_024,
  titleMax: 1_024,
  textMax: 256,
  orderMax: 100,
  customerMax: 100,
  items: 50,
  props: 20,
  propKeyMax: 64,
  propValueMax: 256,
  aliases: 5,
  aliasMax: 100,
} as const;

/** An amount of money on the wire: a decimal number or its text, in major units (59.9 or "59.90"). Parsed exactly, never summed as floats. */
export type WireMoney = number | string;

/** A flat value the site owner adds to a touchpoint or a person. */
export type WireValue = string | number | boolean;

/** One line of a cart or an order. */
export interface WireItem {
  id?: string;
  name?: string;
  brand?: string;
  category?: string;
  variant?: string;
  price?: WireMoney;
  quantity?: number;
}

/** A touchpoint as it travels. Which optional fields a kind may carry is said by {@link TouchpointFields}. */
export interface WireTouchpoint {
  /** UUIDv7 made where it happened; the same touchpoint keeps it through every retry. */
  id: string;
  /** When it happened, by the sender's clock. */
  at: EpochMs;
  kind: string;
  /** Address of the page, untouched. */
  url?: string;
  /** What `document.referrer` said, untouched. */
  referrer?: string;
  title?: string;
  /** True on the touchpoint that opens a visit. */
  visit?: true;
  items?: WireItem[];
  value?: WireMoney;
  currency?: string;
  order?: string;
  tax?: WireMoney;
  shipping?: WireMoney;
  coupon?: string;
  list?: string;
  query?: string;
  /** 1 to 5. */
  rating?: number;
  /** A referral code. */
  referral?: string;
  survey?: Survey;
  /** 0 to 10 for `nps`, 1 to 5 for `csat`. */
  score?: number;
  /** The shop's own id of the person. */
  customer?: string;
  /** SHA-256 of the trimmed, lower-cased address, as 64 hexadecimal digits. Never the address. */
  email?: string;
  traits?: Record<string, WireValue>;
  /** Names under which other systems know this browser: `cart:…`, `checkout:…`, `ga:…`, `hutk:…`. */
  aliases?: string[];
  props?: Record<string, WireValue>;
}

/** What the browser posts, as JSON in a `text/plain` body (so that no CORS preflight is ever needed). */
export interface Beacon {
  v: typeof WIRE_VERSION;
  site: string;
  /** The sender's clock when this request left, for the correction of wrong clocks. */
  sentAt: EpochMs;
  /** Absent in cookieless mode: the collector then derives a key that changes every day. */
  visitor?: string;
  /** The visitor said that this is the operator's own traffic. */
  own?: true;
  /** `navigator.webdriver` was set. */
  robot?: true;
  touchpoints: WireTouchpoint[];
}

/** Fields every verb accepts besides its own. */
export interface CommonFields {
  props?: Record<string, WireValue>;
}

interface ItemFields extends CommonFields {
  items?: WireItem[];
  value?: WireMoney;
  currency?: string;
}

/** Exact fields per kind, for callers: a wrong field is a compile error. */
export interface TouchpointFields {
  page_view: CommonFields & { title?: string };
  view_item: ItemFields;
  view_item_list: ItemFields & { list?: string };
  search: CommonFields & { query?: string };
  add_to_wishlist: ItemFields;
  add_to_cart: ItemFields;
  remove_from_cart: ItemFields;
  view_cart: ItemFields;
  begin_checkout: ItemFields & { coupon?: string };
  add_shipping_info: ItemFields;
  add_payment_info: ItemFields;
  purchase: ItemFields & { order: string; tax?: WireMoney; shipping?: WireMoney; coupon?: string };
  refund: CommonFields & { order: string; value?: WireMoney; currency?: string };
  cancel_order: CommonFields & { order: string };
  newsletter_signup: CommonFields & { list?: string };
  newsletter_unsubscribe: CommonFields & { list?: string };
  sign_up: CommonFields;
  login: CommonFields;
  generate_lead: CommonFields & { value?: WireMoney; currency?: string };
  start_trial: CommonFields & { value?: WireMoney; currency?: string };
  share: CommonFields;
  referral: CommonFields & { referral?: string };
  review: CommonFields & { rating: 1 | 2 | 3 | 4 | 5 };
  survey_response: CommonFields & { survey: Survey; score: number };
  support_contact: CommonFields;
  chat_start: CommonFields;
  identify: CommonFields & {
    customer?: string;
    email?: string;
    traits?: Record<string, WireValue>;
    aliases?: string[];
  };
}
