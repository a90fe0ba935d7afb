/**
 * The raw inbox: what another system sent is checked, kept on disk and answered; what it means is worked out afterwards,
 * in `settling.ts`.
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
import type { ServerTouchpoint } from "./identify.ts";
import type { OrderNews } from "./order-news.ts";

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
  | { kind: "stored"; duplicates: number; refused: readonly RefusedItem[] }
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
  /** Which of these touchpoints claim names that their visitors do not have yet. */
  bringingNames?(
    site: string,
    touchpoints: readonly ServerTouchpoint[],
  ): Promise<readonly ServerTouchpoint[]>;
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
const REFUSED_BODY_BYTES = 2_000;

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
