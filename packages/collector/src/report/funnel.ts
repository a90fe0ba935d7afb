/**
 * From product to order: how many people take each step, where they drop off, and how long the first order takes.
 */
import type { Filtered } from "./filter.ts";
import type { Period } from "./period.ts";

export interface FunnelParams extends Filtered {
  site: string;
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
