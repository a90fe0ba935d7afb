/**
 * What stands before every route: headers that keep browsers safe, who is asking, and whether they may.
 */
import { randomUUID } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { SojournError } from "../errors.ts";
import { type Action, authenticate, isSameSecret, may, type Principal } from "./access.ts";
import type { AppOptions } from "./app.ts";

export interface Env {
  Variables: {
    requestId: string;
    principal: Principal | undefined;
  };
}

/** The page runs no inline script and fetches from nowhere else. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

/** The command line on this machine, by the token in the data folder. */
const CONTROL: Principal = { name: "control", scope: "admin", sites: [], byCookie: false };

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Headers that every answer carries, errors included. Outermost, so that nothing leaves without them. */
export function safeHeaders(): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set("requestId", randomUUID());
    await next();
    const { headers } = c.res;
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "same-origin");
    headers.set("x-frame-options", "DENY");
    if (!headers.has("content-security-policy"))
      headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
    if (c.res.status === 401) headers.set("www-authenticate", 'Bearer realm="sojourn"');
    headers.set("x-request-id", c.get("requestId"));
  };
}

export function guard({ store, now, config, controlToken }: AppOptions): MiddlewareHandler<Env> {
  return async (c, next) => {
    const authorization = c.req.header("authorization");
    const cookie = c.req.header("cookie");
    const isControl =
      controlToken !== undefined &&
      authorization !== undefined &&
      isSameSecret(authorization, `Bearer ${controlToken}`);
    const principal = isControl
      ? CONTROL
      : authorization === undefined && cookie === undefined
        ? undefined
        : authenticate(store, { authorization, cookie }, now());
    c.set("principal", principal);
    if (principal?.byCookie && !SAFE_METHODS.has(c.req.method)) refuseForgery(c, config.publicUrl);

    refuseByDefault(c, principal);
    await next();
  };
}

/** Routes below /api/v1 that anybody may call; every other one asks who it is before it looks at a parameter. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set(["/api/v1/session", "/api/v1/control"]);

/**
 * Refuses what no route has to think of: nobody asks the API without a name, a key that only reads changes nothing,
 * and a site that is not the key's does not exist.
 */
function refuseByDefault(c: Context<Env>, principal: Principal | undefined): void {
  const path = c.req.path;
  if (!path.startsWith("/api/v1/") || OPEN_TO_ALL.has(path)) return;
  if (c.req.method === "OPTIONS") return;
  const site = c.req.query("site");
  const action: Action =
    path === "/api/v1/touchpoints"
      ? "send"
      : SAFE_METHODS.has(c.req.method) || path.endsWith("/preview")
        ? "read"
        : "administer";
  // Without a site in the address the route itself finds out which site it is about.
  mustBeAllowed(c, site ?? principal?.sites[0], action);
}

/** Throws unless the caller may do this; a site they may not see does not exist for them. */
export function mustBeAllowed(c: Context<Env>, site: string | undefined, action: Action): Principal {
  const principal = c.get("principal");
  if (principal === undefined) {
    throw new SojournError("unauthorized", "Sign in, or send a key", {
      hint: 'Open the link of "sojourn key sign-in", or send "Authorization: Bearer <key>" (sojourn key add --scope read).',
    });
  }
  if (may(principal, site, action)) return principal;
  // For a key of another site this one is not there; only the scope may be named.
  if (site !== undefined && principal.sites.length > 0 && !principal.sites.includes(site)) {
    throw new SojournError("not_found", `There is no site "${site}"`);
  }
  throw new SojournError("forbidden", `This key may not ${action}`, {
    hint: `It has scope ${principal.scope}${principal.sites.length > 0 ? ` for ${principal.sites.join(", ")}` : ""}.`,
  });
}

/** A cookie alone does not speak for a person: the page that made the request must be ours. */
function refuseForgery(c: Context<Env>, publicUrl: string): void {
  const fetchSite = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const own = new Set([
    new URL(c.req.url).host,
    c.req.header("host"),
    publicUrl === "" ? "" : new URL(publicUrl).host,
  ]);
  const isOwnOrigin = origin !== undefined && URL.canParse(origin) && own.has(new URL(origin).host);
  const isSame =
    fetchSite === undefined
      ? isOwnOrigin
      : fetchSite === "same-origin" && (origin === undefined || isOwnOrigin);
  const type = c.req.header("content-type") ?? "";
  const isPlainForm = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)/i.test(type);
  if (!isSame || isPlainForm) {
    throw new SojournError("forbidden", "This request did not come from the page of this collector", {
      hint: "Send JSON from the same origin, or use a key.",
    });
  }
}
