/**
 * What operators and their tools ask: is it alive, is it ready, what does it count.
 */
import { Hono } from "hono";
import { isPrivateAddress } from "../outbound/addresses.ts";
import type { AppOptions } from "./app.ts";
import type { RequestFacts } from "./collect.ts";
import { factsOf } from "./collect-routes.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { connectorMetrics } from "./inbox-metrics.ts";
import { metricsText } from "./metrics.ts";

const READY_WITHIN_MS = 1_000;

export function operatingRoutes(options: AppOptions): Hono<Env> {
  const { store, now, door, version } = options;
  const routes = new Hono<Env>();

  routes.get("/healthz", (c) => c.json({ status: "ok" }));

  routes.get("/readyz", async (c) => {
    try {
      const started = performance.now();
      // A real write with its fsync: a store that can only be read is not ready.
      await withTimeout(store.change("setMeta", { key: "ready", value: String(now()) }), READY_WITHIN_MS);
      const health = await withTimeout(store.health(), READY_WITHIN_MS);
      return c.json({
        status: "ready",
        writeMs: Math.round((performance.now() - started) * 10) / 10,
        pending: health.pending,
        pendingMs: health.pendingMs,
      });
    } catch (error) {
      return c.json({ status: "not ready", reason: (error as Error).message }, 503);
    }
  });

  routes.get("/metrics", async (c) => {
    // Figures of the shop are nobody's business: from elsewhere they need a key for all sites.
    if (c.get("principal") !== undefined || !isOwnNetwork(factsOf(c))) mustBeAllowed(c, undefined, "read");
    const health = await store.health();
    const sites = await store.ask("sites", {});
    const stages = await Promise.all(sites.sites.map(({ id }) => store.ask("stages", { site: id })));
    return c.text(
      metricsText({ health, refusedAtDoor: door.refused, bytes: sites.log.bytes, stages, version }) +
        connectorMetrics(options.connections),
      200,
      {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
      },
    );
  });

  return routes;
}

/** True for a caller on this machine or in its private network, who did not come through a proxy. */
function isOwnNetwork({ address, forwardedFor }: RequestFacts): boolean {
  return forwardedFor === undefined && (address === "" || isPrivateAddress(address));
}

function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store did not answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
