/**
 * Reads how people moved between stages: moves, both ends of a period, stays and passages.
 */

import type { EpochMs } from "../../../domain/touchpoint.ts";
import type { Moving } from "../../groups.ts";
import type { ModelView, Stay } from "../../port.ts";
import { keptFacts } from "../kept-facts.ts";
import type { Db } from "../open.ts";
import type { Chosen } from "./chosen.ts";
import { TRANSITION_COLUMNS, type TransitionRow, transitionView } from "./stages.ts";

/** More stages than any model has; times in milliseconds times this stay below 2^53. */
const MOST_STAGES = 1_024;

/** Moves are fetched for so long a time at once: memory stays small whatever the period. */
const SLICE_MS = 30 * 86_400_000;

function* staysOf(model: ModelView, packed: readonly (number | null)[]): Generator<Stay> {
  const { stages } = model.model;
  for (const number of packed) {
    // Retention took the beginning of the stay.
    if (number === null) continue;
    const time = Math.floor(number / MOST_STAGES);
    yield [stages[number - time * MOST_STAGES]!, time];
  }
}

export function flowReads(db: Db, chosen: Chosen): Moving {
  type InRange = [model: number, from: EpochMs, to: EpochMs];
  const countsNow = chosen.prepare<[number], [number, number]>(`
    select stage, count(*) from person_stage where model = ? and %who(person) group by stage`);
  // uses transition_by_time. At one instant a person has at most one transition per model.
  const movedTo = db
    .prepare<[number, EpochMs, EpochMs], number>(
      `select person * ${MOST_STAGES} + to_stage from transition
      where model = ? and at >= ? and at < ? and superseded_at is null order by at`,
    )
    .pluck();
  const firstMove = db
    .prepare<[number], number | null>(
      "select min(at) from transition where model = ? and superseded_at is null",
    )
    .pluck();
  // uses transition_by_time
  const moves = chosen.prepare<InRange, [number | null, number, number, number]>(`
    select from_stage, to_stage, count(*), count(distinct person) from transition
    where model = ? and at >= ? and at < ? and superseded_at is null and %who(person)
    group by from_stage, to_stage`);
  const eachMove = chosen.prepare<InRange, [number, number | null, number]>(`
    select person, from_stage, to_stage from transition
    where model = ? and at >= ? and at < ? and superseded_at is null and %who(person)
    order by at, key`);
  const movesOfLeavers = chosen.prepare<
    [number, EpochMs, EpochMs, number, EpochMs, EpochMs, string],
    [number, number | null, number]
  >(`
    select person, from_stage, to_stage from transition
    where model = ? and at >= ? and at < ? and superseded_at is null and %who(person) and person in (
      select person from transition
      where model = ? and at >= ? and at < ? and superseded_at is null
        and from_stage in (select value from json_each(?))
    )
    order by at, key`);
  // uses transition_by_time, then transition_by_person for the beginning of each stay
  // Stage and time travel as one number: every person has a stay, and a list of two for each would be the question's whole cost.
  const closed = chosen.prepare<InRange, [number]>(`
    select t.from_stage + ${MOST_STAGES} * (t.at - (
      select max(b.at) from transition b indexed by transition_by_person
      where b.person = t.person and b.model = t.model and b.at < t.at and b.superseded_at is null
    )) from transition t
    where t.model = ? and t.at >= ? and t.at < ? and t.superseded_at is null and t.from_stage is not null
      and %who(+t.person)`);
  const openNow = chosen.prepare<[number], [number]>(
    `select stage + ${MOST_STAGES} * since from person_stage where model = ? and %who(person)`,
  );
  const openAt = chosen.prepare<[number, EpochMs], [number]>(`
    select to_stage + ${MOST_STAGES} * max(at) from transition
    where model = ? and at <= ? and superseded_at is null and %who(person) group by person`);
  // Without the name of the index SQLite takes transition_by_time for the inner question, because that one holds all
  // columns, and reads the whole period for each person (seen in November 2026).
  const passed = chosen.prepare<[number, EpochMs, EpochMs, number, number], [number, number | null]>(`
    select t.at, (
      select min(n.at) from transition n indexed by transition_by_person
      where n.person = t.person and n.model = t.model and n.at >= t.at and n.to_stage = ?5
        and n.superseded_at is null
    ) from transition t
    where t.model = ?1 and t.at >= ?2 and t.at < ?3 and t.to_stage = ?4 and t.entry = 1
      and t.superseded_at is null and %who(t.person)`);
  // uses person_stage_due
  const due = chosen.prepare<InRange, [number, number, number, string]>(`
    select s.person, s.due, s.stage, p.state from person_stage s join person p on p.key = s.person
    where s.model = ?1 and s.due >= ?2 and s.due < ?3 and %who(s.person) order by s.due, s.person`);
  // uses transition_by_time, from its end
  const newest = chosen.prepare<[number, number], unknown[]>(`
    select ${TRANSITION_COLUMNS} from transition
    where model = ? and superseded_at is null and %who(person) order by at desc, key desc limit ?`);

  /** Walks over all moves up to an instant; the last one of each person is where they stood. */
  const countedAt = (model: ModelView, at: EpochMs, marks: Uint8Array): [stage: number, people: number][] => {
    const standing = new Uint16Array(marks.length);
    const first = firstMove.get(model.key) ?? at + 1;
    for (let from = first; from <= at; from += SLICE_MS) {
      for (const packed of movedTo.all(model.key, from, Math.min(at + 1, from + SLICE_MS))) {
        const person = Math.floor(packed / MOST_STAGES);
        if (marks[person] === 1) standing[person] = packed - person * MOST_STAGES + 1;
      }
    }
    const people = new Array<number>(model.model.stages.length).fill(0);
    for (const stage of standing) if (stage > 0) people[stage - 1]! += 1;
    return [...people.entries()].filter(([, n]) => n > 0);
  };

  const name = (model: ModelView, stage: number): string => model.model.stages[stage]!;
  const nameOrNull = (model: ModelView, stage: number | null) => (stage === null ? null : name(model, stage));

  return {
    async stageCountsOf(site, model, at, who) {
      const rows =
        at === null ? countsNow.all(site, who, model.key) : countedAt(model, at, chosen.marks(site, who)!);
      return rows.map(([stage, people]) => ({ stage: name(model, stage), people }));
    },

    async movesIn(site, model, ranges, who) {
      return ranges.map(({ from, to }) =>
        moves.all(site, who, model.key, from, to).map(([was, is, n, people]) => ({
          from: nameOrNull(model, was),
          to: name(model, is),
          moves: n,
          people,
        })),
      );
    },

    async eachMove(site, model, { from, to }, who, leaving) {
      const { key } = model;
      const stages = JSON.stringify((leaving ?? []).map((stage) => model.model.stages.indexOf(stage)));
      const rows =
        leaving === undefined
          ? eachMove.all(site, who, key, from, to)
          : movesOfLeavers.all(site, who, key, from, to, key, from, to, stages);
      return rows.map(([person, was, is]) => [person, nameOrNull(model, was), name(model, is)]);
    },

    async closedStays(site, model, { from, to }, who) {
      return staysOf(model, closed.numbers(site, who, model.key, from, to));
    },

    async openStays(site, model, at, who) {
      return staysOf(
        model,
        at === null ? openNow.numbers(site, who, model.key) : openAt.numbers(site, who, model.key, at),
      );
    },

    async passages(site, model, from, to, range, who) {
      const { stages } = model.model;
      return passed.all(site, who, model.key, range.from, range.to, stages.indexOf(from), stages.indexOf(to));
    },

    async dueIn(site, model, { from, to }, who) {
      return due.all(site, who, model.key, from, to).map(([person, at, stage, state]) => ({
        person,
        due: at,
        stage: name(model, stage),
        facts: keptFacts(state),
      }));
    },

    async newestTransitions(site, model, limit, who) {
      const columns = TRANSITION_COLUMNS.split(", ");
      return newest.all(site, who, model.key, limit).map((row) => {
        const named = Object.fromEntries(columns.map((column, place) => [column, row[place]]));
        return transitionView(model, named as unknown as TransitionRow);
      });
    },
  };
}
