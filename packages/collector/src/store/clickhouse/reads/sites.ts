/**
 * Reads sites, their models and their sources.
 */
import type { LifecycleModel } from "../../../domain/lifecycle/grammar.ts";
import { DEFAULT_SITE } from "../../../domain/site.ts";
import type { ModelView, Reads, SiteView, SourceView } from "../../port.ts";
import { KEYS_PER_OWNER } from "../../sqlite/shipped.ts";
import type { EngineClient } from "../client.ts";

type SiteRow = readonly [key: number, id: string, settings: string, createdAt: number];
type ModelRow = readonly [
  site: number,
  key: number,
  id: string,
  version: number,
  source: string,
  calibration: string,
  state: ModelView["state"],
  builtTo: number,
];
type SourceRow = readonly [
  key: number,
  source: string,
  medium: string,
  channel: string,
  campaign: string | null,
  term: string | null,
  content: string | null,
  rule: string,
  detail: string,
];

export function siteReads({ rows }: EngineClient): Pick<Reads, "sites" | "site" | "sources"> {
  const viewSites = async (where: string, params: Record<string, unknown>): Promise<SiteView[]> => {
    const found = await rows<SiteRow>(
      `select s.key, s.id, s.settings, s.created_at from site s ${where} order by s.key`,
      params,
    );
    const models = await rows<ModelRow>(
      "select site, key, id, version, source, calibration, state, built_to from model order by key",
    );
    // A model is brought to people by key, over all sites of its collector.
    const isBuilding = models.some(([, , , , , , state]) => state === "building");
    const newest = new Map(
      isBuilding ? await rows<[number, number]>("select owner, max(key) from person group by owner") : [],
    );
    return found.map(([key, id, settings, createdAt]) => ({
      key,
      id,
      settings: { ...DEFAULT_SITE, ...JSON.parse(settings) },
      createdAt,
      models: models
        .filter(([site]) => site === key)
        .map((row) => modelView(row, (newest.get(Math.floor(key / KEYS_PER_OWNER)) ?? 0) % KEYS_PER_OWNER)),
    }));
  };

  return {
    sites: () => viewSites("", {}),
    site: async (id) => (await viewSites("where s.id = {id:String}", { id }))[0],
    async sources(site) {
      const found = await rows<SourceRow>(
        `select key, source, medium, channel, campaign, term, content, rule, detail from source
        where site = {site:UInt64} order by key`,
        { site: site.key },
      );
      return new Map(found.map((row) => [row[0], sourceView(row)]));
    },
  };
}

function modelView(row: ModelRow, newest: number): ModelView {
  const [, key, id, version, source, calibration, state, builtTo] = row;
  return {
    key,
    id,
    version,
    model: JSON.parse(source) as LifecycleModel,
    calibration: JSON.parse(calibration) as Record<string, number>,
    state,
    progress: state !== "building" || newest === 0 ? 1 : Math.min(1, builtTo / newest),
  };
}

function sourceView(row: SourceRow): SourceView {
  const [key, source, medium, channel, campaign, term, content, rule, detail] = row;
  const view: SourceView = { key, source, medium, channel, rule, detail: JSON.parse(detail) };
  if (campaign !== null) view.campaign = campaign;
  if (term !== null) view.term = term;
  if (content !== null) view.content = content;
  return view;
}
