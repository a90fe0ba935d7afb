/**
 * The raw inbox: what another system sent is checked, kept on disk and answered; what it means is worked out afterwards.
 *
 * Nothing genuine is dropped or refused, because some senders switch themselves off at the first wrong answer. A crash
 * between answer and mapping loses nothing: rows that wait are mapped at the next start.
 */
import type { EpochMs } from "@sojourn/sdk/wire";
import type { Arrival, RefusedItem } from "../ingest/accept.ts";
import type {
  Connector,
  ConnectorOptions,
  Cursor,
  Fetch,
  FetchedAnswer,
  PersonKey,
  RawRequest,
  Secret,
} from "./connector.ts";
import { touchpointsOf } from "./identify.ts";
import { readDelivery } from "./map.ts";
import { type OrderNews, orderNewsOf } from "./order-news.ts";
import { addressesBehind } from "./references.ts";

/** Bodies above this are refused with 413, in bytes. */
export const INBOX_BODY_BYTES = 2 * 1024 * 1024;

export const INBOX_STATES = ["waiting", "mapped", "ignored", "unreadable", "refused"] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/** A connector as it is set up here. */
export interface Connection {
  connector: Connector;
  options: ConnectorOptions;
  secrets: readonly Secret[];
  token: string | undefined;
  everyMs: number | undefined;
  keepDays: number;
}

/** A message that is kept. */
export interface KeptMessage {
  connector: string;
  receivedAt: EpochMs;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** Refused at the door; only its beginning is kept. */
  refused?: string;
  /** A page of a poll: where to go on is kept in the same commit. */
  cursor?: { stream: string; cursor: Cursor };
}

/** A row that waits to be mapped. */
export interface WaitingRow {
  key: number;
  connector: string;
  receivedAt: EpochMs;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  fetched: Readonly<Record<string, FetchedAnswer>>;
  tries: number;
}

/** What became of a row. */
export interface SettledRow {
  key: number;
  state: InboxState;
  /** Reason, or path of what could not be read. Never what was in the body. */
  detail: string | null;
  /** Ids of the touchpoints it became. */
  touchpoints: readonly string[];
  /** Visitors its touchpoints were kept under, so that forgetting them finds the row. */
  visitors: readonly string[];
  /** What it says of orders of a site besides its touchpoints. */
  news?: { site: string; orders: readonly OrderNews[] };
  fetched: Readonly<Record<string, FetchedAnswer>>;
  tries: number;
  /** A row that still waits is not looked at before. */
  notBefore: EpochMs;
}

/** What became of touchpoints given to the log. */
export type KeepOutcome =
  | { kind: "stored"; refused: readonly RefusedItem[] }
  | { kind: "refused"; status: number; code: string };

/** What the inbox needs of a store. Every promise resolves when it is on disk. */
export interface InboxStore {
  keep(message: KeptMessage): Promise<unknown>;
  /** The oldest rows that wait and may be looked at. */
  waiting(limit: number, now: EpochMs): Promise<readonly WaitingRow[]>;
  settle(rows: readonly SettledRow[]): Promise<unknown>;
  cursors(connector: string): Promise<Readonly<Record<string, Cursor>>>;
  ingest(arrival: Arrival): Promise<KeepOutcome>;
  forget?(site: string, who: PersonKey): Promise<unknown>;
  /** Keeps the addresses behind hashes, where the operator lets them be kept for targets; absent: nowhere. */
  keepAddresses?(site: string, find: () => { hash: string; address: string }[]): Promise<unknown>;
  /** Remembers the latest trouble with a system, for `doctor` and the page. */
  noteTrouble?(connector: string, trouble: Trouble): Promise<unknown>;
}

/** The latest thing that went wrong with a system, in a few words that name nobody. */
export interface Trouble {
  reason: string;
  at: EpochMs;
}

/** Makes a request of ours to a system. Rejects when there was no answer. */
export type Fetcher = (
  connection: Connection,
  fetch: Fetch,
) => Promise<FetchedAnswer & { retryAfterMs?: number }>;

export interface InboxReply {
  status: 200 | 401 | 413 | 503;
  retryAfterSeconds?: number;
}

const RETRY_AFTER_SECONDS = 30;
const BATCH = 50;
const REFUSED_BODY_BYTES = 2_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** Checks and keeps one message. The answer may be sent when the promise resolves; then the row is on disk. */
export async function acceptMessage(
  connection: Connection,
  request: RawRequest,
  store: Pick<InboxStore, "keep">,
  now: EpochMs,
): Promise<InboxReply & { kept: "waiting" | "refused" | "ping" | "none" }> {
  const { connector, options, secrets } = connection;
  const headers: Record<string, string> = {};
  for (const name of connector.keeps) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value.slice(0, 500);
  }
  const verdict = connector.verify(request, secrets, now, options.settings);
  if (verdict === "ping") return { status: 200, kept: "ping" };
  try {
    if (verdict !== "genuine") {
      const body = request.body.subarray(0, REFUSED_BODY_BYTES);
      await store.keep({ connector: options.name, receivedAt: now, headers, body, refused: verdict.refused });
      return { status: 401, kept: "refused" };
    }
    await store.keep({ connector: options.name, receivedAt: now, headers, body: request.body });
    return { status: 200, kept: "waiting" };
  } catch {
    // The store told its owner why. The sender tries again.
    if (verdict !== "genuine") return { status: 401, kept: "none" };
    return { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS, kept: "none" };
  }
}

export interface RunOptions {
  store: InboxStore;
  connections: ReadonlyMap<string, Connection>;
  /** Absent: rows that need an answer from a system go on waiting. */
  fetcher?: Fetcher;
  now(): EpochMs;
  onSettled?(connector: string, state: InboxState): void;
}

/** Maps what waits, oldest first, until nothing may be looked at. Returns how many rows were settled. */
export async function runInbox(options: RunOptions): Promise<number> {
  let settled = 0;
  for (;;) {
    const rows = await options.store.waiting(BATCH, options.now());
    let goesOn = rows.length === BATCH;
    for (const row of rows) {
      const outcome = await settleRow(row, options);
      await options.store.settle([outcome]);
      if (outcome.state !== "waiting") {
        settled += 1;
        options.onSettled?.(row.connector, outcome.state);
      } else if (outcome.notBefore === 0) {
        goesOn = true;
      }
    }
    if (!goesOn) return settled;
  }
}

async function settleRow(row: WaitingRow, options: RunOptions): Promise<SettledRow> {
  const connection = options.connections.get(row.connector);
  if (connection === undefined) return settle(row, "unreadable", "not_configured");
  const delivery = {
    connector: row.connector,
    receivedAt: row.receivedAt,
    headers: row.headers,
    text: textOf(row.body),
    fetched: row.fetched,
  };
  const mapped = readDelivery(connection.connector, delivery, connection.options);
  if (mapped.kind === "ignored") return settle(row, "ignored", mapped.reason);
  if (mapped.kind === "unreadable") return settle(row, "unreadable", mapped.path);
  if (mapped.kind === "needs") return fetchFor(row, connection, mapped.fetches, options);

  if (mapped.forget !== undefined) await options.store.forget?.(connection.options.site, mapped.forget);
  const touchpoints = [...touchpointsOf(row.connector, mapped.drafts), ...(mapped.ready ?? [])] as {
    id?: string;
    visitor?: string;
    order?: string;
  }[];
  if (touchpoints.length === 0) return settle(row, "mapped", "forget");
  const outcome = await options.store.ingest({
    body: JSON.stringify(touchpoints),
    receivedAt: row.receivedAt,
    door: "server",
    site: connection.options.site,
  });
  if (outcome.kind === "refused") {
    if (outcome.status === 503) return later(row, options.now(), "overloaded");
    return settle(row, "unreadable", outcome.code);
  }
  const refused = new Set(outcome.refused.map(({ index }) => index));
  const kept = touchpoints.filter((_, index) => !refused.has(index));
  if (kept.length > 0) {
    await options.store.keepAddresses?.(connection.options.site, () =>
      addressesBehind(mapped.drafts, [
        parsedOr(delivery.text),
        ...Object.values(row.fetched).map(({ json }) => json),
      ]),
    );
  }
  const keptOrders = new Set(kept.map(({ order }) => order));
  const orders = orderNewsOf(mapped.drafts).filter(({ number }) => keptOrders.has(number));
  const done = {
    ...(orders.length === 0 ? {} : { news: { site: connection.options.site, orders } }),
    touchpoints: kept.flatMap(({ id }) => (id === undefined ? [] : [id])),
    visitors: [...new Set(kept.flatMap(({ visitor }) => (visitor === undefined ? [] : [visitor])))],
  };
  const other = outcome.refused.find(({ code }) => code !== "visitor_forgotten");
  if (other !== undefined) return { ...settle(row, "unreadable", pathOf(other)), ...done };
  if (mapped.unreadable !== undefined) return { ...settle(row, "unreadable", mapped.unreadable), ...done };
  if (kept.length === 0) return settle(row, "ignored", "forgotten");
  return { ...settle(row, "mapped", null), ...done };
}

/** Makes the requests a mapping asked for; with the answers in the row it is mapped again in the next round. */
async function fetchFor(
  row: WaitingRow,
  connection: Connection,
  fetches: readonly Fetch[],
  { fetcher, now }: RunOptions,
): Promise<SettledRow> {
  const fetched: Record<string, FetchedAnswer> = { ...row.fetched };
  const missing = fetches.filter(({ name }) => fetched[name] === undefined);
  // A mapping that asks for what it was given would ask for ever.
  if (missing.length === 0) return settle(row, "unreadable", `fetch.${fetches[0]?.name ?? ""}`);
  if (fetcher === undefined) return later(row, now(), "needs_network");
  for (const fetch of missing) {
    let answer: Awaited<ReturnType<Fetcher>>;
    try {
      answer = await fetcher(connection, fetch);
    } catch {
      return { ...later(row, now(), `no answer for ${fetch.name}`), fetched };
    }
    const { status, json, retryAfterMs } = answer;
    const isFine = (status >= 200 && status < 300) || fetch.alsoFine?.includes(status) === true;
    if (!isFine) {
      const mayPass = status === 408 || status === 425 || status === 429 || status >= 500 || status === 401;
      if (!mayPass) return { ...settle(row, "unreadable", `fetch.${fetch.name}: ${status}`), fetched };
      const wait = later(row, now(), `${status} for ${fetch.name}`);
      return { ...wait, fetched, notBefore: Math.max(wait.notBefore, now() + (retryAfterMs ?? 0)) };
    }
    fetched[fetch.name] = { status, json };
  }
  return { ...settle(row, "waiting", null), fetched, tries: 0, notBefore: 0 };
}

const settle = (row: WaitingRow, state: InboxState, detail: string | null): SettledRow => ({
  key: row.key,
  state,
  detail,
  touchpoints: [],
  visitors: [],
  fetched: row.fetched,
  tries: row.tries,
  notBefore: 0,
});

/** Looked at again after 5 s, 10 s, 20 s … six hours. */
function later(row: WaitingRow, now: EpochMs, detail: string): SettledRow {
  const tries = row.tries + 1;
  const wait = Math.min(LONGEST_WAIT_MS, 5_000 * 2 ** Math.min(tries - 1, 20));
  return { ...settle(row, "waiting", detail), tries, notBefore: now + wait };
}

/** JSON, or nothing: a body that was mapped without being JSON has no addresses we know. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const pathOf = ({ code, path }: RefusedItem): string => (path === undefined ? code : `${code}: ${path}`);

/** Bytes as UTF-8 without a byte order mark. */
const textOf = (body: Uint8Array): string => new TextDecoder("utf-8").decode(body);
