/**
 * Reads stage counts, their changes, and transitions.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { firstDayOfMonth, monthOfDay, zoneOf } from "../../../domain/zone.ts";
import type { ModelView, Reads, StageCount, TransitionView } from "../../port.ts";
import type { Db } from "../open.ts";
import { ALL_TIME, bucketOfMonth, CAUSES } from "../stages.ts";

interface CountRow {
  stage: number;
  source: number;
  people: number;
}

export const TRANSITION_COLUMNS =
  "key, person, at, from_stage, to_stage, cause, touchpoint, rule, entry, recorded_at, superseded_at";

export interface TransitionRow {
  key: number;
  person: number;
  at: number;
  from_stage: number | null;
  to_stage: number;
  cause: number;
  touchpoint: string | null;
  rule: number;
  entry: number;
  recorded_at: number;
  superseded_at: number | null;
}

export function stageReads(
  db: Db,
): Pick<Reads, "stageCounts" | "stageCountsByLastTouch" | "stageDeltas" | "transitions" | "history" | "due"> {
  // uses the primary key of stage_delta: (model, bucket, ...)
  const selectNow = db.prepare<[number, number], CountRow>(
    "select stage, source, n as people from stage_delta where model = ? and bucket = ? and n <> 0",
  );
  const selectBuckets = db.prepare<[number, number, number, number, number], CountRow>(`
    select stage, source, sum(n) as people from (
      select stage, source, n from stage_delta where model = ? and bucket > ? and bucket < 0
      union all
      select stage, source, n from stage_delta where model = ? and bucket >= ? and bucket < ?
    )
    group by stage, source`);
  // uses transition_by_time
  const selectPartOfDay = db.prepare<
    [number, EpochMs, EpochMs],
    { from_stage: number | null; to_stage: number; source: number }
  >(`
    select t.from_stage, t.to_stage, p.first_source as source
    from transition t join person p on p.key = t.person
    where t.model = ? and t.at >= ? and t.at <= ? and t.superseded_at is null`);
  const selectDays = db.prepare<[number, number, number], CountRow & { day: number }>(`
    select bucket as day, stage, source, n as people from stage_delta
    where model = ? and bucket between ? and ? and n <> 0`);
  const selectByLastTouch = db.prepare<[number], CountRow>(`
    select s.stage as stage, p.last_source as source, count(*) as people
    from person_stage s join person p on p.key = s.person
    where s.model = ? group by s.stage, p.last_source`);
  // The standing transition and the last touch of each person at an instant.
  const selectByLastTouchAt = db.prepare<[EpochMs, number, EpochMs], CountRow>(`
    select stage, source, count(*) as people from (
      select t.to_stage as stage, max(t.at * 4096 + t.key % 4096) as newest, coalesce((
        select source from touch where person = t.person and at <= ? order by at desc, seq desc limit 1
      ), 0) as source
      from transition t
      where t.model = ? and t.at <= ? and t.superseded_at is null
      group by t.person
    ) group by stage, source`);
  const columns = TRANSITION_COLUMNS;
  // uses transition_by_time
  const selectRange = db.prepare<
    [number, EpochMs, EpochMs, EpochMs, EpochMs, number, number],
    TransitionRow
  >(`
    select ${columns} from transition
    where model = ? and at >= ? and at < ? and superseded_at is null and (at > ? or (at = ? and key > ?))
    order by at, key limit ?`);
  // uses transition_by_person
  const selectOfPerson = db.prepare<[number, number, number], TransitionRow>(`
    select ${columns} from transition
    where person = ? and model = ? and (superseded_at is null or ? = 1)
    order by at, key`);

  const selectDue = db
    .prepare<[number, number], number | null>("select due from person_stage where model = ? and person = ?")
    .pluck();

  const counts = (model: ModelView, rows: readonly CountRow[]): StageCount[] =>
    rows
      .filter((row) => row.people !== 0)
      .map((row) => ({ stage: model.model.stages[row.stage]!, source: row.source, people: row.people }));

  return {
    async stageCounts(site, model, at) {
      if (at === null) return counts(model, selectNow.all(model.key, ALL_TIME));
      const zone = zoneOf(site.settings.zone);
      const day = zone.dayOf(at);
      const month = monthOfDay(day);
      // Whole months before this one, whole days of this month before this day, then this day up to the instant.
      const whole = selectBuckets.all(
        model.key,
        bucketOfMonth(month),
        model.key,
        firstDayOfMonth(month),
        day,
      );
      const sums = new Map<string, CountRow>();
      const add = (stage: number, source: number, people: number) => {
        const name = `${stage} ${source}`;
        const row = sums.get(name);
        if (row === undefined) sums.set(name, { stage, source, people });
        else row.people += people;
      };
      for (const row of whole) add(row.stage, row.source, row.people);
      for (const row of selectPartOfDay.all(model.key, zone.startOf(day), at)) {
        if (row.from_stage !== null) add(row.from_stage, row.source, -1);
        add(row.to_stage, row.source, 1);
      }
      return counts(model, [...sums.values()]);
    },

    async stageCountsByLastTouch(_site, model, at) {
      return counts(
        model,
        at === null ? selectByLastTouch.all(model.key) : selectByLastTouchAt.all(at, model.key, at),
      );
    },

    async stageDeltas(_site, model, from, to) {
      return selectDays.all(model.key, Math.max(1, from), to).map((row) => ({
        day: row.day,
        stage: model.model.stages[row.stage]!,
        source: row.source,
        people: row.people,
      }));
    },

    async transitions(_site, model, { from, to, after, limit, person }) {
      const [afterAt, afterKey] = after ?? [-1, 0];
      const rows =
        person === undefined
          ? selectRange.all(model.key, from, to, afterAt, afterAt, afterKey, limit ?? -1)
          : selectOfPerson.all(person, model.key, 0).filter((row) => row.at >= from && row.at < to);
      return rows.map((row) => transitionView(model, row));
    },

    due: async (person, model) => selectDue.get(model.key, person.key) ?? null,

    async history(person, model, { superseded }) {
      return selectOfPerson
        .all(person.key, model.key, superseded ? 1 : 0)
        .map((row) => transitionView(model, row));
    },
  };
}

export function transitionView(model: ModelView, row: TransitionRow): TransitionView {
  const { stages } = model.model;
  return {
    key: row.key,
    person: row.person,
    at: row.at,
    from: row.from_stage === null ? null : stages[row.from_stage]!,
    to: stages[row.to_stage]!,
    cause: CAUSES[row.cause]!,
    touchpoint: row.touchpoint,
    rule: row.rule,
    entry: row.entry,
    recordedAt: row.recorded_at,
    supersededAt: row.superseded_at,
  };
}
