/**
 * Turns the id a sender gave a touchpoint into the 16 bytes the log is unique by.
 *
 * A UUIDv7 is time-ordered, so its index only ever grows at the end. An id of another form would scatter writes over
 * the whole index (measured: a tenth of the rate at ten million rows), so it is kept apart, by its hash.
 */
import { createHash } from "node:crypto";
import type { EpochMs } from "@sojourn/sdk/wire";

/** A UUIDv7 in its canonical text form; upper case is accepted and folded. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const DAY_MS = 86_400_000;
/** How far the time inside an id may lie from the arrival before the id counts as foreign. */
const ID_TIME_BEFORE_MS = 400 * DAY_MS;
const ID_TIME_AFTER_MS = DAY_MS;

export type EventKey =
  /** The id itself, as 16 bytes. */
  | { kind: "ordered"; bytes: Buffer }
  /**
   * SHA-256 of the id, cut to 16 bytes; unique in a table of its own. `bytes`: it is a UUIDv7 of another time, which at
   * another time may have come, or may come yet, as an ordered one.
   */
  | { kind: "foreign"; hash: Buffer; bytes?: Buffer };

/** The key of an id, given when it arrived. A trusted sender (server, import) may name any past time in its ids. */
export function eventKey(id: string, receivedAt: EpochMs, trusted: boolean): EventKey {
  if (UUID_V7.test(id)) {
    const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
    const madeAt = bytes.readUIntBE(0, 6);
    if (trusted || (madeAt > receivedAt - ID_TIME_BEFORE_MS && madeAt < receivedAt + ID_TIME_AFTER_MS)) {
      return { kind: "ordered", bytes };
    }
    return { kind: "foreign", hash: foreignHash(idText(bytes)), bytes };
  }
  return { kind: "foreign", hash: foreignHash(id) };
}

/** What a foreign id is known by. */
export const foreignHash = (id: string): Buffer => createHash("sha256").update(id).digest().subarray(0, 16);

/** The bytes a foreign id gets in the log: UUIDv7 layout, arrival time first, the rest from its hash. */
export function orderedBytes(hash: Buffer, receivedAt: EpochMs): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(receivedAt, 0, 6);
  hash.copy(bytes, 6, 0, 10);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

/** Canonical text of 16 id bytes. */
export function idText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
