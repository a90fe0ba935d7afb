/**
 * What a target is: a system that is told what happened to a person, as a property of its contact, an event, or both.
 * Types only.
 *
 * Functions of a target describe requests; only the runner (`outbound/`) has network, clock and secrets.
 */
import type { MessageKind } from "../domain/message.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { SystemName } from "./connector.ts";

export const TARGET_SYSTEMS = [
  "hubspot",
  "omnisend",
  "zendesk",
  "insightly",
  "ga4",
] as const satisfies readonly SystemName[];
export type TargetSystem = (typeof TARGET_SYSTEMS)[number];

/** What becomes of a kind of message: the contact's property is written, an event is sent, both, or nothing. */
export const ACTIONS = ["nothing", "property", "event", "both"] as const;
export type Action = (typeof ACTIONS)[number];

/** The two halves of an action, as far as they are still to be sent. */
export interface Parts {
  property: boolean;
  event: boolean;
}

/** A message on its way out. */
export interface OutboxMessage {
  /** The same message has the same id, however often it is sent. */
  id: string;
  kind: MessageKind;
  at: EpochMs;
  /** See `domain/message.ts`. */
  data: Readonly<Record<string, unknown>>;
}

/** Everything by which a system may know the person. */
export interface ContactRefs {
  /** Ids in the system itself, learned from what it sent or by a look-up. */
  ids: readonly string[];
  /** The shop's own ids of the customer, in the target's namespace. */
  customers: readonly string[];
  /** Only where the operator lets addresses be kept. */
  email?: string;
  /** HubSpot's cookie. */
  hutk?: string;
  /** Google Analytics' client id, such as `123.456`. */
  ga?: string;
}

/** One way to name a contact to a system. `new`: nobody is named, a record is made. */
export interface ContactAddress {
  kind: "id" | "customer" | "email" | "hutk" | "ga" | "new";
  value: string;
}

/** A request of a delivery. Its name keeps its answer apart from those of the other steps. */
export interface Step {
  name: string;
  method: "GET" | "POST" | "PUT" | "PATCH";
  /** Path and query on the system's host; never a secret. */
  path: string;
  body?: unknown;
  /** Statuses that say that the system does not know the contact under this address. */
  unknown?: readonly number[];
}

export interface StepAnswer {
  status: number;
  /** Parsed JSON; null when it was none. */
  json: unknown;
}

/** Names under which a system keeps what we write. */
export interface PropertyNames {
  /** The stage. */
  stage: string;
  /** When it was entered, ISO 8601; empty: not written. */
  at: string;
  /** The channel of the first touch; empty: not written. */
  source: string;
}

/** HubSpot's own stage of a contact: left alone, the furthest stage ever, or the present one, also backwards. */
export const LIFECYCLE_MODES = ["off", "peak", "follow"] as const;
export type LifecycleMode = (typeof LIFECYCLE_MODES)[number];

/** What the operator decided about one target. */
export interface TargetOptions {
  name: string;
  system: TargetSystem;
  site: string;
  /** Namespace of customer ids that the system knows. */
  customers: string;
  host?: string;
  actions: Readonly<Record<MessageKind, Action>>;
  /** The model whose stages are sent; undefined: the site's own. */
  model?: string;
  /** Stage -> value; a stage without an entry is sent by its name. */
  stages: Readonly<Record<string, string>>;
  properties: PropertyNames;
  /** Message -> name of the event there. */
  events: Readonly<Partial<Record<MessageKind, string>>>;
  lifecyclestage: LifecycleMode;
  /** Stage -> HubSpot's value; a stage without an entry writes none. */
  lifecycle: Readonly<Record<string, string>>;
  /** Unique property there that holds the shop's customer id. */
  customerProperty?: string;
  /** Requests a minute. */
  perMinute: number;
  /** Whether addresses may name the contact. */
  keepEmail: boolean;
  /** Whether a person unknown by id may be looked for, once. */
  lookUp: boolean;
  settings: Readonly<Record<string, string | number | readonly string[]>>;
  /** Values the system takes for its own stage, as read at the start; undefined: not known. */
  allowedLifecycle?: ReadonlySet<string>;
}

/** A look that shows whether a target is set up; for `doctor`. */
export interface TargetCheck {
  name: string;
  step: Step;
  /** What the answer means, in words. */
  judge(answer: StepAnswer): { state: "ok" | "warn" | "fail"; text: string };
}

/** How a request is signed in; the query is added by the runner, so that no secret is in a path. */
export interface SignedIn {
  headers?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
}

export interface Target {
  readonly system: TargetSystem;
  /** Origin of the API when it is the same for everybody. */
  readonly host?: string;
  /** Kinds that can be an event there. */
  readonly events: readonly MessageKind[];
  /** What happens to kinds the operator says nothing of. */
  readonly actions: Readonly<Partial<Record<MessageKind, Action>>>;
  readonly properties: PropertyNames;
  /** Name of a kind's event; undefined: the operator must name one. */
  eventName(kind: MessageKind): string | undefined;
  /** Requests a minute that are below what the system allows everybody. */
  readonly perMinute: number;
  /** Writes a minute to one contact, where the system limits them. */
  readonly perContactPerMinute?: number;
  /** Settings the operator must give, by name, with what each means. */
  readonly needs?: readonly { name: string; meaning: string }[];
  signIn(token: string): SignedIn;
  /** Ways to name this contact, best first; none: it is not addressable. */
  addresses(contact: ContactRefs, options: TargetOptions, parts: Parts, kind: MessageKind): ContactAddress[];
  /** The question that leads from an address to an id; undefined: the address is taken as it is. */
  lookUp?(address: ContactAddress, options: TargetOptions, parts: Parts): Step | undefined;
  /** The id an answer names; undefined: nobody, or not surely. */
  found?(answer: StepAnswer, address: ContactAddress): string | undefined;
  /** Which requests bring a message to the contact, in order. Pure. */
  deliver(
    message: OutboxMessage,
    contact: ContactAddress,
    options: TargetOptions,
    parts: Parts,
  ): readonly Step[];
  /** How long the whole target is left alone after an answer, in ms, by headers of its own (lower-case names). */
  pauseAfter?(headers: Readonly<Record<string, string>>, status: number, now: EpochMs): number | undefined;
  /** A question at the start whose answer tells the values of the system's own stage. */
  allowed?(options: TargetOptions): { step: Step; read(answer: StepAnswer): ReadonlySet<string> } | undefined;
  checks(options: TargetOptions): readonly TargetCheck[];
}
