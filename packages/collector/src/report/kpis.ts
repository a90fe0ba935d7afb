/**
 * Key figures of a period, each with what it is measured on, why it may be missing, and the period before.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { FIGURE_SHAPES } from "./figure-shapes.ts";
import { dailyFigures, type FigureSubject, figureValues, type HeadValues } from "./figures.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { type Compared, type Comparison, periodBefore } from "./spans.ts";
import { stepsOf } from "./steps.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface KpisParams extends Filtered, Compared {
  site: string;
  model?: string;
  from?: string;
  to?: string;
  /** Days a person has for the next step of the path; default 30. */
  window?: number;
  /** Share of revenue that is profit, 0 to 1; without it the simple customer value is not known. */
  margin?: number;
  /** Pages of the site, profile fields used, changes of content: what focus, personalisation and freshness need beside our figures. */
  pages?: number;
  profileUsed?: number;
  profileCollected?: number;
  contentChanges?: number;
}

/** Every figure, in the order they are shown. The first six head the overview. */
export const FIGURES = [
  "visitors",
  "sign_ups",
  "new_customers",
  "revenue",
  "repeat_rate",
  "cac",
  "new_visitors",
  "visits",
  "buyers",
  "orders",
  "order_value",
  "sign_up_rate",
  "customer_rate",
  "cost",
  "roas",
  "retention_rate",
  "churn_rate",
  "reactivation_rate",
  "days_to_first_order",
  "days_to_second_order",
  "cart_abandonment",
  "value_left_in_carts",
  "nps",
  "csat",
  "engagement",
  "stickiness",
  "focus",
  "freshness",
  "personalisation",
  "clv",
] as const;
export type FigureId = (typeof FIGURES)[number];

export type FigureUnit = "people" | "count" | "money" | "rate" | "days" | "points" | "ratio";

/** Why a figure has no value. */
export type NoValue =
  /** What it would be divided by is 0. */
  | "nothing_to_divide_by"
  /** No costs were entered for the period. */
  | "no_cost"
  /** Costs are there, but not per person: they cannot be narrowed by this filter. */
  | "not_with_filter"
  /** Orders or costs in a currency without a rate. */
  | "no_rate"
  /** Needs a number only the site's owner has; `needs` names the parameter. */
  | "not_told"
  /** The period has not begun. */
  | "in_the_future";

export interface FigureValue {
  /** Rates from 0 to 1 (roas: times); money in minor units of the site's currency; days with decimals. Null: see `reason`. */
  value: number | null;
  reason?: NoValue;
  /** Parameter of the question that would make it known. */
  needs?: string;
  /** For rates, means and medians: what was divided, and by what (people, orders, carts). */
  numerator?: number;
  denominator?: number;
  /** For times to an event: people it has not happened to yet. */
  notYet?: number;
}

export interface Figure extends FigureValue {
  unit: FigureUnit;
  /** Which direction is good; null: neither. */
  good: "up" | "down" | null;
  /** True while the figure can still grow: its period is not over. */
  isUnfinished: boolean;
  before?: FigureValue;
  /** Relative change on before (0.08 is 8 % more); for rates and points the difference. Null when either is missing or before is 0. */
  change?: number | null;
}

/** From one stage of the path to the next: people whose first entry of `from` lies in the period. */
export interface Step {
  from: string;
  to: string;
  /** People who entered `from` for the first time in the period. */
  entered: number;
  /** Those of them who entered `to` within the window. */
  moved: number;
  /** Of the people whose window is over, those who moved within it; null while nobody's is. */
  rate: number | null;
  /** People whose window is over: what the rate is measured on. */
  closed: number;
  /** moved / entered: the least that the rate of all of them can become; null when nobody entered. */
  soFar: number | null;
  /** People whose window is still open and who have not moved. */
  open: number;
  /** Median days from the one to the other, of those who moved. */
  medianDays: number | null;
}

/** The figures of the overview, which have a value per day. */
export const DAILY_FIGURES = [
  "visitors",
  "sign_ups",
  "new_customers",
  "revenue",
  "repeat_rate",
  "cac",
] as const;
export type DailyFigure = (typeof DAILY_FIGURES)[number];

/** Some of the figures, beside what they are compared with. */
export interface ComparedFigures<Id extends FigureId> {
  site: string;
  model: string;
  period: Period;
  compare: Comparison;
  /** What the figures are compared with; null with compare=none. */
  before: Period | null;
  currency: string;
  figures: Record<Id, Figure>;
  /** One entry per day of the period; the last day may be unfinished. */
  daily: { days: string[]; figures: Record<DailyFigure, (number | null)[]> };
  /** The same for the period it is compared with, by place in it; dates of one's own may be more or fewer. */
  dailyBefore: Record<DailyFigure, (number | null)[]> | null;
  /** Every currency orders came in. `revenue` above is the sum when each has a rate, else the site's currency alone. */
  currencies: CurrencySum[];
}

export interface KpisAnswer extends ComparedFigures<FigureId> {
  steps: Step[];
  /** Window of the steps in days. */
  windowDays: number;
}

export interface CurrencySum {
  currency: string;
  orders: number;
  /** Minor units of this currency, net of refunds. */
  revenue: number;
  /** Worth of one unit in the site's currency; 1 for that currency itself, null when nobody set it. */
  rate: number | null;
}

export async function kpis(reads: Reads, params: KpisParams, now: EpochMs): Promise<KpisAnswer> {
  const { subject, answer } = await compared(reads, params, now, FIGURES, figureValues);
  const { site, model, who } = subject;
  const windowDays = Math.min(3_650, Math.max(1, params.window ?? 30));
  const steps = await stepsOf(reads, site, model, answer.period, windowDays, who, now);
  return { ...answer, steps, windowDays };
}

/** Figures of a period and of the one it is compared with, and what they were asked of. */
export async function compared<Id extends FigureId>(
  reads: Reads,
  params: KpisParams,
  now: EpochMs,
  ids: readonly Id[],
  valuesOf: (
    subject: FigureSubject,
    period: Period,
  ) => Promise<Omit<HeadValues, "values"> & { values: Record<Id, FigureValue> }>,
): Promise<{ subject: FigureSubject; answer: ComparedFigures<Id> }> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const compare = params.compare ?? "previous";
  const before = periodBefore(site, period, { ...params, compare }, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const subject = { reads, site, model, who, params, now };
  const present = await valuesOf(subject, period);
  const past = before === null ? null : await valuesOf(subject, before);
  const answer: ComparedFigures<Id> = {
    site: site.id,
    model: model.id,
    period,
    compare,
    before,
    currency: site.settings.currency,
    figures: Object.fromEntries(
      ids.map((id) => [id, figureOf(id, present.values[id], past?.values[id], period)]),
    ) as Record<Id, Figure>,
    daily: await dailyFigures(subject, period, present),
    dailyBefore: before === null ? null : (await dailyFigures(subject, before, past!)).figures,
    currencies: present.bought.currencies,
  };
  return { subject, answer };
}

/** A figure as it is shown, beside what it is compared with. */
function figureOf(id: FigureId, is: FigureValue, was: FigureValue | undefined, period: Period): Figure {
  const { unit, good } = FIGURE_SHAPES[id];
  const figure: Figure = { ...is, unit, good, isUnfinished: period.isUnfinished };
  if (was === undefined) return figure;
  return { ...figure, before: was, change: changeOf(unit, is.value, was.value) };
}

/** Relative for counts, money and times; the difference for rates and points. */
export function changeOf(unit: FigureUnit, is: number | null, was: number | null): number | null {
  if (is === null || was === null) return null;
  if (unit === "rate" || unit === "points") return is - was;
  return was === 0 ? null : (is - was) / was;
}
