/**
 * Classifies history again after a change of rules or tables: settings at once, people a slice at a time, so that arrivals never
 * wait. What is still to do stands in the file; a crash or a restart goes on from there.
 */
import { type ClassificationRules, classifiedBy } from "../../../domain/reclassification.ts";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import { classifiedKey, reclassifyKey } from "../classified.ts";
import type { Writer } from "../writer.ts";
import { getMeta, type HandlersOf, setMeta } from "./handler.ts";

export interface ReclassifyCommands {
  /** Applies rules and begins to classify everybody again; the writer's duty goes on by itself. */
  startReclassify: {
    take: { site: string; settings: Partial<ClassificationRules> };
    give: { people: number };
  };
  /** Does one slice; `left` people are still to do. */
  stepReclassify: { take: { site: string; limit: number; at: EpochMs }; give: { left: number } };
}

export const reclassifyHandlers: HandlersOf<ReclassifyCommands> = {
  startReclassify(writer, { site: id, settings }) {
    return writer.changeSettled(() => {
      if (writer.sites.byId(id) === undefined)
        throw new SojournError("not_found", `There is no site "${id}"`);
      const site =
        Object.keys(settings).length === 0 ? writer.sites.byId(id)! : writer.sites.update(id, settings);
      setMeta(writer, reclassifyKey(site.key), "0");
      return { people: leftOf(writer, site.key, 0) };
    });
  },

  stepReclassify(writer, { site: id, limit, at }) {
    const site = writer.sites.byId(id);
    if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
    return { left: reclassifySlice(writer, site.key, limit, at) };
  },
};

/** Classifies the next people again; returns how many are left. In a transaction of its own. */
export function reclassifySlice(writer: Writer, siteKey: number, limit: number, at: EpochMs): number {
  return writer.changeSettled(() => {
    const doneTo = getMeta(writer, reclassifyKey(siteKey));
    if (doneTo === undefined) return 0;
    const keys = writer.db
      .prepare<[number, number, number], number>(
        "select key from person where site = ? and key > ? order by key limit ?",
      )
      .pluck()
      .all(siteKey, Number(doneTo), limit);
    for (const key of keys) writer.projector.refold(key, siteKey, writer.projectedTo(), at);
    if (keys.length === limit) {
      setMeta(writer, reclassifyKey(siteKey), String(keys.at(-1)));
      return leftOf(writer, siteKey, keys.at(-1)!);
    }
    noteClassified(writer, siteKey);
    return 0;
  });
}

/** Sites whose reclassification is under way. */
export function reclassifying(writer: Writer): number[] {
  return writer.sites
    .all()
    .flatMap(({ key }) => (getMeta(writer, reclassifyKey(key)) === undefined ? [] : [key]));
}

/** Notes that a site's touches were all made by its present rules. */
export function noteClassified(writer: Writer, siteKey: number): void {
  setMeta(writer, reclassifyKey(siteKey), null);
  setMeta(writer, classifiedKey(siteKey), classifiedBy(writer.sites.byKey(siteKey).settings));
}

/** True when a site's touches were made by other rules, or older tables, than it has now. */
export function isStale(writer: Writer, siteKey: number): boolean {
  const by = getMeta(writer, classifiedKey(siteKey));
  return by !== undefined && by !== classifiedBy(writer.sites.byKey(siteKey).settings);
}

export const STALE_HINT = (id: string): string =>
  `New visits follow the new rules; history was classified by others. See what would move: sojourn reclassify --site ${id}`;

function leftOf(writer: Writer, site: number, after: number): number {
  return (
    writer.db
      .prepare<[number, number], number>("select count(*) from person where site = ? and key > ?")
      .pluck()
      .get(site, after) ?? 0
  );
}
