/**
 * What operators and their tools ask: is it alive, is it ready, what does it count.
 */
import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { SojournError } from "../errors.ts";
import { isPrivateAddress } from "../outbound/addresses.ts";
import type { StagesAnswer } from "../report/stages.ts";
import { DATA_FILE } from "../store/data-file.ts";
import type { AppOptions } from "./app.ts";
import type { RequestFacts } from "./collect.ts";
import { factsOf } from "./collect-routes.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { connectorMetrics, flagMetrics } from "./inbox-metrics.ts";
import { metricsText } from "./metrics.ts";
import { targetMetrics } from "./outbox-metrics.ts";

const READY_WITHIN_MS = 1_000;
/** Whoever watches asks every few seconds and does not wait for a slow engine. */
const COUNTED_WITHIN_MS = 2_000;

interface Counted {
  bytes: number;
  stages: StagesAnswer[];
}

export function operatingRoutes(options: AppOptions): Hono<Env> {
  const { store, now, door, version, config } = options;
  const routes = new Hono<Env>();

  routes.get("/healthz", (c) => c.json({ status: "ok" }));

  let latest: { at: number; answer: Promise<Readiness> } | undefined;

  routes.get("/readyz", async (c) => {
    // Anybody may ask; the disk is asked at most once a second.
    if (latest === undefined || performance.now() - latest.at > READY_WITHIN_MS) {
      latest = { at: performance.now(), answer: readiness(options) };
    }
    const answer = await latest.answer;
    return c.json(answer, answer.status === "ready" ? 200 : 503);
  });

  let counting: Promise<Counted> | undefined;

  /** Asked once, however often it is looked at meanwhile; what takes too long is told without the engine. */
  const countedSoon = async (): Promise<Counted> => {
    counting ??= counted(options).finally(() => {
      counting = undefined;
    });
    return withTimeout(counting, COUNTED_WITHIN_MS, () => withoutEngine(options));
  };

  routes.get("/metrics", async (c) => {
    // Figures of the shop are nobody's business: from elsewhere they need a key for all sites.
    if (c.get("principal") !== undefined || !isOwnNetwork(factsOf(c))) mustBeAllowed(c, undefined, "read");
    const health = await store.health();
    const { bytes, stages } = await countedSoon();
    const outbox = store.webhooks.depth(now());
    const text = metricsText({
      health,
      refusedAtDoor: door.refused,
      answered: door.answered,
      bytes,
      walBytes: sizeOf(join(config.data, `${DATA_FILE}-wal`)),
      freeBytes: freeBytesOf(config.data),
      residentBytes: process.memoryUsage.rss(),
      outbox: {
        waiting: outbox.waiting,
        failed: outbox.failed,
        oldestMs: outbox.oldestDueAt === null ? 0 : Math.max(0, now() - outbox.oldestDueAt),
      },
      stages,
      version,
    });
    const flags = flagMetrics(await store.change("flagCounts", {}));
    const targets = targetMetrics(store.webhooks.targets.all(), options.sender);
    return c.text(text + connectorMetrics(options.connections) + targets + flags, 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });

  return routes;
}

/** Size of the store and people per stage; while the engine that knows them is away, what can be told without it. */
async function counted(options: AppOptions): Promise<Counted> {
  const { store } = options;
  try {
    const { sites, log } = await store.ask("sites", {});
    return {
      bytes: log?.bytes ?? 0,
      stages: await Promise.all(sites.map(({ id }) => store.ask("stages", { site: id }))),
    };
  } catch (error) {
    if (!(error instanceof SojournError) || error.code !== "unavailable") throw error;
    return withoutEngine(options);
  }
}

const withoutEngine = ({ config }: AppOptions): Counted => ({
  bytes: sizeOf(join(config.data, DATA_FILE)),
  stages: [],
});

type Readiness =
  | { status: "ready"; writeMs: number; pending: number; pendingMs: number; freeBytes: number | null }
  | { status: "not ready"; reason: string };

/** A real write with its fsync: a store that can only be read is not ready. The reason names no path of this machine. */
async function readiness({ store, now, config }: AppOptions): Promise<Readiness> {
  try {
    const started = performance.now();
    await withTimeout(store.change("setMeta", { key: "ready", value: String(now()) }), READY_WITHIN_MS);
    const writeMs = Math.round((performance.now() - started) * 10) / 10;
    const { pending, pendingMs } = await withTimeout(store.health(), READY_WITHIN_MS);
    return { status: "ready", writeMs, pending, pendingMs, freeBytes: freeBytesOf(config.data) ?? null };
  } catch (error) {
    return {
      status: "not ready",
      reason: error instanceof SojournError ? error.code : (error as Error).message,
    };
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Bytes that can still be written where the data lies; undefined when the system does not say. */
function freeBytesOf(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return Number(bavail) * Number(bsize);
  } catch {
    return undefined; // No such folder, or a system without statfs: nothing to tell.
  }
}

/** True for a caller on this machine or in its private network, who did not come through a proxy. */
function isOwnNetwork({ address, forwardedFor }: RequestFacts): boolean {
  return forwardedFor === undefined && (address === "" || isPrivateAddress(address));
}

function withTimeout<T>(work: Promise<T>, ms: number, instead?: () => T): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => {
      if (instead !== undefined) resolve(instead());
      else reject(new Error(`the store did not answer within ${ms} ms`));
    }, ms);
    timer.unref();
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
