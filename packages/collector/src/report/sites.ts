/**
 * Which sites there are, with their models and the size of the log.
 */
import type { LifecycleModel } from "../domain/lifecycle/grammar.ts";
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
  log: { touchpoints: number; newestAt: string | null; bytes: number };
}

export async function sites(
  reads: Reads,
  _params: Record<string, never>,
  _now: EpochMs,
): Promise<SitesAnswer> {
  const log = await reads.logSize();
  return {
    sites: (await reads.sites()).map(
      ({ id, settings: { name, origins, zone, currency, model: shown, ...settings }, models }) => ({
        id,
        name,
        zone,
        currency,
        origins,
        model: shown,
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
    log: { ...log, newestAt: log.newestAt === null ? null : new Date(log.newestAt).toISOString() },
  };
}
