/**
 * The two doors as routes: the browser's beacon, and the server's call with a secret key.
 */
import { LIMITS } from "@sojourn/sdk/wire";
import { type Context, Hono } from "hono";
import type { AppOptions } from "./app.ts";
import { BEACON_LIMIT, type Reply, type RequestFacts, refusalReply, storedBody } from "./collect.ts";
import { type Env, mustBeAllowed } from "./guard.ts";

export function collectRoutes({ store, door, config, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post(config.beaconPath, async (c) => {
    const facts = factsOf(c);
    const wait = door.waitOf(facts);
    if (wait > 0) return respond(door.refusal(429, "rate_limited", facts.origin, wait));
    const body = await readBody(c.req.raw, BEACON_LIMIT);
    if (body === undefined) return respond(door.refusal(413, "too_large", facts.origin));
    return respond(await door.beacon(body, facts));
  });

  // Beacons never ask first; a tool or an older page that does gets a plain answer.
  routes.options(config.beaconPath, (c) =>
    c.body(null, 204, {
      "access-control-allow-origin": c.req.header("origin") ?? "*",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "86400",
      vary: "origin",
    }),
  );

  routes.post("/api/v1/touchpoints", async (c) => {
    const principal = c.get("principal");
    const site = c.req.query("site") ?? (principal?.sites.length === 1 ? principal.sites[0] : undefined);
    mustBeAllowed(c, site, "send");
    const body = await readBody(c.req.raw, LIMITS.serverBodyBytes);
    if (body === undefined) return respond(door.refusal(413, "too_large", undefined));
    const named = site ?? siteNamedIn(body);
    if (named !== undefined) mustBeAllowed(c, named, "send");
    const idempotencyKey = c.req.header("idempotency-key")?.slice(0, 255);
    const outcome = await store.ingest({
      body,
      receivedAt: now(),
      door: "server",
      ...(named === undefined ? {} : { site: named }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    if (outcome.kind === "refused") {
      return respond(
        refusalReply(
          outcome.status,
          outcome.code,
          undefined,
          outcome.path,
          outcome.status === 503 ? 5 : undefined,
        ),
      );
    }
    return c.json(storedBody(outcome) as object, 200);
  });

  return routes;
}

/** The site that the outermost object of a body names. */
function siteNamedIn(body: string): string | undefined {
  try {
    const site = (JSON.parse(body) as { site?: unknown } | null)?.site;
    return typeof site === "string" ? site.slice(0, 64) : undefined;
  } catch {
    return undefined; // The store says what is wrong with it.
  }
}

/** What the request itself says about its sender. */
export function factsOf(c: Context<Env>): RequestFacts {
  return {
    // Under node-server the socket's address is in the bindings; in tests there is none.
    address:
      (c.env as { incoming?: { socket?: { remoteAddress?: string } } })?.incoming?.socket?.remoteAddress ??
      "",
    origin: c.req.header("origin"),
    userAgent: c.req.header("user-agent"),
    forwardedFor: c.req.header("x-forwarded-for"),
    purpose: c.req.header("sec-purpose") ?? c.req.header("purpose"),
  };
}

function respond({ status, headers, body }: Reply): Response {
  return new Response(status === 204 ? null : body, { status, headers });
}

/** The body as text; undefined as soon as it is larger than the limit, without reading the rest. */
export async function readBody(request: Request, limit: number): Promise<string | undefined> {
  return (await readBytes(request, limit))?.toString("utf8");
}

/** The raw bytes; undefined as soon as there are more than the limit, without reading the rest. */
export async function readBytes(request: Request, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return undefined;
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
