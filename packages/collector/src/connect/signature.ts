/**
 * Signs and checks messages between systems: HMAC-SHA-256 over bytes, compared in constant time, and the scheme of
 * Standard Webhooks (https://www.standardwebhooks.com).
 *
 * Works on raw bytes and never parses a body. Which system signs what is said by its connector.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { EpochMs } from "@sojourn/sdk/wire";

/** How old or how far ahead a signed time may be, in milliseconds, both ways (Standard Webhooks, Stripe, HubSpot). */
export const SIGNATURE_TOLERANCE_MS = 5 * 60_000;

/** HMAC-SHA-256 of bytes (text: its UTF-8 bytes). */
export function hmac(
  bytes: Uint8Array | string | readonly (Uint8Array | string)[],
  key: Uint8Array | string,
  encoding: "base64" | "hex",
): string {
  const mac = createHmac("sha256", key);
  for (const part of isList(bytes) ? bytes : [bytes]) mac.update(part);
  return mac.digest(encoding);
}

const isList = (value: unknown): value is readonly (Uint8Array | string)[] => Array.isArray(value);

/** Whether two texts are equal; takes the same time wherever they differ, also when their lengths do. */
export function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The key of a Standard Webhooks secret: the bytes behind `whsec_` in base64; any other text is the key itself. */
export function webhookKey(secret: string): Buffer {
  return secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret, "utf8");
}

/** A message as Standard Webhooks signs it. */
export interface SignedMessage {
  id: string;
  /** Whole seconds since 1970. */
  timestamp: number | string;
  body: Uint8Array | string;
}

/** One entry of `webhook-signature` for each key, in their order, separated by blanks: `v1,<base64> v1,<base64>`. */
export function signWebhook(message: SignedMessage, keys: readonly (Uint8Array | string)[]): string {
  return keys
    .map((key) => `v1,${hmac([`${message.id}.${message.timestamp}.`, message.body], key, "base64")}`)
    .join(" ");
}

export type SignatureVerdict = "genuine" | "signature_missing" | "signature_wrong" | "too_old";

/** Checks a Standard Webhooks message against keys of which one must fit; `signature` may hold several entries. */
export function verifyWebhook(
  message: {
    id: string | undefined;
    timestamp: string | undefined;
    signature: string | undefined;
    body: Uint8Array;
  },
  keys: readonly (Uint8Array | string)[],
  now: EpochMs,
): SignatureVerdict {
  const { id, timestamp, signature, body } = message;
  if (!id || !timestamp || !signature) return "signature_missing";
  if (!/^\d{1,12}$/.test(timestamp)) return "signature_wrong";
  const given = signature.split(" ").filter((entry) => entry.startsWith("v1,"));
  const isGenuine = keys.some((key) => {
    const expected = signWebhook({ id, timestamp, body }, [key]);
    return given.filter((entry) => isSameText(entry, expected)).length > 0;
  });
  if (!isGenuine) return "signature_wrong";
  return isFresh(Number(timestamp) * 1_000, now) ? "genuine" : "too_old";
}

/** Whether a signed time lies within the tolerance, before or after now. */
export const isFresh = (at: EpochMs, now: EpochMs, tolerance = SIGNATURE_TOLERANCE_MS): boolean =>
  Number.isFinite(at) && Math.abs(now - at) <= tolerance;
