/**
 * Reads fields of other systems' JSON, and says by its path what was not there or not readable.
 */
import { createHash } from "node:crypto";
import type { EpochMs } from "@sojourn/sdk/wire";
import { exactMinor } from "./money.ts";

/** Genuine, but not what we expect. Carries the path, never the value. */
export class Unreadable extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** A JSON object whose fields are asked for one by one. */
export interface Fields {
  /** The object itself. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Text that must be there; a number is taken as its text. Throws {@link Unreadable}. */
  text(name: string): string;
  /** The same, or undefined when it is absent, null or empty. */
  maybeText(name: string): string | undefined;
  /** Text with an ISO 8601 time. Without a zone it is UTC. Throws {@link Unreadable}. */
  time(name: string): EpochMs;
  maybeTime(name: string): EpochMs | undefined;
  /** Minor units. More digits than the currency has are not readable. Throws {@link Unreadable}. */
  money(name: string, currency: string): number;
  number(name: string): number;
  child(name: string): Fields;
  maybeChild(name: string): Fields | undefined;
  /** Objects of a list; none when it is absent. Throws when it is no list of objects. */
  list(name: string): Fields[];
  /** Where a field lies, for messages. */
  at(name: string): string;
}

export function fieldsOf(value: unknown, path = ""): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Unreadable(path || "body");
  const raw = value as Record<string, unknown>;
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const own = (name: string): unknown => (Object.hasOwn(raw, name) ? raw[name] : undefined);
  const maybeText = (name: string): string | undefined => {
    const field = own(name);
    if (field === undefined || field === null || field === "") return undefined;
    if (typeof field === "string") return field;
    // A larger number has lost digits already while it was parsed: it would name somebody else's order.
    if (typeof field === "number" && (Number.isSafeInteger(field) || !Number.isInteger(field)))
      return String(field);
    throw new Unreadable(at(name));
  };
  const must = <T>(found: T | undefined, name: string): T => {
    if (found === undefined) throw new Unreadable(at(name));
    return found;
  };
  const maybeTime = (name: string): EpochMs | undefined => {
    const text = maybeText(name);
    return text === undefined ? undefined : must(timeOf(text), name);
  };
  const maybeChild = (name: string): Fields | undefined => {
    const field = own(name);
    return field === undefined || field === null ? undefined : fieldsOf(field, at(name));
  };
  return {
    raw,
    at,
    maybeText,
    text: (name) => must(maybeText(name), name),
    maybeTime,
    time: (name) => must(maybeTime(name), name),
    number(name) {
      const number = Number(must(maybeText(name), name));
      return must(Number.isFinite(number) ? number : undefined, name);
    },
    money: (name, currency) => must(exactMinor(must(maybeText(name), name), currency), name),
    maybeChild,
    child: (name) => must(maybeChild(name), name),
    list(name) {
      const field = own(name);
      if (field === undefined || field === null) return [];
      if (!Array.isArray(field)) throw new Unreadable(at(name));
      return field.map((one, place) => fieldsOf(one, `${at(name)}[${place}]`));
    },
  };
}

/** A body as JSON. Throws {@link Unreadable}; the parser's message would repeat the body. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable("body");
  }
}

// Year to minute, seconds and fractions optional, then a zone or none. A blank may stand for the T.
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** Epoch milliseconds of an ISO 8601 time; without a zone it is UTC, as WooCommerce's `_gmt` fields and Magento mean it. */
export function timeOf(text: string): EpochMs | undefined {
  const parts = ISO.exec(text.trim());
  if (parts === null) return undefined;
  const [, day, minute, seconds = ":00", zone = "Z"] = parts;
  const colon = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  return usable(Date.parse(`${day}T${minute}${seconds.slice(0, 7)}${colon}`));
}

/** A time of RFC 2822, such as "Mon, 01 Dec 2025 00:00:00 +0000" (BigCommerce). */
export function mailTimeOf(text: string): EpochMs | undefined {
  return /^[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC)$/.test(text.trim())
    ? usable(Date.parse(text))
    : undefined;
}

/** A time as .NET writes it: `/Date(1764547200000+0100)/`. The number is UTC; the zone only says how to show it. */
export function dotNetTimeOf(text: string): EpochMs | undefined {
  const ms = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/.exec(text.trim())?.[1];
  return ms === undefined ? undefined : usable(Number(ms));
}

const usable = (at: number): EpochMs | undefined => (Number.isFinite(at) && at >= 0 ? at : undefined);

/** The hash under which an address is known, as the browser sends it; undefined when the text is no address. */
export function emailHash(address: string | undefined): string | undefined {
  const clean = address?.trim().toLowerCase();
  if (clean === undefined || !/^[^\s@]+@[^\s@]+$/.test(clean)) return undefined;
  return createHash("sha256").update(clean).digest("hex");
}
