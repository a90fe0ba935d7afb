/**
 * Sites and their models, as the writer holds them: settings from the file, compiled once, looked up by id and key.
 */
import { compile } from "../../domain/lifecycle/compile.ts";
import type { LifecycleModel } from "../../domain/lifecycle/grammar.ts";
import { DEFAULT_SITE, type SiteSettings } from "../../domain/site.ts";
import { classify } from "../../domain/source/classify.ts";
import { zoneOf } from "../../domain/zone.ts";
import { SojournError } from "../../errors.ts";
import { type AcceptingSite, TRAFFIC } from "../../ingest/accept.ts";
import { acceptingSite } from "../../ingest/accepting-site.ts";
import type { Db } from "./open.ts";
import type { ProjectedModel, ProjectedSite } from "./projected.ts";

export type ModelState = "building" | "active" | "retired";

/** A model of a site, as stored. */
export interface ModelRow {
  key: number;
  site: number;
  id: string;
  version: number;
  /** The model as JSON text. */
  source: string;
  /** Quantiles of gaps between orders, settled when the model was applied: quantile -> milliseconds. */
  calibration: string;
  state: ModelState;
  built_to: number;
  applied_at: number;
}

export interface HeldSite {
  key: number;
  id: string;
  settings: SiteSettings;
  accepting: AcceptingSite;
  projected: ProjectedSite;
  models: readonly ModelRow[];
}

export interface Sites {
  byId(id: string): HeldSite | undefined;
  byKey(key: number): HeldSite;
  all(): HeldSite[];
  /** Adds a site with its first model. Throws `conflict` when the id is taken. */
  add(id: string, settings: Partial<SiteSettings>, model: LifecycleModel, at: number): HeldSite;
  update(id: string, settings: Partial<SiteSettings>): HeldSite;
  /** Adds a version of a model, to be built. */
  addModel(site: HeldSite, model: LifecycleModel, state: ModelState, at: number): ModelRow;
  setModelState(key: number, state: ModelState): void;
  setBuiltTo(key: number, person: number): void;
  /** Reads everything from the file again. */
  reload(): void;
}

export function openSites(db: Db): Sites {
  const selectSites = db.prepare<[], { key: number; id: string; settings: string }>(
    "select key, id, settings from site order by key",
  );
  const selectModels = db.prepare<[number], ModelRow>("select * from model where site = ? order by key");
  const insertSite = db.prepare("insert into site (id, settings, created_at) values (?, ?, ?)");
  const updateSite = db.prepare("update site set settings = ? where id = ?");
  const insertModel = db.prepare<unknown[], ModelRow>(`
    insert into model (site, id, version, source, calibration, state, built_to, applied_at)
    values (?, ?, (select coalesce(max(version), 0) + 1 from model where site = ? and id = ?), ?, ?, ?, 0, ?)
    returning *`);
  const updateModelState = db.prepare("update model set state = ? where key = ?");
  const updateBuiltTo = db.prepare("update model set built_to = ? where key = ?");

  let byId = new Map<string, HeldSite>();
  let byKey = new Map<number, HeldSite>();

  const reload = (): void => {
    byId = new Map();
    byKey = new Map();
    for (const { key, id, settings } of selectSites.all()) {
      const site = holdSite(key, id, { ...DEFAULT_SITE, ...JSON.parse(settings) }, selectModels.all(key));
      byId.set(id, site);
      byKey.set(key, site);
    }
  };
  reload();

  const mustHave = (id: string): HeldSite => {
    const site = byId.get(id);
    if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
    return site;
  };

  const addModel = (site: number, model: LifecycleModel, state: ModelState, at: number): ModelRow => {
    const calibration = JSON.stringify(calibrate(db, site));
    return insertModel.get(site, model.id, site, model.id, JSON.stringify(model), calibration, state, at)!;
  };

  return {
    byId: (id) => byId.get(id),
    byKey: (key) => byKey.get(key)!,
    all: () => [...byId.values()],

    add(id, settings, model, at) {
      if (byId.has(id)) throw new SojournError("conflict", `There is a site "${id}" already`);
      const key = Number(insertSite.run(id, JSON.stringify(settings), at).lastInsertRowid);
      addModel(key, model, "active", at);
      reload();
      return mustHave(id);
    },

    update(id, settings) {
      const site = mustHave(id);
      updateSite.run(JSON.stringify({ ...site.settings, ...settings }), id);
      reload();
      return mustHave(id);
    },

    addModel(site, model, state, at) {
      const row = addModel(site.key, model, state, at);
      reload();
      return row;
    },

    setModelState(key, state) {
      updateModelState.run(state, key);
      reload();
    },

    setBuiltTo(key, person) {
      updateBuiltTo.run(person, key);
    },

    reload,
  };
}

function holdSite(key: number, id: string, settings: SiteSettings, models: readonly ModelRow[]): HeldSite {
  const zone = zoneOf(settings.zone);
  const options = { profile: settings.profile, siteHosts: settings.hosts, rules: settings.rules };
  const counted = new Set<number>([TRAFFIC.person]);
  if (settings.countsRobots) counted.add(TRAFFIC.robot);
  if (settings.countsSpam) counted.add(TRAFFIC.spam);
  if (settings.countsOwn) counted.add(TRAFFIC.own);
  return {
    key,
    id,
    settings,
    models,
    accepting: acceptingSite(key, id, settings),
    projected: {
      key,
      id,
      zone,
      models: models.filter((row) => row.state !== "retired").map(compileRow),
      news: settings,
      counts: (traffic) => counted.has(traffic),
      linksOrders: (at) => settings.ordersLinked.some(([from, to]) => at >= from && (to === null || at < to)),
      classify: (t, opensVisit) =>
        classify({ url: t.url ?? "", referrer: t.referrer ?? null, opensVisit }, options),
    },
  };
}

/** The model of a row, ready to be asked. */
export function compileRow(row: ModelRow): ProjectedModel {
  const source = JSON.parse(row.source) as LifecycleModel;
  const quantiles = JSON.parse(row.calibration) as Record<string, number>;
  const model = compile(source, (quantile) => quantiles[quantile.toFixed(2)]);
  return { key: row.key, stages: source.stages, model };
}

/** Fewer gaps than this say too little about a shop's rhythm; quantile limits then stand at their `max`. */
const LEAST_GAPS = 100;

/** Every hundredth quantile of the time between a person's neighbouring orders, in milliseconds. */
function calibrate(db: Db, site: number): Record<string, number> {
  const gaps = db
    .prepare<[number], number>(`
      select gap from (
        select at - lag(at) over (partition by person order by at) as gap
        from purchase where site = ? and void_at is null
      ) where gap is not null order by gap`)
    .pluck()
    .all(site);
  if (gaps.length < LEAST_GAPS) return {};
  const quantiles: Record<string, number> = {};
  for (let hundredth = 1; hundredth < 100; hundredth++) {
    quantiles[(hundredth / 100).toFixed(2)] = gaps[Math.ceil((hundredth / 100) * gaps.length) - 1]!;
  }
  return quantiles;
}
