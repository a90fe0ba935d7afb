/**
 * The doors of connectors: what other systems send, Google's Measurement Protocol, and the operator's look at the inbox.
 *
 * A configured connector is never answered with 404 or 410: some senders switch themselves off at the first one.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { RawRequest } from "../connect/connector.ts";
import { checkGa4 } from "../connect/ga4-check.ts";
import { INBOX_BODY_BYTES, INBOX_STATES, type InboxReply } from "../connect/inbox.ts";
import type { Connections } from "../connect/service.ts";
import { SojournError } from "../errors.ts";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { readBytes } from "./collect-routes.ts";
import { connectorView } from "./connector-view.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";

export function inboxRoutes({ connections, config }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();
  if (connections === undefined) return routes;

  routes.post("/in/:connector", async (c) => {
    const connection = connections.find(c.req.param("connector"));
    if (connection === undefined) throw new SojournError("not_found", "There is no connector of this name");
    return respond(await take(c, connections, connection.options.name, config.publicUrl));
  });

  // Tools and people look whether the address is there.
  routes.get("/in/:connector", (c) => {
    if (connections.find(c.req.param("connector")) === undefined)
      throw new SojournError("not_found", "There is no connector of this name");
    return c.body(null, 200);
  });

  routes.post("/mp/collect", async (c) => {
    const name = ga4Name(c, connections);
    if (name === undefined) return c.body(null, 401);
    const reply = await take(c, connections, name, config.publicUrl);
    // Google answers 204 to whatever it is sent; what we refuse is counted.
    return reply.status === 200 ? c.body(null, 204) : respond(reply);
  });

  routes.post("/debug/mp/collect", async (c) => {
    const name = ga4Name(c, connections);
    const connection = name === undefined ? undefined : connections.find(name);
    if (connection === undefined) return c.body(null, 401);
    const request = await rawRequest(c, config.publicUrl);
    if (request === undefined) return c.body(null, 413);
    const { connector, options, secrets } = connection;
    if (connector.verify(request, secrets, 0, options.settings) !== "genuine") return c.body(null, 401);
    return c.json({ validationMessages: checkGa4(Buffer.from(request.body).toString("utf8")) });
  });
  return routes;
}

const filter = z.object({
  connector: z.string().max(40).optional(),
  state: z.enum(INBOX_STATES).optional(),
  since: z.coerce.number().int().min(0).optional(),
  before: z.coerce.number().int().min(1).optional(),
  key: z.coerce.number().int().min(1).optional(),
});

/** Below /api/v1: rows hold names and addresses, so only administrators of all sites see them. */
export function inboxAdminRoutes({ store, connections, config }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/inbox", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const rows = await store.change("inboxList", chosen(c.req.query()));
    const counts = await store.change("inboxCounts", {});
    return c.json({ rows, counts, flags: await store.change("flagCounts", {}) });
  });

  routes.get("/connectors", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const counts = await store.change("inboxCounts", {});
    const troubles = await store.change("inboxTroubles", {});
    const origin = config.publicUrl === "" ? "" : new URL(config.publicUrl).origin;
    return c.json({
      connectors: (connections?.all() ?? []).map((one) =>
        connectorView(one, origin, counts, troubles[one.options.name]),
      ),
      flags: await store.change("flagCounts", {}),
    });
  });

  routes.get("/inbox/:key", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const { key } = parse(z.object({ key: z.coerce.number().int().min(1) }), { key: c.req.param("key") });
    const [row] = await store.change("inboxList", { key });
    const kept = await store.change("inboxShow", { key });
    if (row === undefined || kept === null) throw new SojournError("not_found", "There is no such message");
    return c.json({ ...row, body: kept.body, fetched: kept.fetched });
  });

  routes.post("/inbox/replay", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const answer = await store.change("inboxReplay", chosen(await jsonOf(c.req.raw)));
    connections?.run().catch(() => {});
    return c.json(answer, 202);
  });
  return routes;
}

function chosen(raw: unknown): Record<string, string | number> {
  const parsed = parse(filter, raw);
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined)) as never;
}

/** The connector that a sender to Google means, by its measurement id. */
function ga4Name(c: Context<Env>, connections: Connections): string | undefined {
  const id = c.req.query("measurement_id");
  return connections
    .all()
    .find(({ options }) => options.system === "ga4" && options.settings["measurementId"] === id)?.options
    .name;
}

async function take(
  c: Context<Env>,
  connections: Connections,
  name: string,
  publicUrl: string,
): Promise<InboxReply> {
  const request = await rawRequest(c, publicUrl);
  if (request === undefined) return { status: 413 };
  return connections.accept(connections.find(name)!, request);
}

async function rawRequest(c: Context<Env>, publicUrl: string): Promise<RawRequest | undefined> {
  const body = await readBytes(c.req.raw, INBOX_BODY_BYTES);
  if (body === undefined) return undefined;
  const headers: Record<string, string> = {};
  c.req.raw.headers.forEach((value, name) => {
    headers[name.toLowerCase()] = value;
  });
  const { pathname, search, origin } = new URL(c.req.url);
  // HubSpot signs the address it was given; behind a proxy only the operator knows it.
  const own = publicUrl === "" ? origin : new URL(publicUrl).origin;
  return { method: c.req.method, url: own + pathname + search, headers, body };
}

function respond({ status, retryAfterSeconds }: InboxReply): Response {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return new Response(null, { status, headers });
}
