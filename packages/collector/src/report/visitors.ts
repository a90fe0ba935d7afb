/**
 * Who came in a period, told apart by value: people, and new people.
 *
 * Counts distinct people in typed arrays: touches are sorted by value with one counting sort, then each person is stamped with
 * the value they were last counted for. Linear in the touches, a few bytes a touch, whatever the number of values.
 */
import type { TouchValues } from "./touch-values.ts";
import type { Visits } from "./visits.ts";

export interface VisitorCounts {
  /** People with a touch of the value, by the value's number. */
  people: number[];
  /** Those of them who were first heard of in the period. */
  newPeople: number[];
  /** People with any touch inside of what the report looks into: whoever came by two values counts once. */
  total: number;
  totalNew: number;
}

/** @param newcomers keys of people who were first heard of in the period */
export function countVisitors(visits: Visits, values: TouchValues, newcomers: Float64Array): VisitorCounts {
  const { person, source, page, length, highest } = visits;
  const OUTSIDE = 0xffff_ffff;
  const numbers = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    numbers[i] = values.isWithin(source[i]!, page(i)) ? values.of(source[i]!, page(i)) : OUTSIDE;
  }
  const isNew = new Uint8Array(highest + 1);
  for (const newcomer of newcomers) if (newcomer <= highest) isNew[newcomer] = 1;
  const counts: VisitorCounts = {
    people: new Array<number>(values.names.length).fill(0),
    newPeople: new Array<number>(values.names.length).fill(0),
    total: 0,
    totalNew: 0,
  };
  const stamp = new Uint32Array(highest + 1);
  for (const place of sortedByNumber(numbers, values.names.length)) {
    const who = person[place]!;
    const number = numbers[place]!;
    if (stamp[who] === number + 1) continue;
    if (stamp[who] === 0) {
      counts.total += 1;
      counts.totalNew += isNew[who]!;
    }
    stamp[who] = number + 1;
    counts.people[number]! += 1;
    counts.newPeople[number]! += isNew[who]!;
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
