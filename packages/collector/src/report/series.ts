/**
 * People per stage day by day, with those who came into each stage and left it.
 */
import { label } from "../domain/lifecycle/labels.ts";
import { classifyStages, type StageRole } from "../domain/lifecycle/roles.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, Moves, Reads, SiteView, SourceDimension, Who } from "../store/port.ts";
import { type Filtered, isBySourceOnly, whoOf } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { daysOf, isoDays } from "./spans.ts";
import { modelOf, siteOf, valueIn } from "./subject.ts";

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

export async function series(reads: Reads, params: SeriesParams, now: EpochMs): Promise<SeriesAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const at = await stageCountsAt(reads, site, model, period.fromAt - 1, who);
  const moves = await reads.movesIn(site, model, daysOf(site, period), who);

  const stages = model.model.stages.map((stage, place): StageSeries => {
    const { role } = classifyStages(model.model)[place]!;
    const start = at.get(stage) ?? 0;
    const entered = moves.map((day) => sumOf(day.filter(({ to }) => to === stage)));
    const left = moves.map((day) => sumOf(day.filter(({ from }) => from === stage)));
    let people = start;
    const perDay = entered.map((n, day) => {
      people += n - left[day]!;
      return people;
    });
    return {
      stage,
      label: label(stage, "en", model.model.labels),
      role,
      start,
      people: perDay,
      entered,
      left,
    };
  });
  const answer: SeriesAnswer = { site: site.id, model: model.id, period, days: isoDays(period), stages };
  if (params.by === undefined) return answer;
  if (!isBySourceOnly(params.filter)) {
    throw new SojournError("bad_input", "by goes with filters on channel, source, medium and campaign only", {
      hint: "Leave out by, or the filters on landing, stage and segment.",
    });
  }
  return { ...answer, by: params.by, rows: await rowsBy(reads, site, model, period, params.by, who) };
}

/** People per stage at the end of an instant, everybody or those chosen. */
export async function stageCountsAt(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  at: EpochMs | null,
  who: Who | null,
): Promise<Map<string, number>> {
  const counts = await countsOf(reads, site, model, at, who);
  const perStage = new Map(model.model.stages.map((stage) => [stage, 0]));
  for (const { stage, people } of counts) perStage.set(stage, perStage.get(stage)! + people);
  return perStage;
}

/** Where people came from is enough to choose them in the counts; anything else asks each person. */
async function countsOf(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  at: EpochMs | null,
  who: Who | null,
): Promise<{ stage: string; people: number }[]> {
  if (who === null) return reads.stageCounts(site, model, at);
  const { firstSources, ...more } = who;
  if (firstSources === undefined || Object.keys(more).length > 0) {
    return reads.stageCountsOf(site, model, at, who);
  }
  const chosen = new Set(firstSources);
  return (await reads.stageCounts(site, model, at)).filter(({ source }) => chosen.has(source));
}

async function rowsBy(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  period: Period,
  by: Exclude<SourceDimension, "landing">,
  who: Who | null,
): Promise<NonNullable<SeriesAnswer["rows"]>> {
  const sources = await reads.sources(site);
  const chosen = who?.firstSources === undefined ? null : new Set(who.firstSources);
  const length = period.lastDay - period.firstDay + 1;
  // Changes per value, stage and day; what stood before is a change of the first day.
  const changes = new Map<string, Map<string, number[]>>();
  const add = (source: number, stage: string, day: number, people: number) => {
    if (chosen !== null && !chosen.has(source)) return;
    const value = valueIn(sources.get(source), by);
    let stages = changes.get(value);
    if (stages === undefined) {
      stages = new Map(model.model.stages.map((name) => [name, new Array<number>(length).fill(0)]));
      changes.set(value, stages);
    }
    stages.get(stage)![day]! += people;
  };
  for (const { source, stage, people } of await reads.stageCounts(site, model, period.fromAt - 1)) {
    add(source, stage, 0, people);
  }
  for (const { day, source, stage, people } of await reads.stageDeltas(
    site,
    model,
    period.firstDay,
    period.lastDay,
  )) {
    add(source, stage, day - period.firstDay, people);
  }
  const rows = [...changes].map(([value, stages]) => ({
    value,
    stages: [...stages].map(([stage, deltas]) => {
      let people = 0;
      return { stage, people: deltas.map((n) => (people += n)) };
    }),
  }));
  const last = (row: (typeof rows)[number]) =>
    row.stages.reduce((sum, { people }) => sum + people.at(-1)!, 0);
  return rows.sort((a, b) => last(b) - last(a) || (a.value < b.value ? -1 : 1));
}

const sumOf = (moves: readonly Moves[]): number => moves.reduce((sum, { moves: n }) => sum + n, 0);
