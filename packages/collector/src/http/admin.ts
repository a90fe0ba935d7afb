/**
 * What operators change over HTTP: sites and keys.
 */
import { Hono } from "hono";
import { z } from "zod";
import { SojournError } from "../errors.ts";
import { isShare, newKey, SCOPES } from "./access.ts";
import type { AppOptions } from "./app.ts";
import { readBody } from "./collect-routes.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { readJson } from "./json.ts";
import { parse } from "./reports.ts";
import { newSite, siteId, siteSettings } from "./site-settings.ts";

const BODY_LIMIT = 1024 * 1024;

export function adminRoutes({ store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post("/sites", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const { id, settings } = parse(newSite, await jsonOf(c.req.raw));
    return c.json(await store.change("addSite", { id, settings, at: now() }), 201);
  });

  routes.patch("/sites/:site", async (c) => {
    const id = c.req.param("site");
    mustBeAllowed(c, id, "administer");
    const settings = parse(siteSettings, await jsonOf(c.req.raw));
    return c.json(await store.change("updateSite", { id, settings }));
  });

  routes.get("/keys", (c) => {
    mustBeAllowed(c, undefined, "administer");
    // Share links are keys too; they have a list of their own.
    return c.json({ keys: store.access.keys().filter(({ id }) => !isShare(id)) });
  });

  routes.post("/keys", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const { name, scope, sites, expiresAt } = parse(
      z.object({
        name: z.string().min(1).max(100),
        scope: z.enum(SCOPES),
        sites: z.array(siteId).max(100).default([]),
        expiresAt: z.iso.datetime().optional(),
      }),
      await jsonOf(c.req.raw),
    );
    const { key, id, hash } = newKey(scope);
    await store.change("addKey", {
      id,
      name,
      hash,
      scope,
      sites,
      at: now(),
      ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
    });
    // The only time the key is seen: the file holds its hash.
    return c.json({ id, key, scope, sites }, 201);
  });

  routes.delete("/keys/:id", async (c) => {
    mustBeAllowed(c, undefined, "administer");
    const { removed } = await store.change("removeKey", { id: c.req.param("id") });
    if (!removed) throw new SojournError("not_found", "There is no such key");
    return c.body(null, 204);
  });

  return routes;
}

/** The JSON of a body of bounded size; see json.ts for what becomes of it. */
export async function jsonOf(request: Request): Promise<unknown> {
  const body = await readBody(request, BODY_LIMIT);
  if (body === undefined) throw new SojournError("bad_input", "The body is larger than 1 MiB");
  return readJson(body);
}
