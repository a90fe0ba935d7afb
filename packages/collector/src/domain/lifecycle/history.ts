/**
 * The history of one person: every change of stage, dated, with its reason.
 *
 * `historyOf` works it out from all touchpoints. `advanceTime` and `applyInstant` do the same step by step while
 * touchpoints arrive in time order; both give the same transitions. Storing them is the store's work.
 */
import { byTimeThenId, type EpochMs, type Touchpoint } from "../touchpoint.ts";
import type { CompiledModel } from "./compile.ts";
import { addTo, type Facts, noFacts } from "./facts.ts";
import { standingAt } from "./stage.ts";

/** A change of stage. */
export interface Transition {
  /** When it took effect: the instant of the touchpoints, or the instant a duration ran out. Never the sweep's clock. */
  at: EpochMs;
  /** null for a person's first stage. */
  from: string | null;
  to: string;
  /** `event` when at least one touchpoint has exactly this time. */
  cause: "event" | "time";
  /** The rule in words; stays the same as long as the rule does. */
  rule: string;
  /** Index of the rule in the model, from 0. */
  ruleIndex: number;
  /** For `event`: the smallest id among the touchpoints of that instant. */
  touchpoint?: string;
}

/** Where a person stands under one model. */
export interface Position {
  /** null before the first touchpoint. */
  stage: string | null;
  /** Index of the rule that gave the stage when it was last worked out; -1 before the first touchpoint. */
  rule: number;
  /** Next instant at which the stage changes by itself; null if it never does. */
  due: EpochMs | null;
  /** The latest instant worked into this position. Only later touchpoints may be applied to it; see {@link isLate}. */
  at: EpochMs | null;
}

/** The position of somebody about whom nothing is known. */
export const START: Position = { stage: null, rule: -1, due: null, at: null };

/**
 * Whether a touchpoint of this time comes too late to be applied to the position, so that the person has to be
 * recalculated with {@link historyOf}. A touchpoint at the very instant of the position is late too: an instant is
 * evaluated once, with all its touchpoints together.
 */
export const isLate = (position: Position, at: EpochMs): boolean => position.at !== null && at <= position.at;

/**
 * The whole history up to and including `until`, whatever the sequence of the touchpoints and however often each comes.
 *
 * @param touchpoints of one person; those after `until` are left out; the same id counts once
 * @returns the transitions in order, the facts and the stage at `until`, and the next due instant after it
 */
export function historyOf(
  model: CompiledModel,
  touchpoints: Iterable<Touchpoint>,
  until: EpochMs,
): {
  transitions: Transition[];
  stage: string | null;
  due: EpochMs | null;
  position: Position;
  facts: Facts;
} {
  const inOrder = distinct(touchpoints).filter((t) => t.at <= until);
  const facts = noFacts();
  const transitions: Transition[] = [];
  let position = START;

  for (let i = 0; i < inOrder.length; ) {
    const { at, id } = inOrder[i] as Touchpoint;
    const before = advanceTime(model, facts, position, at - 1);
    transitions.push(...before.transitions);
    for (; inOrder[i]?.at === at; i += 1) addTo(facts, inOrder[i] as Touchpoint);
    const after = applyInstant(model, facts, before.position, at, id);
    if (after.transition) transitions.push(after.transition);
    position = after.position;
  }

  const last = advanceTime(model, facts, position, until);
  transitions.push(...last.transitions);
  return { transitions, stage: last.position.stage, due: last.position.due, position: last.position, facts };
}

/**
 * Lets time pass: applies the due instants up to and including `until`, in order, each dated by itself. Doing it twice
 * gives nothing new.
 *
 * @param facts of everything worked into the position
 */
export function advanceTime(
  model: CompiledModel,
  facts: Facts,
  position: Position,
  until: EpochMs,
): { position: Position; transitions: Transition[] } {
  const transitions: Transition[] = [];
  let now = position;
  while (now.due !== null && now.due <= until) {
    const at: EpochMs = now.due;
    const { stage, rule, due } = standingAt(model, facts, at);
    transitions.push({
      at,
      from: now.stage,
      to: stage,
      cause: "time",
      rule: model.rules[rule]?.name as string,
      ruleIndex: rule,
    });
    now = { stage, rule, due, at };
  }
  return { position: now, transitions };
}

/**
 * Works in all touchpoints of one instant together. Before their facts are added, the caller lets time pass to
 * `at - 1`, so that an instant which is also due counts as an event.
 *
 * @param facts with the touchpoints of this instant already added
 * @param position not late for `at`, see {@link isLate}
 * @param touchpoint the smallest id among the touchpoints of this instant
 */
export function applyInstant(
  model: CompiledModel,
  facts: Facts,
  position: Position,
  at: EpochMs,
  touchpoint: string,
): { position: Position; transition?: Transition } {
  const { stage, rule, due } = standingAt(model, facts, at);
  const next: Position = { stage, rule, due, at };
  if (stage === position.stage) return { position: next };
  const name = model.rules[rule]?.name as string;
  return {
    position: next,
    transition: {
      at,
      from: position.stage,
      to: stage,
      cause: "event",
      rule: name,
      ruleIndex: rule,
      touchpoint,
    },
  };
}

/**
 * What a recalculation changes: the first `kept` transitions stand, the rest of the recorded ones is superseded, and
 * the rest of the new ones is to be written.
 *
 * @param recorded transitions as they stand in the store, in order
 * @param recalculated the transitions of {@link historyOf}
 */
export function revise<T extends Transition>(
  recorded: readonly T[],
  recalculated: readonly Transition[],
): { kept: number; superseded: T[]; written: Transition[] } {
  let kept = 0;
  while (kept < recorded.length && isSame(recorded[kept], recalculated[kept])) kept += 1;
  return { kept, superseded: recorded.slice(kept), written: recalculated.slice(kept) };
}

const isSame = (a: Transition | undefined, b: Transition | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.at === b.at &&
  a.from === b.from &&
  a.to === b.to &&
  a.cause === b.cause &&
  a.rule === b.rule &&
  a.touchpoint === b.touchpoint;

/**
 * Every id once, by time and then id. Copies of an id that differ should not exist; if they do, the one that sorts
 * first by time, then by its JSON text, is taken, so that the answer still does not depend on arrival.
 */
function distinct(touchpoints: Iterable<Touchpoint>): Touchpoint[] {
  const byId = new Map<string, Touchpoint>();
  for (const t of touchpoints) {
    const known = byId.get(t.id);
    if (known === undefined || comesBefore(t, known)) byId.set(t.id, t);
  }
  return [...byId.values()].sort(byTimeThenId);
}

const comesBefore = (a: Touchpoint, b: Touchpoint): boolean =>
  a !== b && (a.at < b.at || (a.at === b.at && JSON.stringify(a) < JSON.stringify(b)));
