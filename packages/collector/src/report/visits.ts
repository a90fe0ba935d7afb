/**
 * The touches of a period as columns, read once for everything a report counts in them.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { type Clause, whoOf } from "./filter.ts";
import { modelOf } from "./subject.ts";
import type { TouchValues } from "./touch-values.ts";

/** Touches of chosen people: those of person p are the places `starts[p]` to `starts[p + 1]` - 1, in order of time. */
export interface Visits {
  /** One more than the highest person has. */
  starts: Uint32Array;
  source: Uint32Array;
  /** Empty where pages do not matter. */
  page: Uint32Array;
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
  const counts = openCounts();
  await reads.eachTouch(site, { ...range, withPage }, (person, source, page) => {
    touches[source] = (touches[source] ?? 0) + 1;
    if (!isChosen(person)) return;
    people.add(person);
    sources.add(source);
    if (withPage) pages.add(page);
    counts.add(person);
  });
  const starts = counts.starts();
  const free = starts.slice();
  const visits: Visits = {
    starts,
    source: new Uint32Array(people.length()),
    page: new Uint32Array(pages.length()),
    touches: new Map(Object.entries(touches).map(([source, n]) => [Number(source), n])),
  };
  // A counting sort: touches came in order of time, and keep it within each person.
  for (let i = 0; i < people.length(); i++) {
    const place = free[people.at(i)]!++;
    visits.source[place] = sources.at(i);
    if (withPage) visits.page[place] = pages.at(i);
  }
  if (withPage) await values.learnPages(distinct(visits.page));
  return visits;
}

/** Numbers that grow in blocks, without ever being copied. */
interface Column {
  add(n: number): void;
  at(place: number): number;
  length(): number;
}

const BLOCK_BITS = 16;

function openColumn(): Column {
  const blocks: Uint32Array[] = [];
  let block = new Uint32Array(0);
  let length = 0;
  const mask = (1 << BLOCK_BITS) - 1;
  return {
    add(n) {
      if ((length & mask) === 0) {
        block = new Uint32Array(1 << BLOCK_BITS);
        blocks.push(block);
      }
      block[length++ & mask] = n;
    },
    at: (place) => blocks[place >>> BLOCK_BITS]![place & mask]!,
    length: () => length,
  };
}

/** Counts per person, and where each person's share of a sorted list begins. */
function openCounts(): { add(person: number): void; starts(): Uint32Array } {
  let counts = new Uint32Array(65_536);
  let highest = -1;
  return {
    add(person) {
      if (person >= counts.length) {
        const larger = new Uint32Array(2 ** Math.ceil(Math.log2(person + 1)));
        larger.set(counts);
        counts = larger;
      }
      counts[person]! += 1;
      if (person > highest) highest = person;
    },
    starts() {
      const starts = new Uint32Array(highest + 2);
      for (let person = 0; person <= highest; person++) {
        starts[person + 1] = starts[person]! + counts[person]!;
      }
      return starts;
    },
  };
}

function distinct(keys: Uint32Array): number[] {
  const seen: boolean[] = [];
  for (const key of keys) seen[key] = true;
  return Object.keys(seen).map(Number);
}
