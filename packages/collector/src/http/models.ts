/**
 * Life-cycle models over HTTP: list, schema for editors, preview of a draft, apply, remove.
 */
import { Hono } from "hono";
import { z } from "zod";
import { modelJsonSchema, parseModel } from "../domain/lifecycle/model.ts";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId } from "./site-settings.ts";

const draft = z.object({ site: siteId, model: z.unknown() });

export function modelRoutes({ store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/models/schema", (c) =>
    c.json(modelJsonSchema() as object, 200, { "content-type": "application/schema+json" }),
  );

  routes.get("/models", async (c) => {
    const { site } = parse(z.object({ site: siteId }), c.req.query());
    mustBeAllowed(c, site, "read");
    const { sites } = await store.ask("sites", {});
    return c.json({ site, models: sites.find(({ id }) => id === site)?.models ?? [] });
  });

  routes.post("/models/preview", async (c) => {
    const { site, model } = parse(draft, await jsonOf(c.req.raw));
    mustBeAllowed(c, site, "read");
    return c.json(await store.ask("preview", { site, model: parseModel(model) }));
  });

  routes.post("/models", async (c) => {
    const { site, model } = parse(draft, await jsonOf(c.req.raw));
    mustBeAllowed(c, site, "administer");
    return c.json(await store.change("applyModel", { site, model: parseModel(model), at: now() }), 202);
  });

  routes.delete("/models/:id", async (c) => {
    const { site } = parse(z.object({ site: siteId }), c.req.query());
    mustBeAllowed(c, site, "administer");
    return c.json(await store.change("removeModel", { site, id: c.req.param("id") }));
  });

  return routes;
}
