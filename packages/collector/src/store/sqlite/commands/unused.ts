/**
 * Removes pages and campaigns that only an erased person ever saw: they may say who it was.
 *
 * Whether somebody else saw them is asked of every touch of the site, in slices, so that arrivals never wait for it. A name
 * that is given out meanwhile is in use again and stays. What is to be looked for lies in `meta` until it was, so a crash
 * in between forgets nothing.
 */
import type { Writer } from "../writer.ts";
import { getMeta, type HandlersOf, setMeta } from "./handler.ts";

/** Numbers of names of a site that nobody may be using any more. */
export interface Unused {
  /** Whose erasure it was. */
  person: number;
  /** The site's number. */
  site: number;
  sources: number[];
  pages: number[];
}

export interface UnusedCommands {
  /** Names of erasures that a crash interrupted; none while the projections are behind. */
  unusedNames: { take: null; give: Unused[] };
  /**
   * Looks through one slice of the site's touches, from an instant on (null: from the beginning), for names that are in use
   * after all. Gives those that are left and where to go on; at the end (`next` null) they are removed.
   */
  dropUnused: {
    take: {
      unused: Unused;
      from: number | null;
      /** Touches in a slice; default 30,000. */
      most?: number;
    };
    give: { unused: Unused; next: number | null };
  };
}

/** `meta` key of what waits, so that it is finished after a crash. */
const UNUSED_META = "erasure_unused";

/** Touches looked at in one slice: a few milliseconds. */
const TOUCHES_AT_ONCE = 30_000;

/** The names a person's touches use; before they are erased. */
export function namesUsedBy(writer: Writer, site: number, person: number): Unused {
  const column = (name: "source" | "page"): number[] =>
    writer.db
      .prepare<[number], number>(`select distinct ${name} from touch where person = ?`)
      .pluck()
      .all(person);
  return { person, site, sources: column("source"), pages: column("page") };
}

/** Notes what is to be looked for: inside the transaction that erases the person, when everything folded is written. */
export function doubtUseOf(writer: Writer, unused: Unused): void {
  writer.projector.doubts.raise(unused);
  setMeta(writer, UNUSED_META, JSON.stringify([...waiting(writer), unused]));
}

export const unusedHandlers: HandlersOf<UnusedCommands> = {
  unusedNames(writer) {
    // Touches that are folded and not written yet would be missed.
    if (writer.pending() > 0) return [];
    const all = waiting(writer);
    for (const unused of all) writer.projector.doubts.raise(unused);
    return all;
  },

  dropUnused(writer, { unused, from, most = TOUCHES_AT_ONCE }) {
    const { db } = writer;
    const { site } = unused;
    const begin = from ?? Number.MIN_SAFE_INTEGER;
    // uses touch_by_time
    const found = db
      .prepare<[number, number, number], number>(
        "select at from touch where site = ? and at >= ? order by at limit 1 offset ?",
      )
      .pluck()
      .get(site, begin, most);
    // So many touches in one instant are one slice, however many they are.
    const end = found === undefined ? Number.MAX_SAFE_INTEGER : Math.max(found, begin + 1);
    // uses touch_by_time
    const inUse = db
      .prepare<[number, number, number, string, string], [number, number]>(`
        select distinct source, page from touch
        where site = ? and at >= ? and at < ?
          and (source in (select value from json_each(?)) or page in (select value from json_each(?)))`)
      .raw()
      .all(site, begin, end, JSON.stringify(unused.sources), JSON.stringify(unused.pages));
    const sources = new Set(inUse.map(([source]) => source));
    const pages = new Set(inUse.map(([, page]) => page));
    const left: Unused = {
      ...unused,
      sources: unused.sources.filter((key) => !sources.has(key)),
      pages: unused.pages.filter((key) => !pages.has(key)),
    };
    if (found !== undefined && left.sources.length + left.pages.length > 0)
      return { unused: left, next: end };
    remove(writer, left);
    return { unused: left, next: null };
  },
};

function remove(writer: Writer, unused: Unused): void {
  const { db, projector } = writer;
  writer.change(() => {
    const { sources, pages } = projector.doubts.settle(unused);
    const dropSource = db.prepare("delete from source where key = ? and site = ?");
    for (const source of sources) dropSource.run(source, unused.site);
    const dropPage = db.prepare("delete from page where key = ? and site = ?");
    for (const page of pages) dropPage.run(page, unused.site);
    const rest = waiting(writer).filter(({ person }) => person !== unused.person);
    setMeta(writer, UNUSED_META, rest.length === 0 ? null : JSON.stringify(rest));
  });
  // A number that is free may be given to another name.
  projector.rolledBack();
}

function waiting(writer: Writer): Unused[] {
  return JSON.parse(getMeta(writer, UNUSED_META) ?? "[]") as Unused[];
}
