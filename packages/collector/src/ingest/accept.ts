/**
 * The door: one arrived body becomes touchpoints we can keep, or says exactly what was wrong with which part.
 *
 * Checks shape, site, origin and clock; cleans text; tells robots, referrer spam and own traffic apart. Knows no
 * database: the caller keeps what is accepted and counts what is refused.
 */
import { createHash } from "node:crypto";
import { type EpochMs, LIMITS, type WireTouchpoint } from "@sojourn/sdk/wire";
import type { z } from "zod";
import type { Touchpoint } from "../domain/touchpoint.ts";
import { type EventKey, eventKey } from "./event-id.ts";
import { normalise } from "./normalise.ts";
import { isPlainEnvelope, isPlainTouchpoint } from "./plain.ts";
import type { RefusalReason } from "./refusals.ts";
import { envelopeSchema, serverTouchpointSchema, touchpointSchema, visitorSchema } from "./schema.ts";

/** Who is counted: robots, referrer spam and own traffic are kept, but apart. The numbers are stored; never reuse one. */
export const TRAFFIC = { person: 0, robot: 1, spam: 2, own: 3 } as const;
export type Traffic = (typeof TRAFFIC)[keyof typeof TRAFFIC];

/** Data-quality marks of a kept touchpoint, as bits. */
export const MARKS = {
  clockCorrected: 1,
  futureClamped: 2,
  pastClamped: 4,
  cookieless: 8,
  fromServer: 16,
  foreignId: 32,
  /** First kept touchpoint of its arrival, or of another visitor in it: the log can be cut into deliveries again. */
  opensDelivery: 64,
  /** Older than what the site keeps: it changes no history any more. */
  beyondRetention: 128,
} as const;

/** What the door must know of a site. */
export interface AcceptingSite {
  key: number;
  id: string;
  /** Origins a browser may send from, exactly; empty: any. */
  origins: readonly string[];
  /** Used for amounts that name no currency. */
  currency: string;
  /** Browser touchpoints older than this are clamped and marked. */
  maxAgeMs: number;
  /** True: robots count like people (a test site). */
  countsRobots: boolean;
}

/** One body as it reached us. */
export interface Arrival {
  body: string;
  receivedAt: EpochMs;
  /** When another collector took it in for us, by which the sender's clock is judged; left out: `receivedAt`. */
  heardAt?: EpochMs;
  /** The browser's beacon, or a server that showed a secret key of `site`. */
  door: "browser" | "server";
  /** Value of the Origin header, when there was one. */
  origin?: string;
  /** Set for the server door: the site its key belongs to. */
  site?: string;
  /** Server door: the same key again is the same call, so touchpoints without an id of their own count once. */
  idempotencyKey?: string;
  /** The request itself looked like a robot (user agent, headless, prefetch). */
  robot?: true;
  /** Address and user agent, only when the body names no visitor; used for the daily key and dropped. */
  sender?: string;
}

/** A touchpoint that may be stored. */
export interface AcceptedTouchpoint {
  /** Its place in what was sent. */
  index: number;
  key: EventKey;
  visitor: string;
  traffic: Traffic;
  /** Sum of {@link MARKS}. */
  marks: number;
  touchpoint: Touchpoint;
}

export interface RefusedItem {
  index: number;
  code: RefusalReason;
  /** Path of the offending field, from the touchpoint on. Never the visitor's data. */
  path?: string;
}

export type Acceptance =
  | { kind: "accepted"; site: AcceptingSite; touchpoints: AcceptedTouchpoint[]; refused: RefusedItem[] }
  | { kind: "refused"; status: 400 | 403 | 413; code: RefusalReason; path?: string; items: number };

/** What the door asks its surroundings. */
export interface DoorContext {
  site(id: string): AcceptingSite | undefined;
  isSpamReferrer(referrer: string): boolean;
  /** The key of a visitor without cookies, from address and user agent: changes daily, cannot be reversed. */
  dailyVisitor(site: AcceptingSite, sender: string, at: EpochMs): string;
  /** A new UUIDv7 for a server's touchpoint that brought none. */
  newId(at: EpochMs): string;
}

/** A network's delay is no wrong clock: smaller differences between sender and us are left alone. */
const CLOCK_TOLERANCE_MS = 60_000;
/** A touchpoint may lie this far ahead of us before it is clamped (Segment and GA4 use about the same). */
const FUTURE_TOLERANCE_MS = 5 * 60_000;

/** Reads one arrived body. Never throws on any input. */
export function accept(arrival: Arrival, context: DoorContext): Acceptance {
  return arrival.door === "browser" ? acceptBeacon(arrival, context) : acceptFromServer(arrival, context);
}

function acceptBeacon(arrival: Arrival, context: DoorContext): Acceptance {
  const raw = parseJson(arrival.body);
  if (raw === undefined) return refuse(400, "bad_json", undefined);
  const envelope = isPlainEnvelope(raw)
    ? { success: true as const, data: raw }
    : envelopeSchema.safeParse(raw);
  if (!envelope.success) return refuseEnvelope(raw, envelope.error);
  const beacon = envelope.data;
  const items = beacon.touchpoints.length;
  const site = context.site(beacon.site);
  if (site === undefined) return refuse(403, "unknown_site", "site", items);
  if (!isOriginAllowed(site, arrival.origin)) return refuse(403, "origin_not_allowed", undefined, items);
  if (beacon.visitor === undefined && arrival.sender === undefined)
    return refuse(400, "visitor_missing", "visitor", items);

  const heardAt = arrival.heardAt ?? arrival.receivedAt;
  const visitor = beacon.visitor ?? context.dailyVisitor(site, arrival.sender!, heardAt);
  const ready: AcceptedTouchpoint[] = [];
  const refused: RefusedItem[] = [];
  for (let index = 0; index < items; index++) {
    const item = beacon.touchpoints[index];
    const parsed = isPlainTouchpoint(item)
      ? { success: true as const, data: item }
      : touchpointSchema.safeParse(item);
    if (!parsed.success) {
      refused.push({ index, code: "bad_touchpoint", path: pathOf(parsed.error) });
      continue;
    }
    const wire = parsed.data as WireTouchpoint;
    const clock = correctTime(wire.at, beacon.sentAt, heardAt, site.maxAgeMs);
    const touchpoint = normalise(wire, clock.at, site);
    if ("code" in touchpoint) {
      refused.push({ index, ...touchpoint });
      continue;
    }
    const key = eventKey(wire.id, arrival.receivedAt, false);
    ready.push({
      index,
      key,
      visitor,
      traffic: trafficOf(touchpoint, arrival.robot ?? beacon.robot, beacon.own, site, context),
      marks:
        clock.marks |
        (beacon.visitor === undefined ? MARKS.cookieless : 0) |
        (key.kind === "foreign" ? MARKS.foreignId : 0),
      touchpoint,
    });
  }
  return { kind: "accepted", site, touchpoints: ready, refused };
}

function acceptFromServer(arrival: Arrival, context: DoorContext): Acceptance {
  const site = arrival.site === undefined ? undefined : context.site(arrival.site);
  if (site === undefined) return refuse(403, "unknown_site", undefined);
  const raw = parseServerBody(arrival.body);
  if (raw === undefined) return refuse(400, "bad_json", undefined);
  const { items, visitor: common } = raw;
  // A body that names another site than its sender speaks for is not ours to file under this one.
  if (raw.site !== undefined && raw.site !== site.id)
    return refuse(403, "unknown_site", "site", items.length);
  if (items.length === 0) return refuse(400, "bad_beacon", "touchpoints");
  if (items.length > LIMITS.touchpointsPerServerCall)
    return refuse(413, "too_many", "touchpoints", items.length);

  if (common !== undefined && !visitorSchema.safeParse(common).success)
    return refuse(400, "bad_beacon", "visitor", items.length);

  const heardAt = arrival.heardAt ?? arrival.receivedAt;
  const ready: AcceptedTouchpoint[] = [];
  const refused: RefusedItem[] = [];
  for (let index = 0; index < items.length; index++) {
    const parsed = serverTouchpointSchema.safeParse(items[index]);
    if (!parsed.success) {
      refused.push({ index, code: "bad_touchpoint", path: pathOf(parsed.error) });
      continue;
    }
    const { id, at, visitor: own, ...fields } = parsed.data;
    const visitor =
      own ?? common ?? (fields.customer === undefined ? undefined : `customer:${fields.customer}`);
    if (visitor === undefined) {
      refused.push({ index, code: "visitor_missing", path: "visitor" });
      continue;
    }
    const givenAt = typeof at === "string" ? Date.parse(at) : at;
    const isFuture = givenAt !== undefined && givenAt > heardAt + FUTURE_TOLERANCE_MS;
    const when = givenAt === undefined || givenAt > heardAt ? heardAt : givenAt;
    const madeUp = arrival.idempotencyKey === undefined ? undefined : callId(arrival.idempotencyKey, index);
    const wire = { ...fields, id: id ?? madeUp ?? context.newId(when), at: when } as WireTouchpoint;
    const touchpoint = normalise(wire, when, site);
    if ("code" in touchpoint) {
      refused.push({ index, ...touchpoint });
      continue;
    }
    const key = eventKey(wire.id, arrival.receivedAt, true);
    ready.push({
      index,
      key,
      visitor,
      traffic: TRAFFIC.person,
      marks:
        MARKS.fromServer |
        (isFuture ? MARKS.futureClamped : 0) |
        (key.kind === "foreign" ? MARKS.foreignId : 0),
      touchpoint,
    });
  }
  return { kind: "accepted", site, touchpoints: ready, refused };
}

/** The id of a touchpoint that is known by its call and its place in it. */
const callId = (key: string, index: number): string =>
  `call:${createHash("sha256")
    .update(JSON.stringify([key, index]))
    .digest("base64url")}`;

/** One touchpoint, an array, newline-delimited JSON, or the beacon's envelope. */
function parseServerBody(body: string): { items: unknown[]; visitor?: string; site?: unknown } | undefined {
  const whole = parseJson(body);
  if (Array.isArray(whole)) return { items: whole };
  if (isRecord(whole)) {
    const site = "site" in whole ? { site: whole["site"] } : {};
    if (!Array.isArray(whole["touchpoints"])) return { items: [whole], ...site };
    const visitor = whole["visitor"];
    return { items: whole["touchpoints"], ...site, ...(typeof visitor === "string" ? { visitor } : {}) };
  }
  if (whole !== undefined) return undefined;
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) return undefined;
  // A line that is no JSON keeps its place, so that its index is named and its neighbours are stored.
  return { items: lines.map((line) => parseJson(line)) };
}

/** Client time counts only as age: a wrong clock is wrong by the same amount when it sends. */
function correctTime(
  at: EpochMs,
  sentAt: EpochMs,
  receivedAt: EpochMs,
  maxAgeMs: number,
): { at: EpochMs; marks: number } {
  let corrected = at;
  let marks = 0;
  if (Math.abs(receivedAt - sentAt) > CLOCK_TOLERANCE_MS) {
    corrected = receivedAt - (sentAt - at);
    marks |= MARKS.clockCorrected;
  }
  if (corrected > receivedAt) {
    if (corrected > receivedAt + FUTURE_TOLERANCE_MS) marks |= MARKS.futureClamped;
    corrected = receivedAt;
  } else if (corrected < receivedAt - maxAgeMs) {
    marks |= MARKS.pastClamped;
    corrected = receivedAt - maxAgeMs;
  }
  return { at: corrected, marks };
}

const LOOPBACK_PAGE = /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/?#]|$)/i;

function trafficOf(
  t: Touchpoint,
  robot: true | undefined,
  own: true | undefined,
  site: AcceptingSite,
  context: DoorContext,
): Traffic {
  if (own) return TRAFFIC.own;
  // A page on the developer's own machine is driven by test tools: what they do counts there.
  if (robot && !site.countsRobots && !(t.url !== undefined && LOOPBACK_PAGE.test(t.url)))
    return TRAFFIC.robot;
  if (t.referrer !== undefined && context.isSpamReferrer(t.referrer)) return TRAFFIC.spam;
  return TRAFFIC.person;
}

function isOriginAllowed(site: AcceptingSite, origin: string | undefined): boolean {
  return site.origins.length === 0 || (origin !== undefined && site.origins.includes(origin));
}

function refuse(
  status: 400 | 403 | 413,
  code: RefusalReason,
  path: string | undefined,
  items = 1,
): Extract<Acceptance, { kind: "refused" }> {
  return { kind: "refused", status, code, items, ...(path === undefined ? {} : { path }) };
}

function refuseEnvelope(raw: unknown, error: z.ZodError): Acceptance {
  const list = isRecord(raw) ? raw["touchpoints"] : undefined;
  const items = Array.isArray(list) ? Math.max(1, list.length) : 1;
  if (isRecord(raw) && "v" in raw && raw["v"] !== 1) return refuse(400, "unknown_version", "v", items);
  if (items > LIMITS.touchpointsPerBeacon) return refuse(413, "too_many", "touchpoints", items);
  return refuse(400, "bad_beacon", pathOf(error), items);
}

/** Where the first problem lies. Record keys come from the visitor, so only the schema's own names are repeated. */
function pathOf(error: z.ZodError): string {
  const path = error.issues[0]?.path ?? [];
  const names = path.map(String);
  return (names[0] === "props" || names[0] === "traits" ? names.slice(0, 1) : names).join(".");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller answers with a code; the parser's message would repeat the visitor's data.
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
