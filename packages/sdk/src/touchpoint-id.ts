/**
 * Makes touchpoint ids (UUIDv7, RFC 9562): time first, so that an index over them appends.
 *
 * Built from `getRandomValues`, because `crypto.randomUUID` is absent on pages served without TLS.
 */
import type { EpochMs } from "./wire.ts";

let sequence = 0;

/** A fresh UUIDv7 for this instant. Ids made in one page within one millisecond sort in the order they were made. */
export function touchpointId(at: EpochMs): string {
  const counter = (sequence++ & 0xfff).toString(16).padStart(3, "0");
  let digits = `${at.toString(16).padStart(12, "0")}7${counter}8`;
  for (const byte of crypto.getRandomValues(new Uint8Array(15))) digits += (byte & 15).toString(16);
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
