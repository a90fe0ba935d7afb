/**
 * What every part of the page works with: the address, the site, its calendar and the reader's way of writing figures.
 */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Address } from "./address.ts";
import { filterKey, filtersOf } from "./address.ts";
import type { Query } from "./api.ts";
import type { Site, Sites, Stages } from "./api-shapes.ts";
import type { Formats } from "./format.ts";
import type { Comparison, Range } from "./period.ts";

export interface Here {
  address: Address;
  params: Readonly<Record<string, string>>;
  site: Site;
  sites: Sites;
  stages: Stages | undefined;
  /** What people call a stage. */
  stageName(stage: string): string;
  /** The colour of a stage, as a CSS value. */
  stageColour(stage: string): string;
  range: Range;
  compare: Comparison;
  credit: string;
  today: string;
  formats: Formats;
  /** May only look: a share link opened the page. */
  isReadOnly: boolean;
}

// Made by the shell before any page is drawn.
export const HereContext = createContext<Here>(undefined as unknown as Here);
export const useHere = (): Here => useContext(HereContext);

/** Site, model and filters as parameters of a question. `without` leaves a filter out: a table keeps its own rows. */
export function filterQuery({ params, site }: Here, without?: string): Query {
  const query: Record<string, string | undefined> = { site: site.id, model: modelOf(site, params.model) };
  for (const filter of filtersOf(params)) {
    if (filter.name !== without) query[filterKey(filter)] = filter.value;
  }
  return query;
}

/** The model an address asks for, when the site has it; else the site's own answers. */
export const modelOf = (site: Site, wanted: string | undefined): string | undefined =>
  site.models.some(({ id }) => id === wanted) ? wanted : undefined;

/** The same with the period. */
export function periodQuery(here: Here, without?: string): Query {
  return { ...filterQuery(here, without), from: here.range.from, to: here.range.to };
}
