/**
 * The options that every command about credit has, and what was typed for them.
 */
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import { CONVERSION_MODES, DIRECT_MODES } from "../domain/attribution/path.ts";
import { SojournError } from "../errors.ts";
import { CONVERSION_NAMES, type ConversionName, isConversionName } from "../report/conversions.ts";
import type { CreditParams } from "../report/credit-params.ts";
import { type Clause, clausesOf, typedPair } from "../report/filter.ts";
import type { Within } from "../report/touch-values.ts";
import { SOURCE_DIMENSIONS, type SourceDimension } from "../store/port.ts";
import type { Option, Words } from "./command.ts";
import { daysIn } from "./span.ts";
import { oneOf, optional } from "./typed.ts";

/** Site, period and what tells rows apart. */
export const SUBJECT_OPTIONS: Record<string, Option> = {
  site: { type: "string", help: "site id; may be left out when there is one site" },
  from: { type: "string", help: "first day, in the site's zone (default: 30 days up to today)" },
  to: { type: "string", help: "last day, inclusive" },
  within: {
    type: "string",
    multiple: true,
    help: "look into one value: channel=Email; credit does not change by looking",
  },
  filter: {
    type: "string",
    multiple: true,
    help: "only people: channel=Email, 'channel!=Direct', stage=loyal",
  },
};

export const CREDIT_OPTIONS: Record<string, Option> = {
  by: { type: "string", help: "channel (default), source, medium, campaign, term, content or landing" },
  conversion: { type: "string", help: `what is credited: ${CONVERSION_NAMES.join(", ")} or stage:<name>` },
  model: { type: "string", help: "life-cycle model that stage:<name> means (default: the site's)" },
  lookback: {
    type: "string",
    help: "how long before a conversion a touch counts: 7d, 30d (default), 90d, none",
  },
  direct: { type: "string", help: "drop-unless-alone (default) or keep" },
  conversions: {
    type: "string",
    help: "overlap (default), or reset: only touches after the conversion before",
  },
  order: { type: "string", help: "markov: touches that make a state, 1 (default) to 3" },
  "half-life": { type: "string", help: "decay: a touch counts half after this long (default 7d)" },
  weights: { type: "string", help: "position: parts of first and last touch (default 0.4,0.4)" },
};

/** Site aside: the period, what is looked into, who is meant. */
export function subjectOf(words: Words): {
  from?: string;
  to?: string;
  within?: Within[];
  filter?: Clause[];
} {
  const within = words.list("within").map(withinOf);
  const filter = clausesOf(words.list("filter").map(typedPair));
  return {
    ...optional("from", words.text("from")),
    ...optional("to", words.text("to")),
    ...(within.length === 0 ? {} : { within }),
    ...(filter.length === 0 ? {} : { filter }),
  };
}

function withinOf(text: string): Within {
  const [name = "", ...rest] = text.split("=");
  const field = SOURCE_DIMENSIONS.find((one) => one === name);
  if (field === undefined || rest.length === 0) {
    throw new SojournError("bad_usage", `--within is "${text}"`, {
      hint: `Write channel=Email; fields are ${SOURCE_DIMENSIONS.join(", ")}.`,
    });
  }
  return { field, values: [rest.join("=")] };
}

/** How credit is shared, over what, told apart by what. Throws `bad_usage` that names the option. */
export function creditOf(words: Words): Omit<CreditParams, "credit"> & {
  by?: SourceDimension;
  conversion?: ConversionName;
  model?: string;
} {
  const order = oneOf(words, "order", ["1", "2", "3"] as const);
  const halfLife = spanOf(words, "half-life");
  return {
    ...optional("by", oneOf(words, "by", SOURCE_DIMENSIONS)),
    ...optional("conversion", conversionOf(words)),
    ...optional("model", words.text("model")),
    ...optional("lookback", words.text("lookback") === "none" ? null : spanOf(words, "lookback")),
    ...optional("direct", oneOf(words, "direct", DIRECT_MODES)),
    ...optional("conversions", oneOf(words, "conversions", CONVERSION_MODES)),
    ...optional("order", order === undefined ? undefined : (Number(order) as 1 | 2 | 3)),
    ...optional("halfLife", halfLife),
    ...optional("weights", weightsOf(words)),
  };
}

/** The model of credit, where a command takes one. */
export const modelOf = (words: Words) => optional("credit", oneOf(words, "credit", CREDIT_MODELS));

function conversionOf(words: Words): ConversionName | undefined {
  const typed = words.text("conversion");
  if (typed === undefined || isConversionName(typed)) return typed;
  throw new SojournError("bad_usage", `--conversion is "${typed}"`, {
    hint: `Use ${CONVERSION_NAMES.join(", ")} or stage:<name>.`,
  });
}

function spanOf(words: Words, name: string): number | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  const days = daysIn(typed);
  if (days === undefined || days <= 0) {
    throw new SojournError("bad_usage", `--${name} is "${typed}"`, { hint: "Use 30d, 4w or none." });
  }
  return days;
}

function weightsOf(words: Words): { first: number; last: number } | undefined {
  const typed = words.text("weights");
  if (typed === undefined) return undefined;
  const [first = Number.NaN, last = Number.NaN, ...more] = typed.split(",").map(Number);
  if (more.length > 0 || !(first >= 0 && last >= 0)) {
    throw new SojournError("bad_usage", `--weights is "${typed}"`, {
      hint: "Use two parts of one whole: 0.4,0.4",
    });
  }
  return { first, last };
}
