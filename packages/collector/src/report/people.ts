/**
 * People as a list: newest first, narrowed by filters or found by what they are known by.
 */
import { label } from "../domain/lifecycle/labels.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, PersonOverview, Reads, SiteView, Who } from "../store/port.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type PeopleFinding, peopleOfFinding } from "./finding-people.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface PeopleParams extends Filtered {
  site: string;
  model?: string;
  /** Beginning of a visitor id, customer id, alias or e-mail hash. */
  search?: string;
  /** Only the people such a finding is about, see `findings`. */
  finding?: PeopleFinding;
  /** Rows per page, 1 to 1,000; default 50. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export interface PersonRow {
  id: string;
  customer: string | null;
  firstAt: string;
  lastAt: string;
  stage: string | null;
  stageLabel: string | null;
  /** When the stage began. */
  since: string | null;
  /** Of the first touch. */
  channel: string | null;
  source: string | null;
  medium: string | null;
  campaign: string | null;
  /** Channel of the last touch. */
  lastChannel: string | null;
  /** Orders that count. */
  orders: number;
  /** Minor units of the site's currency, net of refunds; orders in other currencies are left out. */
  revenue: number;
}

export interface PeopleAnswer {
  site: string;
  model: string;
  currency: string;
  rows: PersonRow[];
  /** How many people the filters choose; null when somebody was searched for. */
  total: number | null;
  hasMore: boolean;
  next: string | null;
}

const MOST_FOUND = 1_000;

export async function people(reads: Reads, params: PeopleParams, now: EpochMs): Promise<PeopleAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const limit = Math.min(1_000, Math.max(1, params.limit ?? 50));
  const after = params.after === undefined ? null : readCursor(params.after);
  const search = params.search?.trim() ?? "";
  let who = await whoOf(reads, site, model, params.filter, now);
  if (params.finding !== undefined) {
    const keys = await peopleOfFinding(reads, site, params.finding, who, now);
    who = { ...who, people: [...(who?.people ?? []), { is: true, keys }] };
  }

  let total: number | null = null;
  let page: PersonOverview[];
  if (search === "") {
    total = await reads.peopleCount(site, who);
    page = await reads.listPeople(site, model, { who, after, limit: limit + 1 });
  } else {
    const found = await reads.findPeople(site, model, search, MOST_FOUND);
    const chosen = who === null ? null : await keysOf(reads, site, model, who, found);
    page = found
      .filter(({ key }) => (after === null || key < after) && (chosen === null || chosen.has(key)))
      .slice(0, limit + 1);
  }
  const rows = page.slice(0, limit);
  return {
    site: site.id,
    model: model.id,
    currency: site.settings.currency,
    rows: await personRows(reads, site, model, rows),
    total,
    hasMore: page.length > limit,
    next: page.length > limit ? String(rows.at(-1)!.key) : null,
  };
}

/** Rows for a list, in the sequence given. */
export async function personRows(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  page: readonly PersonOverview[],
): Promise<PersonRow[]> {
  const sources = await reads.sources(site);
  const revenue = new Map<number, number>();
  for (const order of await reads.ordersOf(page.map(({ key }) => key))) {
    if (order.voidAt !== null || order.currency !== site.settings.currency) continue;
    revenue.set(order.person, (revenue.get(order.person) ?? 0) + order.value - order.refunded);
  }
  return page.map((person) => {
    const first = sources.get(person.firstSource);
    const { stage } = person;
    return {
      id: person.id,
      customer: person.customer,
      firstAt: iso(person.firstAt),
      lastAt: iso(person.lastAt),
      stage,
      stageLabel: stage === null ? null : label(stage, "en", model.model.labels),
      since: person.since === null ? null : iso(person.since),
      channel: first?.channel ?? null,
      source: first?.source ?? null,
      medium: first?.medium ?? null,
      campaign: first?.campaign ?? null,
      lastChannel: sources.get(person.lastSource)?.channel ?? null,
      orders: person.orders,
      revenue: revenue.get(person.key) ?? 0,
    };
  });
}

/** Which of the people found the filters choose. */
async function keysOf(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  who: Who,
  found: readonly PersonOverview[],
): Promise<Set<number>> {
  const keys = found.map(({ key }) => key);
  const both: Who = { ...who, people: [...(who.people ?? []), { is: true, keys }] };
  const chosen = await reads.listPeople(site, model, { who: both, after: null, limit: MOST_FOUND });
  return new Set(chosen.map(({ key }) => key));
}

function readCursor(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new SojournError("bad_input", "after is no cursor of ours", {
    hint: "Pass on `next` of the page before.",
  });
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
