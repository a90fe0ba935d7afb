/**
 * The Markov model: what would be lost if a channel had not been there, asked of all journeys together.
 *
 * States are the last min(k, touches so far) channels. Every path adds its conversions and nulls to each of its transitions and
 * leaves from its last state. Removing a channel sends every transition into a state that contains it to "no conversion";
 * the removal effect is the part of all conversions (or of all value) lost that way. After Anderl, Becker, von Wangenheim and
 * Schumann, 2016, "Mapping the customer journey". The solve is exact, without simulation.
 *
 * Worked example, order 1: "c1 > c2 > c3" converts once; "c1" and "c2 > c3" end in nothing. The base probability is 1/3. Without c1
 * one of the two ways into c2 is gone: half of the conversions are lost. Without c2 or c3 all are. Credits 0.2, 0.4, 0.4.
 */
import { SojournError } from "../../errors.ts";
import { sum } from "./exact.ts";
import { type Flow, lostVisits } from "./lost-flow.ts";
import type { Path } from "./path.ts";
import { type Walks, walksOf } from "./walks.ts";

export const MARKOV_ORDERS = [1, 2, 3] as const;
export type MarkovOrder = (typeof MARKOV_ORDERS)[number];

/** Paths taken apart once, to be weighed as often as needed (see `bootstrap.ts`). */
export interface Chain extends RowWeights {
  order: MarkovOrder;
  channels: readonly string[];
  /** Distinct paths with at least one touch that somebody walked; weights and states by row. */
  rows: number;
  firstState: Int32Array;
  lastState: Int32Array;
  /** The transitions of row r are `transitions[starts[r]] .. transitions[starts[r + 1] - 1]`, each an index into `from`. */
  starts: Uint32Array;
  transitions: Uint32Array;
  /** For each channel, the states that contain it. */
  statesOf: readonly Int32Array[];
  states: number;
  /** Transitions sorted by target, see {@link Flow}. */
  first: Int32Array;
  from: Int32Array;
}

/** How often each row of a chain counts. */
export interface RowWeights {
  conversions: Float64Array;
  value: Float64Array;
  nulls: Float64Array;
}

export interface RemovalEffects {
  /** Probability that a walk from the start converts. */
  base: number;
  /** Part of the conversions lost without the channel, 0 to 1, in step with `channels`. */
  conversions: number[];
  /** Part of the value lost without the channel. */
  value: number[];
}

/** Takes paths apart into states and transitions. Paths without touches have no part in the chain. */
export function chainOf(paths: readonly Path[], order: MarkovOrder): Chain {
  return chainOfWalks(walksOf(paths), order);
}

/** The same for paths that are numbered already. */
export function chainOfWalks(walks: Walks, order: MarkovOrder): Chain {
  if (!MARKOV_ORDERS.includes(order)) {
    throw new SojournError("bad_usage", `Markov order ${order} is not offered`, { hint: "Use 1, 2 or 3." });
  }
  const { channels } = walks;
  const steps = stepsOf(walks, order);
  const place = reversePostOrder(steps);
  const edges = sortedEdges(steps, place);
  const statesOf: number[][] = channels.map(() => []);
  steps.members.forEach((members, state) => {
    for (const id of new Set(members)) statesOf[id]!.push(place[state]!);
  });
  return {
    order,
    channels,
    rows: steps.kept.length,
    conversions: picked(walks.conversions, steps.kept),
    value: picked(walks.value, steps.kept),
    nulls: picked(walks.nulls, steps.kept),
    firstState: steps.firstState.map((state) => place[state]!),
    lastState: steps.lastState.map((state) => place[state]!),
    starts: steps.starts,
    transitions: steps.taken.map((step) => edges.indexOf[step]!),
    statesOf: statesOf.map((list) => Int32Array.from(list).sort()),
    states: steps.members.length,
    first: edges.first,
    from: edges.from,
  };
}

/**
 * Removal effects of every channel. All 0 when nothing converted; value effects are 0 when nothing was earned.
 *
 * Precise to about 1e-13 of all conversions: see {@link lostVisits}.
 */
export function removalEffects(chain: Chain, weights: RowWeights = chain): RemovalEffects {
  const leaving = leavingOf(chain, weights);
  const conversions = sum(leaving.conversions);
  const value = sum(leaving.value);
  const walkers = sum(leaving.flow.start);
  const effects: RemovalEffects = {
    base: walkers === 0 ? 0 : conversions / walkers,
    conversions: chain.channels.map(() => 0),
    value: chain.channels.map(() => 0),
  };
  if (!(conversions > 0)) return effects;
  chain.channels.forEach((_, channel) => {
    const removed = new Uint8Array(chain.states);
    for (const state of chain.statesOf[channel]!) removed[state] = 1;
    const lost = lostVisits(leaving.flow, removed, conversions * 1e-14);
    effects.conversions[channel] = dot(lost, leaving.conversions) / conversions;
    if (value > 0) effects.value[channel] = dot(lost, leaving.value) / value;
  });
  return effects;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Counts per transition, and what leaves each state as conversions and as value. */
function leavingOf(chain: Chain, weights: RowWeights) {
  const flow: Flow = {
    states: chain.states,
    start: new Float64Array(chain.states),
    first: chain.first,
    from: chain.from,
    count: new Float64Array(chain.from.length),
  };
  const conversions = new Float64Array(chain.states);
  const value = new Float64Array(chain.states);
  const { starts, transitions } = chain;
  for (let row = 0; row < chain.rows; row++) {
    const converted = weights.conversions[row]!;
    const walkers = converted + weights.nulls[row]!;
    flow.start[chain.firstState[row]!]! += walkers;
    for (let i = starts[row]!; i < starts[row + 1]!; i++) flow.count[transitions[i]!]! += walkers;
    conversions[chain.lastState[row]!]! += converted;
    value[chain.lastState[row]!]! += weights.value[row]!;
  }
  return { flow, conversions, value };
}

function picked(weights: Float64Array, rows: Uint32Array): Float64Array {
  const list = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) list[i] = weights[rows[i]!]!;
  return list;
}

/** Every walk as steps between states, each distinct step numbered once. */
interface Steps {
  /** Rows of the walks that have a part. */
  kept: Uint32Array;
  firstState: Int32Array;
  lastState: Int32Array;
  /** Steps of each kept row, as in {@link Chain}. */
  starts: Uint32Array;
  taken: Uint32Array;
  /** Channels of each state. */
  members: number[][];
  /** Where each distinct step comes from and leads to. */
  from: number[];
  to: number[];
}

function stepsOf(walks: Walks, order: MarkovOrder): Steps {
  const kept: number[] = [];
  let touches = 0;
  for (let row = 0; row < walks.rows; row++) {
    const length = walks.starts[row + 1]! - walks.starts[row]!;
    if (length === 0 || walks.conversions[row]! + walks.nulls[row]! <= 0) continue;
    kept.push(row);
    touches += length;
  }
  const base = walks.channels.length;
  const steps: Steps = {
    kept: Uint32Array.from(kept),
    firstState: new Int32Array(kept.length),
    lastState: new Int32Array(kept.length),
    starts: new Uint32Array(kept.length + 1),
    taken: new Uint32Array(touches - kept.length),
    members: [],
    from: [],
    to: [],
  };
  const stateOf = new Map<number, number>();
  const stateAfter = (before: readonly number[], id: number): number => {
    const recent = [...before.slice(Math.max(0, before.length + 1 - order)), id];
    const key = recent.reduce((k, member) => k * (base + 1) + member + 1, 0);
    let state = stateOf.get(key);
    if (state === undefined) {
      state = steps.members.push(recent) - 1;
      stateOf.set(key, state);
    }
    return state;
  };
  const begins = new Int32Array(base).fill(-1);
  const numbers = openNumbers();
  let place = 0;
  kept.forEach((row, k) => {
    const start = walks.starts[row]!;
    const end = walks.starts[row + 1]!;
    const first = walks.ids[start]!;
    if (begins[first] === -1) begins[first] = stateAfter([], first);
    let state = begins[first]!;
    steps.firstState[k] = state;
    steps.starts[k] = place;
    for (let i = start + 1; i < end; i++) {
      const id = walks.ids[i]!;
      const name = state * base + id;
      let step = numbers.get(name);
      if (step === -1) {
        step = steps.from.push(state) - 1;
        steps.to.push(stateAfter(steps.members[state]!, id));
        numbers.set(name, step);
      }
      steps.taken[place++] = step;
      state = steps.to[step]!;
    }
    steps.lastState[k] = state;
  });
  steps.starts[kept.length] = place;
  return steps;
}

/** Numbers by number, -1 where there is none: an array as long as keys are small, a map beyond. */
function openNumbers(): { get(key: number): number; set(key: number, value: number): void } {
  const MOST_IN_ARRAY = 4_194_304;
  let held = new Int32Array(4_096).fill(-1);
  const others = new Map<number, number>();
  return {
    get: (key) => (key < held.length ? held[key]! : key < MOST_IN_ARRAY ? -1 : (others.get(key) ?? -1)),
    set(key, value) {
      if (key >= MOST_IN_ARRAY) {
        others.set(key, value);
        return;
      }
      if (key >= held.length) {
        const larger = new Int32Array(2 ** Math.ceil(Math.log2(key + 1))).fill(-1);
        larger.set(held);
        held = larger;
      }
      held[key] = value;
    },
  };
}

/**
 * Gives every state a number in reverse post-order of a walk from the start, so that in a chain without circles every flow
 * leads to a higher number and one sweep of the solver is the answer.
 */
function reversePostOrder({ members, from, to, firstState }: Steps): Int32Array {
  const next: number[][] = members.map(() => []);
  for (let step = 0; step < from.length; step++) next[from[step]!]!.push(to[step]!);
  const place = new Int32Array(next.length).fill(-1);
  const seen = new Uint8Array(next.length);
  let free = next.length;
  for (const start of firstState) {
    if (seen[start] === 1) continue;
    seen[start] = 1;
    // A stack of our own: paths of a hundred thousand touches must not exhaust the engine's.
    const stack = [{ state: start, done: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const target = next[top.state]![top.done++];
      if (target === undefined) {
        place[top.state] = --free;
        stack.pop();
      } else if (seen[target] === 0) {
        seen[target] = 1;
        stack.push({ state: target, done: 0 });
      }
    }
  }
  return place;
}

/** Numbers the transitions by target, then source. */
function sortedEdges({ members, from, to }: Steps, place: Int32Array) {
  const order = Uint32Array.from(from.keys()).sort(
    (a, b) => place[to[a]!]! - place[to[b]!]! || place[from[a]!]! - place[from[b]!]!,
  );
  const first = new Int32Array(members.length + 1);
  for (const target of to) first[place[target]! + 1]! += 1;
  for (let state = 0; state < members.length; state++) first[state + 1]! += first[state]!;
  const indexOf = new Uint32Array(from.length);
  order.forEach((step, index) => {
    indexOf[step] = index;
  });
  return { first, from: Int32Array.from(order, (step) => place[from[step]!]!), indexOf };
}
