/**
 * Who is who, over HTTP: conflicts, and an operator's word.
 */
import { Hono } from "hono";
import { z } from "zod";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId } from "./site-settings.ts";

const decision = z.object({
  site: siteId,
  visitor: z.string().min(1).max(200),
  claim: z.string().min(1).max(200),
});

export function identityRoutes({ store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/identity/conflicts", async (c) => {
    const { site } = parse(z.object({ site: siteId }), c.req.query());
    mustBeAllowed(c, site, "read");
    return c.json(await store.ask("conflicts", { site }));
  });

  for (const verb of ["unlink", "relink"] as const) {
    routes.post(`/identity/${verb}`, async (c) => {
      const take = parse(decision, await jsonOf(c.req.raw));
      mustBeAllowed(c, take.site, "administer");
      return c.json(await store.change(verb, { ...take, at: now() }));
    });
  }

  return routes;
}
