/**
 * Who came in a period, told apart by value: people, new people, and how many touches each source brought.
 *
 * Counts distinct people in typed arrays: touches are sorted by value with one counting sort, then each person is stamped with
 * the value they were last counted for. Linear in the touches, four bytes a touch, whatever the number of values.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { type Clause, whoOf } from "./filter.ts";
import { modelOf } from "./subject.ts";
import type { TouchValues } from "./touch-values.ts";

export interface VisitorCounts {
  /** People with a touch of the value, by the value's number. */
  people: number[];
  /** Those of them who were first heard of in the period. */
  newPeople: number[];
  /** People with any touch inside of what the report looks into: whoever came by two values counts once. */
  total: number;
  totalNew: number;
  /** Touches per source key, all of them. */
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

export async function countVisitors(
  reads: Reads,
  site: SiteView,
  range: { from: EpochMs; to: EpochMs },
  values: TouchValues,
  isChosen: ChosenPeople = everybody,
): Promise<VisitorCounts> {
  const people = openColumn();
  const sources = openColumn();
  const pages = openColumn();
  const withPage = values.usesPages;
  const touches: number[] = [];
  let highest = 0;
  await reads.eachTouch(site, { ...range, withPage }, (person, source, page) => {
    // Costs are matched with the touches of everybody.
    touches[source] = (touches[source] ?? 0) + 1;
    if (!isChosen(person)) return;
    people.add(person);
    sources.add(source);
    if (withPage) pages.add(page);
    if (person > highest) highest = person;
  });
  const persons = people.take();
  const bySource = sources.take();
  const byPage = pages.take();
  if (withPage) await values.learnPages(distinct(byPage));

  const OUTSIDE = 0xffff_ffff;
  const numbers = new Uint32Array(persons.length);
  for (let i = 0; i < persons.length; i++) {
    const source = bySource[i]!;
    const page = withPage ? byPage[i]! : 0;
    numbers[i] = values.isWithin(source, page) ? values.of(source, page) : OUTSIDE;
  }

  const isNew = new Uint8Array(highest + 1);
  for (const person of await reads.newPeople(site, range)) if (person <= highest) isNew[person] = 1;
  const counts: VisitorCounts = {
    people: new Array<number>(values.names.length).fill(0),
    newPeople: new Array<number>(values.names.length).fill(0),
    total: 0,
    totalNew: 0,
    touches: new Map(Object.entries(touches).map(([source, n]) => [Number(source), n])),
  };
  const stamp = new Uint32Array(highest + 1);
  for (const place of sortedByNumber(numbers, values.names.length)) {
    const person = persons[place]!;
    const number = numbers[place]!;
    if (stamp[person] === number + 1) continue;
    if (stamp[person] === 0) {
      counts.total += 1;
      counts.totalNew += isNew[person]!;
    }
    stamp[person] = number + 1;
    counts.people[number]! += 1;
    counts.newPeople[number]! += isNew[person]!;
  }
  return counts;
}

/** Places in ascending order of their number; numbers of `many` and above are left out. */
function sortedByNumber(numbers: Uint32Array, many: number): Uint32Array {
  const starts = new Uint32Array(many + 1);
  for (const number of numbers) if (number < many) starts[number + 1]! += 1;
  for (let number = 0; number < many; number++) starts[number + 1]! += starts[number]!;
  const sorted = new Uint32Array(starts[many]!);
  for (let place = 0; place < numbers.length; place++) {
    const number = numbers[place]!;
    if (number < many) sorted[starts[number]!++] = place;
  }
  return sorted;
}

function distinct(keys: Uint32Array): number[] {
  const seen: boolean[] = [];
  for (const key of keys) seen[key] = true;
  return Object.keys(seen).map(Number);
}
