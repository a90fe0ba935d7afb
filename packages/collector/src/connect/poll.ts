/**
 * Plans the pages of a list that is sorted by its last change: go on from the newest change seen, a little before it.
 *
 * A cursor is the newest change seen, as ISO text. A plus behind it means that more waits right now; what follows the plus
 * is the page to go on with when a whole page changed in one instant.
 */
import type { EpochMs } from "@sojourn/sdk/wire";
import type { Cursor, FetchedAnswer, PollPlan } from "./connector.ts";
import { timeOf } from "./fields.ts";

/** Changes may become visible a little late: each round asks this much again. */
export const OVERLAP_MS = 10 * 60_000;
/** Without a cursor, the first round asks for the latest day; what is older comes by import. */
const FIRST_MS = 86_400_000;

export interface PagedList {
  stream: string;
  /** Path and query of a page (from 1) of everything changed at or after an instant, oldest change first. */
  path(since: EpochMs, page: number): string;
  pageSize: number;
  /** The entries of a page; undefined when the answer is no page. */
  entries(json: unknown): readonly unknown[] | undefined;
  /** When an entry was last changed, as the system writes it. */
  changedAt(entry: unknown): string | undefined;
  /** Whether pages follow this one; where it does not say, a full page does. */
  goesOn?(json: unknown, page: number): boolean | undefined;
}

/** Whether more waits right now. */
export const goesOn = (cursor: Cursor | undefined): boolean => cursor?.includes("+") === true;

/** A cursor for a new round: pages within an instant are counted from its beginning again. */
export const restarted = (cursor: Cursor): Cursor =>
  goesOn(cursor) ? cursor.slice(0, cursor.indexOf("+") + 1) : cursor;

/** The next page. */
export function nextPage(list: PagedList, cursor: Cursor | undefined, now: EpochMs): PollPlan {
  const [newestText, rest = ""] = cursor?.split(/\+(.*)/s) ?? [];
  const known = newestText === undefined ? undefined : Date.parse(newestText);
  const since = known === undefined ? now - FIRST_MS : goesOn(cursor) ? known : known - OVERLAP_MS;
  const page = /^\d{1,6}$/.test(rest) ? Number(rest) : 1;
  return {
    stream: list.stream,
    fetch: {
      name: list.stream,
      method: "GET",
      // A system that hands out the address of its next page does so as a path.
      path: rest.startsWith("/") ? rest : list.path(since, page),
    },
    headers: { "x-sojourn-poll": list.stream },
    next({ json, nextPath }: FetchedAnswer) {
      const entries = list.entries(json);
      if (entries === undefined || (entries.length === 0 && rest === "")) return undefined;
      let newest = since;
      for (const entry of entries) {
        const at = timeOf(list.changedAt(entry) ?? "");
        if (at !== undefined && at > newest) newest = at;
      }
      const isFull = list.goesOn?.(json, page) ?? entries.length >= list.pageSize;
      const seen = new Date(newest).toISOString();
      if (!isFull) return { cursor: seen, more: false };
      // A whole page of one instant: asked for again by its time it would come again for ever.
      const within = newest > since ? "" : (nextPath ?? String(page + 1));
      return { cursor: `${seen}+${within}`, more: true };
    },
  };
}
