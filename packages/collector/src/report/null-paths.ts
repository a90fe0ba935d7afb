/**
 * Paths of people who came in a period and did not convert: what a Markov chain weighs the others against.
 *
 * A month has a million of them, so they are walked in a tree of paths: one number per person says how far down the tree they are.
 */
import type { DirectMode, Path } from "../domain/attribution/path.ts";
import { stateOf } from "./credited.ts";
import type { TouchValues } from "./touch-values.ts";
import type { Visits } from "./visits.ts";

/** Paths longer than this are cut: the tree would grow with every robot-like visitor, and no chain learns from them. */
const LONGEST = 100;

/** One path per person who is not among `converted`; equal ones added up. */
export type NullPaths = (converted: Iterable<number>) => Path[];

/**
 * The paths of everybody who came. Direct touches leave a path that has another channel, as they do before conversions.
 */
export function openNullPaths(visits: Visits, values: TouchValues, direct: DirectMode): NullPaths {
  const tree = openTree();
  const at = new Uint32Array(visits.highest + 1);
  const directAt = new Uint32Array(visits.highest + 1);
  const states = new Map<string, number>();
  const names: string[] = [];
  const held: number[] = [];
  const stateNumber = (source: number, page: number): number => {
    const known = values.usesPages ? undefined : held[source];
    if (known !== undefined) return known;
    const name = stateOf(values, source, page);
    let number = states.get(name);
    if (number === undefined) {
      number = names.push(name) - 1;
      states.set(name, number);
    }
    held[source] = number;
    return number;
  };
  for (let i = 0; i < visits.length; i++) {
    const person = visits.person[i]!;
    const source = visits.source[i]!;
    const nodes = direct === "drop-unless-alone" && values.isDirect(source) ? directAt : at;
    nodes[person] = tree.step(nodes[person]!, stateNumber(source, visits.page(i)));
  }
  const endOf = (person: number): number => at[person] || directAt[person] || 0;
  const everybody = new Float64Array(tree.size());
  for (let person = 0; person < at.length; person++) everybody[endOf(person)]! += 1;
  const channels: string[][] = [];
  for (let node = 1; node < everybody.length; node++) {
    if (everybody[node]! > 0) channels[node] = tree.pathTo(node).map((state) => names[state]!);
  }

  return (converted) => {
    const ends = everybody.slice();
    for (const person of new Set(converted)) if (person < at.length) ends[endOf(person)]! -= 1;
    const paths: Path[] = [];
    for (let node = 1; node < ends.length; node++) {
      const nulls = ends[node]!;
      if (nulls > 0) paths.push({ channels: channels[node]!, conversions: 0, value: 0, nulls });
    }
    return paths;
  };
}

interface Tree {
  /** The node one state further; the root is 0. */
  step(node: number, state: number): number;
  pathTo(node: number): number[];
  size(): number;
}

function openTree(): Tree {
  const MOST_STATES = 1_048_576;
  const children = new Map<number, number>();
  const parent: number[] = [0];
  const state: number[] = [-1];
  const depth: number[] = [0];
  return {
    step(node, next) {
      if (depth[node]! >= LONGEST) return node;
      const key = node * MOST_STATES + next;
      let child = children.get(key);
      if (child === undefined) {
        child = parent.push(node) - 1;
        state.push(next);
        depth.push(depth[node]! + 1);
        children.set(key, child);
      }
      return child;
    },
    pathTo(node) {
      const path: number[] = [];
      for (let place = node; place !== 0; place = parent[place]!) path.push(state[place]!);
      return path.reverse();
    },
    size: () => parent.length,
  };
}
