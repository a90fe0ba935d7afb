/**
 * Paths of people who came in a period and did not convert: what a Markov chain weighs the others against.
 *
 * A month has a million of them, so they are walked in a tree of paths while the touches go by: one number per person says how
 * far down the tree they are.
 */
import type { Path } from "../domain/attribution/path.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { type CreditSettings, stateOf } from "./credited.ts";
import type { TouchValues } from "./touch-values.ts";
import type { ChosenPeople } from "./visitors.ts";

/** Paths longer than this are cut: the tree would grow with every single robot-like visitor, and no chain learns from them. */
const LONGEST = 100;

/** One path per person who is not among `converted`; equal ones added up. */
export type NullPaths = (converted: ReadonlySet<number>) => Path[];

/**
 * Reads the paths of everybody with touches in from <= at < to.
 * Direct touches leave a path that has another channel, as they do before conversions.
 */
export async function readNullPaths(
  reads: Reads,
  site: SiteView,
  range: { from: EpochMs; to: EpochMs },
  values: TouchValues,
  { direct }: Pick<CreditSettings, "direct">,
  isChosen: ChosenPeople,
): Promise<NullPaths> {
  const people: number[] = [];
  const sources: number[] = [];
  const pages: number[] = [];
  if (values.usesPages) {
    // Pages have to be known by name before their touches can be.
    await reads.eachTouch(site, { ...range, withPage: true }, (person, source, page) => {
      people.push(person);
      sources.push(source);
      pages.push(page);
    });
    await values.learnPages(pages);
  }
  const tree = openTree();
  const at: number[] = [];
  const directAt: number[] = [];
  const states = new Map<string, number>();
  const names: string[] = [];
  const bySource: number[] = [];
  const stateNumber = (source: number, page: number): number => {
    const known = values.usesPages ? undefined : bySource[source];
    if (known !== undefined) return known;
    const name = stateOf(values, source, page);
    let number = states.get(name);
    if (number === undefined) {
      number = names.push(name) - 1;
      states.set(name, number);
    }
    bySource[source] = number;
    return number;
  };
  const walk = (person: number, source: number, page: number): void => {
    if (!isChosen(person)) return;
    const state = stateNumber(source, page);
    const path = direct === "drop-unless-alone" && values.isDirect(source) ? directAt : at;
    path[person] = tree.step(path[person] ?? 0, state);
  };
  if (values.usesPages) {
    people.forEach((person, i) => {
      walk(person, sources[i]!, pages[i]!);
    });
  } else await reads.eachTouch(site, { ...range, withPage: false }, walk);

  return (converted) => {
    const ends = new Map<number, number>();
    const end = (node: number): void => {
      ends.set(node, (ends.get(node) ?? 0) + 1);
    };
    at.forEach((node, person) => {
      if (!converted.has(person)) end(node);
    });
    directAt.forEach((node, person) => {
      if (at[person] === undefined && !converted.has(person)) end(node);
    });
    return [...ends].map(([node, nulls]) => ({
      channels: tree.pathTo(node).map((state) => names[state]!),
      conversions: 0,
      value: 0,
      nulls,
    }));
  };
}

interface Tree {
  /** The node one state further; the root is 0. */
  step(node: number, state: number): number;
  pathTo(node: number): number[];
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
  };
}
