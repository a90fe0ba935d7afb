/**
 * What an operator may decide about a site, with its defaults.
 */
import type { OperatorRule } from "./source/operator-rules.ts";
import type { EpochMs } from "./touchpoint.ts";

export interface SiteSettings {
  /** Shown to people. */
  name: string;
  /** Origins a browser may send from, exactly ("https://shop.example"); empty: any. */
  origins: string[];
  /** Hosts that are the site itself, besides the landing page's own registrable domain. */
  hosts: string[];
  /** IANA name: days, weeks and months are counted in it. */
  zone: string;
  /** ISO 4217; for amounts that name none, and for sums. */
  currency: string;
  /** What one unit of another currency is worth in `currency`: { "USD": 0.92 }. A currency without a rate is never added in. */
  rates: Record<string, number>;
  /** Browser touchpoints older than this many days are clamped and marked. */
  maxAgeDays: number;
  /** Raw touchpoints are kept this many days; absent or 0: for ever. */
  retentionDays?: number;
  /** Domain whose cookie `sj_v` keeps the visitor's id ("shop.example"); absent: no cookie, and no request carries any. */
  cookieDomain?: string;
  /** Kinds of traffic that count like people. */
  countsRobots: boolean;
  countsSpam: boolean;
  countsOwn: boolean;
  /** Channel rules: the default profile, or GA4's table strictly. */
  profile: "default" | "ga4";
  /** The operator's own channel rules; tried first. */
  rules: OperatorRule[];
  /**
   * Times [from, to) in which browser orders only link, because a shop's own server told what was sold; null: still.
   * Kept as history, so that a replay counts each order as it did.
   */
  ordersLinked: (readonly [EpochMs, EpochMs | null])[];
  /** Id of the model whose stages are shown first. */
  model: string;
  /** A lead score that is told of when somebody without an order passes it; 0 or absent: none is. */
  leadScore?: number;
  /** Days after an order at which it is time to ask how it was; 0 or absent: never. */
  surveyDays?: number;
}

export const DEFAULT_SITE: SiteSettings = {
  name: "",
  origins: [],
  hosts: [],
  zone: "UTC",
  currency: "EUR",
  rates: {},
  // The browser's queue keeps touchpoints for 30 days; one day more, so that none of them is clamped.
  maxAgeDays: 31,
  countsRobots: false,
  countsSpam: false,
  countsOwn: false,
  profile: "default",
  rules: [],
  ordersLinked: [],
  model: "reach-loyalty",
};
