/**
 * Works out the key figures of one period, and the daily values of those that head the overview.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { simpleClv } from "../domain/value/customer-value.ts";
import type { CountedOrder, ModelView, Range, Reads, SiteView, Who } from "../store/port.ts";
import { type BoughtSums, type Costs, costsOf, sumOrders } from "./bought.ts";
import { cartsIn, summaryOf } from "./carts.ts";
import { SIGN_UP_KINDS } from "./conversions.ts";
import { baseOf } from "./customer-base.ts";
import type { DailyFigure, FigureId, FigureValue, KpisAnswer, KpisParams } from "./kpis.ts";
import type { Period } from "./period.ts";
import { daysOf, inDays, isoDays, median } from "./spans.ts";

/** What figures are asked of. */
export interface FigureSubject {
  reads: Reads;
  site: SiteView;
  model: ModelView;
  who: Who | null;
  params: Pick<
    KpisParams,
    "filter" | "margin" | "pages" | "profileUsed" | "profileCollected" | "contentChanges"
  >;
  now: EpochMs;
}

/** The figures that head the overview, and what they are made of. */
export interface HeadValues {
  values: Record<DailyFigure, FigureValue>;
  bought: BoughtSums;
  orders: CountedOrder[];
  costs: Costs;
  /** Of the days that have begun. */
  visitorsPerDay: number[];
}

export interface FigureValues extends Omit<HeadValues, "values"> {
  values: Record<FigureId, FigureValue>;
}

/** Kinds that are mere looking. */
const LOOKING = ["page_view", "identify"] as const;

/** What the overview begins with: a small part of all figures, and of their work. */
export async function headValues(
  { reads, site, who, params, now }: FigureSubject,
  period: Period,
): Promise<HeadValues> {
  const range: Range = { from: period.fromAt, to: period.toAt };
  const begun = daysOf(site, period).filter(({ from }) => from <= now);
  // The whole period and its days in one call: what they share is read once.
  const [visitors, ...visitorsPerDay] = (await reads.visitorsIn(site, [range, ...begun], who)) as [
    number,
    ...number[],
  ];
  const days = [{ from: period.firstDay, to: period.lastDay }];
  const [signUps] = (await reads.activeIn(site, SIGN_UP_KINDS, days, who)) as [number];
  const orders = await reads.countedOrders(site, range, who);
  const bought = sumOrders(site, orders);
  const costs = costsOf(site, await reads.costs(site, period.from, period.to), params.filter);
  const values: Record<DailyFigure, FigureValue> = {
    visitors: { value: visitors },
    sign_ups: { value: signUps },
    new_customers: { value: bought.newCustomers },
    revenue: { value: bought.revenue },
    repeat_rate: divided(bought.repeatBuyers, bought.buyers),
    cac: costs.value === null ? missing(costs) : money(costs.value, bought.newCustomers),
  };
  if (period.fromAt > now) setInTheFuture(values);
  return { values, bought, orders, costs, visitorsPerDay };
}

/** Every figure. */
export async function figureValues(subject: FigureSubject, period: Period): Promise<FigureValues> {
  const { reads, site, who, params, now } = subject;
  const range: Range = { from: period.fromAt, to: period.toAt };
  const days = [{ from: period.firstDay, to: period.lastDay }];
  const lengthInDays = period.lastDay - period.firstDay + 1;

  const head = await headValues(subject, period);
  const { bought, costs, visitorsPerDay } = head;
  const { cac } = head.values;
  const visitors = head.values.visitors.value ?? 0;
  const signUps = head.values.sign_ups.value ?? 0;
  const [visits] = (await reads.visitsIn(site, [range], who)) as [number];
  const [newVisitors] = (await reads.newPeopleIn(site, [range], who)) as [number];
  const [active] = (await reads.activeBeside(site, [], days, who)) as [number];
  const [engaged] = (await reads.activeBeside(site, LOOKING, days, who)) as [number];
  const [pageViews] = (await reads.touchpointsIn(site, "page_view", days, who)) as [number];

  const firstTimes = (await reads.firstOrders(site, range, who)).map(
    ([orderAt, firstAt]) => orderAt - firstAt,
  );
  const seconds = await reads.secondOrders(site, range, who);
  const base = await baseOf(subject, period, seconds.customers);
  const carts = summaryOf(await cartsIn(reads, site, range, who, now));
  const nps = await reads.latestAnswers(site, "nps", range, who);
  const csat = await reads.latestAnswers(site, "csat", range, who);

  const churn = divided(base.lost, base.start);
  const values: Record<FigureId, FigureValue> = {
    ...head.values,
    new_visitors: { value: newVisitors },
    visits: { value: visits },
    buyers: { value: bought.buyers },
    orders: { value: bought.orders },
    order_value: money(bought.revenue, bought.ordersInRevenue),
    sign_up_rate: divided(signUps, visitors),
    customer_rate: divided(bought.newCustomers, visitors),
    cost: costs.value === null ? missing(costs) : { value: costs.value },
    roas: costs.value === null ? missing(costs) : divided(bought.revenue, costs.value),
    retention_rate: divided(base.start - base.lost, base.start),
    churn_rate: churn,
    reactivation_rate: divided(base.reactivated, base.quiet),
    days_to_first_order: { ...middle(firstTimes), notYet: base.neverOrdered },
    days_to_second_order: { ...middle(seconds.gaps), notYet: seconds.notYet },
    cart_abandonment: divided(carts.left, carts.left + carts.ordered),
    value_left_in_carts: { value: carts.valueLeft },
    nps: scored(nps, (score) => (score >= 9 ? 100 : score <= 6 ? -100 : 0)),
    csat: scored(csat, (score) => (score >= 4 ? 1 : 0)),
    engagement: divided(engaged, active),
    stickiness:
      visitors === 0 || visitorsPerDay.length === 0
        ? nothing(0, visitors)
        : divided(visitorsPerDay.reduce((sum, n) => sum + n, 0) / visitorsPerDay.length, visitors),
    focus:
      told(params, ["pages"]) ??
      divided(visits === 0 ? 0 : pageViews / visits, visits === 0 ? 0 : params.pages!),
    freshness:
      told(params, ["contentChanges"]) ??
      divided(params.contentChanges!, visitors === 0 ? 0 : visits / visitors),
    personalisation:
      told(params, ["profileUsed", "profileCollected"]) ??
      divided(params.profileUsed!, params.profileCollected!),
    clv: told(params, ["margin"]) ?? customerValue(),
  };

  function customerValue(): FigureValue {
    if (cac.value === null) return { value: null, reason: cac.reason ?? "nothing_to_divide_by" };
    if (base.end === 0 || churn.value === null || churn.value === 0) return nothing();
    const perYear = 365 / lengthInDays;
    const value = simpleClv({
      yearlyProfit: (bought.revenue * perYear * params.margin!) / base.end,
      years: 1 / (churn.value * perYear),
      acquisitionCost: cac.value,
    });
    return value === null ? nothing() : { value: Math.round(value) };
  }

  if (period.fromAt > now) setInTheFuture(values);
  return { ...head, values };
}

function setInTheFuture(values: Record<string, FigureValue>): void {
  for (const id of Object.keys(values)) values[id] = { value: null, reason: "in_the_future" };
}

/** Values per day of the figures that head the overview; null for days that have not begun. */
export async function dailyFigures(
  { reads, site, who, now }: FigureSubject,
  period: Period,
  { orders, costs, visitorsPerDay }: Pick<HeadValues, "orders" | "costs" | "visitorsPerDay">,
): Promise<KpisAnswer["daily"]> {
  const ranges = daysOf(site, period);
  const days = isoDays(period);
  const signUps = await reads.activeIn(
    site,
    SIGN_UP_KINDS,
    days.map((_, place) => ({ from: period.firstDay + place, to: period.firstDay + place })),
    who,
  );
  const bought: BoughtSums[] = [];
  let next = 0;
  for (const { to } of ranges) {
    const start = next;
    while (next < orders.length && orders[next]![1] < to) next += 1;
    bought.push(sumOrders(site, orders.slice(start, next)));
  }
  const has = (place: number) => ranges[place]!.from <= now;
  const perDay = (figure: (place: number) => number | null) =>
    days.map((_, place) => (has(place) ? figure(place) : null));
  const figures: Record<DailyFigure, (number | null)[]> = {
    visitors: perDay((day) => visitorsPerDay[day]!),
    sign_ups: perDay((day) => signUps[day]!),
    new_customers: perDay((day) => bought[day]!.newCustomers),
    revenue: perDay((day) => bought[day]!.revenue),
    repeat_rate: perDay((day) => divided(bought[day]!.repeatBuyers, bought[day]!.buyers).value),
    cac: perDay((day) =>
      costs.value === null ? null : money(costs.perDay.get(days[day]!) ?? 0, bought[day]!.newCustomers).value,
    ),
  };
  return { days, figures };
}

function divided(numerator: number, denominator: number): FigureValue {
  if (denominator === 0) return nothing(numerator, denominator);
  return { value: numerator / denominator, numerator, denominator };
}

/** Money per something, in whole minor units. */
function money(amount: number, per: number): FigureValue {
  const figure = divided(amount, per);
  return figure.value === null ? figure : { ...figure, value: Math.round(figure.value) };
}

const nothing = (numerator = 0, denominator = 0): FigureValue => ({
  value: null,
  reason: "nothing_to_divide_by",
  numerator,
  denominator,
});

const missing = ({ reason }: FigureValue): FigureValue => ({
  value: null,
  ...(reason === undefined ? {} : { reason }),
});

function middle(times: readonly number[]): FigureValue {
  if (times.length === 0) return nothing();
  return { value: inDays(median(times)), denominator: times.length };
}

function scored(scores: readonly number[], worth: (score: number) => number): FigureValue {
  if (scores.length === 0) return nothing();
  const sum = scores.reduce((total, score) => total + worth(score), 0);
  return { value: sum / scores.length, numerator: sum, denominator: scores.length };
}

/** The figure without a value when the owner has not told what it needs; undefined when all is there. */
function told(
  params: FigureSubject["params"],
  names: readonly ("pages" | "profileUsed" | "profileCollected" | "contentChanges" | "margin")[],
): FigureValue | undefined {
  const needs = names.find((name) => params[name] === undefined);
  return needs === undefined ? undefined : { value: null, reason: "not_told", needs };
}
