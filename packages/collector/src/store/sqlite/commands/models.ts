/**
 * Life-cycle models of a site: apply a version, take one away. Their rows are computed, and later removed, by the
 * writer's duty.
 */
import type { LifecycleModel } from "../../../domain/lifecycle/grammar.ts";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import type { HandlersOf } from "./handler.ts";

export interface ModelCommands {
  /** Applies a model; it is built in the background unless the site has nobody yet. */
  applyModel: {
    take: { site: string; model: LifecycleModel; at: EpochMs };
    give: { id: string; version: number; state: string };
  };
  /** Takes a model away, all its versions. The site's main model stays. */
  removeModel: { take: { site: string; id: string }; give: { versions: number } };
}

export const modelHandlers: HandlersOf<ModelCommands> = {
  applyModel(writer, { site: id, model, at }) {
    return writer.changeSettled(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const hasPeople =
        writer.db.prepare("select 1 from person where site = ? limit 1").get(site.key) !== undefined;
      const older = site.models.filter((row) => row.id === model.id && row.state !== "retired");
      const row = writer.sites.addModel(site, model, hasPeople ? "building" : "active", at);
      for (const before of older) {
        if (!hasPeople || before.state === "building") writer.sites.setModelState(before.key, "retired");
      }
      return { id: row.id, version: row.version, state: row.state };
    });
  },

  removeModel(writer, { site: id, id: modelId }) {
    return writer.changeSettled(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const rows = site.models.filter((row) => row.id === modelId && row.state !== "retired");
      if (rows.length === 0) throw new SojournError("not_found", `Site "${id}" has no model "${modelId}"`);
      if (site.settings.model === modelId) {
        throw new SojournError("conflict", `${modelId} is the model that site "${id}" shows first`, {
          hint: "Choose another one first: sojourn site set <id> --model <model>",
        });
      }
      for (const row of rows) writer.sites.setModelState(row.key, "retired");
      return { versions: rows.length };
    });
  },
};
