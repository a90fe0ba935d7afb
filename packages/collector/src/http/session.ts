/**
 * Signing in with the one-time link of the first run, and signing out.
 */
import { Hono } from "hono";
import { hashOf, newToken, SESSION_LONGEST_MS, sessionCookie, sessionToken } from "./access.ts";
import type { AppOptions } from "./app.ts";
import type { Env } from "./guard.ts";

export function sessionRoutes({ store, now, signIn, config }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();
  const isSecure = config.publicUrl.startsWith("https:");

  routes.get("/sign-in", async (c) => {
    const token = c.req.query("token") ?? "";
    if (!(await signIn.use(token))) {
      return c.text(
        "This link was used already, or it is not complete. Make a new one: sojourn key sign-in\n",
        403,
      );
    }
    await store.change("setMeta", { key: "signed_in", value: String(now()) });
    const session = newToken();
    await store.change("addSession", {
      hash: hashOf(session),
      principal: "owner",
      at: now(),
      expiresAt: now() + SESSION_LONGEST_MS,
    });
    return c.body(null, 303, {
      location: "/",
      "set-cookie": sessionCookie(session, isSecure, SESSION_LONGEST_MS / 1_000),
    });
  });

  routes.get("/api/v1/session", (c) => {
    const principal = c.get("principal");
    return c.json(principal === undefined ? { signedIn: false } : { signedIn: true, ...principal });
  });

  routes.delete("/api/v1/session", async (c) => {
    const token = sessionToken(c.req.header("cookie"));
    if (token !== undefined) await store.change("removeSession", { hash: hashOf(token) });
    return c.body(null, 204, { "set-cookie": sessionCookie("", isSecure, 0) });
  });

  return routes;
}
