/**
 * Which sites there are, with their models and the size of the log.
 */
import type { LifecycleModel } from "../domain/lifecycle/grammar.ts";
import { classifiedBy } from "../domain/reclassification.ts";
import type { SiteSettings } from "../domain/site.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";

export interface SitesAnswer {
  sites: {
    id: string;
    name: string;
    zone: string;
    currency: string;
    origins: string[];
    model: string;
    /** True when history was classified by other rules, or older tables, than the site has now. */
    isStale: boolean;
    /** How far a reclassification that is under way has come, 0 to 1; null when none is. */
    reclassified: number | null;
    /** What else the operator decided; the page of settings shows it. */
    settings: Omit<SiteSettings, "name" | "origins" | "zone" | "currency" | "model">;
    models: {
      id: string;
      version: number;
      state: string;
      progress: number;
      stages: string[];
      definition: LifecycleModel;
    }[];
  }[];
  /** The log of all sites; null when it was left out. */
  log: { touchpoints: number; newestAt: string | null; bytes: number } | null;
}

export interface SitesParams {
  /** Leaves out the size of the log, which takes a walk over all of it: a tenth of a second for ten million touchpoints. */
  brief?: boolean;
}

export async function sites(
  reads: Reads,
  { brief = false }: SitesParams,
  _now: EpochMs,
): Promise<SitesAnswer> {
  const log = brief ? null : await reads.logSize();
  const all = await reads.sites();
  const classifications = await Promise.all(all.map((site) => reads.classification(site)));
  return {
    sites: all.map(
      ({ id, settings: { name, origins, zone, currency, model: shown, ...settings }, models }, place) => ({
        id,
        name,
        zone,
        currency,
        origins,
        model: shown,
        isStale: isStale(classifications[place]!.by, settings),
        reclassified: classifications[place]!.progress,
        settings,
        models: models
          .filter((model) => model.state !== "retired")
          .map(({ id: modelId, version, state, progress, model }) => ({
            id: modelId,
            version,
            state,
            progress,
            stages: [...model.stages],
            definition: model,
          })),
      }),
    ),
    log:
      log === null
        ? null
        : { ...log, newestAt: log.newestAt === null ? null : new Date(log.newestAt).toISOString() },
  };
}

const isStale = (by: string | null, rules: Parameters<typeof classifiedBy>[0]): boolean =>
  by !== null && by !== classifiedBy(rules);
