/**
 * JSON from outside, made safe to keep and to go through: not too deep, every text in it well-formed and without control
 * characters (line ends and tabs stay).
 */
import { SojournError } from "../errors.ts";

/** Rules of a model are nested; a hundred levels are more than anybody writes, and a stack has an end. */
const DEEPEST = 100;
/** What is looked at more closely: anything but printable ASCII, line ends and tabs. */
const NEEDS_CARE = /[^\t\n\r\x20-\x7e]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are exactly what is removed here.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Reads a text as JSON. Throws `bad_input` when it is none, or nested too deep. */
export function readJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SojournError("bad_input", "The body is no JSON");
  }
  if (isDeeper(value, DEEPEST)) {
    throw new SojournError("bad_input", `The body is nested more than ${DEEPEST} deep`);
  }
  return tidied(value);
}

function isDeeper(value: unknown, deepest: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
  return level.length > 0;
}

function tidied(value: unknown): unknown {
  if (typeof value === "string") return tidyText(value);
  if (Array.isArray(value)) return value.map(tidied);
  if (typeof value !== "object" || value === null) return value;
  // Own properties, whatever they are called: "__proto__" is a key like any other here.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [tidyText(key), tidied(inner)]));
}

function tidyText(text: string): string {
  return NEEDS_CARE.test(text) ? text.toWellFormed().replace(CONTROL, "") : text;
}
