/**
 * The relay as the rest of the process sees it: which arrivals belong to others, and its thread for those.
 */
import { Worker } from "node:worker_threads";
import type { Arrival } from "../../ingest/accept.ts";
import type { Outcome } from "../../ingest/outcome.ts";
import { errorOf, type Failure } from "../sqlite/failure.ts";
import type { RelayStatus } from "../store.ts";
import { type KeyElsewhere, NOBODY, type SiteElsewhere } from "./directory.ts";
import type { TakenIn } from "./relay.ts";
import type { FromRelay, RelayData, ToRelay } from "./relay-messages.ts";

export interface RelayDesk {
  /** The site of another collector that an arrival names; undefined: it is not known to be another one's. */
  siteOf(arrival: Arrival): string | undefined;
  /** Keeps it until its owner has it. Resolves once it is on disk, or refused; rejects when the disk cannot be written. */
  take(taken: TakenIn): Promise<Outcome>;
  /** False until anything was ever known of others: who is not known here may be known there. */
  isKnown(): boolean;
  sites(): readonly SiteElsewhere[];
  keyByHash(hash: Uint8Array): KeyElsewhere | undefined;
  status(): Promise<RelayStatus>;
  close(): Promise<void>;
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts the thread, and waits until it has said what it knew of others before. Rejects when its file cannot be used. */
export async function openRelayDesk(data: RelayData, onTrouble: (error: Error) => void): Promise<RelayDesk> {
  // The same file name next to this one, in whatever form this one runs: .ts from the sources, .js when built.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const thread = new Worker(new URL(`./relay-thread.${extension}`, import.meta.url), {
    workerData: data,
    execArgv: ["--conditions=@sojourn/source", "--disable-warning=ExperimentalWarning"],
  });
  const calls = new Map<number, Call>();
  let nextCall = 1;
  let isKnown = false;
  let directory = NOBODY;
  let byId = new Map<string, SiteElsewhere>();
  let byHash = new Map<string, KeyElsewhere>();

  const settle = (id: number, value: unknown, error: Failure | undefined): void => {
    const waiting = calls.get(id);
    calls.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(errorOf(error));
  };

  thread.on("message", (message: FromRelay) => {
    if (message.kind === "answer") settle(message.id, message.value, message.error);
    else if (message.kind === "trouble") onTrouble(errorOf(message.error));
    else if (message.directory !== undefined) {
      isKnown = true;
      directory = message.directory;
      byId = new Map(directory.sites.map((site) => [site.id, site]));
      byHash = new Map(directory.keys.map((key) => [key.hash, key]));
    }
  });
  let died: Error | undefined;
  thread.on("error", (error) => {
    died = error;
    for (const waiting of calls.values()) waiting.reject(error);
    calls.clear();
    onTrouble(error);
  });

  const ask = <T>(message: (id: number) => ToRelay): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (died !== undefined) {
        reject(died);
        return;
      }
      const id = nextCall++;
      calls.set(id, { resolve: resolve as (value: unknown) => void, reject });
      thread.postMessage(message(id));
    });

  await new Promise<void>((resolve, reject) => {
    thread.once("message", () => resolve());
    thread.once("error", reject);
  });

  return {
    siteOf({ door, site, body }) {
      if (byId.size === 0) return undefined;
      if (door === "server") return site !== undefined && byId.has(site) ? site : undefined;
      // A look that costs nothing first: nearly every beacon is for a site of ours.
      for (const id of byId.keys()) {
        if (body.includes(`"${id}"`) && siteNamedIn(body) === id) return id;
      }
      return undefined;
    },
    take: (taken) => ask((id) => ({ kind: "take", id, taken })),
    isKnown: () => isKnown,
    sites: () => directory.sites,
    keyByHash: (hash) => byHash.get(Buffer.from(hash).toString("hex")),
    status: () => ask((id) => ({ kind: "status", id })),
    async close() {
      if (died !== undefined) return;
      const ended = new Promise((resolve) => thread.once("exit", resolve));
      thread.postMessage({ kind: "close", id: nextCall++ });
      await ended;
    },
  };
}

/** The site that a beacon's outermost object names. */
function siteNamedIn(body: string): string | undefined {
  try {
    const site = (JSON.parse(body) as { site?: unknown } | null)?.site;
    return typeof site === "string" ? site : undefined;
  } catch {
    return undefined; // Our own door says what is wrong with it.
  }
}
