/**
 * Sends touchpoints through the server's door: straight into the file, or to the collector that is running on it.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import { accept, type DoorContext } from "../ingest/accept.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import type { Store } from "../store/store.ts";
import type { Running } from "./data.ts";

/** What became of a call. */
export interface Sent {
  stored: number;
  duplicates: number;
  refused: { index: number; code: string; path?: string }[];
}

export interface Sender {
  /** @param receivedAt when another system received them; now, unless this is said and `keepsReceivedAt` */
  send(body: string, count: number, receivedAt?: EpochMs): Promise<Sent>;
  /** A file's owner may say when its touchpoints were received; to a running collector it is now. */
  readonly keepsReceivedAt: boolean;
  /** Works out what is left, and lets go. */
  close(): Promise<void>;
}

/** Longest wait for a collector that has too much to do. */
const PATIENCE_MS = 120_000;

/** Keeps touchpoints in the file; it must have no other writer. */
export function sendToFile(folder: string, site: string, now: () => EpochMs): Sender {
  const writer = openWriter(folder);
  return {
    keepsReceivedAt: true,
    async send(body, count, receivedAt = now()) {
      const [outcome] = writer.ingest([{ door: "server", site, receivedAt, body }]);
      writer.project(50);
      while (writer.pending() > 20_000) writer.project(200);
      if (outcome!.kind === "refused") return allRefused(count, outcome!.code);
      return outcome!;
    },
    async close() {
      while (writer.project(200) > 0);
      while (writer.sweep(now(), 5_000) > 0);
      writer.db.pragma("wal_checkpoint(truncate)");
      writer.close();
    },
  };
}

/** Sends touchpoints to the running collector, patiently. */
export function sendToCollector({ url, token }: Running, site: string): Sender {
  return {
    keepsReceivedAt: false,
    async send(body, count) {
      for (let waited = 0; ; ) {
        const response = await fetch(`${url}/api/v1/touchpoints?site=${encodeURIComponent(site)}`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body,
        });
        if (response.ok) return (await response.json()) as Sent;
        const problem = (await response.json().catch(() => ({}))) as { code?: string; title?: string };
        const isBusy = response.status === 503 || response.status === 429;
        if (isBusy && waited < PATIENCE_MS) {
          const wait = Math.min(
            30_000,
            Math.max(1_000, Number(response.headers.get("retry-after")) * 1_000 || 1_000),
          );
          waited += wait;
          await new Promise((resolve) => setTimeout(resolve, wait));
          continue;
        }
        if (response.status === 400 || response.status === 413)
          return allRefused(count, problem.code ?? "bad_beacon");
        throw new SojournError(
          "unavailable",
          `The collector answered ${response.status}: ${problem.title ?? ""}`,
          {
            hint: "Start the import again: what is stored is not stored twice.",
          },
        );
      }
    },
    async close() {},
  };
}

/** Only looks: says what the door would refuse. */
export function sendNowhere(store: Pick<Store["access"], "sites">, site: string, now: () => EpochMs): Sender {
  const settings = store.sites().find(({ id }) => id === site)?.settings;
  if (settings === undefined) throw new SojournError("not_found", `There is no site "${site}"`);
  const context: DoorContext = {
    site: (id) => ({
      key: 0,
      id,
      origins: [],
      currency: settings.currency,
      maxAgeMs: Number.MAX_SAFE_INTEGER,
      countsRobots: false,
    }),
    isSpamReferrer: () => false,
    dailyVisitor: () => "nobody",
    newId: () => "00000000-0000-7000-8000-000000000000",
  };
  return {
    keepsReceivedAt: true,
    async send(body, count, receivedAt = now()) {
      const acceptance = accept({ door: "server", site, receivedAt, body }, context);
      if (acceptance.kind === "refused") return allRefused(count, acceptance.code);
      return { stored: acceptance.touchpoints.length, duplicates: 0, refused: acceptance.refused };
    },
    async close() {},
  };
}

function allRefused(count: number, code: string): Sent {
  return {
    stored: 0,
    duplicates: 0,
    refused: Array.from({ length: count }, (_, index) => ({ index, code })),
  };
}
