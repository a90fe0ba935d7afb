/**
 * Delivers the messages of the outbox: signed, at least once, in order for each person, with patience.
 *
 * Works on the main thread, from a look at the outbox once a second. What it learns is written in one change, so a
 * restart repeats at most what was on its way; receivers know it by its id.
 */
import { signWebhook, webhookKey } from "../connect/signature.ts";
import type { DeliveryResult } from "../store/sqlite/commands/webhooks.ts";
import type { DueMessage, Webhooks } from "../store/sqlite/webhooks.ts";
import type { Store } from "../store/store.ts";
import { type PostAnswer, post } from "./post.ts";

export interface DelivererOptions {
  store: Pick<Store, "change">;
  webhooks: Webhooks;
  now: () => number;
  /** Between 0 and 1; for the jitter. */
  random: () => number;
  allowPrivate: boolean;
  version: string;
  /** Told when results could not be written. */
  onTrouble?: (error: Error) => void;
  /** Milliseconds between two looks; for tests. */
  everyMs?: number;
}

export interface Deliverer {
  /** Starts what is due now; resolves when all of it is settled. */
  round(): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
/** Requests to one receiver at a time. */
const MOST_AT_ONCE = 4;
const FIRST_DELAY_MS = 5_000;
export const LONGEST_DELAY_MS = 24 * 3_600_000;
/** After so many tries (about a week) a message is put aside. */
export const MOST_ATTEMPTS = 20;

export function openDeliverer(options: DelivererOptions): Deliverer {
  const { store, webhooks, now, onTrouble } = options;
  /** Messages on their way, by webhook. */
  const underway = new Map<number, Set<number>>();
  let results: DeliveryResult[] = [];
  let writing: Promise<void> | undefined;
  let isStopping = false;

  /** Writes what was learnt; whatever comes in meanwhile goes with the next write. */
  const write = (): Promise<void> => {
    writing ??= (async () => {
      while (results.length > 0) {
        const batch = results;
        results = [];
        try {
          await store.change("settleMessages", { results: batch, at: now() });
        } catch (error) {
          onTrouble?.(error as Error); // They stay waiting and are sent again; their ids are the same.
        }
        for (const { key } of batch) for (const keys of underway.values()) keys.delete(key);
      }
      writing = undefined;
    })();
    return writing;
  };

  const deliver = async (message: DueMessage): Promise<void> => {
    const answer = await send(message, options);
    results.push(resultOf(message, answer, now(), options.random));
    await write();
  };

  const look = (): Promise<void>[] => {
    const started: Promise<void>[] = [];
    if (isStopping) return started;
    for (const webhook of webhooks.active()) {
      const keys = underway.get(webhook) ?? new Set();
      underway.set(webhook, keys);
      if (keys.size >= MOST_AT_ONCE) continue;
      for (const message of webhooks.due(webhook, now(), MOST_AT_ONCE * 2)) {
        if (keys.size >= MOST_AT_ONCE) break;
        if (keys.has(message.key)) continue;
        keys.add(message.key);
        started.push(deliver(message));
      }
    }
    return started;
  };

  let started: Promise<void>[] = [];
  const tick = (): void => {
    try {
      started = [...started.slice(-100), ...look()];
    } catch (error) {
      onTrouble?.(error as Error);
    }
  };
  const timer = setInterval(tick, options.everyMs ?? LOOK_EVERY_MS);
  timer.unref();

  return {
    async round() {
      for (let begun = look(); begun.length > 0; begun = look()) await Promise.all(begun);
    },
    async stop() {
      isStopping = true;
      clearInterval(timer);
      await write();
    },
  };
}

/** Signs and posts one message. */
export function send(
  message: Pick<DueMessage, "id" | "body" | "url" | "secrets">,
  { now, allowPrivate, version }: Pick<DelivererOptions, "now" | "allowPrivate" | "version">,
): Promise<PostAnswer> {
  const { id, body, url, secrets } = message;
  const timestamp = Math.floor(now() / 1_000);
  const headers = {
    "content-type": "application/json",
    "user-agent": `Sojourn/${version}`,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signWebhook({ id, timestamp, body }, secrets.map(webhookKey)),
  };
  return post({ url, headers, body }, allowPrivate);
}

/** What an answer means for the message. */
export function resultOf(
  { key, attempts }: Pick<DueMessage, "key" | "attempts">,
  answer: PostAnswer,
  now: number,
  random: () => number,
): DeliveryResult {
  if (answer.kind === "refused") return { key, kind: "failed", result: `not sent: ${answer.reason}` };
  const result = answer.kind === "answered" ? `HTTP ${answer.status}` : answer.reason;
  if (answer.kind === "answered") {
    const { status } = answer;
    if (status >= 200 && status < 300) return { key, kind: "delivered", result };
    if (status === 410) return { key, kind: "gone", result };
    const mayPass = status === 408 || status === 425 || status === 429 || status >= 500;
    if (!mayPass) return { key, kind: "failed", result };
  }
  if (attempts + 1 >= MOST_ATTEMPTS)
    return { key, kind: "failed", result: `${result}, after ${MOST_ATTEMPTS} tries` };
  const wished = answer.kind === "answered" ? waitOf(answer.retryAfter, now) : 0;
  const delay = Math.max(backoff(attempts, random), Math.min(wished, LONGEST_DELAY_MS));
  return { key, kind: "later", nextAt: now + delay, result };
}

/** Full jitter: anywhere between 5 seconds and a bound that doubles with every try, up to a day. In milliseconds. */
export function backoff(attempts: number, random: () => number): number {
  const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts + 1, 30));
  return Math.round(FIRST_DELAY_MS + random() * (bound - FIRST_DELAY_MS));
}

/** Milliseconds a Retry-After asks for: seconds, or a date; 0 when it says nothing readable. */
export function waitOf(retryAfter: string | undefined, now: number): number {
  if (retryAfter === undefined) return 0;
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
