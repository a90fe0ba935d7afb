/**
 * People per stage day by day, with those who came into each stage and left it.
 */
import type { StageRole } from "../domain/lifecycle/roles.ts";
import type { SourceDimension } from "../store/port.ts";
import type { Filtered } from "./filter.ts";
import type { Period } from "./period.ts";

export interface SeriesParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
  /** Also one series per value of the first touch. */
  by?: Exclude<SourceDimension, "landing">;
}

export interface StageSeries {
  stage: string;
  label: string;
  role: StageRole;
  /** People just before the first day. */
  start: number;
  /** People at the end of each day (the last one: so far). */
  people: number[];
  /** Moves into and out of the stage on each day. */
  entered: number[];
  left: number[];
}

export interface SeriesAnswer {
  site: string;
  model: string;
  period: Period;
  days: string[];
  stages: StageSeries[];
  by?: SourceDimension;
  /** Per value, people at the end of each day by stage; most people first. */
  rows?: { value: string; stages: { stage: string; people: number[] }[] }[];
}
