/**
 * What the collector tells other systems: the kinds of messages and what each carries.
 */
import type { EpochMs } from "./touchpoint.ts";

export const MESSAGE_KINDS = [
  /** Somebody entered a stage. */
  "stage.entered",
  /** What was said about somebody's stages before no longer holds; carries the stages that do. */
  "stage.corrected",
  /** An order counts. */
  "order.counted",
  /** An order was refunded in part or whole, or cancelled. */
  "order.refunded",
  /** A cart was left for a day without an order; once per cart. */
  "cart.left",
  /** Somebody will fall into a quiet stage within a week, if nothing happens. */
  "lapse.due",
  /** Somebody's lead score passed the site's limit upwards. */
  "lead.passed",
  /** So many days passed since an order: time to ask how it was. */
  "survey.due",
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** What can become of a message. The last two are of targets that must know the person. */
export const MESSAGE_STATES = [
  "waiting",
  "delivered",
  "failed",
  "withdrawn",
  "superseded",
  "unaddressable",
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** How long ago something may have happened to be news: what touchpoints tell, and what time alone brought. */
export const NEWS_MS = 24 * 3_600_000;
export const NEWS_OF_TIME_MS = 7 * 86_400_000;
/** A cart is left when nothing was changed in it for this long. */
export const CART_LEFT_MS = 24 * 3_600_000;
/** Somebody who answered a survey is not asked again for this long. */
export const SURVEY_REST_MS = 90 * 86_400_000;
/** How long before it would happen a lapse is told of. */
export const LAPSE_NOTICE_MS = 7 * 86_400_000;

/** Where somebody came from, in a message. */
export interface MessageSource {
  channel: string;
  source: string;
  medium: string;
  campaign: string | null;
}

/** The person a message is about. Never an e-mail address. */
export interface MessagePerson {
  site: string;
  /** The visitor id that stands for the person. */
  person: string;
  /** The shop's own id of the customer, where it told us. */
  customer: string | null;
  firstSource: MessageSource | null;
  lastSource: MessageSource | null;
  /** Product ids or names, newest first, at most five each. */
  lastViewed: string[];
  lastBought: string[];
}

/** A stage change in a message. */
export interface MessageMove {
  from: string | null;
  to: string;
  at: string;
  cause: "event" | "time";
  rule: string;
  touchpoint: string | null;
  /** How often the person entered the stage, this time included. */
  entry: number;
}

/** A message before it has a target. */
export interface Message {
  kind: MessageKind;
  /** What makes it the one message it is; a hash of these becomes its id. */
  essence: readonly (string | number | null)[];
  at: EpochMs;
  data: Record<string, unknown>;
}

/** The body as it is sent (Standard Webhooks: type, timestamp, data). */
export const messageBody = (kind: string, at: EpochMs, data: unknown): string =>
  JSON.stringify({ type: kind, timestamp: new Date(at).toISOString(), data });
