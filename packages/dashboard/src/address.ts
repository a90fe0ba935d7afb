/**
 * The state of the page as its address: which page, and every choice made on it.
 *
 * Names are those of the API's parameters, so an address translates into a query. Back and Share work by themselves.
 * Pure, except {@link currentAddress} and the functions below it, which read and write the browser's address.
 */

import { snapshot } from "./snapshot.ts";

export const PAGES = ["overview", "journeys", "people", "segments", "settings"] as const;
export type PageName = (typeof PAGES)[number];

export interface Address {
  page: PageName;
  /** What follows the page's name: a person's id, a section of the settings. */
  item?: string;
  /** Every choice by its parameter's name. A choice that is the default is left out. */
  params: Readonly<Record<string, string>>;
}

/** What people can be told apart by in a filter; `X.not` excludes. */
export const FILTERS = ["channel", "source", "medium", "campaign", "landing", "stage", "segment"] as const;
export type FilterName = (typeof FILTERS)[number];

export interface Filter {
  name: FilterName;
  value: string;
  isNot: boolean;
}

export function readAddress(pathname: string, search: string): Address {
  const [first = "", ...rest] = pathname.split("/").filter((part) => part !== "");
  const page = (PAGES as readonly string[]).includes(first) ? (first as PageName) : "overview";
  const params: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) if (value !== "") params[name] = value;
  const item = rest.map(safeDecode).join("/");
  return item === "" || page === "overview" ? { page, params } : { page, item, params };
}

export function writeAddress({ page, item, params }: Address): string {
  const path =
    page === "overview" ? "/" : `/${page}${item === undefined ? "" : `/${encodeURIComponent(item)}`}`;
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "")).toString();
  return query === "" ? path : `${path}?${query}`;
}

/** The filters of an address, in the order they were set. */
export function filtersOf(params: Address["params"]): Filter[] {
  return Object.entries(params).flatMap(([key, value]) => {
    const [name, not, more] = key.split(".");
    if (!(FILTERS as readonly string[]).includes(name!)) return [];
    if (more !== undefined || (not !== undefined && not !== "not")) return [];
    return [{ name: name as FilterName, value, isNot: not !== undefined }];
  });
}

/** The parameters that stand for a filter. */
export const filterKey = ({ name, isNot }: Pick<Filter, "name" | "isNot">): string =>
  isNot ? `${name}.not` : name;

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Someone typed a lone percent sign.
  }
}

export function currentAddress(): Address {
  const kept = snapshot();
  return kept === undefined
    ? readAddress(location.pathname, location.search)
    : { page: "overview", params: kept.params };
}

type Listener = () => void;
const listeners = new Set<Listener>();

/** Calls back whenever the address changes; returns how to stop it. */
export function onAddress(listener: Listener): () => void {
  if (listeners.size === 0) addEventListener("popstate", tellAll);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tellAll = (): void => {
  for (const listener of listeners) listener();
};

/** Goes to an address. `replace` leaves no step for Back: for what the page corrects by itself. */
export function go(address: Address, options: { replace?: boolean } = {}): void {
  const url = writeAddress(address);
  if (snapshot() !== undefined) return; // A file has no other pages.
  if (url === location.pathname + location.search) return;
  if (options.replace === true) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  tellAll();
}

/** Changes choices of the present page; an empty text or undefined takes one away. */
export function choose(changes: Readonly<Record<string, string | undefined>>): void {
  const here = currentAddress();
  const params: Record<string, string> = { ...here.params };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") delete params[name];
    else params[name] = value;
  }
  go({ ...here, params });
}

/** Sets a filter, or takes it away when it is set just so. A value is either wanted or excluded, never both. */
export function toggleFilter(name: FilterName, value: string, isNot = false): void {
  const key = filterKey({ name, isNot });
  const other = filterKey({ name, isNot: !isNot });
  const isSet = currentAddress().params[key] === value;
  choose({ [key]: isSet ? undefined : value, [other]: undefined });
}

/** Choices that go along from page to page; the others belong to one page. */
const SHARED = new Set([
  "site",
  "period",
  "from",
  "to",
  "compare",
  "compareFrom",
  "compareTo",
  "weekdays",
  "credit",
  "model",
  "share",
  "lang",
]);

/** The address of another page with the choices that go along. */
export function addressOf(page: PageName, item?: string, extra: Record<string, string> = {}): Address {
  const here = currentAddress().params;
  const kept = Object.entries(here).filter(
    ([key]) => SHARED.has(key) || filtersOf({ [key]: "x" }).length > 0,
  );
  const params = { ...Object.fromEntries(kept), ...extra };
  return item === undefined ? { page, params } : { page, item, params };
}
