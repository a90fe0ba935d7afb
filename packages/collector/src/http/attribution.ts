/**
 * Sources, credit and costs over HTTP: questions as JSON, CSV or lines of JSON, and what was spent as JSON rows or as an export
 * of an advertising platform.
 */
import { Hono } from "hono";
import { z } from "zod";
import { readCostFile } from "../connect/cost-file.ts";
import { readCostRows } from "../connect/cost-rows.ts";
import { SojournError } from "../errors.ts";
import type { Questions } from "../report/questions.ts";
import { jsonOf } from "./admin.ts";
import { send } from "./answer.ts";
import type { AppOptions } from "./app.ts";
import { readBody } from "./collect-routes.ts";
import { CREDIT_QUERIES, type CreditQuestion, gatherWithin } from "./credit-queries.ts";
import { filterOf } from "./figure-queries.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId, siteSettings } from "./site-settings.ts";

/** Where each question is asked. */
export const CREDIT_PATHS: Readonly<Record<CreditQuestion, string>> = {
  sources: "/sources",
  attribution: "/attribution",
  conversions: "/attribution/conversions",
  touches: "/attribution/touches",
  costs: "/costs",
};

const MOST_ROWS = 10_000;
const FILE_LIMIT = 16 * 1024 * 1024;

/** Costs as a program sends them; amounts in major units. */
export const SENT_COSTS = z.object({
  site: siteId,
  origin: z.string().min(1).max(200).default("api"),
  rows: z
    .array(
      z.object({
        day: z.string().max(40),
        channel: z.string().max(200).optional(),
        source: z.string().max(200).optional(),
        medium: z.string().max(200).optional(),
        campaign: z.string().max(200).optional(),
        amount: z.union([z.string().max(40), z.number()]),
        currency: z.string().max(10).optional(),
      }),
    )
    .min(1)
    .max(MOST_ROWS),
});

/** Rules to try on history; `apply` keeps them and classifies everybody again in the background. */
export const RECLASSIFY = z.strictObject({
  profile: z.unknown().optional(),
  hosts: z.unknown().optional(),
  rules: z.unknown().optional(),
  apply: z.boolean().default(false),
  limit: z.number().int().min(1).max(100_000).optional().describe("People to look at; default 10,000."),
  after: z.number().int().min(0).optional().describe("`next` of the call before."),
});

export function attributionRoutes({ store }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  for (const name of Object.keys(CREDIT_PATHS) as CreditQuestion[]) {
    routes.get(CREDIT_PATHS[name], async (c) => {
      const query = parse(CREDIT_QUERIES[name], c.req.query());
      mustBeAllowed(c, query.site, "read");
      const params = { ...gatherWithin(query), ...filterOf(c.req.url) };
      return send(c, name, await store.ask(name, params as unknown as Questions[typeof name]["take"]));
    });
  }

  routes.post("/costs", async (c) => {
    const isFile = /^text\/csv\b/i.test(c.req.header("content-type") ?? "");
    if (isFile) {
      const { site, origin } = parse(
        z.object({ site: siteId, origin: z.string().min(1).max(200).optional() }),
        c.req.query(),
      );
      mustBeAllowed(c, site, "administer");
      const text = await readBody(c.req.raw, FILE_LIMIT);
      if (text === undefined) throw new SojournError("bad_input", "The file is larger than 16 MiB");
      const options = { currency: currencyOf(site), ...(origin === undefined ? {} : { origin }) };
      const { rows, ...told } = readCostFile(text, options);
      return c.json({ ...(await store.change("importCosts", { site, rows })), ...told });
    }
    const { site, origin, rows: sent } = parse(SENT_COSTS, await jsonOf(c.req.raw));
    mustBeAllowed(c, site, "administer");
    const { rows, refused } = readCostRows(sent, { currency: currencyOf(site), origin });
    return c.json({ ...(await store.change("importCosts", { site, rows })), refused });
  });

  routes.delete("/costs", async (c) => {
    const { site, ...which } = parse(
      z.object({
        site: siteId,
        origin: z.string().min(1).max(200).optional(),
        from: z.iso.date().optional(),
        to: z.iso.date().optional(),
      }),
      c.req.query(),
    );
    mustBeAllowed(c, site, "administer");
    const named = Object.entries(which).filter(([, value]) => value !== undefined);
    if (named.length === 0) {
      throw new SojournError("bad_input", "Say which costs to remove", {
        hint: "Give origin, or from and to.",
      });
    }
    return c.json(await store.change("removeCosts", { site, ...Object.fromEntries(named) }));
  });

  routes.post("/sites/:site/reclassify", async (c) => {
    const site = c.req.param("site");
    mustBeAllowed(c, site, "administer");
    const { apply, after, limit, ...rules } = parse(RECLASSIFY, await jsonOf(c.req.raw));
    const settings = parse(siteSettings, rules);
    if (apply) return c.json(await store.change("startReclassify", { site, settings }), 202);
    const page = { ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) };
    return c.json(await store.ask("reclassify", { site, ...settings, ...page }));
  });

  const currencyOf = (id: string): string => {
    const site = store.access.sites().find((one) => one.id === id);
    if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
    return site.settings.currency;
  };

  return routes;
}
