/**
 * How people moved between the stages in a period: net (where they were at both ends) and gross (every single move).
 */
import type { StageRole } from "../domain/lifecycle/roles.ts";
import type { Filtered } from "./filter.ts";
import type { Period } from "./period.ts";

export interface FlowParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
}

/** People by their stage at the beginning and at the end; whoever stayed is in the row from = to. */
export interface NetFlow {
  /** Null: not known yet at the beginning. */
  from: string | null;
  /** Null: no longer known at the end (never happens to people who were not merged or erased). */
  to: string | null;
  people: number;
}

/** Every change of stage in the period. */
export interface GrossFlow {
  /** Null: first heard of. */
  from: string | null;
  to: string;
  /** Changes; a person may make the same one several times. */
  moves: number;
  people: number;
  /** people / everybody who was in `from` at any time in the period; null for newcomers. */
  rate: number | null;
}

export interface StageFlow {
  stage: string;
  label: string;
  role: StageRole;
  /** People in it just before the period, and at its end (or now). */
  start: number;
  end: number;
  /** Moves into it and out of it in the period. */
  entered: number;
  left: number;
  /** Median days of the stays that ended in the period; null when none did. */
  medianDays: number | null;
}

export interface FlowAnswer {
  site: string;
  model: string;
  period: Period;
  stages: StageFlow[];
  /** Sums to the people of both ends: every person once. */
  net: NetFlow[];
  /** Sums to the moves: a person once per change. */
  gross: GrossFlow[];
}
