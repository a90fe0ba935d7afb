/**
 * Signs a request as OAuth 1.0a does (RFC 5849): four keys, no key on the way, HMAC over what is asked.
 *
 * Pure: the caller supplies the time and a text that was never used before. Bodies are not signed; those of forms would have to be.
 */
import { createHmac } from "node:crypto";

/** The two pairs an integration is given. */
export interface OAuthKeys {
  consumerKey: string;
  consumerSecret: string;
  token: string;
  tokenSecret: string;
}

/** What is asked, and what makes the signature of this one request. */
export interface OAuthRequest {
  method: string;
  url: URL;
  /** Whole seconds since 1970. */
  timestamp: number;
  /** Never the same twice with one timestamp. */
  nonce: string;
  /** SHA-1 is RFC 5849's own; Magento asks for SHA-256. */
  hash?: "sha256" | "sha1";
  /** Fields of a form in the body, which are signed too. */
  form?: URLSearchParams;
}

/** The value of the `Authorization` header. */
export function oauthHeader(request: OAuthRequest, keys: OAuthKeys): string {
  const fields = oauthFields(request, keys);
  const key = `${encode(keys.consumerSecret)}&${encode(keys.tokenSecret)}`;
  const signature = createHmac(request.hash ?? "sha256", key)
    .update(signatureBase(request, fields))
    .digest("base64");
  return `OAuth ${[...fields, ["oauth_signature", signature] as const]
    .map(([name, value]) => `${name}="${encode(value)}"`)
    .join(", ")}`;
}

type Field = readonly [name: string, value: string];

/** What goes into the header besides the signature. */
export const oauthFields = (
  { timestamp, nonce, hash = "sha256" }: Pick<OAuthRequest, "timestamp" | "nonce" | "hash">,
  { consumerKey, token }: OAuthKeys,
): Field[] => [
  ["oauth_consumer_key", consumerKey],
  ["oauth_token", token],
  ["oauth_signature_method", hash === "sha1" ? "HMAC-SHA1" : "HMAC-SHA256"],
  ["oauth_timestamp", String(timestamp)],
  ["oauth_nonce", nonce],
];

/** The text that is signed (RFC 5849, 3.4.1): method, address without its query, and every field, sorted. */
export function signatureBase({ method, url, form }: OAuthRequest, fields: readonly Field[]): string {
  const all = [...url.searchParams, ...(form ?? []), ...fields]
    .map(([name, value]): Field => [encode(name), encode(value)])
    // By name, then by value, as bytes: what is encoded is ASCII.
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  // `origin` leaves out the port where it is the scheme's own, as the RFC asks.
  return [method.toUpperCase(), url.origin + url.pathname, all].map(encode).join("&");
}

/** Everything but letters, digits and `-._~` (RFC 5849, 3.6). */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
