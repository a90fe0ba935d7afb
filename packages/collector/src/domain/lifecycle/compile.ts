/**
 * Makes a checked model fast: every rule becomes a function of a person's view and an instant.
 *
 * Owns what each test of the grammar means, and for each test that depends on time, when it may turn next.
 * Asking the rules in their sequence is the work of `stage.ts`.
 */
import type { EpochMs } from "../touchpoint.ts";
import { nameOf } from "./describe.ts";
import { type Calibrate, type Duration, limitOf, parseDuration } from "./duration.ts";
import { type Facts, kindIn, traitIn } from "./facts.ts";
import { type Atom, isAtom, type LifecycleModel, type When } from "./grammar.ts";
import { compare, compareTrait } from "./operators.ts";
import { isValid, type KnownOrder, netValue, type OrderFacts } from "./orders.ts";
import { latestStretch, newestIn } from "./runs.ts";
import { holdsScore, type Scoring, scoreTurnsAfter, scoringOf } from "./score.ts";

/** Facts with what several tests ask of them, worked out once per question. */
export interface View {
  readonly facts: Facts;
  /** Times of the valid orders, ascending. */
  readonly orders: readonly EpochMs[];
  /** Start of the latest stretch of activity after a return gap; undefined without activity or without a gap in the model. */
  readonly stretch: { start: EpochMs; isFirst: boolean } | undefined;
}

/** Whether a condition holds for a person at an instant. */
export type Test = (view: View, t: EpochMs) => boolean;

/** The first instant after `t` at which a test may turn by time alone; Infinity when there is none. */
export type NextTurn = (view: View, t: EpochMs) => EpochMs;

export interface CompiledRule {
  readonly stage: string;
  /** The rule in words, as transitions carry it. */
  readonly name: string;
  readonly holds: Test;
}

/** A model ready to be asked. Holds no state: one serves everybody. */
export interface CompiledModel {
  readonly model: LifecycleModel;
  readonly rules: readonly CompiledRule[];
  readonly turns: readonly NextTurn[];
  readonly returnGapMs: number | null;
}

/**
 * Compiles a model that `parseModel` has checked. Quantile limits are settled here, once.
 *
 * @param calibrate gives the site's quantile of gaps between orders in milliseconds; without it, or while it answers
 *   undefined, quantile limits stand at their `max`
 */
export function compile(model: LifecycleModel, calibrate?: Calibrate): CompiledModel {
  const turns = new Map<string, NextTurn>();
  const context: Context = {
    limit: (duration) => limitOf(duration, calibrate),
    scoring: scoringOf(model.score ?? { weights: {} }),
    turnsAt: (name, turn) => turns.set(name, turn),
  };
  const rules = model.rules.map((rule) => ({
    stage: rule.stage,
    name: nameOf(rule),
    holds: testOf(rule.when, context),
  }));
  const returnGapMs = model.returnGap === undefined ? null : (parseDuration(model.returnGap) ?? null);
  return { model, rules, turns: [...turns.values()], returnGapMs };
}

/** What the rules of this model see of a person. */
export function viewOf(model: CompiledModel, facts: Facts): View {
  return {
    facts,
    orders: facts.orders === undefined ? NO_ORDERS : validTimes(facts.orders),
    stretch: model.returnGapMs === null ? undefined : latestStretch(facts.runs, model.returnGapMs),
  };
}

interface Context {
  limit: (duration: Duration) => (orders: readonly EpochMs[]) => number;
  scoring: Scoring;
  /** Registers a turn once per name: tests that ask the same of time share it. */
  turnsAt: (name: string, turn: NextTurn) => void;
}

const NEVER = Number.POSITIVE_INFINITY;
const NO_ORDERS: readonly EpochMs[] = [];

function validTimes(orders: readonly OrderFacts[]): readonly EpochMs[] {
  const valid: KnownOrder[] = orders.filter(isValid);
  return valid.map((order) => order.at).sort((a, b) => a - b);
}

function testOf(when: When, context: Context): Test {
  if (when === true) return () => true;
  if (isAtom(when)) return atomOf(when, context);
  if ("not" in when) {
    const test = testOf(when.not, context);
    return (view, t) => !test(view, t);
  }
  if ("all" in when) {
    const tests = when.all.map((part) => testOf(part, context));
    return (view, t) => {
      for (const test of tests) if (!test(view, t)) return false;
      return true;
    };
  }
  const tests = when.any.map((part) => testOf(part, context));
  return (view, t) => {
    for (const test of tests) if (test(view, t)) return true;
    return false;
  };
}

function atomOf(atom: Atom, context: Context): Test {
  switch (atom[0]) {
    case "visits": {
      const [, op, n] = atom;
      return ({ facts }) => compare(facts.visits ?? 0, op, n);
    }
    case "orders": {
      const [, op, n] = atom;
      return ({ orders }) => compare(orders.length, op, n);
    }
    case "advocacy": {
      const [, op, n] = atom;
      return ({ facts }) => compare(facts.advocacy ?? 0, op, n);
    }
    case "count": {
      const [, kind, op, n] = atom;
      const kinds = typeof kind === "string" ? [kind] : [...new Set(kind)];
      return ({ facts }) => {
        let sum = 0;
        for (const k of kinds) sum += kindIn(facts, k)?.n ?? 0;
        return compare(sum, op, n);
      };
    }
    case "countSinceOrder": {
      const [, kind, op, n] = atom;
      return (view) => compare(countSinceOrder(view, kind), op, n);
    }
    case "revenue": {
      const [, currency, op, minor] = atom;
      return ({ facts }) => compare(revenueIn(facts, currency), op, minor);
    }
    case "trait": {
      const [, key, op, value] = atom;
      return ({ facts }) => {
        const known = traitIn(facts, key);
        return known !== undefined && compareTrait(known, op, value);
      };
    }
    case "ordersWithin":
      return ordersWithin(atom, context);
    case "idle":
      return idle(atom, context);
    case "sinceReturn":
      return sinceReturn(atom, context);
    case "ordersSinceReturn": {
      const [, op, n] = atom;
      return (view) => compare(ordersSinceReturn(view), op, n);
    }
    case "score": {
      const [, op, n] = atom;
      const { scoring } = context;
      if (scoring.halfLifeMs !== null) {
        context.turnsAt(`score ${op} ${n}`, ({ facts }, t) => scoreTurnsAfter(scoring, facts, t, op, n));
      }
      return ({ facts }, t) => holdsScore(scoring, facts, t, op, n);
    }
  }
}

/** Touchpoints of a kind strictly later than the last valid order; all of them when there is none. */
function countSinceOrder({ facts, orders }: View, kind: string): number {
  const known = kindIn(facts, kind);
  if (known === undefined) return 0;
  const order = orders[orders.length - 1];
  if (order === undefined) return known.n;
  let from = known.newest.length;
  while (from > 0 && (known.newest[from - 1] as EpochMs) > order) from -= 1;
  return known.newest.length - from;
}

/** What valid orders in this currency are worth after refunds, in minor units. Other currencies stay apart: there is no rate here. */
function revenueIn(facts: Facts, currency: string): number {
  let sum = 0;
  for (const order of facts.orders ?? []) if (order.currency === currency) sum += netValue(order);
  return sum;
}

/** Valid orders at or after the start of the latest stretch; all of them for somebody who never was away. */
function ordersSinceReturn({ orders, stretch }: View): number {
  if (stretch === undefined) return 0;
  let from = orders.length;
  while (from > 0 && (orders[from - 1] as EpochMs) >= stretch.start) from -= 1;
  return orders.length - from;
}

/** Valid orders with `t - at < D`: each stops counting at `at + D`. */
function ordersWithin(
  [name, duration, op, n]: Extract<Atom, ["ordersWithin", ...unknown[]]>,
  context: Context,
): Test {
  const limit = context.limit(duration);
  context.turnsAt(JSON.stringify([name, duration]), ({ orders }, t) => {
    const ms = limit(orders);
    for (const at of orders) if (at + ms > t) return at + ms;
    return NEVER;
  });
  return ({ orders }, t) => {
    const ms = limit(orders);
    let from = orders.length;
    while (from > 0 && t - (orders[from - 1] as EpochMs) < ms) from -= 1;
    return compare(orders.length - from, op, n);
  };
}

/** `>=` holds from `last + D` on, that instant included; `<` stops there. Both are false for what never happened. */
function idle([name, subject, op, duration]: Extract<Atom, ["idle", ...unknown[]]>, context: Context): Test {
  const limit = context.limit(duration);
  const last = lastOf(subject);
  context.turnsAt(JSON.stringify([name, subject, duration]), (view, t) => {
    const at = last(view);
    if (at === undefined) return NEVER;
    const turn = at + limit(view.orders);
    return turn > t ? turn : NEVER;
  });
  return (view, t) => {
    const at = last(view);
    return at !== undefined && compare(t - at, op, limit(view.orders));
  };
}

function lastOf(subject: string): (view: View) => EpochMs | undefined {
  if (subject === "order") return ({ orders }) => orders[orders.length - 1];
  if (subject === "activity") return ({ facts }) => newestIn(facts.runs);
  return ({ facts }) => {
    const known = kindIn(facts, subject);
    return known?.newest[known.newest.length - 1];
  };
}

/** Time since the start of the latest stretch of activity; false for somebody who never was away. */
function sinceReturn(
  [name, op, duration]: Extract<Atom, ["sinceReturn", ...unknown[]]>,
  context: Context,
): Test {
  const limit = context.limit(duration);
  context.turnsAt(JSON.stringify([name, duration]), ({ orders, stretch }, t) => {
    if (stretch === undefined || stretch.isFirst) return NEVER;
    const turn = stretch.start + limit(orders);
    return turn > t ? turn : NEVER;
  });
  return ({ orders, stretch }, t) =>
    stretch !== undefined && !stretch.isFirst && compare(t - stretch.start, op, limit(orders));
}
