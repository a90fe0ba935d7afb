/**
 * Questions over HTTP: parameters are checked, the caller's right is checked, the store answers.
 */
import { Hono } from "hono";
import { z } from "zod";
import { classify } from "../domain/source/classify.ts";
import { SojournError } from "../errors.ts";
import type { QuestionName, Questions } from "../report/questions.ts";
import { SOURCE_DIMENSIONS } from "../store/port.ts";
import { send } from "./answer.ts";
import type { AppOptions } from "./app.ts";
import { filterOf } from "./figure-queries.ts";
import { type Env, mustBeAllowed } from "./guard.ts";

const site = z.string().min(1).max(64);
const text = z.string().max(200);
const bySource = z.enum(SOURCE_DIMENSIONS).exclude(["landing"]);
/** What each question takes in its address. OpenAPI is made from these. */
export const QUERY_SCHEMAS = {
  sites: z.object({
    brief: z.stringbool().optional().describe("Leaves out the size of the log, which takes longest."),
  }),
  stages: z.object({
    site,
    model: text.optional(),
    at: text.optional(),
    by: bySource.optional(),
    touch: z.enum(["first", "last"]).optional(),
  }),
  transitions: z.object({
    site,
    model: text.optional(),
    from: text.optional(),
    to: text.optional(),
    entered: text.optional(),
    left: text.optional(),
    limit: z.coerce.number().int().min(1).max(1_000).optional(),
    after: text.optional(),
  }),
  person: z.object({
    site,
    person: text,
    model: text.optional(),
    superseded: z.stringbool().optional(),
    at: text.optional(),
    knownAt: text.optional(),
  }),
} as const;

export function reportRoutes({ store }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  const ask = async <N extends QuestionName>(name: N, params: Questions[N]["take"]) =>
    store.ask(name, params);

  routes.get("/sites", async (c) => {
    const principal = mustBeAllowed(c, c.get("principal")?.sites[0], "read");
    const { brief = false } = parse(QUERY_SCHEMAS.sites, c.req.query());
    const answer = await ask("sites", { brief });
    const visible = answer.sites.filter(
      ({ id }) => principal.sites.length === 0 || principal.sites.includes(id),
    );
    return send(c, "sites", { ...answer, sites: visible });
  });

  for (const name of ["stages", "transitions"] as const) {
    routes.get(`/${name}`, async (c) => {
      const params = parse(QUERY_SCHEMAS[name], c.req.query());
      mustBeAllowed(c, params.site, "read");
      const filter = name === "stages" ? filterOf(c.req.url) : {};
      return send(c, name, await ask(name, { ...params, ...filter } as never));
    });
  }

  routes.get("/people/:person", async (c) => {
    const params = parse(QUERY_SCHEMAS.person, { ...c.req.query(), person: c.req.param("person") });
    mustBeAllowed(c, params.site, "read");
    return c.json(await ask("person", params as Questions["person"]["take"]));
  });

  routes.get("/classify", (c) => {
    const params = parse(
      z.object({
        site: site.optional(),
        url: z.string().max(4_096),
        referrer: z.string().max(4_096).optional(),
        profile: z.enum(["default", "ga4"]).optional(),
      }),
      c.req.query(),
    );
    mustBeAllowed(c, params.site ?? c.get("principal")?.sites[0], "read");
    const settings = store.access.sites().find(({ id }) => id === params.site)?.settings;
    return c.json(
      classify(
        { url: params.url, referrer: params.referrer ?? null },
        {
          profile: params.profile ?? settings?.profile ?? "default",
          ...(settings === undefined ? {} : { siteHosts: settings.hosts, rules: settings.rules }),
        },
      ),
    );
  });

  return routes;
}

/** The parameters, or a `bad_input` that names the first one that is wrong. */
export function parse<S extends z.ZodType>(schema: S, raw: unknown): z.infer<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const name = issue.path.map(String).join(".") || "(query)";
  throw new SojournError("bad_input", `Parameter ${name}: ${issue.message}`, {
    hint: "See /api/docs for what is allowed.",
  });
}
