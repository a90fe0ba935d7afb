/**
 * Finds rules that can never give their stage: contradictions, and rules that earlier ones always beat to it.
 *
 * A rule is out of reach when "it holds and no earlier rule does" has no solution. Each test is read as a range of one
 * number (orders, idle time, ...), and the ranges are narrowed along every way through `all` and `any`. The search
 * calls a rule unreachable only when that is certain; what it cannot decide it lets pass.
 */
import { type Duration, parseDuration } from "./duration.ts";
import { type Atom, isAtom, type Operator, type Rule, type When } from "./grammar.ts";

/** Why a rule never gives its stage. */
export type Unreachable =
  | { why: "contradiction" }
  /** Whenever it holds, the rule with this index has held before it. */
  | { why: "shadowed"; by: number }
  /** Whenever it holds, one or another of the rules before it has. */
  | { why: "covered" };

/** The rules that can never give their stage, by index. The last rule is not asked: it must be there in any case. */
export function unreachableRules(rules: readonly Rule[]): Map<number, Unreachable> {
  const found = new Map<number, Unreachable>();
  for (const [i, rule] of rules.entries()) {
    if (i === rules.length - 1 && rule.when === true && rules.slice(0, i).every((r) => r.when !== true))
      continue;
    const held = formulaOf(rule.when, false);
    if (!canHold([held])) {
      found.set(i, { why: "contradiction" });
      continue;
    }
    const earlier = rules.slice(0, i).map((r) => formulaOf(r.when, true));
    const by = earlier.findIndex((failed) => !canHold([held, failed]));
    if (by >= 0) found.set(i, { why: "shadowed", by });
    else if (!canHold([held, ...earlier])) found.set(i, { why: "covered" });
  }
  return found;
}

type Formula = boolean | { and: Formula[] } | { or: Formula[] } | Literal;

type Range = readonly [low: number, high: number];

/** One number of a person must lie in one of the ranges, or be missing where that is allowed. */
interface Literal {
  subject: string;
  values: Values;
}

/** Closed ranges, ascending, and whether the number may be missing (what never happened has no idle time). */
interface Values {
  ranges: readonly Range[];
  missing: boolean;
}

/** The condition, or with `negated` its opposite, with every `not` pushed down to the single tests. */
function formulaOf(when: When, negated: boolean): Formula {
  if (when === true) return !negated;
  if (isAtom(when)) return literalOf(when, negated);
  if ("not" in when) return formulaOf(when.not, !negated);
  const parts = ("all" in when ? when.all : when.any).map((part) => formulaOf(part, negated));
  return "all" in when !== negated ? { and: parts } : { or: parts };
}

/** Durations are bounded, counts and times are not; both start at 0. */
const FROM_ZERO: Range = [0, Number.POSITIVE_INFINITY];
const ANY_NUMBER: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

const OPPOSITE: Readonly<Record<Operator, Operator>> = {
  ">=": "<",
  ">": "<=",
  "==": "!=",
  "!=": "==",
  "<": ">=",
  "<=": ">",
};

function literalOf(atom: Atom, negated: boolean): Literal {
  const whole = (subject: string, op: Operator, n: number): Literal => ({
    subject,
    values: { ranges: rangesFor(negated ? OPPOSITE[op] : op, n, 1, FROM_ZERO), missing: false },
  });
  // What never happened fails the test in either direction, so it satisfies the opposite of each.
  const time = (subject: string, op: Operator, { scale, value, step }: Scaled): Literal => ({
    subject: subject + scale,
    values: { ranges: rangesFor(negated ? OPPOSITE[op] : op, value, step, FROM_ZERO), missing: negated },
  });

  switch (atom[0]) {
    case "visits":
    case "orders":
    case "advocacy":
    case "ordersSinceReturn":
      return whole(atom[0], atom[1], atom[2]);
    case "count":
      return whole(countSubject([atom[1]].flat()), atom[2], atom[3]);
    case "countSinceOrder":
    case "revenue":
      return whole(`${atom[0]} ${atom[1]}`, atom[2], atom[3]);
    case "ordersWithin": {
      const { scale, value } = scaled(atom[1]);
      return whole(`ordersWithin ${value}${scale}`, atom[2], atom[3]);
    }
    case "idle":
      return time(`idle ${atom[1]}`, atom[2], scaled(atom[3]));
    case "sinceReturn":
      return time("sinceReturn", atom[1], scaled(atom[2]));
    case "score": {
      const [, op, n] = atom;
      const ranges = rangesFor(negated ? OPPOSITE[op] : op, n, stepAt(n), ANY_NUMBER);
      return { subject: "score", values: { ranges, missing: false } };
    }
    case "trait":
      return {
        subject: JSON.stringify(atom),
        values: { ranges: negated ? [[0, 0]] : [[1, 1]], missing: false },
      };
  }
}

const countSubject = (kinds: readonly string[]) => `count ${[...new Set(kinds)].sort().join(" ")}`;

interface Scaled {
  scale: string;
  value: number;
  step: number;
}

/**
 * Fixed durations are milliseconds. Limits that differ from person to person are measured in themselves: with the same
 * own rhythm, `times: 2` is twice the limit, whatever the limit is.
 */
function scaled(duration: Duration): Scaled {
  if (typeof duration === "string") return { scale: "", value: parseDuration(duration) ?? 0, step: 1 };
  if ("quantile" in duration) return { scale: ` in ${JSON.stringify(duration)}`, value: 1, step: stepAt(1) };
  const { times = 1, own, min, max, from } = duration;
  const scale = ` in ${JSON.stringify([own, min, max, from, duration.else])}`;
  return { scale, value: times, step: stepAt(times) };
}

// The distance to the next number that a comparison can tell from n.
const stepAt = (n: number) => Math.max(Math.abs(n), 1) * Number.EPSILON;

function rangesFor(op: Operator, n: number, step: number, [low, high]: Range): Range[] {
  const below: Range = [low, n - step];
  const above: Range = [n + step, high];
  const ranges: Record<Operator, Range[]> = {
    ">=": [[n, high]],
    ">": [above],
    "==": [[n, n]],
    "!=": [below, above],
    "<": [below],
    "<=": [[low, n]],
  };
  return ranges[op].filter(([from, to]) => from <= to && to >= low);
}

// A model of sensible size needs a few hundred steps; past this many the question is left open.
const MOST_STEPS = 5_000;

/** Whether some person at some instant satisfies all formulas; true also when that takes too long to tell. */
function canHold(formulas: readonly Formula[]): boolean {
  let steps = 0;

  const solve = (open: readonly Formula[], known: ReadonlyMap<string, Values>): boolean => {
    steps += 1;
    if (steps > MOST_STEPS) return true;
    const choices: { or: Formula[] }[] = [];
    const narrowed = new Map(known);
    const todo = [...open];
    for (let f = todo.pop(); f !== undefined; f = todo.pop()) {
      if (f === false) return false;
      if (f === true) continue;
      if ("and" in f) todo.push(...f.and);
      else if ("or" in f) choices.push(f);
      else {
        const before = narrowed.get(f.subject);
        const values = before === undefined ? f.values : meet(before, f.values);
        if (values.ranges.length === 0 && !values.missing) return false;
        narrowed.set(f.subject, values);
      }
    }
    if (!agrees(narrowed)) return false;
    const choice = choices.pop();
    return choice === undefined || choice.or.some((part) => solve([...choices, part], narrowed));
  };

  return solve(formulas, new Map());
}

function meet(a: Values, b: Values): Values {
  const ranges: Range[] = [];
  for (const [lowA, highA] of a.ranges) {
    for (const [lowB, highB] of b.ranges) {
      const range: Range = [Math.max(lowA, lowB), Math.min(highA, highB)];
      if (range[0] <= range[1]) ranges.push(range);
    }
  }
  return { ranges, missing: a.missing && b.missing };
}

/** What is true of everybody between different numbers: no part exceeds its whole, and what is counted has happened. */
function agrees(known: ReadonlyMap<string, Values>): boolean {
  const least = (subject: string) => known.get(subject)?.ranges[0]?.[0] ?? 0;
  const most = (subject: string) => known.get(subject)?.ranges.at(-1)?.[1] ?? Number.POSITIVE_INFINITY;

  for (const [subject, values] of known) {
    const [what, ...of] = subject.split(" ");
    if (what === "ordersWithin" || what === "ordersSinceReturn") {
      if (least(subject) > most("orders")) return false;
    }
    if (what === "countSinceOrder" && least(subject) > most(`count ${of[0]}`)) return false;
    if (what === "count") {
      for (const other of known.keys()) {
        const [name, ...kinds] = other.split(" ");
        const isPart = name === "count" && of.every((kind) => kinds.includes(kind));
        if (isPart && least(subject) > most(other)) return false;
      }
    }
    if (what === "idle" && of[0] !== "activity") {
      const counted = of[0] === "order" ? "orders" : `count ${of[0]}`;
      if (!values.missing && most(counted) < 1) return false;
      if (values.ranges.length === 0 && least(counted) >= 1) return false;
    }
    if (what === "ordersWithin" && of.length === 1 && !windowAgrees(known, Number(of[0]), values))
      return false;
  }
  return true;
}

/** Orders within a fixed window: a longer one holds no fewer, and there is one exactly when the last order is that young. */
function windowAgrees(known: ReadonlyMap<string, Values>, window: number, { ranges }: Values): boolean {
  const least = ranges[0]?.[0] ?? 0;
  const most = ranges.at(-1)?.[1] ?? Number.POSITIVE_INFINITY;
  for (const [other, values] of known) {
    const [what, longer, ...rest] = other.split(" ");
    const isLonger = what === "ordersWithin" && rest.length === 0 && Number(longer) >= window;
    if (isLonger && least > (values.ranges.at(-1)?.[1] ?? Number.POSITIVE_INFINITY)) return false;
  }
  const idle = known.get("idle order");
  if (idle === undefined) return true;
  if (least >= 1 && !idle.ranges.some(([low]) => low < window)) return false;
  return most >= 1 || idle.missing || idle.ranges.some(([, high]) => high >= window);
}
