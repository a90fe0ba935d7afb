/**
 * What the questions about figures, flow and people take in their address. OpenAPI is made from these.
 */
import { z } from "zod";
import { PURCHASE_MODELS } from "../domain/value/purchase-model.ts";
import { SojournError } from "../errors.ts";
import { COHORT_UNITS } from "../report/cohorts.ts";
import { type Clause, clausesOf, FILTER_FIELDS } from "../report/filter.ts";
import { PEOPLE_FINDINGS } from "../report/finding-people.ts";
import { RFM_GROUPS } from "../report/rfm.ts";
import { COMPARISONS } from "../report/spans.ts";
import { SOURCE_DIMENSIONS } from "../store/port.ts";

const site = z.string().min(1).max(64).describe("Site id.");
const text = z.string().max(200);
const model = text.optional().describe("Life-cycle model; default: the site's.");
const limit = z.coerce.number().int().min(1).max(1_000).optional().describe("Rows per page.");
const after = text.optional().describe("`next` of the page before.");
const period = {
  from: text.optional().describe("First day, 2026-10-01; default: 30 days up to today."),
  to: text.optional().describe("Last day, inclusive, in the site's zone."),
};
/** What a period is compared with, beside `compare` itself. */
export const COMPARED = {
  compareFrom: text.optional().describe("With compare=custom: first day."),
  compareTo: text.optional().describe("With compare=custom: last day; default: as many days as the period."),
  weekdays: z
    .stringbool()
    .optional()
    .describe("With previous and year: begin on the same day of the week, so that weekends meet weekends."),
};
const number = z.coerce.number();

export const FIGURE_QUERIES = {
  series: z.object({
    site,
    model,
    ...period,
    by: z.enum(SOURCE_DIMENSIONS).exclude(["landing"]).optional(),
  }),
  flow: z.object({ site, model, ...period }),
  stays: z.object({ site, model, ...period }),
  velocity: z.object({
    site,
    model,
    ...period,
    a: text.optional().describe("From this stage …"),
    b: text.optional().describe("… to this one; default: every step of the path."),
    window: number.int().min(1).max(3_650).optional().describe("Days a person has for the step."),
  }),
  cohorts: z.object({
    site,
    model,
    ...period,
    every: z.enum(COHORT_UNITS).optional(),
    columns: number.int().min(1).max(60).optional(),
  }),
  funnel: z.object({
    site,
    model,
    ...period,
    steps: z
      .string()
      .max(400)
      .transform((list) => list.split(",").map((kind) => kind.trim()))
      .optional()
      .describe("Kinds of touchpoints, separated by commas."),
  }),
  carts: z.object({ site, model, ...period, limit }),
  lapsing: z.object({ site, model, days: number.int().min(1).max(365).optional(), limit, after }),
  people: z.object({
    site,
    model,
    search: text.optional(),
    finding: z.enum(PEOPLE_FINDINGS).optional().describe("Only the people such a finding is about."),
    limit,
    after,
  }),
  headline: z.object({
    site,
    model,
    ...period,
    compare: z.enum(COMPARISONS).optional(),
    ...COMPARED,
  }),
  kpis: z.object({
    site,
    model,
    ...period,
    compare: z.enum(COMPARISONS).optional(),
    ...COMPARED,
    window: number.int().min(1).max(3_650).optional(),
    margin: number.min(0).max(1).optional(),
    pages: number.int().min(1).optional(),
    profileUsed: number.min(0).optional(),
    profileCollected: number.min(0).optional(),
    contentChanges: number.min(0).optional(),
  }),
  findings: z.object({ site, model, ...period }),
  segments: z.object({ site, model }),
  rfm: z.object({
    site,
    model,
    group: z.enum(RFM_GROUPS).optional(),
    limit: number.int().min(0).max(1_000).optional(),
  }),
  scores: z.object({ site, model, customers: z.stringbool().optional(), limit }),
  targets: z.object({ site, model }),
  value: z.object({
    site,
    model,
    purchases: z.enum(PURCHASE_MODELS).optional(),
    horizon: number.int().min(1).max(730).optional().describe("Days ahead; default 90."),
    limit: number.int().min(0).max(1_000).optional(),
  }),
  live: z.object({ site, model }),
  health: z.object({ site }),
} as const;

export type FigureQuestion = keyof typeof FIGURE_QUERIES;

/** The filters of an address, `channel=Email&channel.not=Direct`; nothing when there are none. */
export function filterOf(address: string): { filter?: Clause[] } {
  const filter = clausesOf(new URL(address).searchParams);
  for (const { field, values } of filter) {
    if (values.every((value) => value.length <= 300)) continue;
    throw new SojournError("bad_input", `Parameter ${field} is too long`, {
      hint: "Use at most 300 characters.",
    });
  }
  return filter.length === 0 ? {} : { filter };
}

/** Names of the filter parameters, for documentation. */
export const FILTER_PARAMETERS: readonly string[] = FILTER_FIELDS.flatMap((field) => [field, `${field}.not`]);
