/**
 * Recency, frequency and money: every customer from 1 to 5 in each, and the groups that come of it.
 */
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { DAY_MS } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface RfmParams extends Filtered {
  site: string;
  model?: string;
  /** Only customers of this group are listed. */
  group?: RfmGroup;
  /** Customers listed, 0 to 1,000; default 50, best first. */
  limit?: number;
}

/** Groups by recency and frequency, as they are commonly drawn. */
export const RFM_GROUPS = [
  "champions",
  "loyal",
  "promising",
  "new",
  "needs_attention",
  "at_risk",
  "cannot_lose",
  "hibernating",
] as const;
export type RfmGroup = (typeof RFM_GROUPS)[number];

export interface RfmAnswer {
  site: string;
  at: string;
  currency: string;
  customers: number;
  groups: { group: RfmGroup; people: number; orders: number; revenue: Minor }[];
  /** People per pair of scores; 25 cells, r and f from 1 to 5. */
  cells: { r: number; f: number; people: number }[];
  rows: {
    person: string;
    customer: string | null;
    r: number;
    f: number;
    m: number;
    group: RfmGroup;
    daysSince: number;
    orders: number;
    revenue: Minor;
  }[];
}

export async function rfm(reads: Reads, params: RfmParams, now: EpochMs): Promise<RfmAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const who = await whoOf(reads, site, model, params.filter, now);
  const limit = Math.min(1_000, Math.max(0, params.limit ?? 50));
  const totals = new Map<number, { person: number; latest: EpochMs; orders: number; revenue: Minor }>();
  for (const [person, latest, orders, net, currency] of await reads.orderTotals(site, now + 1, who)) {
    let total = totals.get(person);
    if (total === undefined) {
      total = { person, latest, orders: 0, revenue: 0 };
      totals.set(person, total);
    }
    total.latest = Math.max(total.latest, latest);
    total.orders += orders;
    total.revenue += inSiteCurrency(site, net, currency) ?? 0;
  }
  const all = [...totals.values()];
  const r = scoresOf(all.map(({ latest }) => latest));
  const f = scoresOf(all.map(({ orders }) => orders));
  const m = scoresOf(all.map(({ revenue }) => revenue));
  const scored = all.map((total, place) => ({
    ...total,
    r: r[place]!,
    f: f[place]!,
    m: m[place]!,
    group: groupOf(r[place]!, f[place]!),
  }));
  scored.sort((a, b) => b.r + b.f + b.m - (a.r + a.f + a.m) || b.revenue - a.revenue || a.person - b.person);

  const groups = new Map(RFM_GROUPS.map((group) => [group, { group, people: 0, orders: 0, revenue: 0 }]));
  const cells = [];
  for (let x = 1; x <= 5; x += 1) for (let y = 1; y <= 5; y += 1) cells.push({ r: x, f: y, people: 0 });
  for (const one of scored) {
    const group = groups.get(one.group)!;
    group.people += 1;
    group.orders += one.orders;
    group.revenue += one.revenue;
    cells[(one.r - 1) * 5 + one.f - 1]!.people += 1;
  }
  const shown = scored
    .filter(({ group }) => params.group === undefined || group === params.group)
    .slice(0, limit);
  const known = new Map((await reads.people(shown.map(({ person }) => person))).map((p) => [p.key, p]));
  return {
    site: site.id,
    at: new Date(now).toISOString(),
    currency: site.settings.currency,
    customers: all.length,
    groups: [...groups.values()],
    cells,
    rows: shown.map(({ person, latest, ...one }) => ({
      person: known.get(person)?.id ?? String(person),
      customer: known.get(person)?.customer ?? null,
      r: one.r,
      f: one.f,
      m: one.m,
      group: one.group,
      daysSince: Math.floor((now - latest) / DAY_MS),
      orders: one.orders,
      revenue: one.revenue,
    })),
  };
}

/**
 * Fifths by rank: 1 for the lowest fifth, 5 for the highest; equal values get equal scores.
 *
 * A value's score is 1 + the whole part of 5 x (values below it) / all. Of 1, 2, 3, 4, 5 each gets its own; where half of all customers
 * ordered once, those have 1.
 */
export function scoresOf(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const score = new Map<number, number>();
  for (const [below, value] of sorted.entries()) {
    if (!score.has(value)) score.set(value, 1 + Math.floor((5 * below) / sorted.length));
  }
  return values.map((value) => score.get(value)!);
}

/** The group of a recency and a frequency score. */
export function groupOf(r: number, f: number): RfmGroup {
  if (r >= 4) return f >= 4 ? "champions" : f >= 2 ? "promising" : "new";
  if (r === 3) return f >= 4 ? "loyal" : "needs_attention";
  if (f >= 5) return "cannot_lose";
  return f >= 3 ? "at_risk" : "hibernating";
}
