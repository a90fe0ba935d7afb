/**
 * How many people a draft of a model would put into each stage now, before it is applied.
 */
import { compile } from "../domain/lifecycle/compile.ts";
import type { LifecycleModel } from "../domain/lifecycle/grammar.ts";
import { label } from "../domain/lifecycle/labels.ts";
import { stageAt } from "../domain/lifecycle/stage.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { siteOf } from "./subject.ts";

export interface PreviewParams {
  site: string;
  /** A checked model. */
  model: LifecycleModel;
}

export interface PreviewAnswer {
  site: string;
  model: string;
  at: string;
  people: number;
  /** How many of them were looked at; fewer than `people`: the counts are scaled up from these, evenly chosen. */
  looked: number;
  stages: { stage: string; label: string; people: number; share: number | null }[];
}

/** More people than this are not looked at one by one: about a second. */
export const MOST_LOOKED_AT = 100_000;

export async function preview(
  reads: Reads,
  { site: id, model }: PreviewParams,
  now: EpochMs,
): Promise<PreviewAnswer> {
  const site = await siteOf(reads, id);
  // Quantiles as they were settled latest, as applying the draft would settle them anew.
  const calibration = site.models.at(-1)?.calibration ?? {};
  const compiled = compile(model, (quantile) => calibration[quantile.toFixed(2)]);
  const counts = new Map<string, number>();
  const { people, looked } = await reads.eachFacts(site, MOST_LOOKED_AT, (facts) => {
    const stage = stageAt(compiled, facts, now)?.stage;
    if (stage !== undefined) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  });
  const scale = looked === 0 ? 0 : people / looked;
  return {
    site: site.id,
    model: model.id,
    at: new Date(now).toISOString(),
    people,
    looked,
    stages: model.stages.map((stage) => {
      const counted = Math.round((counts.get(stage) ?? 0) * scale);
      return {
        stage,
        label: label(stage, "en", model.labels),
        people: counted,
        share: people === 0 ? null : counted / people,
      };
    }),
  };
}
