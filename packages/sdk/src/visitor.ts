/**
 * Who this browser is: a random id in localStorage, on request in a cookie that subdomains and collector share.
 */
import { isAllowed } from "./consent.ts";
import { options } from "./settings.ts";
import { shelf } from "./shelf.ts";
import { touchpointId } from "./touchpoint-id.ts";

/** Browsers shorten anything beyond 400 days. */
const COOKIE_SECONDS = 395 * 86_400;

const setCookie = (id: string) => {
  if (options.cookieDomain)
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous, and missing in two of three engines
    document.cookie = `sj_v=${id};path=/;samesite=lax;max-age=${id ? COOKIE_SECONDS : 0};domain=${options.cookieDomain}`;
};

/** The visitor id, made on first use. Nothing without consent and in cookieless mode. */
export const visitor = (): string | undefined => {
  if (options.cookieless || !isAllowed()) return;
  const shared = options.cookieDomain && /sj_v=([\w-]+)/.exec(document.cookie)?.[1];
  const id = shared || shelf("v") || touchpointId(Date.now());
  if (!shared) setCookie(id);
  return shelf("v", id);
};

/** Whoever comes next is somebody else, and on a new visit. */
export const reset = (): void => {
  shelf("v", "");
  shelf("t", "");
  setCookie("");
};
