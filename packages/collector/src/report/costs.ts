/**
 * What was spent to bring people here: the rows as they were imported, which of them no touch answers to, and their amounts
 * by channel, source, medium or campaign.
 */
import {
  type CostLine,
  type Placement,
  type PlacementTraffic,
  spreadCost,
} from "../domain/attribution/cost-spread.ts";
import { classify } from "../domain/source/classify.ts";
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import type { CostView, Reads, SiteView, SourceDimension, SourceView } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import { type Clause, isBySourceOnly } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { NOT_SET, siteOf } from "./subject.ts";
import type { Within } from "./touch-values.ts";

export interface CostsParams {
  site: string;
  from?: string;
  to?: string;
  /** Only rows that no touch of the period answers to. */
  unmatched?: boolean;
}

/** Costs of one placement in one currency over the period. */
export interface CostRow {
  channel: string | null;
  source: string | null;
  medium: string | null;
  campaign: string | null;
  /** Minor units of `currency`. */
  amount: Minor;
  currency: string;
  days: number;
  origin: string;
  /** False: no touch of the period came by the channel, source and campaign named here. */
  isMatched: boolean;
}

export interface CostsAnswer {
  site: string;
  period: Period;
  currency: string;
  rows: CostRow[];
  /** Minor units of the site's currency; null when a currency has no rate. */
  total: Minor | null;
  byCurrency: { currency: string; amount: Minor; rate: number | null }[];
}

export async function costs(reads: Reads, params: CostsParams, now: EpochMs): Promise<CostsAnswer> {
  const site = await siteOf(reads, params.site);
  const period = periodOf(site, params, now);
  const touches = new Map<number, number>();
  await reads.eachTouch(
    site,
    { from: period.fromAt, to: period.toAt, withPage: false },
    (_person, source) => {
      touches.set(source, (touches.get(source) ?? 0) + 1);
    },
  );
  const booked = await bookCosts(reads, site, period, touches);
  const rows = params.unmatched === true ? booked.rows.filter((row) => !row.isMatched) : booked.rows;
  return {
    site: site.id,
    period,
    currency: site.settings.currency,
    rows,
    total: booked.isComplete ? booked.parts.reduce((sum, part) => sum + part.amount, 0) : null,
    byCurrency: booked.byCurrency,
  };
}

/** The period's costs, each where its money belongs. */
export interface BookedCosts {
  rows: CostRow[];
  /** In the site's currency, without those that have no rate. */
  parts: CostLine[];
  /** Places that also got money in a currency without a rate: what is known of them is not all. */
  withoutRate: Placement[];
  isComplete: boolean;
  byCurrency: CostsAnswer["byCurrency"];
}

/**
 * Finds out where each cost belongs.
 *
 * @param touches of the period per source key
 */
export async function bookCosts(
  reads: Reads,
  site: SiteView,
  period: Period,
  touches: ReadonlyMap<number, number>,
): Promise<BookedCosts> {
  const lines = linesOf(site, await reads.costs(site, period.from, period.to));
  const traffic = lines.length === 0 ? [] : trafficOf(await reads.sources(site), touches);
  const channelOf = (placement: Placement) => channelByTags(site, placement);
  const booked: BookedCosts = { rows: [], parts: [], withoutRate: [], isComplete: true, byCurrency: [] };
  const sums = new Map<string, Minor>();
  for (const line of lines) {
    const { parts, isMatched } = spreadCost(line, traffic, channelOf);
    booked.rows.push({
      channel: line.channel || null,
      source: line.source || null,
      medium: line.medium || null,
      campaign: line.campaign || null,
      amount: line.amount,
      currency: line.currency,
      days: line.days,
      origin: line.origin,
      isMatched,
    });
    sums.set(line.currency, (sums.get(line.currency) ?? 0) + line.amount);
    if (line.converted === null) {
      booked.withoutRate.push(...parts);
      booked.isComplete = false;
    } else {
      // Spread again in the site's own minor units, so that the parts add up to the converted amount exactly.
      booked.parts.push(...spreadCost({ ...line, amount: line.converted }, traffic, channelOf).parts);
    }
  }
  const { currency: own, rates } = site.settings;
  booked.byCurrency = [...sums].map(([currency, amount]) => ({
    currency,
    amount,
    rate: currency === own ? 1 : (rates[currency] ?? null),
  }));
  booked.rows.sort((a, b) => b.amount - a.amount);
  return booked;
}

type PeriodLine = CostLine & {
  currency: string;
  origin: string;
  days: number;
  /** In the site's currency, each day's amount converted and rounded by itself; null without a rate. */
  converted: Minor | null;
};

/** Rows of single days, added up over the period. */
function linesOf(site: SiteView, rows: readonly CostView[]): PeriodLine[] {
  const lines = new Map<string, PeriodLine>();
  for (const { channel, source, medium, campaign, amount, currency, origin } of rows) {
    const place = { channel, source, medium, campaign };
    const key = JSON.stringify([place, currency, origin]);
    const converted = inSiteCurrency(site, amount, currency) ?? null;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, { ...place, amount, currency, origin, days: 1, converted });
    else {
      line.amount += amount;
      line.days += 1;
      // The currency is part of the key: one day has a rate exactly when all have.
      line.converted = converted === null || line.converted === null ? null : line.converted + converted;
    }
  }
  return [...lines.values()];
}

/** How many touches came by each channel, source, medium and campaign. */
function trafficOf(
  sources: ReadonlyMap<number, SourceView>,
  touches: ReadonlyMap<number, number>,
): PlacementTraffic[] {
  const places = new Map<string, PlacementTraffic>();
  for (const [key, n] of touches) {
    const view = sources.get(key);
    if (view === undefined) continue;
    const { channel, source, medium, campaign = "" } = view;
    const place = { channel, source, medium, campaign };
    const name = JSON.stringify(place);
    const known = places.get(name);
    if (known === undefined) places.set(name, { ...place, touches: n });
    else known.touches += n;
  }
  return [...places.values()];
}

/** The channel a visit with these tags would have; empty when nothing is named. */
function channelByTags(site: SiteView, { source, medium, campaign }: Placement): string {
  if (source === "" && medium === "") return "";
  const query = new URLSearchParams({
    ...(source === "" ? {} : { utm_source: source }),
    ...(medium === "" ? {} : { utm_medium: medium }),
    ...(campaign === "" ? {} : { utm_campaign: campaign }),
  });
  const { profile, rules } = site.settings;
  return classify({ url: `https://site.invalid/?${query}`, opensVisit: true }, { profile, rules }).channel;
}

/** Amounts by a dimension's value. Null: nothing is known of the value's costs, or not all of it. */
export function costsBy(
  booked: BookedCosts,
  by: SourceDimension,
  within: readonly Within[],
  filter: readonly Clause[] = [],
): { rows: Map<string, Minor | null>; total: Minor | null } {
  const rows = new Map<string, Minor | null>();
  let total: Minor | null = null;
  // Money is not spent on people one by one: only conditions on sources can narrow it.
  if (!isBySourceOnly(filter)) return { rows, total };
  const isWithin = (place: Placement) =>
    within.every(({ field, values }) => values.includes(valueOfPlace(place, field))) &&
    filter.every(
      ({ field, is, values }) => values.includes(valueOfPlace(place, field as SourceDimension)) === is,
    );
  for (const part of booked.parts) {
    if (!isWithin(part)) continue;
    const value = valueOfPlace(part, by);
    rows.set(value, (rows.get(value) ?? 0) + part.amount);
    total = (total ?? 0) + part.amount;
  }
  for (const part of booked.withoutRate) {
    if (!isWithin(part)) continue;
    rows.set(valueOfPlace(part, by), null);
    total = null;
  }
  return { rows, total };
}

function valueOfPlace(place: Placement, field: SourceDimension): string {
  if (field === "term" || field === "content" || field === "landing") return NOT_SET;
  return place[field] || NOT_SET;
}
