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

/** Numbers of names that perhaps nobody uses any more. Giving one out takes the doubt away. */
export interface Doubts {
  raise(names: { sources: readonly number[]; pages: readonly number[] }): void;
  /** Those of them that were not given out since; there is no doubt about any of them afterwards. */
  settle(names: { sources: readonly number[]; pages: readonly number[] }): {
    sources: number[];
    pages: number[];
  };
}

export interface Dictionary {
  sourceKey(site: number, decision: SourceDecision): number;
  pageKey(site: number, path: string): number;
  readonly doubts: Doubts;
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
  /** Empty but for the moments after somebody was erased. */
  const doubted = { sources: new Set<number>(), pages: new Set<number>() };

  const hold = (map: Map<string, number>, name: string, key: number): number => {
    if (map.size >= MOST_HELD) map.clear();
    map.set(name, key);
    return key;
  };
  const given = (name: keyof typeof doubted, key: number): number => {
    if (doubted[name].size > 0) doubted[name].delete(key);
    return key;
  };

  return {
    sourceKey(site, decision) {
      const { landing: _landing, ...identity } = decision;
      const text = JSON.stringify([site, identity]);
      const held = sources.get(text);
      if (held !== undefined) return given("sources", held);
      const hash = createHash("sha256").update(text).digest().subarray(0, 16);
      const found = findSource.get(site, hash);
      if (found !== undefined) return given("sources", hold(sources, text, found));
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
      return given("sources", hold(sources, text, key));
    },

    pageKey(site, path) {
      const name = `${site} ${path}`;
      const held = pages.get(name);
      if (held !== undefined) return given("pages", held);
      const key = findPage.get(site, path) ?? (insertPage.get(site, path) as number);
      return given("pages", hold(pages, name, key));
    },

    doubts: {
      raise(names) {
        for (const key of names.sources) doubted.sources.add(key);
        for (const key of names.pages) doubted.pages.add(key);
      },
      settle: (names) => ({
        sources: names.sources.filter((key) => doubted.sources.delete(key)),
        pages: names.pages.filter((key) => doubted.pages.delete(key)),
      }),
    },

    reset() {
      sources.clear();
      pages.clear();
    },
  };
}
