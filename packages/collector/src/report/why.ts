/**
 * The touches behind a figure: conversions with the share each touch before them has, and touches as they are.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { Reads, SiteView, SourceDimension } from "../store/port.ts";
import {
  type ConversionEvent,
  type ConversionName,
  conversionsOf,
  earlierConversions,
} from "./conversions.ts";
import { type CreditParams, creditSettings } from "./credit-params.ts";
import { sharesOf } from "./credited.ts";
import type { Filtered } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { siteOf } from "./subject.ts";
import { openTouchValues, type TouchValues, type Within } from "./touch-values.ts";
import { type CreditedEvent, pathsBefore, readTrails, type Trails } from "./trails.ts";
import { type ChosenPeople, chosenBy } from "./visits.ts";

interface Page {
  /** Rows per page, 1 to 1,000; default 100. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export interface ConversionsParams extends CreditParams, Filtered, Page {
  site: string;
  from?: string;
  to?: string;
  by?: SourceDimension;
  /** Default order. */
  conversion?: ConversionName;
  model?: string;
  /** Only conversions with such a touch before them. */
  within?: readonly Within[];
}

/** Where a touch came from, and why we say so. */
export interface TouchReason {
  at: string;
  channel: string;
  source: string;
  medium: string;
  campaign: string | null;
  term: string | null;
  content: string | null;
  landing: string;
  /** Id of the rule that chose the channel, and the inputs that fired. */
  rule: string;
  evidence: unknown;
}

export interface ConversionRow {
  /** An order's number, or the kind of what happened. */
  name: string;
  at: string;
  person: string;
  customer: string | null;
  value: number;
  /** Oldest first; empty: unattributed. `share` is null under markov, which looks at all paths together. */
  touches: (TouchReason & { share: number | null; isWithin: boolean })[];
}

export interface ConversionsAnswer {
  site: string;
  period: Period;
  conversion: ConversionName;
  currency: string;
  rows: ConversionRow[];
  hasMore: boolean;
  next: string | null;
}

export async function conversions(
  reads: Reads,
  params: ConversionsParams,
  now: EpochMs,
): Promise<ConversionsAnswer> {
  const site = await siteOf(reads, params.site);
  const period = periodOf(site, params, now);
  const conversion = params.conversion ?? "order";
  const settings = creditSettings(params);
  const within = params.within ?? [];
  const values = await openTouchValues(reads, site, params.by ?? "channel", within);
  const isChosen = await chosenBy(reads, site, params.filter, now);
  const found = await conversionsOf(reads, site, conversion, period, params.model);
  const events = found.filter(({ person }) => isChosen(person));
  const limit = limitOf(params);
  const start = params.after === undefined ? 0 : placeAfter(events, params.after);

  // Whole people at a time: a reset looks at the conversion before, which may stand on an earlier page.
  let place = start;
  const collected: { path: CreditedEvent; trails: Trails }[] = [];
  while (place < events.length && collected.length <= limit) {
    const part = events.slice(place, place + Math.max(limit, 500) + 1);
    const people = new Set(part.map(({ person }) => person));
    const trails = await readTrails(reads, people, {
      from: settings.lookbackMs === null ? 0 : Math.max(0, period.fromAt - settings.lookbackMs),
      to: period.toAt,
    });
    await values.learnPages(trails.columns.page);
    const before =
      settings.conversions === "reset"
        ? [
            ...(await earlierConversions(reads, site, conversion, period, [...people], params.model)),
            ...events.slice(0, place).filter(({ person }) => people.has(person)),
          ]
        : [];
    for (const path of pathsBefore(part, before, trails, values, settings)) {
      place += 1;
      if (within.length === 0 || hasTouchWithin(path, trails, values)) collected.push({ path, trails });
      if (collected.length > limit) break;
    }
  }
  const shown = collected.slice(0, limit);
  const hasMore = collected.length > limit;
  const last = shown.at(-1);
  const who = await namesOf(reads, new Set(shown.map(({ path }) => path.event.person)));
  return {
    site: site.id,
    period,
    conversion,
    currency: site.settings.currency,
    rows: shown.map(({ path, trails: of }) => conversionRow(path, of, values, settings, who)),
    hasMore,
    next: hasMore && last !== undefined ? cursorOf(last.path.event) : null,
  };
}

function hasTouchWithin({ rows }: CreditedEvent, { columns }: Trails, values: TouchValues): boolean {
  return rows.some((row) => values.isWithin(columns.source[row]!, columns.page[row]!));
}

function conversionRow(
  path: CreditedEvent,
  trails: Trails,
  values: TouchValues,
  settings: ReturnType<typeof creditSettings>,
  who: ReadonlyMap<number, Name>,
): ConversionRow {
  const { event, rows } = path;
  const { columns } = trails;
  const { model } = settings;
  const shares = model === "markov" ? undefined : sharesOf(model, path, trails, values, settings);
  return {
    name: event.name,
    at: iso(event.at),
    ...nameOf(who, event.person),
    value: event.value,
    touches: rows.map((row, i) => ({
      ...reasonOf(values, columns.at[row]!, columns.source[row]!, values.pathOf(columns.page[row]!)),
      share: shares?.[i] ?? null,
      isWithin: values.isWithin(columns.source[row]!, columns.page[row]!),
    })),
  };
}

export interface TouchesParams extends Filtered, Page {
  site: string;
  from?: string;
  to?: string;
  within?: readonly Within[];
}

export interface TouchesAnswer {
  site: string;
  period: Period;
  /** In order of time. */
  rows: (TouchReason & { person: string; customer: string | null; opensVisit: boolean })[];
  hasMore: boolean;
  next: string | null;
}

/** The touches of a period, those behind a number of visitors. */
export async function touches(reads: Reads, params: TouchesParams, now: EpochMs): Promise<TouchesAnswer> {
  const site = await siteOf(reads, params.site);
  const period = periodOf(site, params, now);
  const limit = limitOf(params);
  const within = params.within ?? [];
  const values = await openTouchValues(reads, site, "channel", within);
  const isChosen = await chosenBy(reads, site, params.filter, now);
  const found = await collectTouches(reads, site, period, params, values, isChosen, limit);
  const shown = found.slice(0, limit);
  const hasMore = found.length > limit;
  const last = shown.at(-1);
  const who = await namesOf(reads, new Set(shown.map(({ person }) => person)));
  return {
    site: site.id,
    period,
    rows: shown.map((touch) => ({
      ...reasonOf(values, touch.at, touch.source, touch.landing),
      ...nameOf(who, touch.person),
      opensVisit: touch.opensVisit,
    })),
    hasMore,
    next: hasMore && last !== undefined ? `${last.at}.${last.seq}` : null,
  };
}

async function collectTouches(
  reads: Reads,
  site: SiteView,
  period: Period,
  params: TouchesParams,
  values: TouchValues,
  isChosen: ChosenPeople,
  limit: number,
) {
  const within = params.within ?? [];
  const bySource = within.filter(({ field }) => field !== "landing");
  const landings = within.filter(({ field }) => field === "landing");
  const keys =
    bySource.length === 0
      ? null
      : [...(await reads.sources(site)).keys()].filter((key) => values.matchesSource(key));
  const found: Awaited<ReturnType<Reads["touchPage"]>> = [];
  let after = params.after === undefined ? ([0, 0] as [number, number]) : readTouchCursor(params.after);
  for (;;) {
    const size = Math.max(1_000, limit + 1);
    const page = await reads.touchPage(site, {
      from: period.fromAt,
      to: period.toAt,
      sources: keys,
      after,
      limit: size,
    });
    for (const touch of page) {
      if (isChosen(touch.person) && landings.every((one) => one.values.includes(touch.landing)))
        found.push(touch);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < size || found.length > limit) return found;
    after = [last.at, last.seq];
  }
}

function reasonOf(values: TouchValues, at: EpochMs, source: number, landing: string): TouchReason {
  const view = values.view(source);
  return {
    at: iso(at),
    channel: view?.channel ?? "",
    source: view?.source ?? "",
    medium: view?.medium ?? "",
    campaign: view?.campaign ?? null,
    term: view?.term ?? null,
    content: view?.content ?? null,
    landing,
    rule: view?.rule ?? "",
    evidence: view?.detail.evidence ?? null,
  };
}

interface Name {
  id: string;
  customer: string | null;
}

async function namesOf(reads: Reads, people: ReadonlySet<number>): Promise<Map<number, Name>> {
  return new Map((await reads.people([...people])).map(({ key, id, customer }) => [key, { id, customer }]));
}

function nameOf(who: ReadonlyMap<number, Name>, person: number): { person: string; customer: string | null } {
  const name = who.get(person);
  return { person: name?.id ?? String(person), customer: name?.customer ?? null };
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

const limitOf = ({ limit }: Page): number => Math.min(1_000, Math.max(1, limit ?? 100));

/** The place of a conversion in the order they are listed in: time, person, name. */
function cursorOf({ at, person, name }: ConversionEvent): string {
  return `${at}.${person}.${Buffer.from(name).toString("base64url")}`;
}

function placeAfter(events: readonly ConversionEvent[], cursor: string): number {
  const match = /^(\d{1,16})\.(\d{1,16})\.([\w-]{0,400})$/.exec(cursor);
  if (match === null) throw noCursor();
  const at = Number(match[1]);
  const person = Number(match[2]);
  const name = Buffer.from(match[3]!, "base64url").toString();
  const later = events.findIndex(
    (e) => e.at > at || (e.at === at && (e.person > person || (e.person === person && e.name > name))),
  );
  return later < 0 ? events.length : later;
}

function readTouchCursor(text: string): [number, number] {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(text);
  if (match === null) throw noCursor();
  return [Number(match[1]), Number(match[2])];
}

const noCursor = (): SojournError =>
  new SojournError("bad_input", "after is no cursor of ours", { hint: "Pass on `next` of the page before." });
