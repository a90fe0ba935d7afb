/**
 * Worth a look: at most five findings by fixed rules, each with a number, its reason and one thing to do.
 */
import type { Clause, Filtered } from "./filter.ts";
import type { Period } from "./period.ts";

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
  "unattributed_high",
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
