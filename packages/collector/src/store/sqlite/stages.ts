/**
 * Writes stages: the transitions with both time axes, where each person stands, and the counts per day.
 *
 * Counts are kept as changes per bucket (a day, its month, and bucket 0 for all time), so that neither a change nor
 * a question costs more as history grows.
 */
import type { FoldedTransition, Standing } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { monthOfDay, type Zone } from "../../domain/zone.ts";
import type { HeldPerson } from "./held-person.ts";
import type { Db } from "./open.ts";
import { withOne } from "./unwritten.ts";

/** The bucket that holds the sum of all days. */
export const ALL_TIME = 0;
/** Months are counted below zero, so that they never meet a day. */
export const bucketOfMonth = (month: number): number => -month;

export const CAUSES = ["event", "time"] as const;

/** A model as the writer needs it. */
export interface StageNames {
  key: number;
  /** Display order; a stage is stored as its place here. */
  stages: readonly string[];
}

/** A transition that still stands. */
export interface StandingRow {
  key: number;
  at: EpochMs;
  from_stage: number | null;
  to_stage: number;
  cause: number;
  touchpoint: string | null;
  rule: number;
  recorded_at: EpochMs;
}

export interface StageTables {
  /** Records a transition of a person, under their first source, until they are written. */
  add(person: HeldPerson, zone: Zone, model: StageNames, t: FoldedTransition, recordedAt: EpochMs): void;
  /** The written transitions of a person that still stand, oldest first. */
  standing(model: number, person: number): StandingRow[];
  /**
   * Takes a transition back as of `at`: it stays readable as what was known before. One that was recorded later than that
   * was never known (the sweep was ahead of an arrival that was still on its way) and is removed.
   */
  supersede(zone: Zone, model: StageNames, source: number, row: StandingRow, at: EpochMs): void;
  /** Moves what a person's standing transitions count for from one first source to another. */
  moveSource(zone: Zone, model: StageNames, person: number, from: number, to: number): void;
  /** Where a person stands now; written with them. */
  setStanding(model: StageNames, person: HeldPerson, standing: Standing): void;
  removeStanding(model: number, person: number): void;
  /** Writes a person's transitions and where they stand; inside the caller's transaction. */
  write(person: HeldPerson): void;
  /** Writes the counts gathered since the last call. */
  flush(): void;
  /** Drops them: the transaction is gone. */
  discard(): void;
}

export function openStageTables(db: Db): StageTables {
  const insert = db.prepare(`
    insert into transition
      (key, site, model, person, at, from_stage, to_stage, cause, touchpoint, rule, entry, recorded_at, superseded_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)`);
  // uses transition_by_person
  const select = db.prepare<[number, number], StandingRow>(`
    select key, at, from_stage, to_stage, cause, touchpoint, rule, recorded_at from transition
    where person = ? and model = ? and superseded_at is null
    order by at, key`);
  const remove = db.prepare("delete from transition where key = ?");
  const setSuperseded = db.prepare("update transition set superseded_at = ? where key = ?");
  const upsertStanding = db.prepare(`
    insert into person_stage (model, person, stage, since, entry, due) values (?, ?, ?, ?, ?, ?)
    on conflict do update set
      stage = excluded.stage, since = excluded.since, entry = excluded.entry, due = excluded.due`);
  const deleteStanding = db.prepare("delete from person_stage where model = ? and person = ?");
  const upsertDelta = db.prepare(`
    insert into stage_delta (model, bucket, stage, source, n) values (?, ?, ?, ?, ?)
    on conflict do update set n = n + excluded.n`);

  const lastKey = db.prepare<[], number | null>("select max(key) from transition").pluck();
  const firstFree = (): number => (lastKey.get() ?? 0) + 1;
  /** Numbers follow the log, whenever a person is written. */
  let nextKey = firstFree();
  let deltas = new Map<string, { model: number; bucket: number; stage: number; source: number; n: number }>();

  const count = (model: number, bucket: number, stage: number, source: number, n: number): void => {
    const name = `${model} ${bucket} ${stage} ${source}`;
    const delta = deltas.get(name);
    if (delta === undefined) deltas.set(name, { model, bucket, stage, source, n });
    else delta.n += n;
  };

  /** What one transition changes: one person less in `from`, one more in `to`. */
  const countTransition = (
    model: number,
    zone: Zone,
    source: number,
    row: { at: EpochMs; from_stage: number | null; to_stage: number },
    sign: 1 | -1,
  ): void => {
    const day = zone.dayOf(row.at);
    for (const bucket of [ALL_TIME, day, bucketOfMonth(monthOfDay(day))]) {
      if (row.from_stage !== null) count(model, bucket, row.from_stage, source, -sign);
      count(model, bucket, row.to_stage, source, sign);
    }
  };

  return {
    add(person, zone, model, transition, recordedAt) {
      const source = person.firstSource;
      const { unwritten } = person;
      unwritten.transitions = withOne(unwritten.transitions, {
        key: nextKey++,
        zone,
        model,
        source,
        transition,
        recordedAt,
      });
    },

    standing: (model, person) => select.all(person, model),

    supersede(zone, model, source, row, at) {
      if (row.recorded_at > at) remove.run(row.key);
      else setSuperseded.run(at, row.key);
      countTransition(model.key, zone, source, row, -1);
    },

    moveSource(zone, model, person, from, to) {
      for (const row of select.all(person, model.key)) {
        countTransition(model.key, zone, from, row, -1);
        countTransition(model.key, zone, to, row, 1);
      }
    },

    setStanding(model, person, standing) {
      const { stage, since, due, entries } = standing;
      if (stage === null) return;
      const { unwritten } = person;
      const others = unwritten.standings?.filter((other) => other.model !== model.key) ?? [];
      const row = {
        model: model.key,
        stage: model.stages.indexOf(stage),
        since,
        entry: entries[stage] ?? 1,
        due,
      };
      unwritten.standings = [...others, row];
    },

    removeStanding(model, person) {
      deleteStanding.run(model, person);
    },

    write({ key: person, site, unwritten }) {
      for (const { key, zone, model, source, transition: t, recordedAt } of unwritten.transitions ?? []) {
        const from = t.from === null ? null : model.stages.indexOf(t.from);
        const to = model.stages.indexOf(t.to);
        insert.run(
          key,
          site,
          model.key,
          person,
          t.at,
          from,
          to,
          CAUSES.indexOf(t.cause),
          t.touchpoint ?? null,
          t.ruleIndex,
          t.entry,
          recordedAt,
        );
        countTransition(model.key, zone, source, { at: t.at, from_stage: from, to_stage: to }, 1);
      }
      unwritten.transitions = undefined;
      for (const { model, stage, since, entry, due } of unwritten.standings ?? []) {
        upsertStanding.run(model, person, stage, since, entry, due);
      }
      unwritten.standings = undefined;
    },

    flush() {
      for (const { model, bucket, stage, source, n } of deltas.values()) {
        if (n !== 0) upsertDelta.run(model, bucket, stage, source, n);
      }
      deltas = new Map();
    },

    discard() {
      deltas = new Map();
      nextKey = firstFree();
    },
  };
}
