/**
 * A touchpoint as the collector keeps it: parsed, corrected, bounded.
 *
 * The domain works on these and on nothing else; it knows no wire, no database and no clock.
 */
import type { EpochMs, Survey, WireValue } from "@sojourn/sdk/wire";

export type { EpochMs } from "@sojourn/sdk/wire";

/** Whole minor units (cents) of a currency; always an integer. */
export type Minor = number;

/** One line of a cart or an order; price per piece in minor units of the touchpoint's currency. */
export interface Item {
  id?: string;
  name?: string;
  brand?: string;
  category?: string;
  variant?: string;
  price?: Minor;
  quantity?: number;
}

/** One thing a visitor did. Optional fields are absent, never undefined. */
export interface Touchpoint {
  /** Unique within the site. Compared as text when two touchpoints share an instant. */
  id: string;
  /** When it happened, after clock correction. */
  at: EpochMs;
  /** One of `TOUCHPOINT_KINDS`, or a custom name. */
  kind: string;
  /** True when this touchpoint opened a visit. */
  visit?: true;
  url?: string;
  referrer?: string;
  title?: string;
  order?: string;
  value?: Minor;
  /** ISO 4217, upper case. */
  currency?: string;
  tax?: Minor;
  shipping?: Minor;
  coupon?: string;
  items?: Item[];
  list?: string;
  query?: string;
  rating?: number;
  referral?: string;
  survey?: Survey;
  score?: number;
  customer?: string;
  email?: string;
  traits?: Record<string, WireValue>;
  aliases?: string[];
  props?: Record<string, WireValue>;
}

/** The one order in which a person's touchpoints are read: by time, then by id. */
export function byTimeThenId(a: Pick<Touchpoint, "at" | "id">, b: Pick<Touchpoint, "at" | "id">): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
