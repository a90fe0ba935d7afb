/**
 * Segments and targets: what operators save to ask for again.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import type { Writer } from "../writer.ts";
import type { HandlersOf } from "./handler.ts";

export interface SegmentCommands {
  /** Saves a rule (JSON text, checked before) under a name, over an older one of that name. */
  saveSegment: { take: { site: string; name: string; rule: string; at: EpochMs }; give: { name: string } };
  removeSegment: { take: { site: string; name: string }; give: { removed: boolean } };
  setTarget: {
    take: { site: string; figure: string; period: string; goal: number };
    give: { figure: string; period: string; goal: number };
  };
  removeTarget: { take: { site: string; figure: string; period: string }; give: { removed: boolean } };
}

export const segmentHandlers: HandlersOf<SegmentCommands> = {
  saveSegment(writer, { site, name, rule, at }) {
    return writer.change(() => {
      writer.db
        .prepare(`
          insert into segment (site, name, rule, created_at) values (?, ?, ?, ?)
          on conflict do update set rule = excluded.rule`)
        .run(keyOf(writer, site), name, rule, at);
      return { name };
    });
  },

  removeSegment(writer, { site, name }) {
    return writer.change(() => ({
      removed:
        writer.db.prepare("delete from segment where site = ? and name = ?").run(keyOf(writer, site), name)
          .changes > 0,
    }));
  },

  setTarget(writer, { site, figure, period, goal }) {
    return writer.change(() => {
      writer.db
        .prepare(`
          insert into target (site, figure, period, goal) values (?, ?, ?, ?)
          on conflict do update set goal = excluded.goal`)
        .run(keyOf(writer, site), figure, period, goal);
      return { figure, period, goal };
    });
  },

  removeTarget(writer, { site, figure, period }) {
    return writer.change(() => ({
      removed:
        writer.db
          .prepare("delete from target where site = ? and figure = ? and period = ?")
          .run(keyOf(writer, site), figure, period).changes > 0,
    }));
  },
};

function keyOf(writer: Writer, id: string): number {
  const site = writer.sites.byId(id);
  if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
  return site.key;
}
