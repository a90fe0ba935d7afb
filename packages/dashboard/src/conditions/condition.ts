/**
 * A condition on people as the life-cycle grammar writes it, and what an editor does with one: make, wrap, change, take away.
 * Pure. What a condition means, and whether it makes sense, is the collector's to say.
 */
import type { Site } from "../api-shapes.ts";

export type Model = Site["models"][number]["definition"];
export type When = Model["rules"][number]["when"];
export type Atom = Extract<When, readonly unknown[]>;
export type Test = Atom[0];
export type Operator = Extract<
  Atom,
  readonly ["orders", ...unknown[]] | readonly [string, unknown, number]
>[1];
export type Duration = Extract<Atom, readonly ["sinceReturn", ...unknown[]]>[2];
/** How the parts of a group hold together. */
export type Joint = "all" | "any" | "not";

// Records, so that a test or an operator the collector learns does not compile until it is here.
const EVERY_TEST: Record<Test, true> = {
  orders: true,
  visits: true,
  count: true,
  idle: true,
  ordersWithin: true,
  countSinceOrder: true,
  revenue: true,
  advocacy: true,
  score: true,
  sinceReturn: true,
  ordersSinceReturn: true,
  trait: true,
};
const EVERY_OPERATOR: Record<Operator, true> = {
  ">=": true,
  "<=": true,
  "==": true,
  "!=": true,
  ">": true,
  "<": true,
};
/** In the sequence they are offered. */
export const TESTS = Object.keys(EVERY_TEST) as Test[];
export const OPERATORS = Object.keys(EVERY_OPERATOR) as Operator[];
export const JOINTS: readonly Joint[] = ["all", "any", "not"];

/** What a new condition begins with. */
export const FIRST: Atom = ["orders", ">=", 1];

/** A test of its kind that makes sense as it stands. */
export function newAtom(test: Test, currency: string): Atom {
  switch (test) {
    case "count":
      return ["count", "newsletter_signup", ">=", 1];
    case "countSinceOrder":
      return ["countSinceOrder", "view_item", ">=", 1];
    case "ordersWithin":
      return ["ordersWithin", "P365D", ">=", 2];
    case "idle":
      return ["idle", "activity", ">=", "P90D"];
    case "sinceReturn":
      return ["sinceReturn", "<", "P30D"];
    case "revenue":
      return ["revenue", currency, ">=", 10_000];
    case "score":
      return ["score", ">=", 10];
    case "trait":
      return ["trait", "plan", "==", ""];
    case "ordersSinceReturn":
      return [test, "==", 0];
    case "visits":
      return [test, ">=", 2];
    default:
      return [test, ">=", 1];
  }
}

export const isAtom = (when: When): when is Atom => Array.isArray(when);

export const jointOf = (group: Exclude<When, true | Atom>): Joint =>
  "all" in group ? "all" : "any" in group ? "any" : "not";

/** The parts of a group; what is denied is one part. */
export const partsOf = (group: Exclude<When, true | Atom>): When[] =>
  "all" in group ? group.all : "any" in group ? group.any : [group.not];

/** A group of parts; several denied ones are denied together. */
export function groupOf(joint: Joint, parts: When[]): When {
  if (joint === "all") return { all: parts };
  if (joint === "any") return { any: parts };
  return { not: parts.length === 1 ? parts[0]! : { all: parts } };
}

/** The group with another joint; the parts stay. */
export function rejoined(group: Exclude<When, true | Atom>, joint: Joint): When {
  const [only] = partsOf(group);
  const inside =
    "not" in group && only !== undefined && only !== true && !isAtom(only) ? partsOf(only) : partsOf(group);
  return groupOf(joint, inside);
}

/** With one more part: a single test becomes a group of two. */
export function extended(when: When, part: When): When {
  if (when === true) return part;
  if (isAtom(when) || "not" in when) return { all: [when, part] };
  return groupOf(jointOf(when), [...partsOf(when), part]);
}

/** Without a part; a group of one is that one, a group of none is undefined. */
export function without(group: Exclude<When, true | Atom>, place: number): When | undefined {
  const rest = partsOf(group).toSpliced(place, 1);
  if (rest.length === 0) return undefined;
  return rest.length === 1 ? rest[0] : groupOf(jointOf(group), rest);
}

/** With a part changed. */
export const replaced = (group: Exclude<When, true | Atom>, place: number, part: When): When =>
  groupOf(jointOf(group), partsOf(group).with(place, part));

/** Which of these tests a condition uses anywhere. */
export function uses(when: When, tests: readonly Test[]): boolean {
  if (when === true) return false;
  return isAtom(when) ? tests.includes(when[0]) : partsOf(when).some((part) => uses(part, tests));
}

/** The kinds a test of counts asks for. */
export const kindsOf = (kinds: string | readonly string[]): readonly string[] =>
  typeof kinds === "string" ? [kinds] : kinds;

const LENGTHS: Readonly<Record<Test, number>> = {
  orders: 3,
  visits: 3,
  advocacy: 3,
  score: 3,
  ordersSinceReturn: 3,
  sinceReturn: 3,
  count: 4,
  countSinceOrder: 4,
  ordersWithin: 4,
  idle: 4,
  revenue: 4,
  trait: 4,
};

/** Whether something that was typed has the form of a condition, so that fields can be drawn for it. */
export function isWhen(raw: unknown): raw is When {
  if (raw === true) return true;
  if (Array.isArray(raw)) {
    const [test] = raw as unknown[];
    return typeof test === "string" && Object.hasOwn(LENGTHS, test) && raw.length === LENGTHS[test as Test];
  }
  if (typeof raw !== "object" || raw === null) return false;
  const [[joint, inside] = [undefined, undefined], ...more] = Object.entries(raw);
  if (more.length > 0) return false;
  if (joint === "not") return isWhen(inside);
  return (
    (joint === "all" || joint === "any") && Array.isArray(inside) && inside.length > 0 && inside.every(isWhen)
  );
}
