/**
 * What the questions about sources, credit and costs take in their address. OpenAPI is made from these.
 */
import { z } from "zod";
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import { CONVERSION_MODES, DIRECT_MODES } from "../domain/attribution/path.ts";
import { CONVERSION_NAMES, type ConversionName, isConversionName } from "../report/conversions.ts";
import { COMPARISONS } from "../report/spans.ts";
import type { Within } from "../report/touch-values.ts";
import { SOURCE_DIMENSIONS } from "../store/port.ts";
import { COMPARED } from "./figure-queries.ts";

const site = z.string().min(1).max(64).describe("Site id.");
const text = z.string().max(200);
const number = z.coerce.number();

const shared = {
  site,
  from: text.optional().describe("First day, 2026-10-01; default: 30 days up to today."),
  to: text.optional().describe("Last day, inclusive, in the site's zone."),
};
const by = z.enum(SOURCE_DIMENSIONS).optional().describe("What tells the rows apart; default channel.");
const conversion = text
  .refine(isConversionName, `use ${CONVERSION_NAMES.join(", ")} or stage:<name>`)
  .transform((name) => name as ConversionName)
  .optional()
  .describe(`What is credited: ${CONVERSION_NAMES.join(", ")} or stage:<name>.`);
const model = text.optional().describe("Life-cycle model that stage:<name> means; default: the site's.");
const page = {
  limit: number.int().min(1).max(1_000).optional().describe("Rows per page; default 100."),
  after: text.optional().describe("`next` of the page before."),
};

const lookback = z
  .union([z.literal("none"), z.string().regex(/^\d{1,4}d?$/)])
  .transform((value) => (value === "none" ? null : Number.parseInt(value, 10)))
  .optional()
  .describe("How long before a conversion a touch counts: 30d (default), none.");
const weights = z
  .string()
  .regex(/^0?\.?\d{1,6},0?\.?\d{1,6}$/, "use two parts of one whole such as 0.4,0.4")
  .transform((typed) => {
    const [first, last] = typed.split(",").map(Number);
    return { first: first!, last: last! };
  })
  .optional()
  .describe("For position: parts of the first and the last touch.");
const sharing = {
  order: z
    .enum(["1", "2", "3"])
    .transform((typed) => Number(typed) as 1 | 2 | 3)
    .optional()
    .describe("For markov: touches that make a state."),
  lookback,
  direct: z.enum(DIRECT_MODES).optional(),
  conversions: z.enum(CONVERSION_MODES).optional(),
  halfLife: number
    .min(0.01)
    .max(3_650)
    .optional()
    .describe("For decay: days after which a touch counts half."),
  weights,
};
const credit = z.enum(CREDIT_MODELS).optional().describe("How credit is shared; default last-non-direct.");

/** `within.channel=Email` and the like: looks into one value of a report. */
const WITHIN_NAMES = SOURCE_DIMENSIONS.map((field) => `within.${field}` as const);
const within = Object.fromEntries(
  WITHIN_NAMES.map((name) => [
    name,
    z.string().max(2_048).optional().describe("Only touches with this value."),
  ]),
) as Record<(typeof WITHIN_NAMES)[number], z.ZodOptional<z.ZodString>>;

export const CREDIT_QUERIES = {
  sources: z.object({
    ...shared,
    by,
    credit,
    ...sharing,
    conversion,
    model,
    compare: z
      .enum(COMPARISONS)
      .optional()
      .describe("Adds the same figures of the period before to each row."),
    ...COMPARED,
    ...within,
  }),
  attribution: z.object({
    ...shared,
    by,
    ...sharing,
    conversion,
    model,
    paths: number.int().min(0).max(1_000).optional().describe("How many paths are listed; default 20."),
    ...within,
  }),
  conversions: z.object({ ...shared, by, credit, ...sharing, conversion, model, ...page, ...within }),
  touches: z.object({ ...shared, ...page, ...within }),
  costs: z.object({
    ...shared,
    unmatched: z.stringbool().optional().describe("Only costs that no touch of the period answers to."),
  }),
} as const;

export type CreditQuestion = keyof typeof CREDIT_QUERIES;

/** The parameters with `within.<field>` gathered into one list. */
export function gatherWithin<T extends Record<string, unknown>>(
  query: T,
): Omit<T, `within.${string}`> & { within?: Within[] } {
  const rest: Record<string, unknown> = {};
  const list: Within[] = [];
  for (const [name, value] of Object.entries(query)) {
    const field = SOURCE_DIMENSIONS.find((one) => name === `within.${one}`);
    if (field === undefined) rest[name] = value;
    else if (typeof value === "string") list.push({ field, values: [value] });
  }
  return { ...rest, ...(list.length === 0 ? {} : { within: list }) } as Omit<T, `within.${string}`> & {
    within?: Within[];
  };
}
