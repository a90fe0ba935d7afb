/**
 * Signing in with the one-time link of the first run, and signing out.
 */
import { type Context, Hono } from "hono";
import { hashOf, newToken, SESSION_LONGEST_MS, sessionCookie, sessionToken } from "./access.ts";
import type { AppOptions } from "./app.ts";
import { openAttempts } from "./attempts.ts";
import { factsOf } from "./collect-routes.ts";
import type { Env } from "./guard.ts";

export function sessionRoutes({ store, now, signIn, config, door }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();
  const attempts = openAttempts();
  const isSecure = (c: Context<Env>): boolean =>
    config.publicUrl.startsWith("https:") ||
    (config.proxies > 0 && c.req.header("x-forwarded-proto") === "https");

  routes.get("/sign-in", async (c) => {
    // Mail programs and browsers look ahead at links; a look must not use the link up.
    const isLookingAhead = /prefetch|prerender/i.test(
      c.req.header("sec-purpose") ?? c.req.header("purpose") ?? "",
    );
    if (c.req.method === "HEAD" || isLookingAhead) return c.body(null, 204);

    const address = door.addressOf(factsOf(c));
    const wait = attempts.waitOf(address, now());
    if (wait > 0) {
      return c.text("Too many tries with links that are not valid. Try again later.\n", 429, {
        "retry-after": String(wait),
      });
    }
    if (!(await signIn.use(c.req.query("token") ?? ""))) {
      attempts.failed(address, now());
      return c.text(
        "This link was used already, is too old, or not complete. Make a new one: sojourn key sign-in\n",
        403,
      );
    }
    attempts.succeeded(address);
    // A session from before is not carried on: its token may be known to somebody else.
    const before = sessionToken(c.req.header("cookie"));
    if (before !== undefined) await store.change("removeSession", { hash: hashOf(before) });
    const session = newToken();
    await store.change("addSession", {
      hash: hashOf(session),
      principal: "owner",
      at: now(),
      expiresAt: now() + SESSION_LONGEST_MS,
    });
    return c.body(null, 303, {
      location: "/",
      "set-cookie": sessionCookie(session, isSecure(c), SESSION_LONGEST_MS / 1_000),
    });
  });

  routes.get("/api/v1/session", (c) => {
    const principal = c.get("principal");
    return c.json(principal === undefined ? { signedIn: false } : { signedIn: true, ...principal });
  });

  routes.delete("/api/v1/session", async (c) => {
    const token = sessionToken(c.req.header("cookie"));
    if (token !== undefined) await store.change("removeSession", { hash: hashOf(token) });
    return c.body(null, 204, { "set-cookie": sessionCookie("", isSecure(c), 0) });
  });

  return routes;
}
