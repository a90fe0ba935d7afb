/**
 * What a site can say to the tracker: options, verbs and their exact fields. Types only, no bytes.
 */
import type { KnownKind, TouchpointFields, WireValue } from "./wire.ts";

/** `pending` holds everything in memory: nothing stored, nothing sent, until the answer is known. */
export type Consent = "granted" | "denied" | "pending";

/** Settings of `start`; the script tag has the same under `data-…`. */
export interface Options {
  /** The site's id at the collector. */
  site: string;
  /** Base address of the collector, for example `https://stats.shop.example`. */
  endpoint: string;
  /** Path of the beacon below the endpoint; default `/b`. */
  path?: string;
  /** Before the visitor has answered; default `granted`. A stored answer goes first, and Global Privacy Control is `denied` whatever the page says. */
  consent?: Consent;
  /** No storage at all: the collector derives a visitor key that changes every day. Undelivered touchpoints live as long as the page. */
  cookieless?: boolean;
  /** Requests carry cookies, so that the collector can keep the visitor id `sj_v` as a first-party HTTP cookie. */
  cookie?: boolean;
  /** Keeps the visitor id in a cookie `sj_v` of this domain (`shop.example`), shared by its subdomains. */
  cookieDomain?: string;
  /** A changed `#fragment` is a new page (hash routers). */
  hash?: boolean;
  /** No automatic page views: the site calls `page()`. */
  manual?: boolean;
  /** Explains in the console what was recorded, sent, refused and why. */
  debug?: boolean;
  /** Script tag only: reads GA4 e-commerce events from the page's `dataLayer`. */
  ga4?: boolean;
}

/** Records one touchpoint; what calls, markup and the GA4 bridge end in. */
export type Recorder = (kind: string, fields?: object) => void;
/** Arguments after the kind: fields may be left out where none is required. */
type FieldsOf<K extends KnownKind> =
  Record<never, never> extends TouchpointFields[K]
    ? [fields?: TouchpointFields[K]]
    : [fields: TouchpointFields[K]];

/** A custom kind: not one of ours, lower case. The collector checks the rest of its shape. */
type CustomKindOf<K extends string> = K extends KnownKind ? never : K extends Lowercase<K> ? K : never;

/** Who the visitor is to the shop. At least one of the two is needed to bind the visitor to a person. */
export interface Identity {
  /** The address itself; only its SHA-256 leaves the browser. */
  email?: string;
  traits?: Record<string, WireValue>;
  /** At most 5 names under which other systems know this browser: `cart:…`, `checkout:…`, `ga:…`. */
  aliases?: string[];
  props?: Record<string, WireValue>;
}

/** The calls of a page. None of them throws. */
export interface Sojourn {
  /** Records a touchpoint of a known kind with exactly its fields. */
  track<K extends KnownKind>(kind: K, ...fields: FieldsOf<K>): void;
  /** Records a touchpoint of your own naming (`^[a-z][a-z0-9_]{0,39}$`), with `props` only. */
  track<K extends string>(kind: CustomKindOf<K>, fields?: { props?: Record<string, WireValue> }): void;
  /** Records a page view; only needed with `manual`. */
  page(fields?: TouchpointFields["page_view"]): void;
  purchase(fields: TouchpointFields["purchase"]): void;
  /** Binds this visitor to a person: the shop's own id, an e-mail address, or both. */
  identify(customer?: string, identity?: Identity): void;
  /** Passes on the visitor's answer, and remembers it. `denied` also wipes what this browser has kept. */
  consent(answer: Consent): void;
  /** On logout of a shared computer: whoever comes next is somebody else. */
  reset(): void;
  /** Wipes the browser's part: visitor id, visit, consent answer, and everything not yet sent. */
  forget(): void;
  /** The visitor id, for forms and server calls; nothing without consent or in cookieless mode. */
  visitor(): string | undefined;
}

/** What lives under the global name: the calls, also callable by name as the early-call stub is. */
export type SojournGlobal = Sojourn & ((verb: keyof Sojourn, ...args: never[]) => unknown);
