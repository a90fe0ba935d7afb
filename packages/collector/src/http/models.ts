/**
 * Life-cycle models over HTTP: list, schema for editors, preview of a draft, apply, remove.
 */
import { Hono } from "hono";
import { z } from "zod";
import { LANGUAGES, type Language } from "../domain/lifecycle/grammar.ts";
import { label, modelLabel } from "../domain/lifecycle/labels.ts";
import { modelJsonSchema, parseModel } from "../domain/lifecycle/model.ts";
import { PRESET_IDS, presetModel } from "../domain/lifecycle/presets.ts";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId } from "./site-settings.ts";

const inEachLanguage = (say: (language: Language) => string): Record<string, string> =>
  Object.fromEntries(LANGUAGES.map((language) => [language, say(language)]));

const draft = z.object({ site: siteId, model: z.unknown() });

export function modelRoutes({ store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/models/schema", (c) =>
    c.json(modelJsonSchema() as object, 200, { "content-type": "application/schema+json" }),
  );

  routes.get("/models/presets", (c) =>
    c.json({
      presets: PRESET_IDS.map((id) => {
        const definition = presetModel(id)!;
        return { names: inEachLanguage((language) => modelLabel(definition, language)), definition };
      }),
      stages: Object.fromEntries(
        PRESET_IDS.flatMap((id) => presetModel(id)!.stages).map((stage) => [
          stage,
          inEachLanguage((language) => label(stage, language)),
        ]),
      ),
    }),
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
