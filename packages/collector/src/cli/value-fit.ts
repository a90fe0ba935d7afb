/**
 * `sojourn value fit`: fits how often customers buy again, and what they spend, to a file of orders or tallies.
 *
 * Pure: text in, answer out; reading the file, printing and the exit code are the caller's work. It calls the very functions the
 * collector uses. Where the data do not carry the model it says "too little data" and gives no numbers.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { outlooksOf } from "../domain/value/customer-value.ts";
import { expectedPurchases, expectedRepeats } from "../domain/value/expected-purchases.ts";
import {
  type CustomerHistory,
  DAYS_IN,
  historiesOf,
  TIME_UNITS,
  type TimeUnit,
  tallied,
} from "../domain/value/order-history.ts";
import {
  fitPurchases,
  PURCHASE_MODELS,
  type PurchaseModel,
  type PurchaseParameters,
} from "../domain/value/purchase-model.ts";
import { fitSpend, type SpendHistory, type SpendParameters } from "../domain/value/spend.ts";
import { SojournError } from "../errors.ts";
import type { LineError } from "./credit-input.ts";
import { daysIn } from "./span.ts";
import { readDate, readValueInput, type TallyLine } from "./value-input.ts";

export interface ValueFitOptions {
  /** Default `mbg-nbd`. */
  model?: PurchaseModel;
  /** Fits the Gamma-Gamma model of spending too. */
  spend?: boolean;
  /** Orders after this day are kept for checking the fit; default the last order. For orders only. */
  calibrationEnd?: EpochMs;
  /** Unit of recency, T and alpha: what orders are turned into, what tallies are in. Default weeks. */
  unit?: TimeUnit;
  /** Days ahead to predict orders (and value) for. */
  expectDays?: number;
  /** With `expectDays`: everybody's own outlook, most expected orders first. */
  customers?: boolean;
}

/** One line of `expected.customers`. Tallies are named by their line and stand for `n` people. */
export interface ExpectedCustomer {
  customer: string;
  n?: number;
  frequency: number;
  recency: number;
  T: number;
  expectedOrders: number;
  probabilityAlive: number;
  expectedOrderValue?: number;
  expectedValue?: number;
}

export interface ValueFitAnswer {
  model: PurchaseModel;
  unit: TimeUnit;
  customers: number;
  repeatCustomers: number;
  /** Last day used for fitting; orders only. */
  calibrationEnd?: string;
  /** True: no parameters are given, `reasons` says why. */
  tooLittleData: boolean;
  reasons: string[];
  parameters: PurchaseParameters | null;
  logLikelihood: number | null;
  spend?: {
    customers: number;
    tooLittleData: boolean;
    reasons: string[];
    parameters: SpendParameters | null;
    logLikelihood: number | null;
  };
  /** Orders after the calibration end against what the fit expected of the same people; when the file has any. */
  holdout?: { until: string; orders: number; expectedOrders: number };
  expected?: {
    /** In `unit`. */
    horizon: number;
    orders: number;
    /** Repeat orders of a new customer in as long. */
    perNewCustomer: number;
    value?: number;
    customers?: ExpectedCustomer[];
  };
  errors: LineError[];
}

interface Person extends CustomerHistory {
  n: number;
}

/**
 * Fits `customer,date,value` orders (dates ISO or YYYYMMDD; several on one day are one) or tallies `frequency,recency,T,n`
 * (optionally with `value`, the mean value of the repeat orders).
 *
 * @throws SojournError `bad_input` when no line can be used
 */
export function valueFit(text: string, options: ValueFitOptions = {}): ValueFitAnswer {
  const { model = "mbg-nbd", unit = "weeks" } = options;
  const input = readValueInput(text);
  const lastOrder = input.kind === "orders" ? latest(input.orders.map((o) => o.at)) : undefined;
  const end = options.calibrationEnd ?? lastOrder;
  const people =
    input.kind === "tallies"
      ? input.tallies.map(personOf)
      : historiesOf(input.orders, end === undefined ? { unit } : { unit, calibrationEnd: end }).map(
          (history): Person => ({ ...history, n: 1 }),
        );
  if (people.length === 0) {
    const [first] = input.errors;
    throw new SojournError("bad_input", "there are no customers to fit", {
      hint: first ? `Line ${first.line}: ${first.reason}.` : "Is the calibration end before the first order?",
    });
  }
  const fit = fitPurchases(tallied(people), model);
  const spend = options.spend === true ? spendOf(people) : undefined;
  const answer: ValueFitAnswer = {
    model,
    unit,
    customers: fit.customers,
    repeatCustomers: fit.repeatCustomers,
    ...(input.kind === "orders" && end !== undefined ? { calibrationEnd: dayText(end) } : {}),
    tooLittleData: fit.tooLittleData,
    reasons: fit.reasons,
    parameters: fit.tooLittleData ? null : fit.parameters,
    logLikelihood: fit.tooLittleData ? null : fit.logLikelihood,
    ...(spend === undefined ? {} : { spend }),
    errors: input.errors,
  };
  if (fit.tooLittleData) return answer;
  if (end !== undefined && lastOrder !== undefined && dayText(lastOrder) > dayText(end)) {
    const horizon = Math.round((startOfDay(lastOrder) - startOfDay(end)) / DAY_MS) / DAYS_IN[unit];
    answer.holdout = {
      until: dayText(lastOrder),
      orders: people.reduce((n, p) => n + p.later, 0),
      expectedOrders: people.reduce((n, p) => n + expectedPurchases(model, fit.parameters, p, horizon), 0),
    };
  }
  if (options.expectDays !== undefined) {
    const horizon = options.expectDays / DAYS_IN[unit];
    answer.expected = expectedOf(people, model, fit.parameters, spend?.parameters ?? null, horizon, options);
  }
  return answer;
}

function expectedOf(
  people: readonly Person[],
  model: PurchaseModel,
  purchases: PurchaseParameters,
  spend: SpendParameters | null,
  horizon: number,
  options: ValueFitOptions,
): NonNullable<ValueFitAnswer["expected"]> {
  const outlooks = outlooksOf(people, { model, purchases, horizon, ...(spend === null ? {} : { spend }) });
  const manyOf = new Map(people.map((p) => [p.customer, p.n]));
  const times = (customer: string) => manyOf.get(customer) ?? 1;
  const expected: NonNullable<ValueFitAnswer["expected"]> = {
    horizon,
    orders: outlooks.reduce((n, o) => n + times(o.customer) * o.expectedOrders, 0),
    perNewCustomer: expectedRepeats(model, purchases, horizon),
  };
  if (spend !== null) {
    expected.value = outlooks.reduce((n, o) => n + times(o.customer) * (o.expectedValue ?? 0), 0);
  }
  if (options.customers === true) {
    expected.customers = outlooks.map((o) => (times(o.customer) === 1 ? o : { ...o, n: times(o.customer) }));
  }
  return expected;
}

function spendOf(people: readonly Person[]): NonNullable<ValueFitAnswer["spend"]> {
  const histories: SpendHistory[] = people.filter(
    ({ frequency, meanValue, n }) => frequency > 0 && meanValue > 0 && n > 0,
  );
  if (histories.length === 0) {
    const reasons = ["no customer has a repeat order with a value"];
    return { customers: 0, tooLittleData: true, reasons, parameters: null, logLikelihood: null };
  }
  const { customers, tooLittleData, reasons, parameters, logLikelihood } = fitSpend(histories);
  return {
    customers,
    tooLittleData,
    reasons,
    parameters: tooLittleData ? null : parameters,
    logLikelihood: tooLittleData ? null : logLikelihood,
  };
}

function personOf({ line, frequency, recency, T, n, meanValue = 0 }: TallyLine): Person {
  return { customer: `line ${line}`, frequency, recency, T, n, meanValue, later: 0 };
}

const DAY_MS = 86_400_000;
const startOfDay = (at: EpochMs) => Math.floor(at / DAY_MS) * DAY_MS;
const dayText = (at: EpochMs) => new Date(at).toISOString().slice(0, 10);

function latest(times: readonly EpochMs[]): EpochMs | undefined {
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}

/** Options as they are typed; each may be missing. */
export interface TypedValueOptions {
  model?: string;
  spend?: boolean;
  calibrationEnd?: string;
  unit?: string;
  /** `39w`, `90d`; a number alone is in `unit`. */
  expect?: string;
  customers?: boolean;
}

/** @throws SojournError `bad_usage`, naming what may be typed */
export function valueOptions(typed: TypedValueOptions): ValueFitOptions {
  const options: ValueFitOptions = {};
  if (typed.model !== undefined) {
    const model = PURCHASE_MODELS.find((m) => m === typed.model?.toLowerCase());
    if (model === undefined) throw usage("model", typed.model, `Use ${PURCHASE_MODELS.join(" or ")}.`);
    options.model = model;
  }
  if (typed.unit !== undefined) {
    const unit = TIME_UNITS.find((u) => u === typed.unit || u === `${typed.unit}s`);
    if (unit === undefined) throw usage("unit", typed.unit, `Use ${TIME_UNITS.join(", ")}.`);
    options.unit = unit;
  }
  if (typed.calibrationEnd !== undefined) {
    const end = readDate(typed.calibrationEnd);
    if (end === undefined)
      throw usage("calibration-end", typed.calibrationEnd, "Use a date such as 2026-09-30.");
    options.calibrationEnd = end;
  }
  if (typed.expect !== undefined) {
    const days = daysIn(typed.expect);
    if (days === undefined) throw usage("expect", typed.expect, "Use a length such as 39w or 90d.");
    const isBare = /^[\d.]+$/.test(typed.expect.trim());
    options.expectDays = isBare ? days * DAYS_IN[options.unit ?? "weeks"] : days;
  }
  if (typed.spend === true) options.spend = true;
  if (typed.customers === true) options.customers = true;
  return options;
}

function usage(option: string, typed: string, hint: string): SojournError {
  return new SojournError("bad_usage", `--${option} ${typed} is not possible`, { hint });
}
