/**
 * Saving and removing segments and targets over HTTP; trying a segment's rule before it is saved.
 */
import { Hono } from "hono";
import { z } from "zod";
import { SojournError } from "../errors.ts";
import { FIGURES } from "../report/kpis.ts";
import { jsonOf } from "./admin.ts";
import { send } from "./answer.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId } from "./site-settings.ts";

const name = z.string().trim().min(1).max(100);
const periodName = z.string().regex(/^\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?$/, "use 2026-11, 2026-Q4 or 2026");

/** Bodies of the changes here. OpenAPI is made from these. */
export const SEGMENT_BODIES = {
  save: z.object({ site: siteId, name, rule: z.unknown() }),
  preview: z.object({ site: siteId, rule: z.unknown() }),
  target: z
    .object({
      site: siteId,
      figure: z.enum(FIGURES),
      period: periodName,
      goal: z.number().min(0).optional().describe("Money in minor units, rates from 0 to 1."),
      change: z
        .number()
        .min(-1)
        .max(100)
        .optional()
        .describe("Instead of goal: 0.05 is 5 % above the period before."),
    })
    .refine(({ goal, change }) => (goal === undefined) !== (change === undefined), "give goal or change"),
} as const;

export function segmentRoutes({ store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post("/segments", async (c) => {
    const { site, name: title, rule } = parse(SEGMENT_BODIES.save, await jsonOf(c.req.raw));
    mustBeAllowed(c, site, "administer");
    // The preview checks the rule and says how many it chooses.
    const { rule: checked, people, words } = await store.ask("segmentPreview", { site, rule });
    await store.change("saveSegment", { site, name: title, rule: JSON.stringify(checked), at: now() });
    return c.json({ name: title, rule: checked, words, people }, 201);
  });

  routes.post("/segments/preview", async (c) => {
    const params = parse(SEGMENT_BODIES.preview, await jsonOf(c.req.raw));
    mustBeAllowed(c, params.site, "read");
    return send(
      c,
      "segmentPreview",
      await store.ask("segmentPreview", { site: params.site, rule: params.rule }),
    );
  });

  routes.delete("/segments/:name", async (c) => {
    const { site } = parse(z.object({ site: siteId }), c.req.query());
    mustBeAllowed(c, site, "administer");
    const { removed } = await store.change("removeSegment", { site, name: c.req.param("name") });
    if (!removed) throw new SojournError("not_found", "There is no such segment");
    return c.body(null, 204);
  });

  routes.post("/targets", async (c) => {
    const { site, figure, period, goal, change } = parse(SEGMENT_BODIES.target, await jsonOf(c.req.raw));
    mustBeAllowed(c, site, "administer");
    const wanted = goal ?? (await store.ask("goalFor", { site, figure, period, change: change! })).goal;
    return c.json(await store.change("setTarget", { site, figure, period, goal: wanted }), 201);
  });

  routes.delete("/targets", async (c) => {
    const { site, figure, period } = parse(
      z.object({ site: siteId, figure: z.enum(FIGURES), period: periodName }),
      c.req.query(),
    );
    mustBeAllowed(c, site, "administer");
    const { removed } = await store.change("removeTarget", { site, figure, period });
    if (!removed) throw new SojournError("not_found", "There is no such target");
    return c.body(null, 204);
  });

  return routes;
}
