/**
 * Works out what kept messages mean, oldest first: maps each, gives its touchpoints to the log, and writes what became of it.
 *
 * Every step may be broken off and done again: ids are functions of what a message says, and a row waits until its
 * outcome is on disk.
 */
import type { EpochMs } from "@sojourn/sdk/wire";
import type { RefusedItem } from "../ingest/accept.ts";
import type { Draft, Fetch, FetchedAnswer } from "./connector.ts";
import { namesOf, touchpointsOf } from "./identify.ts";
import type { Connection, Fetcher, InboxState, InboxStore, SettledRow, WaitingRow } from "./inbox.ts";
import { readDelivery } from "./map.ts";
import { orderNewsOf } from "./order-news.ts";
import { addressesBehind } from "./references.ts";

const BATCH = 50;
const LONGEST_WAIT_MS = 6 * 3_600_000;

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
  if (outcome.duplicates > 0) {
    const late = await tellNames(row, mapped.drafts, connection.options.site, options);
    if (late !== undefined) return late;
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

/** The first version of a thing stays; names that only a later one knows are told beside it. */
async function tellNames(
  row: WaitingRow,
  drafts: readonly Draft[],
  site: string,
  { store, now }: RunOptions,
): Promise<SettledRow | undefined> {
  const said = namesOf(row.connector, drafts);
  const late = said.length === 0 ? [] : ((await store.bringingNames?.(site, said)) ?? []);
  if (late.length === 0) return undefined;
  const outcome = await store.ingest({
    body: JSON.stringify(late),
    receivedAt: row.receivedAt,
    door: "server",
    site,
  });
  const isBusy = outcome.kind === "refused" && outcome.status === 503;
  return isBusy ? later(row, now(), "overloaded") : undefined;
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
