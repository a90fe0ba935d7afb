/**
 * From product to order: how many people take each step, where they drop off, and how long the first order takes.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { cartsIn, summaryOf } from "./carts.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { inDays, median, ratio } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface FunnelParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
  /** Kinds of touchpoints, 2 to 8; default view_item, add_to_cart, begin_checkout, purchase. */
  steps?: readonly string[];
}

export interface FunnelStep {
  kind: string;
  /** Distinct people who did this in the period, whatever else they did. */
  people: number;
  /** Those of them who also took every step before, in the period: what the funnel shows. */
  reached: number;
  /** reached / reached of the step before; null for the first step, and when nobody reached the one before. */
  rate: number | null;
  /** 1 - rate. */
  dropOff: number | null;
}

export interface FunnelAnswer {
  site: string;
  period: Period;
  steps: FunnelStep[];
  /** reached of the last step / reached of the first; null when nobody reached the first. */
  rate: number | null;
  /** Days from first visit to first order, of people whose first order lies in the period. */
  toFirstOrder: {
    people: number;
    medianDays: number | null;
    /** Whole days between the two dates in the site's zone; toDays null: and more. */
    bins: { fromDays: number; toDays: number | null; people: number; share: number | null }[];
  };
  /** Carts of the period in short; all of it: /carts. */
  carts: { currency: string; valueLeft: number; abandonment: number | null };
}

export async function funnel(reads: Reads, params: FunnelParams, now: EpochMs): Promise<FunnelAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const range = { from: period.fromAt, to: period.toAt };
  const days = { from: period.firstDay, to: period.lastDay };
  const who = await whoOf(reads, site, model, params.filter, now);
  const kinds = stepsOf(params.steps);
  const reached = await reads.reached(site, kinds, days, who);
  const steps: FunnelStep[] = [];
  for (const [place, kind] of kinds.entries()) {
    const [people] = await reads.activeIn(site, [kind], [days], who);
    const before = place === 0 ? 0 : reached[place - 1]!;
    const rate = ratio(reached[place]!, before);
    steps.push({
      kind,
      people: people!,
      reached: reached[place]!,
      rate,
      dropOff: rate === null ? null : 1 - rate,
    });
  }
  const { valueLeft, abandonment } = summaryOf(await cartsIn(reads, site, range, who, now));
  return {
    site: site.id,
    period,
    steps,
    rate: ratio(reached.at(-1)!, reached[0]!),
    toFirstOrder: toFirstOrder(site, await reads.firstOrders(site, range, who)),
    carts: { currency: site.settings.currency, valueLeft, abandonment },
  };
}

/** The steps of a funnel nobody named. */
export const DEFAULT_STEPS = ["view_item", "add_to_cart", "begin_checkout", "purchase"] as const;

function stepsOf(steps: readonly string[] | undefined): readonly string[] {
  if (steps === undefined) return DEFAULT_STEPS;
  if (steps.length < 2 || steps.length > 8 || new Set(steps).size < steps.length) {
    throw new SojournError("bad_input", "steps must name 2 to 8 different kinds of touchpoints", {
      hint: `For example ${DEFAULT_STEPS.join(",")}.`,
    });
  }
  return steps;
}

/** Upper ends of the bins, in whole days. */
const BINS = [0, 3, 14, 30, null] as const;

function toFirstOrder(site: SiteView, orders: readonly (readonly [EpochMs, EpochMs])[]) {
  const zone = zoneOf(site.settings.zone);
  const counts = BINS.map(() => 0);
  for (const [orderAt, firstAt] of orders) {
    const days = zone.dayOf(orderAt) - zone.dayOf(firstAt);
    counts[BINS.findIndex((end) => end === null || days <= end)]! += 1;
  }
  return {
    people: orders.length,
    medianDays: inDays(median(orders.map(([orderAt, firstAt]) => orderAt - firstAt))),
    bins: BINS.map((toDays, place) => ({
      fromDays: place === 0 ? 0 : BINS[place - 1]! + 1,
      toDays,
      people: counts[place]!,
      share: ratio(counts[place]!, orders.length),
    })),
  };
}
