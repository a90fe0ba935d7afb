/**
 * Bytes in JSON: base64 under a marker.
 */

/** A replacer for JSON.stringify. */
export function packBytes(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key];
  return raw instanceof Uint8Array ? { $bytes: Buffer.from(raw).toString("base64") } : value;
}

/** A reviver for JSON.parse. */
export function unpackBytes(_key: string, value: unknown): unknown {
  const packed = (value as { $bytes?: unknown } | null)?.$bytes;
  return typeof packed === "string" ? Buffer.from(packed, "base64") : value;
}
