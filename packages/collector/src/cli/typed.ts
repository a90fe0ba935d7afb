/**
 * Small helps for options as they are typed.
 */
import { SojournError } from "../errors.ts";
import type { Words } from "./command.ts";

/** `{ [name]: value }`, or nothing when there is no value: optional fields are left out, never undefined. */
export function optional<N extends string, T>(name: N, value: T | undefined): { [K in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: T };
}

/** The value of an option that knows its values. Throws `bad_usage` that lists them. */
export function oneOf<T extends string>(words: Words, name: string, allowed: readonly T[]): T | undefined {
  const value = words.text(name);
  if (value === undefined) return undefined;
  const found = allowed.find((a) => a === value);
  if (found === undefined) {
    throw new SojournError("bad_usage", `--${name} is "${value}"`, { hint: `Use ${allowed.join(", ")}.` });
  }
  return found;
}

/** The one word a command needs after its name. Throws `bad_usage`. */
export function needed(words: Words, place: number, what: string): string {
  const value = words.positionals[place];
  if (value === undefined) throw new SojournError("bad_usage", `Say which ${what}`);
  return value;
}

/** A whole number within bounds. Throws `bad_usage` that names them. */
export function wholeNumber(words: Words, name: string, least: number, most: number): number | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  const value = /^\d{1,9}$/.test(typed) ? Number(typed) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new SojournError("bad_usage", `--${name} is "${typed}"`, {
      hint: `Use a whole number from ${least} to ${most}.`,
    });
  }
  return value;
}
