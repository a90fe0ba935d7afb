/**
 * The npm entry: `start`, the two optional parts, and every type a caller needs.
 */
export { ga4 } from "./ga4.ts";
export { markup } from "./markup.ts";
export { start } from "./start.ts";
export type { Consent, Identity, Options, Sojourn, SojournGlobal } from "./surface.ts";
export type { KnownKind, TouchpointFields, WireItem, WireMoney, WireValue } from "./wire.ts";
