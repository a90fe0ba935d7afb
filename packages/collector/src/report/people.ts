/**
 * People as a list: newest first, narrowed by filters or found by what they are known by.
 */
import type { Filtered } from "./filter.ts";

export interface PeopleParams extends Filtered {
  site: string;
  model?: string;
  /** Beginning of a visitor id, customer id, alias or e-mail hash. */
  search?: string;
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
