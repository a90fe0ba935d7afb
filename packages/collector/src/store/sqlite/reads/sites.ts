/**
 * Reads sites, their models and their sources.
 */
import type { LifecycleModel } from "../../../domain/lifecycle/grammar.ts";
import { DEFAULT_SITE } from "../../../domain/site.ts";
import type { ModelView, Reads, SiteView, SourceView } from "../../port.ts";
import type { Db } from "../open.ts";
import type { ModelRow } from "../sites.ts";

interface SiteRow {
  key: number;
  id: string;
  settings: string;
  created_at: number;
}

interface SourceRow {
  key: number;
  source: string;
  medium: string;
  channel: string;
  campaign: string | null;
  term: string | null;
  content: string | null;
  rule: string;
  detail: string;
}

export function siteReads(db: Db): Pick<Reads, "sites" | "site" | "sources"> {
  const selectSites = db.prepare<[], SiteRow>("select * from site order by key");
  const selectSite = db.prepare<[string], SiteRow>("select * from site where id = ?");
  const selectModels = db.prepare<[number], ModelRow>("select * from model where site = ? order by key");
  // Keys rise over all sites, and a model is brought to people by key: the newest person of any site ends the way. Asked by site it
  // would be a walk over everybody.
  const newestPerson = db.prepare<[], number | null>("select max(key) from person").pluck();
  const selectSources = db.prepare<[number, number], SourceRow>(
    "select key, source, medium, channel, campaign, term, content, rule, detail from source where site = ? and key > ?",
  );
  // Sources are only ever added (a replay empties them, and with them the file's data version).
  const known = new Map<number, { version: number; newest: number; sources: Map<number, SourceView> }>();
  const replayed = db.prepare<[], string>("select value from meta where key = 'replayed'").pluck();

  const view = (row: SiteRow): SiteView => ({
    key: row.key,
    id: row.id,
    settings: { ...DEFAULT_SITE, ...JSON.parse(row.settings) },
    createdAt: row.created_at,
    models: selectModels.all(row.key).map((model) => modelView(model, newestPerson)),
  });

  return {
    sites: async () => selectSites.all().map(view),
    site: async (id) => {
      const row = selectSite.get(id);
      return row === undefined ? undefined : view(row);
    },
    sources: async (site) => {
      const version = Number(replayed.get() ?? 0);
      let held = known.get(site.key);
      if (held === undefined || held.version !== version) {
        held = { version, newest: 0, sources: new Map() };
        known.set(site.key, held);
      }
      for (const row of selectSources.all(site.key, held.newest)) {
        held.sources.set(row.key, sourceView(row));
        held.newest = Math.max(held.newest, row.key);
      }
      return held.sources;
    },
  };
}

function modelView(row: ModelRow, newestPerson: { get(): number | null | undefined }): ModelView {
  const isBuilding = row.state === "building";
  const newest = isBuilding ? (newestPerson.get() ?? 0) : 0;
  return {
    key: row.key,
    id: row.id,
    version: row.version,
    model: JSON.parse(row.source) as LifecycleModel,
    calibration: JSON.parse(row.calibration) as Record<string, number>,
    state: row.state,
    progress: newest === 0 ? 1 : Math.min(1, row.built_to / newest),
  };
}

function sourceView(row: SourceRow): SourceView {
  const { key, source, medium, channel, rule } = row;
  const view: SourceView = { key, source, medium, channel, rule, detail: JSON.parse(row.detail) };
  if (row.campaign !== null) view.campaign = row.campaign;
  if (row.term !== null) view.term = row.term;
  if (row.content !== null) view.content = row.content;
  return view;
}
