/**
 * Reads a referrer: which host or app it names, in one spelling, or why it says nothing.
 *
 * Owns normalising, private addresses, and the caches and translators that show somebody else's page.
 */
import { domainToASCII, domainToUnicode } from "node:url";

/** What a referrer text turned out to be. */
export type Referrer =
  | { kind: "absent" }
  /** Present, but neither http(s) nor an app, or without a host, or unreadable. */
  | { kind: "unusable" }
  /** Loopback, a private address, a single label or a local-only name: it says nothing about where people come from. */
  | { kind: "local"; host: string }
  | { kind: "app"; host: string }
  /** `via` is the cache or translator that showed the page of `host`. */
  | { kind: "web"; host: string; via?: string };

/** Names that never leave a private network (RFC 6761, RFC 6762 appendix G, RFC 8375, ICANN's reservation of .internal). */
const LOCAL_ENDING =
  /(^|\.)(local|localhost|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** Longer texts are cut before parsing: no browser sends them, and only the host counts. In UTF-16 code units. */
const MAX_REFERRER = 8_192;

/** Reads any text as a referrer. Never throws. */
export function readReferrer(text: string | null | undefined): Referrer {
  if (typeof text !== "string" || text.trim() === "") return { kind: "absent" };
  const url = URL.parse(text.length > MAX_REFERRER ? text.slice(0, MAX_REFERRER) : text);
  if (url === null || url.hostname === "") return { kind: "unusable" };
  if (url.protocol === "android-app:") {
    const packageName = url.hostname.toLowerCase();
    return /^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(packageName)
      ? { kind: "app", host: packageName }
      : { kind: "unusable" };
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return { kind: "unusable" };
  const host = plainHost(url.hostname);
  if (host === "") return { kind: "unusable" };
  if (isLocal(host)) return { kind: "local", host };
  const shown = pageShownBy(host, url);
  return shown === undefined || isLocal(shown)
    ? { kind: "web", host }
    : { kind: "web", host: shown, via: host };
}

/** The host of a page, in the same spelling as a referrer's, decoded when a cache or translator shows it. */
export function pageHost(url: URL): string {
  const host = plainHost(url.hostname);
  return pageShownBy(host, url) ?? host;
}

/** Any spelling of a host (with or without scheme, port, `www.`) as the tables spell it; `undefined` when it is none. */
export function hostFromText(text: string): string | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const host = url === null ? "" : plainHost(url.hostname);
  return host === "" ? undefined : host;
}

/** Lower case, no trailing dot, no leading `www.` (unless the rest would be a bare ending such as `com`). */
function plainHost(hostname: string): string {
  let host = hostname.toLowerCase();
  while (host.endsWith(".")) host = host.slice(0, -1);
  return host.startsWith("www.") && host.indexOf(".", 4) !== -1 ? host.slice(4) : host;
}

function isLocal(host: string): boolean {
  if (host.startsWith("[")) return isPrivateIpv6(host);
  if (!host.includes(".")) return true;
  const last = host.charCodeAt(host.length - 1);
  // The URL parser has already turned every spelling of an IPv4 address into four decimal numbers.
  if (last >= 48 && last <= 57) return isPrivateIpv4(host);
  return LOCAL_ENDING.test(host);
}

/** RFC 1918, loopback, link-local, carrier-grade NAT and "this network". */
function isPrivateIpv4(host: string): boolean {
  const [a = 0, b = 0] = host.split(".").map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168)
  );
}

/** Loopback, unspecified, unique local (fc00::/7), link-local (fe80::/10), and IPv4 in disguise (::ffff:0:0/96). */
function isPrivateIpv6(bracketed: string): boolean {
  const address = bracketed.slice(1, -1);
  if (address === "::1" || address === "::") return true;
  if (/^f[cd]/.test(address) || /^fe[89ab]/.test(address)) return true;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped === null) return false;
  const high = Number.parseInt(mapped[1]!, 16);
  return isPrivateIpv4(`${high >> 8}.${high & 255}.0.0`);
}

/** The page a cache or translator shows, as a host; `undefined` for every other address. */
function pageShownBy(host: string, url: URL): string | undefined {
  if (host.endsWith(".cdn.ampproject.org") || host.endsWith(".bing-amp.com")) {
    const label = host.slice(0, host.indexOf("."));
    return undashed(label) ?? hostInPath(url.pathname);
  }
  if (host === "cdn.ampproject.org") return hostInPath(url.pathname);
  if (host.endsWith(".translate.goog")) return undashed(host.slice(0, -".translate.goog".length));
  if (host.startsWith("translate.google.") || host === "translate.googleusercontent.com")
    return hostInQuery(url, "u");
  if (host === "microsofttranslator.com" || host === "translatetheweb.com") return hostInQuery(url, "a");
  if (host === "translate.yandex.ru" || host === "translate.yandex.com") return hostInQuery(url, "url");
  return undefined;
}

/**
 * Undoes the dashes of an AMP cache or translator subdomain: `--` stands for a dash, `-` for a dot
 * (developers.google.com/amp/cache/overview). `www-news--site-example` is `www.news-site.example`.
 * Labels of hashed domains have no dash and stay undecoded.
 */
function undashed(label: string): string | undefined {
  let text = label.startsWith("xn--") ? domainToUnicode(label) : label;
  if (/^0-.*-0$/.test(text)) text = text.slice(2, -2);
  if (!text.includes("-")) return undefined;
  const host = domainToASCII(text.replace(/--|-/g, (dashes) => (dashes === "--" ? "-" : ".")));
  return host.includes(".") ? plainHost(host) : undefined;
}

/** The older cache form: `/c/s/news-site.example/article`, with `s` for https. */
function hostInPath(path: string): string | undefined {
  const found = /^\/[a-z]\/(?:s\/)?([^/]+\.[^/]+)/.exec(path);
  return found === null ? undefined : hostFromText(found[1]!);
}

function hostInQuery(url: URL, key: string): string | undefined {
  const target = url.searchParams.get(key);
  return target?.includes(".") ? hostFromText(target) : undefined;
}
