/**
 * Who came in a period, told apart by value: people, and new people.
 *
 * Touches are grouped by person, so a value is counted when its stamp is not the person's yet. Linear in the touches, whatever the
 * number of values.
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
  const { starts, source, page } = visits;
  const people = starts.length - 1;
  const isNew = new Uint8Array(people);
  for (const newcomer of newcomers) if (newcomer < people) isNew[newcomer] = 1;
  const counts: VisitorCounts = { people: [], newPeople: [], total: 0, totalNew: 0 };
  /** By value: who was counted last. */
  const stamps: number[] = [];
  for (let person = 0; person < people; person++) {
    const end = starts[person + 1]!;
    let isCounted = false;
    for (let i = starts[person]!; i < end; i++) {
      const pageKey = values.usesPages ? page[i]! : 0;
      if (!values.isWithin(source[i]!, pageKey)) continue;
      const number = values.of(source[i]!, pageKey);
      isCounted = true;
      if (stamps[number] === person) continue;
      stamps[number] = person;
      counts.people[number] = (counts.people[number] ?? 0) + 1;
      counts.newPeople[number] = (counts.newPeople[number] ?? 0) + isNew[person]!;
    }
    if (!isCounted) continue;
    counts.total += 1;
    counts.totalNew += isNew[person]!;
  }
  return counts;
}
