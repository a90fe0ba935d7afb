/**
 * Measures one period for the report of sources: every figure of every value, and the sums.
 */
import { UNATTRIBUTED } from "../domain/attribution/credit.ts";
import { chainOfWalks } from "../domain/attribution/markov.ts";
import type { Minor } from "../domain/touchpoint.ts";
import type { OrderView, Reads, SiteView } from "../store/port.ts";
import {
  type ConversionEvent,
  type ConversionName,
  conversionsOf,
  earlierConversions,
  inSiteCurrency,
  orderEvents,
} from "./conversions.ts";
import { bookCosts, type CostRow, costsBy } from "./costs.ts";
import { creditSettings } from "./credit-params.ts";
import { assistsOf, type CreditSums, creditSums } from "./credited.ts";
import type { Period } from "./period.ts";
import type { SourcesParams } from "./sources.ts";
import { openTouchValues } from "./touch-values.ts";
import { type CreditedEvent, pathsBefore, readTrails } from "./trails.ts";
import { countVisitors } from "./visitors.ts";
import { type ChosenPeople, readVisits } from "./visits.ts";
import { openWalked } from "./walked.ts";

export interface SourceFigures {
  /** People with a touch of this value in the period. */
  visitors: number;
  /** Those of them who were first heard of in the period; the others came back. */
  newVisitors: number;
  returningVisitors: number;
  /** People who signed up in the period, credited. */
  signUps: number;
  /** People whose first order that counts lies in the period. */
  customers: number;
  orders: number;
  /** Minor units of the site's currency, net of refunds. */
  revenue: number;
  /** Credit for the conversion asked for, and its value. */
  conversions: number;
  conversionValue: number;
  /** conversions / visitors; null without visitors. */
  rate: number | null;
  /** Conversions that this value was part of without being the last touch. */
  assisted: number;
  /** Minor units of the site's currency; null when no cost was entered, or one in a currency without a rate. */
  cost: Minor | null;
  /** Cost per new customer, in minor units; null without cost or customers. */
  cac: number | null;
  /** Revenue / cost; null without cost. */
  roas: number | null;
}

export const NOTHING: SourceFigures = {
  visitors: 0,
  newVisitors: 0,
  returningVisitors: 0,
  signUps: 0,
  customers: 0,
  orders: 0,
  revenue: 0,
  conversions: 0,
  conversionValue: 0,
  rate: null,
  assisted: 0,
  cost: null,
  cac: null,
  roas: null,
};

/** Orders in a currency without a rate. */
export interface OtherCurrency {
  currency: string;
  orders: number;
  revenue: Minor;
}

export interface Measured {
  rows: Map<string, SourceFigures>;
  total: SourceFigures;
  otherCurrencies: OtherCurrency[];
  unmatchedCosts: CostRow[];
  missingRates: string[];
}

/** Every figure of a period. */
export async function measure(
  reads: Reads,
  site: SiteView,
  params: SourcesParams,
  period: Period,
  isChosen: ChosenPeople,
): Promise<Measured> {
  const by = params.by ?? "channel";
  const within = params.within ?? [];
  const settings = creditSettings(params);
  const values = await openTouchValues(reads, site, by, within);
  const range = { from: period.fromAt, to: period.toAt };
  const visits = await readVisits(reads, site, range, values, isChosen);
  const visitors = countVisitors(visits, values, await reads.newPeople(site, range));

  const wanted = <T extends { person: number }>(list: readonly T[]): T[] =>
    list.filter(({ person }) => isChosen(person));
  const allOrders = wanted(await reads.orders(site, range));
  const orders = orderEvents(site, allOrders, "order").sort((a, b) => a.at - b.at);
  const signUps = wanted(await conversionsOf(reads, site, "sign_up", period));
  const asked = params.conversion ?? "first_order";
  const extra =
    asked === "order" || asked === "first_order" || asked === "sign_up"
      ? []
      : wanted(await conversionsOf(reads, site, asked, period, params.model));

  const people = new Set<number>();
  for (const list of [orders, signUps, extra]) for (const { person } of list) people.add(person);
  const trails = await readTrails(reads, people, {
    from: settings.lookbackMs === null ? 0 : Math.max(0, period.fromAt - settings.lookbackMs),
    to: period.toAt,
  });
  if (values.usesPages) await values.learnPages(trails.columns.page);

  const walked = settings.model === "markov" ? openWalked(visits, values, settings.direct) : undefined;
  const pathsOf = async (name: ConversionName, events: readonly ConversionEvent[]) => {
    const before =
      settings.conversions === "reset" && events.length > 0
        ? await earlierConversions(reads, site, name, period, [...people], params.model)
        : [];
    return pathsBefore(events, before, trails, values, settings);
  };
  const share = (paths: readonly CreditedEvent[]): CreditSums => {
    const chain = () => {
      const walks = walked!.against(paths, trails);
      return { walks, chain: chainOfWalks(walks, settings.order) };
    };
    return {
      ...creditSums(paths, trails, values, settings, within.length === 0, { chain }),
      assisted: assistsOf(paths, trails, values),
    };
  };
  const orderPaths = await pathsOf("order", orders);
  const byOrder = share(orderPaths);
  // Nothing that counts stands before a first order, so its path is the same under either mode.
  const byCustomer = share(orderPaths.filter(({ event }) => event.isFirst));
  const bySignUp = share(await pathsOf("sign_up", signUps));
  const byAsked =
    asked === "order"
      ? byOrder
      : asked === "first_order"
        ? byCustomer
        : asked === "sign_up"
          ? bySignUp
          : share(await pathsOf(asked, extra));

  const booked = await bookCosts(reads, site, period, visits.touches);
  const spent = costsBy(booked, by, within, params.filter);
  const rows = new Map<string, SourceFigures>();
  values.names.forEach((name, number) => {
    const figures = figuresOf(
      {
        visitors: visitors.people[number] ?? 0,
        newVisitors: visitors.newPeople[number] ?? 0,
        signUps: bySignUp.conversions[number] ?? 0,
        customers: byCustomer.conversions[number] ?? 0,
        orders: byOrder.conversions[number] ?? 0,
        revenue: byOrder.value[number] ?? 0,
        conversions: byAsked.conversions[number] ?? 0,
        conversionValue: byAsked.value[number] ?? 0,
        assisted: byAsked.assisted[number] ?? 0,
      },
      spent.rows.get(name) ?? null,
    );
    if (!isNothing(figures)) rows.set(name, figures);
  });
  for (const [name, cost] of spent.rows) {
    const known = rows.get(name) ?? NOTHING;
    rows.set(name, figuresOf(known, cost));
  }
  const nobody = figuresOf(
    {
      visitors: 0,
      newVisitors: 0,
      signUps: bySignUp.unattributed.conversions,
      customers: byCustomer.unattributed.conversions,
      orders: byOrder.unattributed.conversions,
      revenue: byOrder.unattributed.value,
      conversions: byAsked.unattributed.conversions,
      conversionValue: byAsked.unattributed.value,
      assisted: 0,
    },
    null,
  );
  if (!isNothing(nobody)) rows.set(UNATTRIBUTED, nobody);

  const total = figuresOf(
    {
      visitors: visitors.total,
      newVisitors: visitors.totalNew,
      signUps: bySignUp.total.conversions,
      customers: byCustomer.total.conversions,
      orders: byOrder.total.conversions,
      revenue: byOrder.total.value,
      conversions: byAsked.total.conversions,
      conversionValue: byAsked.total.value,
      assisted: byAsked.assisted.reduce((sum, n) => sum + n, 0),
    },
    spent.total,
  );
  return {
    rows,
    total,
    otherCurrencies: withoutRate(site, allOrders),
    unmatchedCosts: booked.rows.filter((row) => !row.isMatched),
    missingRates: booked.byCurrency.filter(({ rate }) => rate === null).map(({ currency }) => currency),
  };
}

type Counted = Omit<SourceFigures, "returningVisitors" | "rate" | "cost" | "cac" | "roas">;

function figuresOf(counted: Counted, cost: Minor | null): SourceFigures {
  const { visitors, newVisitors, conversions, customers, revenue } = counted;
  return {
    ...counted,
    returningVisitors: visitors - newVisitors,
    rate: visitors === 0 ? null : conversions / visitors,
    cost,
    cac: cost === null || customers === 0 ? null : cost / customers,
    roas: cost === null || cost === 0 ? null : revenue / cost,
  };
}

function isNothing({ visitors, signUps, orders, conversions, assisted, cost }: SourceFigures): boolean {
  return visitors + signUps + orders + conversions + assisted === 0 && cost === null;
}

function withoutRate(site: SiteView, orders: readonly OrderView[]): OtherCurrency[] {
  const others = new Map<string, OtherCurrency>();
  for (const { currency, value, refunded, voidAt } of orders) {
    if (voidAt !== null || inSiteCurrency(site, 0, currency) !== undefined) continue;
    const row = others.get(currency) ?? { currency, orders: 0, revenue: 0 };
    row.orders += 1;
    row.revenue += value - refunded;
    others.set(currency, row);
  }
  return [...others.values()];
}
