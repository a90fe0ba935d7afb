/**
 * The checks most systems share: a body signed in a header, or a secret that is simply shown.
 */
import type { Secret, Verdict } from "./connector.ts";
import { hmac, isSameText } from "./signature.ts";

/** Whether one of the secrets signs these bytes as the header says. */
export function checkHmac(
  given: string | undefined,
  bytes: Uint8Array | readonly (Uint8Array | string)[],
  secrets: readonly Secret[],
): Verdict {
  if (!given) return { refused: "signature_missing" };
  const fits = secrets.filter((secret) => isSameText(given, hmac(bytes, secret, "base64")));
  return fits.length > 0 ? "genuine" : { refused: "signature_wrong" };
}

/** Whether a shown secret is one of ours. */
export function checkShown(given: string | undefined, secrets: readonly Secret[]): Verdict {
  if (!given) return { refused: "signature_missing" };
  return secrets.filter((secret) => isSameText(given, secret)).length > 0
    ? "genuine"
    : { refused: "secret_wrong" };
}

/** Name of the header for systems that can only send a fixed secret; the operator may choose another. */
export const SECRET_HEADER = "x-sojourn-secret";

/** A named header that holds the secret, or `Authorization: Basic` with "name:password" as the secret. */
export function checkSecretHeader(
  headers: Readonly<Record<string, string>>,
  secrets: readonly Secret[],
  header: unknown,
): Verdict {
  const named = headers[typeof header === "string" ? header.toLowerCase() : SECRET_HEADER];
  if (named !== undefined) return checkShown(named, secrets);
  const basic = /^Basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(headers["authorization"] ?? "")?.[1];
  return checkShown(basic === undefined ? undefined : Buffer.from(basic, "base64").toString("utf8"), secrets);
}
