/**
 * Worth a look: at most five findings by fixed rules, each with a number, its reason and one thing to do.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { type Clause, type Filtered, whoOf } from "./filter.ts";
import { FINDERS } from "./finding-rules.ts";
import { type Period, periodOf } from "./period.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface FindingsParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
}

/** The rules, most urgent first. */
export const FINDING_RULES = [
  "carts_left",
  "lapse_due",
  "second_order_overdue",
  "loyal_past_rhythm",
  "channel_fell",
  "channel_rose",
  "cost_rose",
  "abandonment_rose",
  "direct_high",
] as const;
export type FindingRule = (typeof FINDING_RULES)[number];

export interface Finding {
  rule: FindingRule;
  /** What is counted, as a number for people: 128 people, or 0.18 with unit "rate". */
  count: number;
  unit: "people" | "carts" | "rate";
  /** One sentence in English. */
  text: string;
  /** Why the rule fired, with the figures it compared. */
  reason: string;
  /** The figures of text and reason by name, for other languages. Money in minor units. */
  values: Record<string, number | string>;
  action:
    | { kind: "people"; question: "lapsing" | "people" | "carts"; params: Record<string, string> }
    | { kind: "filter"; filter: Clause[] }
    | { kind: "open"; page: "sources" | "funnel" | "settings" };
}

export interface FindingsAnswer {
  site: string;
  model: string;
  period: Period;
  currency: string;
  findings: Finding[];
}

const MOST_FINDINGS = 5;

export async function findings(reads: Reads, params: FindingsParams, now: EpochMs): Promise<FindingsAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const place = { reads, site, model, who, period, now, isFiltered: who !== null };
  const found: Finding[] = [];
  for (const rule of FINDERS) {
    found.push(...(await rule(place)));
  }
  const rank = (finding: Finding) => FINDING_RULES.indexOf(finding.rule);
  return {
    site: site.id,
    model: model.id,
    period,
    currency: site.settings.currency,
    findings: found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_FINDINGS),
  };
}
