/**
 * Share links: a key in the address of the page that shows one site's figures and nobody's timeline, withdrawn any time.
 *
 * A share is a key that may read, whose name begins with `sj_share_`. Its password, if it has one, is kept as scrypt and
 * asked for with every request; a password that was right is remembered in memory, because scrypt is slow on purpose.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import { SojournError } from "../errors.ts";
import { hashOf, isShare, SHARE_PREFIX } from "./access.ts";
import { jsonOf } from "./admin.ts";
import type { AppOptions } from "./app.ts";
import { openAttempts } from "./attempts.ts";
import { factsOf } from "./collect-routes.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";
import { siteId } from "./site-settings.ts";

/** The header a page sends the password in, percent-encoded, because header values are Latin. */
const PASSWORD_HEADER = "sojourn-share-password";
const passwordKey = (id: string): string => `share_password:${id}`;
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const MOST_REMEMBERED = 1_000;

/** What somebody with a share link may ask; lists of people and everything about one person stay closed. */
const OPEN: ReadonlySet<string> = new Set(
  [
    "/sites",
    "/stages",
    "/stages/series",
    "/stages/time",
    "/flow",
    "/velocity",
    "/cohorts",
    "/funnel",
    "/kpis",
    "/kpis/headline",
    "/findings",
    "/sources",
    "/attribution",
    "/segments",
    "/rfm",
    "/targets",
    "/value",
    "/live",
    "/health",
    "/session",
  ].map((path) => `/api/v1${path}`),
);

/** Lets a share through to what it may see; throws `forbidden`, `password_needed` or `too_many_tries`. Others pass. */
export function shareGuard({ store, now, door }: AppOptions): MiddlewareHandler<Env> {
  const attempts = openAttempts();
  const known = new Map<string, string>();
  const check = async (c: Context<Env>, id: string): Promise<void> => {
    if (!OPEN.has(c.req.path)) {
      throw new SojournError("forbidden", "A share link shows figures, not people", {
        hint: "Ask the owner of the site for a key.",
      });
    }
    const stored = store.access.meta(passwordKey(id));
    if (stored === undefined) return;
    const given = c.req.header(PASSWORD_HEADER);
    const needed = (): SojournError =>
      new SojournError("password_needed", "This share link has a password", {
        hint: `Send it in the header ${PASSWORD_HEADER}, percent-encoded.`,
      });
    if (given === undefined || given.length > 600) throw needed();
    // Bound to the stored hash too, so that a new password ends what was remembered.
    const fingerprint = hashOf(`${stored} ${given}`).toString("base64url");
    if (known.get(id) === fingerprint) return;
    const address = door.addressOf(factsOf(c));
    const wait = attempts.waitOf(address, now());
    if (wait > 0) {
      throw new SojournError("too_many_tries", "Too many wrong passwords", {
        hint: `Try again in ${wait} seconds.`,
      });
    }
    // Noted before it is looked at, so that a hundred tries at once are a hundred tries.
    attempts.failed(address, now());
    if (!(await isPassword(given, stored))) throw needed();
    attempts.succeeded(address);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(id, fingerprint);
  };
  return async (c, next) => {
    const name = c.get("principal")?.name;
    if (name !== undefined && isShare(name)) await check(c, name);
    await next();
  };
}

export function shareRoutes({ store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/shares", (c) => {
    const { site } = parse(z.object({ site: siteId }), c.req.query());
    mustBeAllowed(c, site, "administer");
    const shares = store.access
      .keys()
      .filter((key) => isShare(key.id) && key.sites.includes(site))
      .map(({ id, name, lastUsedAt }) => ({
        id,
        name,
        site,
        hasPassword: store.access.meta(passwordKey(id)) !== undefined,
        lastUsedAt,
      }));
    return c.json({ shares });
  });

  routes.post("/shares", async (c) => {
    const { site, name, password } = parse(
      z.object({
        site: siteId,
        name: z.string().min(1).max(100),
        password: z.string().min(1).max(200).optional(),
      }),
      await jsonOf(c.req.raw),
    );
    mustBeAllowed(c, site, "administer");
    const token = SHARE_PREFIX + randomBytes(32).toString("base64url");
    const id = token.slice(0, SHARE_PREFIX.length + 6);
    if (password !== undefined) {
      await store.change("setMeta", {
        key: passwordKey(id),
        value: await storedPassword(encodeURIComponent(password)),
      });
    }
    await store.change("addKey", { id, name, hash: hashOf(token), scope: "read", sites: [site], at: now() });
    // The only time the token is seen: the file holds its hash.
    return c.json({ id, token, site, name, hasPassword: password !== undefined }, 201);
  });

  routes.delete("/shares/:id", async (c) => {
    const id = c.req.param("id");
    const { site } = parse(z.object({ site: siteId }), c.req.query());
    mustBeAllowed(c, site, "administer");
    const share = store.access.keys().find((key) => key.id === id);
    if (share === undefined || !isShare(id) || !share.sites.includes(site)) {
      throw new SojournError("not_found", "There is no such share link");
    }
    await store.change("removeKey", { id });
    await store.change("setMeta", { key: passwordKey(id), value: null });
    return c.body(null, 204);
  });

  return routes;
}

/** `salt.hash`, both base64url; scrypt with Node's own costs (N 16,384, r 8, p 1). */
async function storedPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString("base64url")}.${(await derive(password, salt, 32, {})).toString("base64url")}`;
}

async function isPassword(given: string, stored: string): Promise<boolean> {
  const [salt = "", hash = ""] = stored.split(".");
  const expected = Buffer.from(hash, "base64url");
  const actual = await derive(given, Buffer.from(salt, "base64url"), 32, {});
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
