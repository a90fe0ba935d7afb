/**
 * Keeps a visitor's id as a cookie of the shop's own domain, for sites that ask for it.
 *
 * Browsers that shorten the life of what scripts store (Safari: seven days) leave cookies of the site's own servers
 * alone. Only a site with a `cookieDomain` gets one, only for pages of its listed origins, and only such pages may send
 * requests with cookies at all.
 */
import type { Store } from "../store/store.ts";

/** 400 days: browsers shorten anything beyond (RFC 6265bis). */
const COOKIE_SECONDS = 400 * 86_400;
const LOOK_AGAIN_MS = 1_000;

/** Adds what an answer needs to its headers; does nothing for origins of no such site. */
export type VisitorCookie = (
  headers: Record<string, string>,
  origin: string | undefined,
  body: string | undefined,
) => void;

export function openVisitorCookie(access: Pick<Store["access"], "sites">, now: () => number): VisitorCookie {
  /** Origin -> sites with a cookie, and its domain. */
  let byOrigin = new Map<string, Map<string, string>>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    lookedAt = now();
    byOrigin = new Map();
    for (const { id, settings } of access.sites()) {
      const { cookieDomain, origins } = settings;
      if (cookieDomain === undefined || cookieDomain === "") continue;
      for (const origin of origins) {
        const sites = byOrigin.get(origin) ?? new Map<string, string>();
        byOrigin.set(origin, sites.set(id, cookieDomain));
      }
    }
  };

  return (headers, origin, body) => {
    if (origin === undefined) return;
    if (Math.abs(now() - lookedAt) > LOOK_AGAIN_MS) look();
    const sites = byOrigin.get(origin);
    // Without the permission to read an answer there is none to send cookies either.
    if (sites === undefined || headers["access-control-allow-origin"] !== origin) return;
    // A page that sends cookies sees no answer without this, not even when to come back.
    headers["access-control-allow-credentials"] = "true";
    if (body === undefined) return;
    const envelope = body.slice(0, body.indexOf('"touchpoints"') + 1 || undefined);
    const domain = sites.get(/"site"\s*:\s*"([^"\\]{1,64})"/.exec(envelope)?.[1] ?? "");
    const visitor = /"visitor"\s*:\s*"([\w-]{16,64})"/.exec(envelope)?.[1];
    if (domain === undefined || visitor === undefined) return;
    const secure = origin.startsWith("https:") ? "; Secure" : "";
    // Scripts read it: that is how the script finds the visitor again when its own storage is gone.
    headers["set-cookie"] =
      `sj_v=${visitor}; Domain=${domain}; Path=/; Max-Age=${COOKIE_SECONDS}; SameSite=Lax${secure}`;
  };
}
