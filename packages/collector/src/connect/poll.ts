/**
 * Plans the pages of a list that is sorted by its last change: go on from the newest change seen, a little before it.
 */
import type { EpochMs } from "@sojourn/sdk/wire";
import type { FetchedAnswer, PollPlan } from "./connector.ts";
import { timeOf } from "./fields.ts";

/** Changes may become visible a little late: each round asks this much again. */
export const OVERLAP_MS = 10 * 60_000;
/** Without a cursor, the first round asks for the latest day; what is older comes by import. */
const FIRST_MS = 86_400_000;

export interface PagedList {
  stream: string;
  /** Path and query of a page of everything changed at or after an instant, oldest change first. */
  path(since: EpochMs): string;
  pageSize: number;
  /** The entries of a page; undefined when the answer is no page. */
  entries(json: unknown): readonly unknown[] | undefined;
  /** When an entry was last changed, as the system writes it. */
  changedAt(entry: unknown): string | undefined;
}

/** The next page. A cursor is the newest change seen, as ISO text; a plus behind it means that the page before was full. */
export function nextPage(list: PagedList, cursor: string | undefined, now: EpochMs): PollPlan {
  const goesOn = cursor?.endsWith("+") === true;
  const known = cursor === undefined ? undefined : Date.parse(goesOn ? cursor.slice(0, -1) : cursor);
  const since = known === undefined ? now - FIRST_MS : goesOn ? known : known - OVERLAP_MS;
  return {
    stream: list.stream,
    fetch: { name: list.stream, method: "GET", path: list.path(since) },
    headers: { "x-sojourn-poll": list.stream },
    next({ json }: FetchedAnswer) {
      const entries = list.entries(json);
      if (entries === undefined || entries.length === 0) return undefined;
      let newest = since;
      for (const entry of entries) {
        const at = timeOf(list.changedAt(entry) ?? "");
        if (at !== undefined && at > newest) newest = at;
      }
      const isFull = entries.length >= list.pageSize;
      if (!isFull) return { cursor: new Date(newest).toISOString(), more: false };
      // A whole page of one instant: a second further, or it would be asked for again for ever.
      const from = newest > since ? newest : since + 1_000;
      return { cursor: `${new Date(from).toISOString()}+`, more: true };
    },
  };
}
