/**
 * The door for browsers and servers: a body goes in, a durable answer comes out.
 *
 * The beacon's route is the hot one, so it works on plain values; `server.ts` feeds it straight from node:http, and
 * the Hono route feeds it in tests.
 */
import { LIMITS } from "@sojourn/sdk/wire";
import { isbot } from "isbot";
import type { Arrival } from "../ingest/accept.ts";
import type { Outcome } from "../ingest/outcome.ts";
import type { RefusalReason } from "../ingest/refusals.ts";
import { type Histogram, newHistogram, note } from "../store/histogram.ts";
import type { Store } from "../store/store.ts";
import { type Buckets, isLoopback, networkOf, openBuckets } from "./limits.ts";
import { REFUSAL_HINTS } from "./problem.ts";
import { openVisitorCookie } from "./visitor-cookie.ts";

/** What the door reads of a request besides its body. Header values as they came; absent when there was none. */
export interface RequestFacts {
  address: string;
  origin?: string | undefined;
  userAgent?: string | undefined;
  forwardedFor?: string | undefined;
  /** `Sec-Purpose` or `Purpose`: set when a browser only fetches ahead. */
  purpose?: string | undefined;
  query?: string | undefined;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface DoorOptions {
  store: Store;
  now: () => number;
  /** Proxies in front that write X-Forwarded-For. */
  proxies: number;
  /** Requests a second per network; 0: 100, and none for this machine. */
  ratePerAddress: number;
  ratePerSite: number;
}

export interface Door {
  /** Answers a beacon; the body was read up to the limit. */
  beacon(body: string, facts: RequestFacts): Promise<Reply>;
  /** A reply for a request whose body was not read, because of its size or rate. */
  refusal(
    status: 400 | 413 | 429 | 503,
    code: RefusalReason,
    origin: string | undefined,
    retryAfter?: number,
  ): Reply;
  /** Seconds the caller has to wait, 0 when it may go on. */
  waitOf(facts: RequestFacts): number;
  /** Touchpoints refused here, before the store saw them, by reason. */
  readonly refused: Partial<Record<RefusalReason, number>>;
  /** Milliseconds from a body's end to its durable answer. */
  readonly answered: Histogram;
  addressOf(facts: RequestFacts): string;
}

// Whoever tries the collector from its own machine, with a tool that names itself, wants to see the touchpoint counted.
const DEVELOPER_TOOL =
  /^(curl|wget|node|undici|python|go-http-client|axios|okhttp|k6|wrk|autocannon|mozilla\/5\.0$)/i;

const DEFAULT_RATE = 100;
const BURST_SECONDS = 10;
/** How long a browser should wait when the writer is behind or the disk is full. */
const RETRY_AFTER_SECONDS = 5;
const ANSWER_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000];
const MOST_AGENTS_HELD = 5_000;

export function openDoor(options: DoorOptions): Door {
  const { store, now, proxies } = options;
  const rate = options.ratePerAddress || DEFAULT_RATE;
  const perAddress: Buckets = openBuckets(rate, rate * BURST_SECONDS);
  const perSite =
    options.ratePerSite > 0 ? openBuckets(options.ratePerSite, options.ratePerSite * 2) : undefined;
  const refused: Partial<Record<RefusalReason, number>> = {};
  const keepVisitor = openVisitorCookie(store.access, now);
  const agents = new Map<string, boolean>();
  const answered = newHistogram(ANSWER_BOUNDS_MS);

  const isRobotAgent = (agent: string): boolean => {
    let answer = agents.get(agent);
    if (answer === undefined) {
      answer = isbot(agent);
      if (agents.size >= MOST_AGENTS_HELD) agents.clear();
      agents.set(agent, answer);
    }
    return answer;
  };

  const addressOf = ({ address, forwardedFor }: RequestFacts): string => {
    if (proxies === 0 || forwardedFor === undefined) return address;
    // The last entries were written by proxies we trust; everything before them may be invented.
    const list = forwardedFor.split(",");
    return list[Math.max(0, list.length - proxies)]!.trim() || address;
  };

  const refusal = (
    status: 400 | 413 | 429 | 503,
    code: RefusalReason,
    origin: string | undefined,
    retryAfter?: number,
    limit = rate,
  ): Reply => {
    refused[code] = (refused[code] ?? 0) + 1;
    const reply = refusalReply(status, code, origin, undefined, retryAfter);
    keepVisitor(reply.headers, origin, undefined);
    if (status === 429) {
      reply.headers["ratelimit-limit"] = String(limit);
      reply.headers["ratelimit-remaining"] = "0";
      reply.headers["ratelimit-reset"] = String(retryAfter ?? 1);
    }
    return reply;
  };

  return {
    refused,
    answered,
    refusal,
    addressOf,

    waitOf(facts) {
      const address = addressOf(facts);
      if (options.ratePerAddress === 0 && isLoopback(address)) return 0;
      return perAddress.take(networkOf(address), now());
    },

    async beacon(body, facts) {
      const startedAt = performance.now();
      const { origin, userAgent, purpose } = facts;
      if (perSite !== undefined) {
        const site = /"site"\s*:\s*"([^"]{1,64})"/.exec(body)?.[1] ?? "";
        const wait = perSite.take(site, now());
        if (wait > 0) return refusal(429, "rate_limited", origin, wait, options.ratePerSite);
      }
      const arrival: Arrival = { body, receivedAt: now(), door: "browser" };
      if (origin !== undefined) arrival.origin = origin;
      const isTool =
        isLoopback(facts.address) && facts.forwardedFor === undefined && DEVELOPER_TOOL.test(userAgent ?? "");
      if (
        (!isTool && isRobotAgent(userAgent ?? "")) ||
        (purpose !== undefined && /prefetch|prerender/i.test(purpose))
      ) {
        arrival.robot = true;
      }
      // Only a visitor without cookies is told apart by address; it is hashed with the day's salt and dropped.
      // Our script names the visitor before the touchpoints, whose own fields may be called anything.
      if (!namesVisitorFirst(body)) arrival.sender = `${addressOf(facts)} ${userAgent ?? ""}`;
      let outcome: Outcome;
      try {
        outcome = await store.ingest(arrival);
        note(answered, performance.now() - startedAt);
      } catch {
        // The store told its owner why. Nothing was stored, so the browser keeps it and tries again.
        return refusal(503, "overloaded", origin, RETRY_AFTER_SECONDS);
      }
      const reply = beaconReply(outcome, origin);
      keepVisitor(reply.headers, origin, outcome.kind === "stored" ? body : undefined);
      return reply;
    },
  };
}

function namesVisitorFirst(body: string): boolean {
  const visitor = body.indexOf('"visitor"');
  return visitor >= 0 && visitor < (body.indexOf('"touchpoints"') + 1 || Number.MAX_SAFE_INTEGER);
}

const PLAIN_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

function beaconReply(outcome: Outcome, origin: string | undefined): Reply {
  if (outcome.kind === "refused") {
    const retryAfter = outcome.status === 503 ? RETRY_AFTER_SECONDS : undefined;
    return refusalReply(outcome.status, outcome.code, origin, outcome.path, retryAfter);
  }
  const headers = allowing(origin);
  if (outcome.refused.length === 0) return { status: 204, headers, body: "" };
  return {
    status: 200,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(storedBody(outcome)),
  };
}

/** What was stored and what was not, for 200 answers of both doors. */
export function storedBody(outcome: Extract<Outcome, { kind: "stored" }>): unknown {
  return {
    stored: outcome.stored,
    duplicates: outcome.duplicates,
    refused: outcome.refused.map((item) => ({ ...item, hint: REFUSAL_HINTS[item.code] })),
  };
}

/** A refusal as a problem document. */
export function refusalReply(
  status: number,
  code: RefusalReason,
  origin: string | undefined,
  path: string | undefined,
  retryAfter: number | undefined,
): Reply {
  // An origin that is not allowed gets no permission to read the answer, but its owner can see the reason in a header.
  const headers: Record<string, string> = {
    ...(code === "origin_not_allowed" || code === "unknown_site" ? PLAIN_HEADERS : allowing(origin)),
    "content-type": "application/problem+json",
    "x-sojourn-reason": code,
  };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  const problem = {
    type: "about:blank",
    title: REFUSAL_HINTS[code],
    status,
    code,
    ...(path === undefined ? {} : { param: path }),
  };
  return { status, headers, body: JSON.stringify(problem) };
}

function allowing(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return PLAIN_HEADERS;
  return {
    ...PLAIN_HEADERS,
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after",
    vary: "origin",
  };
}

export const BEACON_LIMIT = LIMITS.beaconBytes;
