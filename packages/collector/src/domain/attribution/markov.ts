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

export const MARKOV_ORDERS = [1, 2, 3] as const;
export type MarkovOrder = (typeof MARKOV_ORDERS)[number];

/** Paths taken apart once, to be weighed as often as needed (see `bootstrap.ts`). */
export interface Chain {
  order: MarkovOrder;
  channels: readonly string[];
  /** Distinct paths with at least one touch; equal ones are added up. */
  rows: readonly ChainRow[];
  /** For each channel, the states that contain it. */
  statesOf: readonly Int32Array[];
  states: number;
  /** Transitions sorted by target, see {@link Flow}. */
  first: Int32Array;
  from: Int32Array;
}

export interface ChainRow {
  conversions: number;
  value: number;
  nulls: number;
  firstState: number;
  lastState: number;
  /** Index of each transition between states. */
  transitions: Int32Array;
}

/** How often each row of a chain counts. */
export interface RowWeights {
  conversions: ArrayLike<number>;
  value: ArrayLike<number>;
  nulls: ArrayLike<number>;
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
  if (!MARKOV_ORDERS.includes(order)) {
    throw new SojournError("bad_usage", `Markov order ${order} is not offered`, { hint: "Use 1, 2 or 3." });
  }
  const names = new Set<string>();
  for (const path of paths) for (const channel of path.channels) names.add(channel);
  const channels = [...names].sort();
  const idOf = new Map(channels.map((channel, id) => [channel, id]));
  const walks = distinctWalks(paths, idOf);
  const { states, visited } = numberStates(walks, order, channels.length);
  const edges = numberTransitions(visited, states.length);
  const rows = walks.map((walk, w): ChainRow => {
    const path = visited[w]!;
    const { conversions, value, nulls } = walk;
    return {
      conversions,
      value,
      nulls,
      firstState: path[0]!,
      lastState: path[path.length - 1]!,
      transitions: edges.alongEach[w]!,
    };
  });
  const statesOf: number[][] = channels.map(() => []);
  states.forEach((members, state) => {
    for (const id of new Set(members)) statesOf[id]!.push(state);
  });
  return {
    order,
    channels,
    rows,
    statesOf: statesOf.map((list) => Int32Array.from(list)),
    states: states.length,
    first: edges.first,
    from: edges.from,
  };
}

/** The rows' own weights. */
export function weightsOf(chain: Chain): RowWeights {
  return {
    conversions: chain.rows.map((r) => r.conversions),
    value: chain.rows.map((r) => r.value),
    nulls: chain.rows.map((r) => r.nulls),
  };
}

/**
 * Removal effects of every channel. All 0 when nothing converted; value effects are 0 when nothing was earned.
 *
 * Precise to about 1e-13 of all conversions: see {@link lostVisits}.
 */
export function removalEffects(chain: Chain, weights: RowWeights = weightsOf(chain)): RemovalEffects {
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
  chain.rows.forEach((row, i) => {
    const converted = weights.conversions[i]!;
    const walkers = converted + weights.nulls[i]!;
    flow.start[row.firstState]! += walkers;
    for (const transition of row.transitions) flow.count[transition]! += walkers;
    conversions[row.lastState]! += converted;
    value[row.lastState]! += weights.value[i]!;
  });
  return { flow, conversions, value };
}

interface Walk {
  ids: readonly number[];
  conversions: number;
  value: number;
  nulls: number;
}

function distinctWalks(paths: readonly Path[], idOf: ReadonlyMap<string, number>): Walk[] {
  const walks = new Map<string, Walk>();
  for (const path of paths) {
    if (path.channels.length === 0 || path.conversions + path.nulls <= 0) continue;
    const ids = path.channels.map((channel) => idOf.get(channel)!);
    const key = ids.join();
    const walk = walks.get(key);
    if (walk === undefined) {
      walks.set(key, { ids, conversions: path.conversions, value: path.value, nulls: path.nulls });
    } else {
      walk.conversions += path.conversions;
      walk.value += path.value;
      walk.nulls += path.nulls;
    }
  }
  return [...walks.values()];
}

/**
 * Gives every state a number in reverse post-order of a walk from the start, so that in a chain without circles every flow
 * leads to a higher number and one sweep of the solver is the answer.
 */
function numberStates(walks: readonly Walk[], order: MarkovOrder, channels: number) {
  const base = channels + 1;
  const found = new Map<number, number>();
  const members: number[][] = [];
  const visited = walks.map(({ ids }) =>
    Int32Array.from(ids, (_, i) => {
      const recent = ids.slice(Math.max(0, i + 1 - order), i + 1);
      const key = recent.reduce((k, id) => k * base + id + 1, 0);
      let state = found.get(key);
      if (state === undefined) {
        state = members.push(recent) - 1;
        found.set(key, state);
      }
      return state;
    }),
  );
  const next: Set<number>[] = members.map(() => new Set());
  for (const path of visited) for (let i = 1; i < path.length; i++) next[path[i - 1]!]!.add(path[i]!);
  const place = reversePostOrder(
    next,
    visited.map((path) => path[0]!),
  );
  const states: number[][] = new Array(members.length);
  members.forEach((recent, state) => {
    states[place[state]!] = recent;
  });
  return { states, visited: visited.map((path) => path.map((state) => place[state]!)) };
}

function reversePostOrder(next: readonly Set<number>[], starts: readonly number[]): Int32Array {
  const place = new Int32Array(next.length).fill(-1);
  const seen = new Uint8Array(next.length);
  let free = next.length;
  for (const start of starts) {
    if (seen[start] === 1) continue;
    seen[start] = 1;
    // A stack of our own: paths of a hundred thousand touches must not exhaust the engine's.
    const stack = [{ state: start, rest: next[start]!.values() }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const step = top.rest.next();
      if (step.done) {
        place[top.state] = --free;
        stack.pop();
      } else if (seen[step.value] === 0) {
        seen[step.value] = 1;
        stack.push({ state: step.value, rest: next[step.value]!.values() });
      }
    }
  }
  return place;
}

/** Numbers the transitions by target, then source, and says which ones each path takes. */
function numberTransitions(visited: readonly Int32Array[], states: number) {
  const into: Set<number>[] = Array.from({ length: states }, () => new Set());
  for (const path of visited) for (let i = 1; i < path.length; i++) into[path[i]!]!.add(path[i - 1]!);
  const first = new Int32Array(states + 1);
  const from: number[] = [];
  const indexOf: Map<number, number>[] = into.map((sources, state) => {
    first[state] = from.length;
    const sorted = [...sources].sort((a, b) => a - b);
    return new Map(sorted.map((source) => [source, from.push(source) - 1]));
  });
  first[states] = from.length;
  const alongEach = visited.map((path) =>
    Int32Array.from({ length: path.length - 1 }, (_, i) => indexOf[path[i + 1]!]!.get(path[i]!)!),
  );
  return { first, from: Int32Array.from(from), alongEach };
}
