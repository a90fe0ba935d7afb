/**
 * The relay's thread: keeps what belongs to other collectors, passes it on, and asks the engine whose sites are whose.
 *
 * Runs as a worker of the process; talks only in messages. A group is whatever came while the one before was being written.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { SojournError } from "../../errors.ts";
import { failureOf } from "../sqlite/failure.ts";
import { openClient } from "./client.ts";
import { type KeyElsewhere, sitesElsewhere, updated } from "./directory.ts";
import { openRelay, type Post, type TakenIn } from "./relay.ts";
import { openRelayFile } from "./relay-file.ts";
import type { FromRelay, RelayData, ToRelay } from "./relay-messages.ts";
import { openSpool } from "./spool.ts";

const LOOK_EVERY_MS = 2_000;
const KEYS_EVERY_MS = 20_000;
const CALL_TIMEOUT_MS = 30_000;
const IDLE_MS = 250;
const ENDS_WITHIN_MS = 1_000;
/** Waits after failures double up to this. */
const LONGEST_WAIT_MS = 10_000;
const SHORTEST_WAIT_MS = 250;

const port = parentPort!;
const { folder, address, secret } = workerData as RelayData;
const headers = { "x-sojourn-peer": secret, "content-type": "application/json" };

const file = openRelayFile(folder);
const spool = openSpool(folder);
const client = openClient(address, CALL_TIMEOUT_MS);
const closing = new AbortController();
let group: { id: number; taken: TakenIn }[] = [];

function say(message: FromRelay): void {
  port.postMessage(message);
}

async function call<T>(url: string, path: string, body?: string): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body }),
    headers,
    // What was on its way when we end is sent again by the next life; it counts once.
    signal: AbortSignal.any([closing.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new SojournError(
      response.status === 401 ? "unauthorized" : "unavailable",
      `The collector at ${url} answered ${response.status}`,
      response.status === 401
        ? { hint: "All collectors of one engine need the same peerSecret." }
        : { hint: "Touchpoints of its sites are kept here meanwhile." },
    );
  }
  return (await response.json()) as T;
}

const post: Post = async (url, arrivals) => {
  const text = `{"arrivals":[${arrivals.join(",")}]}`;
  const { outcomes } = await call<{ outcomes: Awaited<ReturnType<Post>> }>(url, "/peer/arrivals", text);
  return outcomes;
};

const relay = openRelay(file, post, Date.now);

const rest = (ms: number): Promise<unknown> =>
  sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined);

/** Keeps what gathered, and answers. */
async function flush(): Promise<void> {
  const now = group;
  group = [];
  try {
    const outcomes = await relay.take(now.map(({ taken }) => taken));
    for (const [place, { id }] of now.entries()) say({ kind: "answer", id, value: outcomes[place]! });
  } catch (error) {
    say({ kind: "trouble", error: failureOf(error) });
    for (const { id } of now) say({ kind: "answer", id, error: failureOf(error) });
  }
}

const served = new Map<string, Promise<void>>();

/** Passes things on to one collector for as long as we run; one that is away holds nobody else up. */
async function serve(url: string): Promise<void> {
  let wait = SHORTEST_WAIT_MS;
  let said: string | undefined;
  while (!closing.signal.aborted) {
    try {
      const passed = await relay.passOn(url);
      wait = SHORTEST_WAIT_MS;
      said = undefined;
      if (passed === 0) await rest(IDLE_MS);
    } catch (error) {
      const { message } = error as Error;
      if (message !== said) say({ kind: "trouble", error: failureOf(error) });
      said = message;
      await rest(wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    }
  }
}

const keysOf = new Map<string, readonly KeyElsewhere[]>();

async function lookForKeys(urls: readonly string[]): Promise<void> {
  await Promise.all(
    urls.map(async (url) => {
      try {
        const { keys } = await call<{ keys: Omit<KeyElsewhere, "url">[] }>(url, "/peer/keys");
        keysOf.set(
          url,
          keys.map((key) => ({ ...key, url })),
        );
      } catch {
        // The keys it had stay until it says otherwise; that it is away is told by what cannot be passed on.
      }
    }),
  );
}

async function look(): Promise<void> {
  const before = relay.directory();
  for (const key of before.keys) keysOf.set(key.url, [...(keysOf.get(key.url) ?? []), key]);
  let keysAt = Number.NEGATIVE_INFINITY;
  let said = JSON.stringify(before);
  while (!closing.signal.aborted) {
    try {
      const found = await sitesElsewhere(client, spool.meta("name"));
      const urls = [...new Set(found.elsewhere.map(({ url }) => url))];
      const isNew = urls.some((url) => !keysOf.has(url));
      if (isNew || performance.now() - keysAt > KEYS_EVERY_MS) {
        await lookForKeys(urls);
        keysAt = performance.now();
      }
      const next = updated(relay.directory(), found, [...keysOf.values()].flat());
      const text = JSON.stringify(next);
      if (text !== said) {
        relay.setDirectory(next);
        said = text;
      }
      say({ kind: "directory", directory: next });
      for (const url of relay.urls()) if (!served.has(url)) served.set(url, serve(url));
    } catch {
      // The engine is away or has no tables yet; the forwarder says so. What was known stays.
    }
    await rest(LOOK_EVERY_MS);
  }
}

const known = relay.directory();
say({ kind: "directory", directory: known.sites.length === 0 ? undefined : known });
for (const url of relay.urls()) served.set(url, serve(url));
const looking = look();

port.on("message", (message: ToRelay) => {
  switch (message.kind) {
    case "take":
      group.push(message);
      if (group.length === 1) setImmediate(() => void flush());
      break;
    case "status":
      say({ kind: "answer", id: message.id, value: relay.status() });
      break;
    case "close":
      closing.abort();
      // An engine that is slow to answer does not hold up the end.
      void Promise.race([Promise.all([looking, ...served.values()]), sleep(ENDS_WITHIN_MS)]).then(
        async () => {
          await client.close();
          file.close();
          spool.close();
          say({ kind: "answer", id: message.id, value: null });
          port.close();
        },
      );
      break;
  }
});
