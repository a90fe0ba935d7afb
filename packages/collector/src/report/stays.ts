/**
 * How long people stay in each stage: stays that ended in the period, and those that go on, apart.
 */
import { label } from "../domain/lifecycle/labels.ts";
import { classifyStages, type StageRole } from "../domain/lifecycle/roles.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, Stay } from "../store/port.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { DAY_MS, inDays, median } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface StaysParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
}

export interface StayBin {
  /** Whole days, fromDays <= length < toDays; toDays null: and more. */
  fromDays: number;
  toDays: number | null;
  people: number;
}

export interface StageStays {
  stage: string;
  label: string;
  role: StageRole;
  /** Stays that ended in the period. */
  closed: number;
  closedMedianDays: number | null;
  /** Stays that go on at the end of the period (or now), and how long they have lasted by then. */
  open: number;
  openMedianDays: number | null;
  openBins: StayBin[];
}

export interface StaysAnswer {
  site: string;
  model: string;
  period: Period;
  stages: StageStays[];
}

/** Lower ends of the bins in days. */
const BINS = [0, 7, 30, 60, 90, 120, 180, 365] as const;

export async function stays(reads: Reads, params: StaysParams, now: EpochMs): Promise<StaysAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const end = Math.min(now, period.toAt - 1);
  const closed = lengthsPerStage(
    await reads.closedStays(site, model, { from: period.fromAt, to: period.toAt }, who),
  );
  const open = lengthsPerStage(
    await reads.openStays(site, model, period.toAt > now ? null : end, who),
    (since) => Math.max(0, end - since),
  );
  return {
    site: site.id,
    model: model.id,
    period,
    stages: classifyStages(model.model).map(({ stage, role }) => {
      const ended = closed.get(stage) ?? [];
      const running = open.get(stage) ?? [];
      return {
        stage,
        label: label(stage, "en", model.model.labels),
        role,
        closed: ended.length,
        closedMedianDays: inDays(median(ended)),
        open: running.length,
        openMedianDays: inDays(median(running)),
        openBins: binsOf(running),
      };
    }),
  };
}

function binsOf(lengths: readonly number[]): StayBin[] {
  const bins = BINS.map(
    (fromDays, place): StayBin => ({ fromDays, toDays: BINS[place + 1] ?? null, people: 0 }),
  );
  for (const length of lengths) {
    let place = BINS.length - 1;
    while (length < BINS[place]! * DAY_MS) place -= 1;
    bins[place]!.people += 1;
  }
  return bins;
}

/** Lengths of stays in milliseconds, per stage. */
export function lengthsPerStage(
  stays: Iterable<Stay>,
  lengthOf: (time: number) => number = (ms) => ms,
): Map<string, number[]> {
  const lengths = new Map<string, number[]>();
  for (const [stage, time] of stays) {
    const list = lengths.get(stage);
    if (list === undefined) lengths.set(stage, [lengthOf(time)]);
    else list.push(lengthOf(time));
  }
  return lengths;
}
