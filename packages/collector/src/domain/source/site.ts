/** Decides whether a host belongs to the site itself. */
import { getDomain, getSubdomain } from "tldts";
import { hostFromText } from "./referrer.ts";

/** Private endings count, so that two shops on one platform (`a.myshopify.com`, `b.myshopify.com`) are two sites. */
const DOMAIN_OPTIONS = {
  allowPrivateDomains: true,
  extractHostname: false,
  validateHostname: false,
} as const;

/**
 * True when `host` is the landing page's own host, shares its registrable domain, or stands in the site's list (itself or below).
 *
 * @param siteHosts any spelling; `www.shop.example` covers everything below `shop.example`.
 */
export function isSameSite(
  host: string,
  landingHost: string,
  siteHosts: readonly string[] | undefined,
): boolean {
  if (landingHost !== "") {
    if (host === landingHost) return true;
    const domain = getDomain(landingHost, DOMAIN_OPTIONS);
    if (domain !== null && isAtOrBelow(host, domain) && getDomain(host, DOMAIN_OPTIONS) === domain)
      return true;
  }
  return siteHosts?.some((own) => isAtOrBelow(host, plainSiteHost(own))) ?? false;
}

/** What stands before the registrable domain: `a.b` of `a.b.shop.example`; empty when nothing does. */
export const subdomainOf = (host: string): string => getSubdomain(host, DOMAIN_OPTIONS) ?? "";

function isAtOrBelow(host: string, domain: string): boolean {
  return (
    host === domain ||
    (domain !== "" && host.endsWith(domain) && host.charCodeAt(host.length - domain.length - 1) === 46)
  );
}

const plainSiteHosts = new Map<string, string>();
/** Site lists are short and the same on every call; the bound only guards against a caller that makes them up. */
const MAX_REMEMBERED = 1_000;

function plainSiteHost(text: string): string {
  const known = plainSiteHosts.get(text);
  if (known !== undefined) return known;
  const host = hostFromText(text.trim()) ?? "";
  if (plainSiteHosts.size < MAX_REMEMBERED) plainSiteHosts.set(text, host);
  return host;
}
