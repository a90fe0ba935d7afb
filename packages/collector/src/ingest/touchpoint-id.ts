/**
 * Gives what another system tells us an id that is a function of its content, so that the same fact, told by a
 * delivery, a retry, a poll and an import, is one touchpoint.
 */
import { createHash } from "node:crypto";
import type { EpochMs } from "@sojourn/sdk/wire";
import { idText } from "./event-id.ts";

/** The largest time 48 bits hold. */
const LATEST = 2 ** 48 - 1;

/**
 * A UUIDv7-shaped id: 48 bits of time, the rest from SHA-256 of `JSON.stringify([source, kind, key])`.
 *
 * @param madeAt an immutable time of the fact (when the order was created); it need not be when the touchpoint happened
 * @param source name of the connector, or "import"
 * @param kind what the key counts: order, refund, ticket
 * @example touchpointId(1764547200000, "shop-eu", "order", "5940139491234") // "019ad735-8400-7bc5-a595-a8a3e52a813b"
 */
export function touchpointId(madeAt: EpochMs, source: string, kind: string, key: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([source, kind, key]))
    .digest();
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(Math.min(Math.max(0, Math.trunc(madeAt)), LATEST), 0, 6);
  digest.copy(bytes, 6, 0, 10);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return idText(bytes);
}
