/**
 * Numbers for texts that repeat: sources of a site, and pages of a site.
 *
 * A touch then costs a few bytes. Part of the projections: replay makes the same numbers again, because it sees the
 * same texts in the same order.
 */
import { createHash } from "node:crypto";
import type { SourceDecision } from "../../domain/source/classify.ts";
import type { Db } from "./open.ts";

/** The source of a person whom no touch led here. */
export const NO_SOURCE = 0;

const MOST_HELD = 50_000;

export interface Dictionary {
  sourceKey(site: number, decision: SourceDecision): number;
  pageKey(site: number, path: string): number;
  /** Forget everything held: the transaction that added it is gone, or the tables were emptied. */
  reset(): void;
}

export function openDictionary(db: Db): Dictionary {
  const findSource = db
    .prepare<[number, Buffer], number>("select key from source where site = ? and hash = ?")
    .pluck();
  const insertSource = db
    .prepare(`
    insert into source (site, hash, source, medium, channel, campaign, term, content, rule, detail)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning key`)
    .pluck();
  const findPage = db
    .prepare<[number, string], number>("select key from page where site = ? and path = ?")
    .pluck();
  const insertPage = db.prepare("insert into page (site, path) values (?, ?) returning key").pluck();
  const sources = new Map<string, number>();
  const pages = new Map<string, number>();

  const hold = (map: Map<string, number>, name: string, key: number): number => {
    if (map.size >= MOST_HELD) map.clear();
    map.set(name, key);
    return key;
  };

  return {
    sourceKey(site, decision) {
      const { landing: _landing, ...identity } = decision;
      const text = JSON.stringify([site, identity]);
      const held = sources.get(text);
      if (held !== undefined) return held;
      const hash = createHash("sha256").update(text).digest().subarray(0, 16);
      const found = findSource.get(site, hash);
      if (found !== undefined) return hold(sources, text, found);
      const { source, medium, channel, campaign, term, content, rule, ...detail } = identity;
      const key = insertSource.get(
        site,
        hash,
        source,
        medium,
        channel,
        campaign ?? null,
        term ?? null,
        content ?? null,
        rule,
        JSON.stringify(detail),
      ) as number;
      return hold(sources, text, key);
    },

    pageKey(site, path) {
      const name = `${site} ${path}`;
      const held = pages.get(name);
      if (held !== undefined) return held;
      const key = findPage.get(site, path) ?? (insertPage.get(site, path) as number);
      return hold(pages, name, key);
    },

    reset() {
      sources.clear();
      pages.clear();
    },
  };
}
