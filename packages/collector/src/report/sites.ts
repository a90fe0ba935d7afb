/**
 * Which sites there are, with their models and the size of the log.
 */
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
    models: { id: string; version: number; state: string; progress: number; stages: string[] }[];
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
    sites: (await reads.sites()).map(({ id, settings, models }) => ({
      id,
      name: settings.name,
      zone: settings.zone,
      currency: settings.currency,
      origins: settings.origins,
      model: settings.model,
      models: models
        .filter((model) => model.state !== "retired")
        .map(({ id: modelId, version, state, progress, model }) => ({
          id: modelId,
          version,
          state,
          progress,
          stages: [...model.stages],
        })),
    })),
    log: { ...log, newestAt: log.newestAt === null ? null : new Date(log.newestAt).toISOString() },
  };
}
