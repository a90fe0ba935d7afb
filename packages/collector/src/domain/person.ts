/**
 * A person as the fold of their touchpoints: facts, touches, orders and stages, one instant after the other.
 *
 * Pure. The live path folds new instants onto a kept state; a late touchpoint, a merge and a replay fold everything
 * again from nothing. Both run this same code, which is why they agree.
 */

import type { CompiledModel } from "./lifecycle/compile.ts";
import { addTo, type Facts, noFacts } from "./lifecycle/facts.ts";
import { advanceTime, applyInstant, type Position, START, type Transition } from "./lifecycle/history.ts";
import { isKnown, isValid } from "./lifecycle/orders.ts";
import type { SourceDecision } from "./source/classify.ts";
import { mayBeTouch, opensVisit, sourceIdentity, touchVerdict, type VisitState } from "./touches.ts";
import { byTimeThenId, type EpochMs, type Touchpoint } from "./touchpoint.ts";

/** Where a person stands in one model. */
export interface Standing extends Position {
  /** When the current stage began. */
  since: EpochMs;
  /** How often each stage was entered, by name. */
  entries: Record<string, number>;
}

/** Everything the next fold needs; plain JSON, kept per person. */
export interface PersonState {
  facts: Facts;
  /** What is known of each browser's running visit, by the visitor's key: two devices of one person do not mix. */
  visits: Record<string, VisitState>;
  /** Newest instant that was folded: a touchpoint at or before it means folding again from nothing. */
  foldedTo: EpochMs;
  /** Standing per model, by the model's key. */
  standings: Record<string, Standing>;
  /** When orders stopped counting, by number. */
  voids?: Record<string, EpochMs>;
}

/** A touchpoint in the log's place, with what the log knows about it. */
export interface FoldInput {
  seq: number;
  /** Key of the visitor. */
  visitor: number;
  touchpoint: Touchpoint;
  /** No cookie, or from a server: visits are told by silence, not by the sender. */
  derivesVisits: boolean;
}

export interface FoldContext {
  models: readonly { key: number; model: CompiledModel }[];
  /** Where a touchpoint's page came from; `opensVisit` false: a visit was running. */
  classify(t: Touchpoint, opensVisit: boolean): SourceDecision;
}

export interface FoldedTouch {
  seq: number;
  at: EpochMs;
  opensVisit: boolean;
  decision: SourceDecision;
}

export interface FoldedTransition extends Transition {
  /** Key of the model. */
  model: number;
  /** How often the person entered the stage, this time included. */
  entry: number;
}

/** What a fold brought forth. */
export interface FoldEffects {
  touches: FoldedTouch[];
  transitions: FoldedTransition[];
  /** True when an order, a refund or a cancellation was among the touchpoints. */
  ordersChanged: boolean;
}

export const newPerson = (): PersonState => ({
  facts: noFacts(),
  visits: {},
  foldedTo: -1,
  standings: {},
});

export const noEffects = (): FoldEffects => ({ touches: [], transitions: [], ordersChanged: false });

/**
 * Folds touchpoints, all of them newer than `state.foldedTo`, and then lets time pass until `until`.
 * Changes `state` and adds to `effects`. The inputs may come in any order.
 */
export function foldForward(
  state: PersonState,
  inputs: readonly FoldInput[],
  until: EpochMs,
  context: FoldContext,
  effects: FoldEffects,
): void {
  const sorted = [...inputs].sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint));
  for (let start = 0; start < sorted.length; ) {
    const at = sorted[start]!.touchpoint.at;
    let end = start + 1;
    while (end < sorted.length && sorted[end]!.touchpoint.at === at) end++;
    // An instant that is due by itself and has a touchpoint belongs to the touchpoint.
    letTimePass(state, at - 1, context, effects);
    foldInstant(state, sorted.slice(start, end), at, context, effects);
    start = end;
  }
  letTimePass(state, until, context, effects);
}

/** Applies every change that time alone brings up to and including `until`. */
export function letTimePass(
  state: PersonState,
  until: EpochMs,
  context: FoldContext,
  effects: FoldEffects,
): void {
  for (const { key, model } of context.models) {
    const standing = state.standings[key];
    if (standing === undefined || standing.due === null || standing.due > until) continue;
    const { position, transitions } = advanceTime(model, state.facts, standing, until);
    for (const transition of transitions) {
      note(standing, key, transition, effects);
      state.foldedTo = Math.max(state.foldedTo, transition.at);
    }
    Object.assign(standing, position);
  }
}

function foldInstant(
  state: PersonState,
  group: readonly FoldInput[],
  at: EpochMs,
  context: FoldContext,
  effects: FoldEffects,
): void {
  for (const input of group) foldTouchpoint(state, input, context, effects);
  state.foldedTo = at;
  const first = group[0]!.touchpoint.id;
  for (const { key, model } of context.models) {
    let standing = state.standings[key];
    if (standing === undefined) {
      // A model that is still being brought to everybody comes to this person with their whole history, not from here on.
      if (state.facts.n > group.length) continue;
      standing = { ...START, since: at, entries: {} };
      state.standings[key] = standing;
    }
    const { position, transition } = applyInstant(model, state.facts, standing, at, first);
    if (transition !== undefined) note(standing, key, transition, effects);
    Object.assign(standing, position);
  }
}

function foldTouchpoint(
  state: PersonState,
  { seq, visitor, touchpoint, derivesVisits }: FoldInput,
  context: FoldContext,
  effects: FoldEffects,
): void {
  let visit = state.visits[visitor];
  if (visit === undefined) {
    visit = {};
    state.visits[visitor] = visit;
  }
  const opens = opensVisit(touchpoint, visit, derivesVisits);
  addTo(state.facts, opens && touchpoint.visit !== true ? { ...touchpoint, visit: true } : touchpoint);
  if (opens || mayBeTouch(touchpoint)) {
    const decision = context.classify(touchpoint, opens);
    const verdict = touchVerdict(opens, decision, visit);
    if (verdict.kind === "touch") {
      effects.touches.push({ seq, at: touchpoint.at, opensVisit: opens, decision });
      visit.source = sourceIdentity(decision);
    }
  }
  visit.heardAt = touchpoint.at;
  if (touchpoint.order !== undefined) noteOrder(state, touchpoint.order, touchpoint.at, effects);
}

/** Orders stop counting at an instant; facts hold only whether they do. */
function noteOrder(state: PersonState, number: string, at: EpochMs, effects: FoldEffects): void {
  effects.ordersChanged = true;
  const order = state.facts.orders?.find((o) => o.order === number);
  if (order === undefined || !isKnown(order)) return;
  if (isValid(order)) {
    if (state.voids !== undefined) delete state.voids[number];
  } else {
    state.voids ??= {};
    state.voids[number] ??= at;
  }
}

function note(standing: Standing, model: number, transition: Transition, effects: FoldEffects): void {
  const entry = (standing.entries[transition.to] ?? 0) + 1;
  standing.entries[transition.to] = entry;
  standing.since = transition.at;
  effects.transitions.push({ ...transition, model, entry });
}
