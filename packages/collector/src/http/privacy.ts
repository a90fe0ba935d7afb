/**
 * A person's rights over HTTP: everything kept about them, and its erasure.
 */
import { Hono } from "hono";
import { z } from "zod";
import { erasePerson } from "../store/erasure.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";

export const PERSON_QUERY = z.object({ site: z.string().min(1).max(64), person: z.string().min(1).max(200) });

export function privacyRoutes({ store, now, config }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/people/:person/export", async (c) => {
    const params = parse(PERSON_QUERY, { ...c.req.query(), person: c.req.param("person") });
    mustBeAllowed(c, params.site, "administer");
    const answer = await store.ask("export", params);
    return c.json(answer, 200, { "content-disposition": 'attachment; filename="person.json"' });
  });

  routes.delete("/people/:person", async (c) => {
    const params = parse(PERSON_QUERY, { ...c.req.query(), person: c.req.param("person") });
    mustBeAllowed(c, params.site, "administer");
    return c.json(await erasePerson(store.change, config.data, { ...params, at: now() }));
  });

  return routes;
}
