/**
 * Messages to targets and webhooks over HTTP: which targets there are, what became of each message, sending again.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { MESSAGE_STATES } from "../domain/message.ts";
import { SojournError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";

/** A target as the store knows it. */
export type TargetView = ReturnType<Store["webhooks"]["targets"]["all"]>[number];

export const OUTBOX_QUERY = z.object({
  site: z.string().min(1).max(64).optional(),
  target: z.string().min(1).max(100).optional(),
  state: z.enum(MESSAGE_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
/** `message`: only this one, whatever became of it; `all`: also what was delivered and is still kept. */
export const RESEND_BODY = z.object({ message: z.string().max(100).optional(), all: z.boolean().optional() });

export function outboxRoutes({ store, now, sender }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();
  const { targets } = store.webhooks;

  /** Targets of the sites a caller may administer. */
  const visible = (c: Context<Env>, site: string | undefined): TargetView[] => {
    const principal = mustBeAllowed(c, site ?? c.get("principal")?.sites[0], "administer");
    return targets
      .all()
      .filter(
        (target) =>
          (site === undefined || target.site === site) &&
          (principal.sites.length === 0 || principal.sites.includes(target.site)),
      );
  };

  /** The target of the address; for a key of another site it is not there. */
  const named = (c: Context<Env>, id: string): TargetView => {
    const found = visible(c, undefined).find((target) => target.id === id);
    if (found === undefined) throw new SojournError("not_found", `There is no target "${id}"`);
    return found;
  };

  routes.get("/outbox/targets", (c) => {
    const counts = sender?.counts();
    const shown = visible(c, c.req.query("site")).map((target) => ({
      ...target,
      // Whether kept addresses name its contacts; a webhook never gets one.
      keepsEmail: counts?.get(target.id)?.keepsEmail ?? false,
    }));
    return c.json({ targets: shown });
  });

  routes.get("/outbox", (c) => {
    const { site, target, state, limit } = parse(OUTBOX_QUERY, c.req.query());
    const shown = new Set(visible(c, site).map(({ id }) => id));
    if (target !== undefined && !shown.has(target))
      throw new SojournError("not_found", `There is no target "${target}"`);
    const wanted = target === undefined ? [...shown] : [target];
    const messages = wanted
      .flatMap((id) => targets.list({ target: id, limit, ...(state === undefined ? {} : { state }) }))
      .sort((a, b) => b.key - a.key)
      .slice(0, limit)
      .map(({ key: _key, ...line }) => line);
    return c.json({ messages });
  });

  routes.get("/outbox/:target/:message", (c) => {
    const { id } = named(c, c.req.param("target"));
    const message = targets.show(id, c.req.param("message"));
    if (message === undefined) throw new SojournError("not_found", "There is no such message");
    const { key: _key, body, steps, ...line } = message;
    return c.json({ ...line, body: JSON.parse(body) as unknown, steps: JSON.parse(steps) as unknown });
  });

  routes.post("/outbox/:target/resend", async (c) => {
    const { id } = named(c, c.req.param("target"));
    const { message, all } = parse(RESEND_BODY, await jsonOf(c.req.raw));
    const take = { id, at: now(), ...(message === undefined ? {} : { message }), ...(all ? { all } : {}) };
    return c.json(await store.change("replayMessages", take), 202);
  });

  return routes;
}
