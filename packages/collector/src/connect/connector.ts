/**
 * What a connector is: how another system's message is checked, and what it means in our words. Types only.
 *
 * Functions of a connector describe; only the runner has network, clock and secrets.
 */
import type { EpochMs, WireTouchpoint } from "@sojourn/sdk/wire";

export const SYSTEMS = [
  "shopify",
  "woocommerce",
  "bigcommerce",
  "magento",
  "stripe",
  "typeform",
  "zendesk",
  "hubspot",
  "insightly",
  "omnisend",
  "ga4",
  "webhook",
] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** A request as it reached us. */
export interface RawRequest {
  method: string;
  /** The address the sender was given: public origin, path and query. */
  url: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

export type Secret = string;

/** Why a message is not taken for genuine. Stable codes, counted in `/metrics`. */
export type VerifyRefusal = "signature_missing" | "signature_wrong" | "secret_wrong" | "too_old";

/** `ping`: the system only tries whether we are there; nothing is kept. */
export type Verdict = "genuine" | "ping" | { refused: VerifyRefusal };

/** What an answer to one of our own requests said; kept in the inbox row. */
export interface FetchedAnswer {
  status: number;
  /** Parsed JSON; null when it was none. */
  json: unknown;
  /** Path and query of the page that follows, where the system says so in a `Link` header. */
  nextPath?: string;
}

/** A kept message, ready to be read. */
export interface Delivery {
  connector: string;
  receivedAt: EpochMs;
  /** The kept ones, by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The body as UTF-8 text. */
  text: string;
  /** Answers to the fetches that an earlier mapping asked for, by {@link Fetch.name}. */
  fetched: Readonly<Record<string, FetchedAnswer>>;
}

/** A request to the system that the runner makes with the connector's token. */
export interface Fetch {
  /** Names the answer in {@link Delivery.fetched}. */
  name: string;
  method: "GET" | "POST";
  /** Path and query on the system's host. */
  path: string;
  body?: unknown;
  /** Statuses besides 2xx that are an answer: 404 for something that was deleted meanwhile. */
  alsoFine?: readonly number[];
}

/** A request of ours as it is about to leave. */
export interface OutgoingRequest {
  method: string;
  url: URL;
  now: EpochMs;
  /** A text that was never used before. */
  nonce: string;
}

/** Who it was, as far as the system told, strongest first. */
export interface Who {
  /** The visitor id our own script had put into a cart, a form or a payment. */
  visitor?: string;
  /** `{namespace}:{id}`. */
  customer?: string;
  /** SHA-256 of the trimmed, lower-cased address. */
  email?: string;
  /** `cart:…`, `order:…`, `ga:…`, `zendesk:…`; at most five. */
  aliases?: readonly string[];
}

/** What happened, before it is given an id and a person. */
export interface Draft {
  kind: string;
  /** What `key` counts: order, refund, ticket. Part of the id. */
  idKind: string;
  key: string;
  /** A time in the payload that never changes; part of the id. */
  madeAt: EpochMs;
  at: EpochMs;
  /** Of an order: when the system made the version this is about. Tells an edit, and an order that came back. */
  versionAt?: EpochMs;
  /** What keeps events of one thing together when nobody else is known: `order:…`, `ticket:…`. */
  self: string;
  who: Who;
  fields?: Omit<WireTouchpoint, "id" | "at" | "kind" | "customer" | "email" | "aliases">;
}

/** What is to be forgotten: names as in {@link Who}, without a visitor. */
export type PersonKey = Omit<Who, "visitor">;

export type IgnoreReason =
  | "duplicate_topic"
  | "echo"
  | "empty"
  | "forgotten"
  | "not_counted"
  | "not_paid"
  | "operator"
  | "other_topic"
  | "test"
  | "too_old"
  | "unfinished";

export type Mapped =
  | {
      kind: "mapped";
      drafts: readonly Draft[];
      /** Touchpoints that came in our own wire format; the door checks them. */
      ready?: readonly unknown[];
      forget?: PersonKey;
      /** Where one part of a page or a list could not be read; the other parts are mapped. */
      unreadable?: string;
    }
  /** Answers are kept in the inbox row, then it is mapped again. */
  | { kind: "needs"; fetches: readonly Fetch[] }
  /** Known and unwanted. */
  | { kind: "ignored"; reason: IgnoreReason }
  /** Genuine, but not what we expect: kept, counted, shown. */
  | { kind: "unreadable"; path: string };

/** One entry of the operator's table for a topic. */
export interface TopicRule {
  /** `ignore`, or the kind a main touchpoint gets. */
  kind?: string;
  /** Paths and the values they must have; all of them. */
  when?: Readonly<Record<string, string | readonly string[]>>;
  /** Property name -> path. */
  props?: Readonly<Record<string, string>>;
}

/** What the operator decided about one connector. */
export interface ConnectorOptions {
  name: string;
  system: SystemName;
  site: string;
  /** Namespace of customer ids: `shop-eu` makes customer 7 `shop-eu:7`. */
  customers: string;
  /** `placed`: an order counts when it was made; `paid`: when the money is there. */
  countOrders: "placed" | "paid";
  /** Paths at which our visitor id may lie, tried in order, before the system's usual place. */
  visitor: readonly string[];
  map: Readonly<Record<string, TopicRule>>;
  /** Put before order ids; empty for the first shop of a site. */
  orderPrefix: string;
  /** Origin of the system's API, such as `https://shop.example`; undefined: the system has one, or none is needed. */
  host?: string;
  /** Whether the runner can make requests to the system: there is a token. */
  canFetch: boolean;
  /** Whether another connector tells this site's orders, so that orders of this one only link. */
  linksOrders: boolean;
  /** What only one system knows: see its page. */
  settings: Readonly<Record<string, string | number | readonly string[]>>;
}

/** Where a poll goes on; text of the system's own making. */
export type Cursor = string;

/** The next page to ask for. */
export interface PollPlan {
  stream: string;
  fetch: Fetch;
  /** Headers the page is kept under, so that mapping knows what it is. */
  headers: Readonly<Record<string, string>>;
  /** Given the page, where to go on, and whether more waits right now. Undefined: nothing new. */
  next(answer: FetchedAnswer): { cursor: Cursor; more: boolean } | undefined;
}

export interface Connector {
  readonly system: SystemName;
  /** Lower-case names of headers that are kept with the body. Never a signature, never a secret. */
  readonly keeps: readonly string[];
  /** True for a system whose orders are the truth about money: browser orders then only link. */
  readonly isShop?: true;
  /** True when there is nothing to check with: it only polls. */
  readonly needsNoSecret?: true;
  /** True when messages name only ids, so that nothing can be read without a token. */
  readonly needsToken?: true;
  /** True for a system that sends nothing by itself. */
  readonly pollsOnly?: true;
  /** What the operator may set for this system alone. */
  readonly settings?: readonly { name: string; meaning: string; required?: true }[];
  /** Is this really them? Works on raw bytes and headers; never parses. One of `secrets` must fit. */
  verify(
    request: RawRequest,
    secrets: readonly Secret[],
    now: EpochMs,
    settings: ConnectorOptions["settings"],
  ): Verdict;
  /** What happened. Pure: the same delivery gives the same answer. May throw `Unreadable`. */
  map(delivery: Delivery, options: ConnectorOptions): Mapped;
  /** Pages to ask for, one plan per stream, given each stream's cursor. */
  poll?(
    cursors: Readonly<Record<string, Cursor>>,
    options: ConnectorOptions,
    now: EpochMs,
  ): readonly PollPlan[];
  /** How our own requests are signed in: headers from the token, for a system that signs from the request too. */
  signIn?(token: string, request: OutgoingRequest): Readonly<Record<string, string>>;
  /** Which of several ways in a token is for, in a few words. */
  tokenKind?(token: string): string;
  /** A harmless request that shows whether the token works. */
  probe?(options: ConnectorOptions): Fetch;
  /** What to do when that request is refused although the token is right. */
  refusedHint?(status: number, token: string): string | undefined;
  /** Origin of the API when it is the same for everybody; without it the operator names one. */
  readonly host?: string;
}
