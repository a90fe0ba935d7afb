/**
 * What the page asks first, told to the browser with the page itself: the six figures are on their way while the script still is.
 *
 * The addresses are those the page itself will ask (packages/dashboard: period.ts, context.ts). One that differs costs a question
 * nobody looks at, and nothing else; a test holds the two together.
 */

import type { EpochMs } from "../domain/touchpoint.ts";
import { dayOfIso, isoOfDay, zoneOf } from "../domain/zone.ts";
import { FILTER_FIELDS } from "../report/filter.ts";

/** What is told of a site. */
export interface AheadSite {
  id: string;
  zone: string;
}

const API = "/api/v1";
const SITES = `${API}/sites?brief=true`;

/** Pages that do not begin with the six figures. */
const OTHER_PAGES = /^\/(journeys|people|segments|settings)(\/|$)/;

/** The questions a page begins with, in the order it asks them; `path` and `search` are the page's own address. */
export function askedFirst(
  path: string,
  search: URLSearchParams,
  sites: readonly AheadSite[],
  now: EpochMs,
): string[] {
  const chosen = Object.fromEntries([...search].filter(([, value]) => value !== ""));
  const site = sites.find(({ id }) => id === chosen.site) ?? sites[0];
  // A model is asked for only where the site has it, and that the page finds out first.
  if (site === undefined || chosen.model !== undefined) return [SITES];
  const stages = `${API}/stages?${new URLSearchParams({ site: site.id })}`;
  if (OTHER_PAGES.test(path)) return [SITES, stages];
  const today = zoneOf(site.zone).dayOf(now);
  const query = new URLSearchParams({ site: site.id });
  for (const [name, value] of Object.entries(chosen)) if (isFilter(name)) query.set(name, value);
  const [from, to] = rangeOf(chosen, today);
  query.set("from", from);
  query.set("to", to);
  for (const [name, value] of comparedWith(chosen)) query.set(name, value);
  return [SITES, stages, `${API}/kpis/headline?${query}`];
}

/** As the value of a Link header: fetched as the page's script fetches, so that it takes them over. */
export const linkOf = (addresses: readonly string[]): string =>
  addresses.map((address) => `<${address}>; rel=preload; as=fetch; crossorigin`).join(", ");

function isFilter(name: string): boolean {
  const [field, not, more] = name.split(".");
  return (
    FILTER_FIELDS.some((known) => known === field) &&
    (not === undefined || not === "not") &&
    more === undefined
  );
}

type Chosen = Readonly<Record<string, string>>;

const isRange = (from: string | undefined, to: string | undefined): boolean =>
  from !== undefined && to !== undefined && isDate(from) && isDate(to) && from <= to;

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOfIso(text) !== undefined;

function rangeOf({ from, to, period }: Chosen, today: number): [from: string, to: string] {
  if (isRange(from, to)) return [from!, to!];
  const last = isoOfDay(today);
  const back = (days: number): [string, string] => [isoOfDay(today - days), last];
  switch (period) {
    case "today":
      return back(0);
    case "7d":
      return back(6);
    case "90d":
      return back(89);
    case "mtd":
      return [`${last.slice(0, 8)}01`, last];
    case "ytd":
      return [`${last.slice(0, 4)}-01-01`, last];
    case "12m":
      return back(364);
    default:
      return back(29);
  }
}

function comparedWith({
  compare,
  compareFrom,
  compareTo,
  weekdays,
}: Chosen): [name: string, value: string][] {
  if (compare === "custom" && isRange(compareFrom, compareTo)) {
    return [
      ["compare", compare],
      ["compareFrom", compareFrom!],
      ["compareTo", compareTo!],
    ];
  }
  if (compare === "none") return [["compare", compare]];
  const with_: [string, string] = ["compare", compare === "year" ? "year" : "previous"];
  return weekdays === "true" ? [with_, ["weekdays", "true"]] : [with_];
}
