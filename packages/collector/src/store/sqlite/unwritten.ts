/**
 * What folding has found out about a person and the tables do not say yet.
 *
 * A busy person is folded many times a second and written once: most of what a touchpoint costs is the pages it
 * changes. Everything of a person is written in one transaction with the last row of the log that is in it, so that
 * after a crash the log is folded on from there.
 */
import type { FoldedTransition } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Day, Zone } from "../../domain/zone.ts";
import type { StageNames } from "./stages.ts";

export interface UnwrittenTouch {
  at: EpochMs;
  seq: number;
  source: number;
  page: number;
  opensVisit: boolean;
}

/** What was done on a day of the site's zone; `n` times, first at `at`. */
export interface UnwrittenActivity {
  kind: number;
  day: Day;
  n: number;
  at: EpochMs;
}

export interface UnwrittenMoment {
  at: EpochMs;
  seq: number;
  kind: number;
  amount: number | null;
  unit: string | null;
}

export interface UnwrittenTransition {
  key: number;
  zone: Zone;
  model: StageNames;
  /** The first source it is counted under. */
  source: number;
  transition: FoldedTransition;
  recordedAt: EpochMs;
}

/** Where a person stands in a model. */
export interface UnwrittenStanding {
  model: number;
  /** Place of the stage in the model. */
  stage: number;
  since: EpochMs;
  /** How often it was entered. */
  entry: number;
  due: EpochMs | null;
}

/** Undefined: nothing of the kind. */
export interface Unwritten {
  touches: UnwrittenTouch[] | undefined;
  activity: UnwrittenActivity[] | undefined;
  moments: UnwrittenMoment[] | undefined;
  transitions: UnwrittenTransition[] | undefined;
  /** One of each model. */
  standings: UnwrittenStanding[] | undefined;
  orders: boolean;
}

/** The list with one more; a new one when there was none. */
export function withOne<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}

export const nothingUnwritten = (): Unwritten => ({
  touches: undefined,
  activity: undefined,
  moments: undefined,
  transitions: undefined,
  standings: undefined,
  orders: false,
});
