/**
 * `sojourn credit`: shares conversions over channels from a file of paths or of journeys.
 *
 * Pure: text in, answer out; reading the file, printing and the exit code are the caller's work. It calls the very functions the
 * collector uses. A line that cannot be used is named with its number and reason, and the rest goes on.
 */
import { bootstrap, type CreditInterval } from "../domain/attribution/bootstrap.ts";
import {
  type Amounts,
  CREDIT_MODELS,
  type CreditModel,
  type CreditOptions,
  type CreditResult,
  type CreditRow,
  credit,
  creditAll,
  DEFAULT_CREDIT_MODEL,
  type SpreadRow,
} from "../domain/attribution/credit.ts";
import { MARKOV_ORDERS } from "../domain/attribution/markov.ts";
import {
  CONVERSION_MODES,
  DIRECT_MODES,
  type Path,
  type PathOptions,
  pathsOf,
  withDirectMode,
} from "../domain/attribution/path.ts";
import { SojournError } from "../errors.ts";
import { type LineError, readCreditInput } from "./credit-input.ts";
import { daysIn } from "./span.ts";

export type { LineError } from "./credit-input.ts";

export interface CreditLinesOptions extends CreditOptions, PathOptions {
  /** Default `last-non-direct`. */
  model?: CreditModel | "all";
  /** Adds bootstrap intervals to the Markov answer. */
  bootstrap?: { seed: number; rounds: number };
}

/** One model's answer as it is printed. */
export interface CreditAnswer {
  model: CreditModel;
  order?: number;
  total: Amounts;
  /** Largest first, "(unattributed)" last when there is any; the rows add up to the total. */
  credit: CreditRow[];
  /** Probability that a path converts; `markov` only. */
  base?: number;
  unattributed: Amounts;
  intervals?: CreditInterval[];
  tooLittleData?: boolean;
  reasons?: string[];
}

/** A line or a model that was left out, and why. */
export type CreditError = LineError | { model: CreditModel; reason: string };

export type CreditLinesAnswer =
  | (CreditAnswer & { errors: CreditError[] })
  | { models: CreditAnswer[]; spread: SpreadRow[]; errors: CreditError[] };

/**
 * Credit per channel of paths (`path,conversions,value,nulls`, channels joined by ` > `; value and nulls may be missing) or of
 * journeys (lines `{"visitor","touches":[[channel,time]],"conversions":[[time,value]]}`), told apart by the first character.
 *
 * `direct` applies to both, `lookbackMs` and `conversions` to journeys. Paths have no times: `decay` alone is an error, among all
 * models it is listed and the others go on.
 *
 * @throws SojournError `bad_input` when there is nothing to read or the model cannot answer on this input
 */
export function creditLines(text: string, options: CreditLinesOptions = {}): CreditLinesAnswer {
  const { model = DEFAULT_CREDIT_MODEL } = options;
  const input = readCreditInput(text);
  const paths =
    input.kind === "paths"
      ? withDirectMode(input.paths, options.direct ?? "drop-unless-alone")
      : pathsOf(input.journeys, options);
  if (model !== "all") {
    return { ...answerOf(credit(paths, { ...options, model }), paths, options), errors: input.errors };
  }
  const { models, spread, refused } = creditAll(paths, options);
  return {
    models: models.map((result) => answerOf(result, paths, options)),
    spread,
    errors: [...input.errors, ...refused],
  };
}

function answerOf(result: CreditResult, paths: readonly Path[], options: CreditLinesOptions): CreditAnswer {
  const { model, order, total, rows, base, unattributed } = result;
  const answer: CreditAnswer = {
    model,
    ...(order === undefined ? {} : { order }),
    total,
    credit: rows,
    ...(base === undefined ? {} : { base }),
    unattributed,
  };
  if (order === undefined || options.bootstrap === undefined) return answer;
  const { intervals, tooLittleData, reasons } = bootstrap(paths, { ...options.bootstrap, order });
  return { ...answer, intervals, tooLittleData, reasons };
}

/** Options as they are typed; each may be missing. */
export interface TypedCreditOptions {
  model?: string;
  order?: string;
  /** `30d`, `4w`, `12h`, a number of days, or `none`. */
  lookback?: string;
  halfLife?: string;
  direct?: string;
  conversions?: string;
}

/** @throws SojournError `bad_usage`, naming what may be typed */
export function creditOptions(typed: TypedCreditOptions): CreditLinesOptions {
  const options: CreditLinesOptions = {};
  if (typed.model !== undefined) options.model = oneOf("model", typed.model, [...CREDIT_MODELS, "all"]);
  if (typed.order !== undefined) {
    const order = MARKOV_ORDERS.find((o) => String(o) === typed.order);
    if (order === undefined) throw usage("order", typed.order, "Use 1, 2 or 3.");
    options.order = order;
  }
  if (typed.lookback !== undefined) {
    const days = typed.lookback === "none" ? null : daysIn(typed.lookback);
    if (days === undefined) {
      throw usage("lookback", typed.lookback, "Use a length such as 30d, 4w or 12h, or none.");
    }
    options.lookbackMs = days === null ? null : days * 86_400_000;
  }
  if (typed.halfLife !== undefined) {
    const days = daysIn(typed.halfLife);
    if (days === undefined || days === 0) {
      throw usage("half-life", typed.halfLife, "Use a length above 0 such as 7d.");
    }
    options.halfLifeDays = days;
  }
  if (typed.direct !== undefined) options.direct = oneOf("direct", typed.direct, DIRECT_MODES);
  if (typed.conversions !== undefined) {
    options.conversions = oneOf("conversions", typed.conversions, CONVERSION_MODES);
  }
  return options;
}

function oneOf<T extends string>(option: string, typed: string, choices: readonly T[]): T {
  const choice = choices.find((c) => c === typed.toLowerCase());
  if (choice === undefined) throw usage(option, typed, `Use ${choices.join(", ")}.`);
  return choice;
}

function usage(option: string, typed: string, hint: string): SojournError {
  return new SojournError("bad_usage", `--${option} ${typed} is not possible`, { hint });
}
