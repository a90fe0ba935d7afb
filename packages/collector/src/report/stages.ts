/**
 * How many people are in each stage, now or at a past instant, as a whole or told apart by where they came from.
 */
import type { Language } from "../domain/lifecycle/grammar.ts";
import { label } from "../domain/lifecycle/labels.ts";
import { classifyStages, type StageRole } from "../domain/lifecycle/roles.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, Reads, SiteView, SourceDimension, StageCount, Who } from "../store/port.ts";
import { type Filtered, isBySourceOnly, whoOf } from "./filter.ts";
import { instantOf } from "./period.ts";
import { modelOf, siteOf, valueIn } from "./subject.ts";

export interface StagesParams extends Filtered {
  site: string;
  model?: string;
  /** A date (its end, in the site's zone) or an ISO instant; absent: now. */
  at?: string;
  by?: Exclude<SourceDimension, "landing">;
  /** Which touch tells where a person came from; default first. */
  touch?: "first" | "last";
}

export interface StagesAnswer {
  site: string;
  model: string;
  version: number;
  /** The instant the counts are for. */
  at: string;
  zone: string;
  /** Share of people a newer version of the model was brought to, while it is being built. */
  building?: { version: number; progress: number };
  total: number;
  /** In the model's display order; every stage is listed, empty ones too. */
  stages: StageNow[];
  by?: SourceDimension;
  touch?: "first" | "last";
  /** One row per value, most people first; `stages` in the same order as above. */
  rows?: { value: string; people: number; stages: Record<string, number> }[];
}

export interface StageNow {
  stage: string;
  people: number;
  /** Its part on a map of the model: a step of the path, a place of silence, or a return. */
  role: StageRole;
  /** What people call it, by language. */
  labels: Record<Language, string>;
}

export async function stages(reads: Reads, params: StagesParams, now: EpochMs): Promise<StagesAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const asked = params.at === undefined ? null : instantOf(site, "at", params.at);
  // The present and the future are the same to us: nothing later than now is known.
  const at = asked === null || asked >= now ? null : asked;
  const touch = params.touch ?? "first";
  const who = await whoOf(reads, site, model, params.filter, now);
  const byTouch =
    params.by !== undefined && touch === "last"
      ? await reads.stageCountsByLastTouch(site, model, at)
      : await reads.stageCounts(site, model, at);
  const counts = await narrowed(reads, site, model, at, who, params, byTouch);

  const perStage = new Map(model.model.stages.map((stage) => [stage, 0]));
  for (const { stage, people } of counts) perStage.set(stage, perStage.get(stage)! + people);
  const next = site.models.find((m) => m.id === model.id && m.state === "building" && m.key !== model.key);
  const answer: StagesAnswer = {
    site: site.id,
    model: model.id,
    version: model.version,
    at: new Date(at ?? now).toISOString(),
    zone: site.settings.zone,
    ...(next === undefined ? {} : { building: { version: next.version, progress: next.progress } }),
    total: [...perStage.values()].reduce((sum, people) => sum + people, 0),
    stages: classifyStages(model.model).map(({ stage, role }) => ({
      stage,
      people: perStage.get(stage)!,
      role,
      labels: {
        en: label(stage, "en", model.model.labels),
        de: label(stage, "de", model.model.labels),
        da: label(stage, "da", model.model.labels),
      },
    })),
  };
  if (params.by === undefined) return answer;

  const sources = await reads.sources(site);
  const rows = new Map<string, { value: string; people: number; stages: Record<string, number> }>();
  for (const { stage, source, people } of counts) {
    const value = valueIn(sources.get(source), params.by);
    let row = rows.get(value);
    if (row === undefined) {
      row = { value, people: 0, stages: Object.fromEntries(model.model.stages.map((name) => [name, 0])) };
      rows.set(value, row);
    }
    row.people += people;
    row.stages[stage] = (row.stages[stage] ?? 0) + people;
  }
  return {
    ...answer,
    by: params.by,
    touch,
    rows: [...rows.values()].sort((a, b) => b.people - a.people || (a.value < b.value ? -1 : 1)),
  };
}

/** The counts of the people chosen. Where they came from is enough to choose by first touch; anything else asks each person. */
async function narrowed(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  at: EpochMs | null,
  who: Who | null,
  params: StagesParams,
  counts: StageCount[],
): Promise<StageCount[]> {
  if (who === null) return counts;
  if (isBySourceOnly(params.filter) && params.touch !== "last") {
    const chosen = new Set(who.firstSources);
    return counts.filter(({ source }) => chosen.has(source));
  }
  if (params.by !== undefined) {
    throw new SojournError("bad_input", "by goes with filters on channel, source, medium and campaign only", {
      hint: "Leave out by and touch=last, or the filters on landing, stage and segment.",
    });
  }
  return (await reads.stageCountsOf(site, model, at, who)).map((count) => ({ ...count, source: 0 }));
}
