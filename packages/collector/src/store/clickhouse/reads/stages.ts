/**
 * Reads stage counts, their changes, and transitions.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { firstDayOfMonth, monthOfDay, zoneOf } from "../../../domain/zone.ts";
import type { ModelView, Reads, StageCount, TransitionView } from "../../port.ts";
import { ALL_TIME, bucketOfMonth, CAUSES } from "../../sqlite/stages.ts";
import type { EngineClient } from "../client.ts";
import { whole } from "./chosen.ts";

type CountRow = readonly [stage: number, source: number, people: number];

export const TRANSITION_COLUMNS =
  "key, person, at, from_stage, to_stage, cause, touchpoint, rule, entry, recorded_at, superseded_at";

export type TransitionRow = readonly [
  key: number,
  person: number,
  at: number,
  from: number | null,
  to: number,
  cause: number,
  touchpoint: string | null,
  rule: number,
  entry: number,
  recordedAt: number,
  supersededAt: number | null,
];

export function stageReads({
  rows,
}: EngineClient): Pick<
  Reads,
  "stageCounts" | "stageCountsByLastTouch" | "stageDeltas" | "transitions" | "history" | "due"
> {
  const counts = (model: ModelView, found: readonly CountRow[]): StageCount[] =>
    found
      .filter(([, , people]) => people !== 0)
      .map(([stage, source, people]) => ({ stage: model.model.stages[stage]!, source, people }));

  const ofPerson = async (
    person: number,
    model: ModelView,
    superseded: boolean,
  ): Promise<TransitionView[]> => {
    const found = await rows<TransitionRow>(
      `select ${TRANSITION_COLUMNS} from transition
      where model = {model:UInt64} and person = {person:UInt64} ${superseded ? "" : "and superseded_at is null"}
      order by at, key`,
      { model: model.key, person },
    );
    return found.map((row) => transitionView(model, row));
  };

  /** Whole months before, whole days of the month before the day, then the day up to the instant. */
  const upTo = async (model: ModelView, at: EpochMs, zoneName: string): Promise<CountRow[]> => {
    const zone = zoneOf(zoneName);
    const day = zone.dayOf(at);
    const month = monthOfDay(day);
    return rows<CountRow>(
      `select stage, source, sum(n) as people from (
        select stage, source, n from stage_delta
        where model = {model:UInt64} and bucket > {month:Int32} and bucket < 0
        union all
        select stage, source, n from stage_delta
        where model = {model:UInt64} and bucket >= {first:Int32} and bucket < {day:Int32}
        union all
        select m.stage, p.first_source as source, m.n from (
          select person, arrayJoin([(toInt16(to_stage), toInt64(1)), (toInt16(ifNull(from_stage, -1)), toInt64(-1))]) as c,
            c.1 as stage, c.2 as n
          from transition
          where model = {model:UInt64} and at >= {start:Int64} and at <= {at:Int64} and superseded_at is null
        ) m join person p on p.key = m.person where m.stage >= 0
      )
      group by stage, source having people <> 0 order by stage, source`,
      {
        model: model.key,
        month: bucketOfMonth(month),
        first: firstDayOfMonth(month),
        day,
        start: whole(zone.startOf(day)),
        at: whole(at),
      },
    );
  };

  return {
    async stageCounts(site, model, at) {
      if (at !== null) return counts(model, await upTo(model, at, site.settings.zone));
      const found = await rows<CountRow>(
        `select stage, source, n from stage_delta
        where model = {model:UInt64} and bucket = ${ALL_TIME} and n <> 0 order by stage, source`,
        { model: model.key },
      );
      return counts(model, found);
    },

    async stageCountsByLastTouch(_site, model, at) {
      const found = await rows<CountRow>(
        at === null
          ? `select s.stage as stage, p.last_source as source, count() as people
            from person_stage s join person p on p.key = s.person
            where s.model = {model:UInt64} group by stage, source order by stage, source`
          : // The standing transition and the last touch of each person at an instant.
            `select t.stage as stage, ifNull(l.source, 0) as source, count() as people from (
              select person, argMax(to_stage, (at, key)) as stage from transition
              where model = {model:UInt64} and at <= {at:Int64} and superseded_at is null group by person
            ) t left join (
              select person, argMax(source, (at, seq)) as source from touch where at <= {at:Int64} group by person
            ) l on l.person = t.person
            group by stage, source order by stage, source`,
        { model: model.key, at: whole(at ?? 0) },
      );
      return counts(model, found);
    },

    async stageDeltas(_site, model, from, to) {
      const found = await rows<[number, number, number, number]>(
        `select bucket, stage, source, n from stage_delta
        where model = {model:UInt64} and bucket between {from:Int32} and {to:Int32} and n <> 0
        order by bucket, stage, source`,
        { model: model.key, from: Math.max(1, from), to },
      );
      return found.map(([day, stage, source, people]) => ({
        day,
        stage: model.model.stages[stage]!,
        source,
        people,
      }));
    },

    async transitions(_site, model, { from, to, after, limit, person }) {
      if (person !== undefined) {
        return (await ofPerson(person, model, false)).filter(({ at }) => at >= from && at < to);
      }
      const [afterAt, afterKey] = after ?? [-1, 0];
      const found = await rows<TransitionRow>(
        `select ${TRANSITION_COLUMNS} from transition
        where model = {model:UInt64} and at >= {from:Int64} and at < {to:Int64} and superseded_at is null
          and (at > {afterAt:Int64} or (at = {afterAt:Int64} and key > {afterKey:Int64}))
        order by at, key ${limit === undefined ? "" : "limit {limit:UInt64}"}`,
        {
          model: model.key,
          from: whole(from),
          to: whole(to),
          afterAt: whole(afterAt),
          afterKey: whole(afterKey),
          limit: limit ?? 0,
        },
      );
      return found.map((row) => transitionView(model, row));
    },

    async due(person, model) {
      const [row] = await rows<[number | null]>(
        "select due from person_stage where model = {model:UInt64} and person = {person:UInt64}",
        { model: model.key, person: person.key },
      );
      return row?.[0] ?? null;
    },

    history: (person, model, { superseded }) => ofPerson(person.key, model, superseded),
  };
}

export function transitionView(model: ModelView, row: TransitionRow): TransitionView {
  const [key, person, at, from, to, cause, touchpoint, rule, entry, recordedAt, supersededAt] = row;
  const { stages } = model.model;
  return {
    key,
    person,
    at,
    from: from === null ? null : stages[from]!,
    to: stages[to]!,
    cause: CAUSES[cause]!,
    touchpoint,
    rule,
    entry,
    recordedAt,
    supersededAt,
  };
}
