/**
 * Numbers for what tells touches apart in a report (a channel, a campaign, a landing page), so that millions of touches
 * can be counted in typed arrays; and which of them a report is about.
 */
import { isDirect } from "../domain/attribution/path.ts";
import type { Reads, SiteView, SourceDimension, SourceView } from "../store/port.ts";
import { NOT_SET } from "./subject.ts";

/** "Only touches whose field is one of the values", for looking into one row of a report. */
export interface Within {
  field: SourceDimension;
  values: readonly string[];
}

export interface TouchValues {
  /** Names by number; grows as touches are seen. */
  readonly names: string[];
  /** The number of a touch's value. */
  of(source: number, page: number): number;
  /** True for a visit from nowhere we know, whatever the value shown is called. */
  isDirect(source: number): boolean;
  /** False: the touch is outside of what the report looks into. It still earns its credit. */
  isWithin(source: number, page: number): boolean;
  /** True when pages matter, so that they must be read. */
  readonly usesPages: boolean;
  view(source: number): SourceView | undefined;
  /** True when the source's own fields, pages aside, are inside. */
  matchesSource(source: number): boolean;
  /** The path of a page that was learned. */
  pathOf(page: number): string;
  /** Learns the paths of pages before their touches are named. */
  learnPages(keys: Iterable<number>): Promise<void>;
}

export async function openTouchValues(
  reads: Reads,
  site: SiteView,
  by: SourceDimension,
  within: readonly Within[] = [],
): Promise<TouchValues> {
  const sources = await reads.sources(site);
  const paths = new Map<number, string>();
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    let number = numbers.get(name);
    if (number === undefined) {
      number = names.push(name) - 1;
      numbers.set(name, number);
    }
    return number;
  };
  const nameIn = (field: SourceDimension, source: number, page: number): string => {
    if (field === "landing") return pathOf(page);
    return sources.get(source)?.[field] || NOT_SET;
  };
  const pathOf = (page: number): string => paths.get(page) || NOT_SET;

  const bySource: number[] = [];
  const byPage: number[] = [];
  const directs: boolean[] = [];
  const wanted = within.map(({ field, values }) => ({ field, values: new Set(values) }));
  const sourceFields = wanted.filter(({ field }) => field !== "landing");
  const pageFields = wanted.filter(({ field }) => field === "landing");
  const passes: boolean[] = [];

  const matchesSource = (source: number): boolean =>
    held(passes, source, () =>
      sourceFields.every(({ field, values }) => values.has(nameIn(field, source, 0))),
    );

  return {
    names,
    of: (source, page) =>
      by === "landing"
        ? held(byPage, page, () => numberOf(pathOf(page)))
        : held(bySource, source, () => numberOf(nameIn(by, source, page))),
    isDirect: (source) => held(directs, source, () => isDirect(sources.get(source)?.channel ?? "")),
    isWithin: (source, page) =>
      matchesSource(source) && pageFields.every(({ values }) => values.has(pathOf(page))),
    matchesSource,
    pathOf,
    usesPages: by === "landing" || pageFields.length > 0,
    view: (source) => sources.get(source),
    async learnPages(keys) {
      const unknown = [...new Set(keys)].filter((key) => !paths.has(key));
      if (unknown.length === 0) return;
      for (const [key, path] of await reads.pagePaths(unknown)) paths.set(key, path);
    },
  };
}

/** What is known of a key, worked out once. */
function held<T>(list: T[], key: number, make: () => T): T {
  const known = list[key];
  if (known !== undefined) return known;
  const made = make();
  list[key] = made;
  return made;
}
