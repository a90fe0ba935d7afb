/**
 * Decides which life-cycle stage a person is in, and when it would change by itself.
 *
 * Pure: the caller supplies the facts of everything up to the instant it asks about. The stage is a function of facts,
 * instant and model; no earlier answer is needed.
 */
import type { EpochMs } from "../touchpoint.ts";
import { type CompiledModel, type View, viewOf } from "./compile.ts";
import type { Facts } from "./facts.ts";

/**
 * The stage at `t` and the index of the rule that gave it; null for somebody without any touchpoint.
 *
 * @param facts of the touchpoints with `at <= t`, and of no others
 */
export function stageAt(
  model: CompiledModel,
  facts: Facts,
  t: EpochMs,
): { stage: string; rule: number } | null {
  if (facts.n === 0) return null;
  const rule = ruleAt(model, viewOf(model, facts), t);
  return { stage: model.rules[rule]?.stage as string, rule };
}

/**
 * The earliest instant after `after` at which the stage would be another one if nothing further came; null if it never
 * would. A change of rule that leaves the stage as it is does not count.
 *
 * @param facts of the touchpoints with `at <= after`, and of no others
 */
export function nextDue(model: CompiledModel, facts: Facts, after: EpochMs): EpochMs | null {
  if (facts.n === 0 || model.turns.length === 0) return null;
  const view = viewOf(model, facts);
  return dueFrom(model, view, model.rules[ruleAt(model, view, after)]?.stage as string, after);
}

/** Stage, rule and next due instant in one step, for callers that need all three. Facts must not be empty. */
export function standingAt(
  model: CompiledModel,
  facts: Facts,
  t: EpochMs,
): { stage: string; rule: number; due: EpochMs | null } {
  const view = viewOf(model, facts);
  const rule = ruleAt(model, view, t);
  const stage = model.rules[rule]?.stage as string;
  return { stage, rule, due: dueFrom(model, view, stage, t) };
}

function ruleAt({ rules }: CompiledModel, view: View, t: EpochMs): number {
  const last = rules.length - 1;
  for (let i = 0; i < last; i += 1) if (rules[i]?.holds(view, t)) return i;
  return last;
}

// With facts fixed, tests turn only at the instants `turns` name; so it is enough to look there, in order.
function dueFrom(model: CompiledModel, view: View, stage: string, after: EpochMs): EpochMs | null {
  let t = after;
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    for (const turn of model.turns) next = Math.min(next, turn(view, t));
    if (next === Number.POSITIVE_INFINITY) return null;
    if (model.rules[ruleAt(model, view, next)]?.stage !== stage) return next;
    t = next;
  }
}
