/**
 * The touches of a period as columns, read once for everything a report counts in them.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { type Clause, whoOf } from "./filter.ts";
import { modelOf } from "./subject.ts";
import type { TouchValues } from "./touch-values.ts";

/** Touches of chosen people, in order of time. */
export interface Visits {
  length: number;
  person: Uint32Array;
  source: Uint32Array;
  /** 0 where pages do not matter. */
  page: (place: number) => number;
  /** Highest person, for arrays by person. */
  highest: number;
  /** Touches per source key, of everybody: costs are matched with them. */
  touches: Map<number, number>;
}

/** True for people a report is about. */
export type ChosenPeople = (person: number) => boolean;

const everybody: ChosenPeople = () => true;

/** The people a question's filter chooses. Throws `bad_input` for a stage or segment that is not there. */
export async function chosenBy(
  reads: Reads,
  site: SiteView,
  filter: readonly Clause[] | undefined,
  now: EpochMs,
): Promise<ChosenPeople> {
  const who = await whoOf(reads, site, modelOf(site, undefined), filter, now);
  if (who === null) return everybody;
  const keys = await reads.chosenPeople(site, who);
  const isIn = new Uint8Array(keys.reduce((highest, key) => Math.max(highest, key), 0) + 1);
  for (const key of keys) isIn[key] = 1;
  return (person) => isIn[person] === 1;
}

/** Reads the touches with from <= at < to, and learns the paths of their pages where those matter. */
export async function readVisits(
  reads: Reads,
  site: SiteView,
  range: { from: EpochMs; to: EpochMs },
  values: TouchValues,
  isChosen: ChosenPeople,
): Promise<Visits> {
  const people = openColumn();
  const sources = openColumn();
  const pages = openColumn();
  const withPage = values.usesPages;
  const touches: number[] = [];
  let highest = 0;
  await reads.eachTouch(site, { ...range, withPage }, (person, source, page) => {
    touches[source] = (touches[source] ?? 0) + 1;
    if (!isChosen(person)) return;
    people.add(person);
    sources.add(source);
    if (withPage) pages.add(page);
    if (person > highest) highest = person;
  });
  const page = pages.take();
  if (withPage) await values.learnPages(distinct(page));
  const person = people.take();
  return {
    length: person.length,
    person,
    source: sources.take(),
    page: withPage ? (place) => page[place]! : () => 0,
    highest,
    touches: new Map(Object.entries(touches).map(([source, n]) => [Number(source), n])),
  };
}

/** Numbers that grow without being copied one by one. */
interface Column {
  add(n: number): void;
  take(): Uint32Array;
}

function openColumn(): Column {
  let held = new Uint32Array(65_536);
  let length = 0;
  return {
    add(n) {
      if (length === held.length) {
        const larger = new Uint32Array(held.length * 2);
        larger.set(held);
        held = larger;
      }
      held[length++] = n;
    },
    take: () => held.subarray(0, length),
  };
}

function distinct(keys: Uint32Array): number[] {
  const seen: boolean[] = [];
  for (const key of keys) seen[key] = true;
  return Object.keys(seen).map(Number);
}
