/**
 * Comparisons of rules. Owns the meaning of the six operators and nothing else.
 */
import type { WireValue } from "@sojourn/sdk/wire";
import type { Operator } from "./grammar.ts";

/** Whether `a op b` holds, for two numbers or two texts (compared by code units, so ISO dates sort by time). */
export function compare<T extends number | string>(a: T, op: Operator, b: T): boolean {
  switch (op) {
    case ">=":
      return a >= b;
    case ">":
      return a > b;
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
  }
}

/**
 * Whether a known trait compares to the value of a rule. Values of different types are different (`!=`) and never
 * larger or smaller; true and false only know `==` and `!=`.
 */
export function compareTrait(known: WireValue, op: Operator, value: WireValue): boolean {
  if (typeof known === "number" && typeof value === "number") return compare(known, op, value);
  if (typeof known === "string" && typeof value === "string") return compare(known, op, value);
  if (op === "==") return known === value;
  return op === "!=" && known !== value;
}
