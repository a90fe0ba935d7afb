/**
 * Says a rule in words, so that every stage change can name its reason.
 *
 * The words are part of stored transitions: the same rule always gets the same words.
 */
import { wordsFor } from "./duration.ts";
import { isAtom, type Rule, type When } from "./grammar.ts";

/**
 * The name of a rule: its stage and what it asks.
 *
 * @example "lapsed: orders >= 1 and idle activity >= P90D"
 * @example "reach: everybody else"
 */
export const nameOf = (rule: Rule): string =>
  `${rule.stage}: ${rule.when === true ? "everybody else" : wordsOf(rule.when)}`;

/** A condition in words; inner groups are put in brackets. */
export function wordsOf(when: When): string {
  if (when === true) return "always";
  if (isAtom(when)) return when.map(partInWords).join(" ");
  if ("all" in when) return when.all.map(inBrackets).join(" and ");
  if ("any" in when) return when.any.map(inBrackets).join(" or ");
  return `not ${inBrackets(when.not)}`;
}

const inBrackets = (when: When): string => {
  const isGroup = when !== true && !isAtom(when) && !("not" in when);
  return isGroup ? `(${wordsOf(when)})` : wordsOf(when);
};

function partInWords(part: unknown): string {
  if (Array.isArray(part)) return part.join(" or ");
  if (typeof part === "object" && part !== null) return wordsFor(part as Parameters<typeof wordsFor>[0]);
  return String(part);
}
