/**
 * Makes touchpoint ids (UUIDv7, RFC 9562): time first, so that an index over them appends.
 *
 * Built from `getRandomValues`, because `crypto.randomUUID` is absent on pages served without TLS.
 */
import type { EpochMs } from "./wire.ts";

let sequence = 0;

/** Bytes as hexadecimal digits, two each. */
export const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** A fresh UUIDv7 for this instant. Ids made in one page within one millisecond sort in the order they were made. */
export const touchpointId = (at: EpochMs): string =>
  // 48 bits of time; version 7 and a 12-bit counter; variant 8 and 60 random bits.
  (
    at.toString(16).padStart(12, "0") +
    (0x7000 + (sequence++ % 4096)).toString(16) +
    8 +
    hex(crypto.getRandomValues(new Uint8Array(8))).slice(1)
  ).replace(/(?=(....){3,6}$)/g, "-");
