/**
 * Turns an e-mail address into the form that travels: SHA-256 of the trimmed, lower-cased address.
 */
import { hex } from "./touchpoint-id.ts";

/** 64 lower-case hexadecimal digits; none on pages served without TLS, where browsers offer no hashing. */
export const emailHash = async (address: string): Promise<string> =>
  hex(
    new Uint8Array(
      // As text, whatever the caller passed: nobody waits for this promise, so it must not reject. An array made of
      // nothing is empty.
      (await crypto.subtle?.digest("SHA-256", new TextEncoder().encode(`${address}`.trim().toLowerCase())))!,
    ),
  );
