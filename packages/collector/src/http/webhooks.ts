/**
 * Webhooks over HTTP: make, look at, change, try, send again.
 */
import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { MESSAGE_KINDS } from "../domain/message.ts";
import { SojournError } from "../errors.ts";
import { send } from "../outbound/deliver.ts";
import { objectionTo } from "../outbound/post.ts";
import { testMessage } from "../outbound/test-message.ts";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId } from "./site-settings.ts";

const events = z.array(z.enum(MESSAGE_KINDS)).max(MESSAGE_KINDS.length);
const STATES = ["waiting", "delivered", "failed", "withdrawn"] as const;

export const newWebhookId = (): string => `wh_${randomBytes(9).toString("base64url")}`;
/** A Standard Webhooks secret: 32 random bytes in base64 behind `whsec_`. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

export function webhookRoutes({ store, now, config, version }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  const checked = (url: string): string => {
    const objection = objectionTo(url, config.allowPrivateTargets);
    if (objection === undefined) return url;
    throw new SojournError("bad_input", `This address cannot be a webhook: ${objection}`, {
      hint: "Give an https address; private ones only when the collector runs with --allow-private-targets.",
    });
  };

  /** The webhook of the address; for a key of another site it is not there. */
  const named = (c: Context<Env>) => {
    const id = c.req.param("id") ?? "";
    const target = store.webhooks.target(id);
    const principal = c.get("principal");
    const isForeign =
      target !== undefined &&
      principal !== undefined &&
      principal.sites.length > 0 &&
      !principal.sites.includes(target.site);
    if (target === undefined || isForeign) throw new SojournError("not_found", `There is no webhook "${id}"`);
    mustBeAllowed(c, target.site, "administer");
    return { id, ...target };
  };

  routes.get("/webhooks", (c) => {
    const site = c.req.query("site");
    const principal = mustBeAllowed(c, site ?? c.get("principal")?.sites[0], "administer");
    const isVisible = (of: string) =>
      (site === undefined || of === site) && (principal.sites.length === 0 || principal.sites.includes(of));
    return c.json({ webhooks: store.webhooks.list().filter((webhook) => isVisible(webhook.site)) });
  });

  routes.post("/webhooks", async (c) => {
    const shape = z.object({ site: siteId, url: z.string().max(2_048), events: events.default([]) });
    const take = parse(shape, await jsonOf(c.req.raw));
    mustBeAllowed(c, take.site, "administer");
    const id = newWebhookId();
    const secret = newSecret();
    await store.change("addWebhook", { ...take, url: checked(take.url), id, secret, at: now() });
    // The only time the secret is seen.
    return c.json({ id, secret }, 201);
  });

  routes.patch("/webhooks/:id", async (c) => {
    const { id } = named(c);
    const shape = z.strictObject({
      url: z.string().max(2_048).optional(),
      events: events.optional(),
      state: z.enum(["on", "off"]).optional(),
      /** True: a new secret, which signs beside the present one. */
      rotate: z.boolean().optional(),
      /** True: the secret before the present one signs no more. */
      dropOldSecret: z.boolean().optional(),
    });
    const { url, events: kinds, state, rotate, dropOldSecret } = parse(shape, await jsonOf(c.req.raw));
    const secret = rotate === true ? newSecret() : undefined;
    await store.change("updateWebhook", {
      id,
      ...(url === undefined ? {} : { url: checked(url) }),
      ...(kinds === undefined ? {} : { events: kinds }),
      ...(state === undefined ? {} : { state }),
      ...(secret === undefined ? {} : { secret }),
      ...(dropOldSecret === undefined ? {} : { dropOldSecret }),
    });
    return c.json({ id, ...(secret === undefined ? {} : { secret }) });
  });

  routes.delete("/webhooks/:id", async (c) => {
    await store.change("removeWebhook", { id: named(c).id });
    return c.body(null, 204);
  });

  routes.get("/webhooks/:id/messages", (c) => {
    const { id } = named(c);
    const { state, limit } = parse(
      z.object({
        state: z.enum(STATES).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
      }),
      { state: c.req.query("state"), limit: c.req.query("limit") },
    );
    const messages = store.webhooks.messages(id, state, limit);
    return c.json({ messages: messages.map((m) => ({ ...m, body: JSON.parse(m.body) as unknown })) });
  });

  routes.post("/webhooks/:id/replay", async (c) => {
    const { id } = named(c);
    const shape = z.object({ message: z.string().max(100).optional(), all: z.boolean().optional() });
    const { message, all } = parse(shape, await jsonOf(c.req.raw));
    const take = { id, at: now(), ...(message === undefined ? {} : { message }), ...(all ? { all } : {}) };
    return c.json(await store.change("replayMessages", take));
  });

  routes.post("/webhooks/:id/test", async (c) => {
    const { url, secrets, site } = named(c);
    const message = { ...testMessage(site, now()), url, secrets };
    const answer = await send(message, { now, allowPrivate: config.allowPrivateTargets, version });
    return c.json(answer.kind === "answered" ? { kind: answer.kind, status: answer.status } : answer);
  });

  return routes;
}
