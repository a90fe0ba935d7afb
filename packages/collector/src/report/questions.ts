/**
 * Every question the collector answers, by name: what it takes, what it gives, and the function that answers it.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { type AttributionAnswer, type AttributionParams, attribution } from "./attribution.ts";
import { type CartsAnswer, type CartsParams, carts } from "./carts.ts";
import { type CohortsAnswer, type CohortsParams, cohorts } from "./cohorts.ts";
import { type ConflictsAnswer, type ConflictsParams, conflicts } from "./conflicts.ts";
import { type CostsAnswer, type CostsParams, costs } from "./costs.ts";
import { type ExportAnswer, type ExportParams, exportPerson } from "./export.ts";
import { type FindingsAnswer, type FindingsParams, findings } from "./findings.ts";
import { type FlowAnswer, type FlowParams, flow } from "./flow.ts";
import { type FunnelAnswer, type FunnelParams, funnel } from "./funnel.ts";
import { type HeadlineAnswer, type HeadlineParams, headline } from "./headline.ts";
import { type HealthAnswer, type HealthParams, health } from "./health.ts";
import { type KpisAnswer, type KpisParams, kpis } from "./kpis.ts";
import { type LapsingAnswer, type LapsingParams, lapsing } from "./lapsing.ts";
import { type LiveAnswer, type LiveParams, live } from "./live.ts";
import { type PeopleAnswer, type PeopleParams, people } from "./people.ts";
import { type PersonAnswer, type PersonParams, person } from "./person.ts";
import { type PreviewAnswer, type PreviewParams, preview } from "./preview.ts";
import { type ReclassifyAnswer, type ReclassifyParams, reclassify } from "./reclassify.ts";
import { type RfmAnswer, type RfmParams, rfm } from "./rfm.ts";
import { type ScoresAnswer, type ScoresParams, scores } from "./scores.ts";
import {
  type SegmentPreviewAnswer,
  type SegmentPreviewParams,
  type SegmentsAnswer,
  type SegmentsParams,
  segmentPreview,
  segments,
} from "./segments.ts";
import { type SeriesAnswer, type SeriesParams, series } from "./series.ts";
import { type SitesAnswer, type SitesParams, sites } from "./sites.ts";
import { type SourcesAnswer, type SourcesParams, sources } from "./sources.ts";
import { type StagesAnswer, type StagesParams, stages } from "./stages.ts";
import { type StaysAnswer, type StaysParams, stays } from "./stays.ts";
import { type VelocityAnswer, type VelocityParams, velocity } from "./steps.ts";
import {
  type GoalAnswer,
  type GoalParams,
  goalFor,
  type TargetsAnswer,
  type TargetsParams,
  targets,
} from "./targets.ts";
import { type TransitionsAnswer, type TransitionsParams, transitions } from "./transitions.ts";
import { type ValueAnswer, type ValueParams, value } from "./value.ts";
import {
  type ConversionsAnswer,
  type ConversionsParams,
  conversions,
  type TouchesAnswer,
  type TouchesParams,
  touches,
} from "./why.ts";

export interface Questions {
  conflicts: { take: ConflictsParams; give: ConflictsAnswer };
  preview: { take: PreviewParams; give: PreviewAnswer };
  export: { take: ExportParams; give: ExportAnswer };
  carts: { take: CartsParams; give: CartsAnswer };
  cohorts: { take: CohortsParams; give: CohortsAnswer };
  findings: { take: FindingsParams; give: FindingsAnswer };
  flow: { take: FlowParams; give: FlowAnswer };
  funnel: { take: FunnelParams; give: FunnelAnswer };
  headline: { take: HeadlineParams; give: HeadlineAnswer };
  kpis: { take: KpisParams; give: KpisAnswer };
  health: { take: HealthParams; give: HealthAnswer };
  lapsing: { take: LapsingParams; give: LapsingAnswer };
  live: { take: LiveParams; give: LiveAnswer };
  people: { take: PeopleParams; give: PeopleAnswer };
  series: { take: SeriesParams; give: SeriesAnswer };
  stays: { take: StaysParams; give: StaysAnswer };
  velocity: { take: VelocityParams; give: VelocityAnswer };
  segments: { take: SegmentsParams; give: SegmentsAnswer };
  segmentPreview: { take: SegmentPreviewParams; give: SegmentPreviewAnswer };
  rfm: { take: RfmParams; give: RfmAnswer };
  scores: { take: ScoresParams; give: ScoresAnswer };
  goalFor: { take: GoalParams; give: GoalAnswer };
  targets: { take: TargetsParams; give: TargetsAnswer };
  value: { take: ValueParams; give: ValueAnswer };
  sites: { take: SitesParams; give: SitesAnswer };
  stages: { take: StagesParams; give: StagesAnswer };
  attribution: { take: AttributionParams; give: AttributionAnswer };
  conversions: { take: ConversionsParams; give: ConversionsAnswer };
  touches: { take: TouchesParams; give: TouchesAnswer };
  reclassify: { take: ReclassifyParams; give: ReclassifyAnswer };
  costs: { take: CostsParams; give: CostsAnswer };
  sources: { take: SourcesParams; give: SourcesAnswer };
  person: { take: PersonParams; give: PersonAnswer };
  transitions: { take: TransitionsParams; give: TransitionsAnswer };
}

export type QuestionName = keyof Questions;

type Answerers = {
  [N in QuestionName]: (
    reads: Reads,
    params: Questions[N]["take"],
    now: EpochMs,
  ) => Promise<Questions[N]["give"]>;
};

const ANSWERERS: Answerers = {
  conflicts,
  preview,
  export: exportPerson,
  carts,
  cohorts,
  findings,
  flow,
  funnel,
  headline,
  kpis,
  health,
  lapsing,
  live,
  people,
  series,
  stays,
  velocity,
  segments,
  segmentPreview,
  rfm,
  scores,
  goalFor,
  targets,
  value,
  sites,
  stages,
  sources,
  costs,
  attribution,
  conversions,
  touches,
  reclassify,
  person,
  transitions,
};

/** Answers a question. Rejects with a SojournError `not_found` or `bad_input` that says what was wrong. */
export function answerQuestion<N extends QuestionName>(
  reads: Reads,
  name: N,
  params: Questions[N]["take"],
  now: EpochMs,
): Promise<Questions[N]["give"]> {
  return ANSWERERS[name](reads, params, now);
}
