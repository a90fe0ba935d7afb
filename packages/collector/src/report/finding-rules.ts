/**
 * The rules of "worth a look": each looks at one thing and says something only when it stands out.
 */
import { label } from "../domain/lifecycle/labels.ts";
import { formatMinor } from "../domain/money.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { ModelView, Range, Reads, SiteView, Who } from "../store/port.ts";
import { cartsIn, summaryOf } from "./carts.ts";
import { firstOrderOnly, pastRhythm } from "./finding-people.ts";
import type { Finding } from "./findings.ts";
import { lapsingPeople } from "./lapsing.ts";
import type { Period } from "./period.ts";
import { sources } from "./sources.ts";
import { DAY_MS, inDays, median } from "./spans.ts";
import { openTouchValues } from "./touch-values.ts";
import { countVisitors } from "./visitors.ts";
import { readVisits } from "./visits.ts";

/** Fewer people, or carts, are chance. */
const LEAST = 3;
const LEAST_TO_COMPARE = 30;
/** A channel's visitors, or its cost per customer, must have changed by this share. */
const NOTABLE = 0.2;

/** Where a rule looks. */
export interface Place {
  reads: Reads;
  site: SiteView;
  model: ModelView;
  who: Who | null;
  period: Period;
  now: EpochMs;
  isFiltered: boolean;
}

async function cartsLeft({ reads, site, who, now }: Place): Promise<Finding[]> {
  const days = 7;
  const { left, valueLeft } = summaryOf(
    await cartsIn(reads, site, { from: now - days * DAY_MS, to: now + 1 }, who, now),
  );
  if (left < LEAST) return [];
  const value = `${formatMinor(valueLeft, site.settings.currency)} ${site.settings.currency}`;
  return [
    {
      rule: "carts_left",
      count: left,
      unit: "carts",
      text: `${left} carts were left in the last ${days} days, worth ${value}.`,
      reason: "Closed 24 hours after the last change without an order.",
      values: { carts: left, value: valueLeft, days },
      action: { kind: "people", question: "carts", params: {} },
    },
  ];
}

async function lapseDue({ reads, site, model, who, now }: Place): Promise<Finding[]> {
  const days = 14;
  const due = await lapsingPeople(reads, site, model, days, who, now);
  if (due.length < LEAST) return [];
  const counts = new Map<string, number>();
  for (const { becomes } of due) counts.set(becomes, (counts.get(becomes) ?? 0) + 1);
  const [becomes] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  return [
    {
      rule: "lapse_due",
      count: due.length,
      unit: "people",
      text: `${due.length} people will fall quiet within ${days} days if nothing happens.`,
      reason: `Most of them become "${label(becomes, "en", model.model.labels)}".`,
      values: { people: due.length, days, becomes },
      action: { kind: "people", question: "lapsing", params: { days: String(days) } },
    },
  ];
}

async function secondOrderOverdue({ reads, site, who, now }: Place): Promise<Finding[]> {
  const { waiting, earlier, cameBack } = await firstOrderOnly(reads, site, who, now);
  if (waiting.length < LEAST) return [];
  const rate = earlier === 0 ? null : cameBack / earlier;
  return [
    {
      rule: "second_order_overdue",
      count: waiting.length,
      unit: "people",
      text: `${waiting.length} first-time buyers reach day 30 this week without a second order.`,
      reason:
        rate === null
          ? "Their first order is 23 to 30 days old."
          : `${percent(rate)} of earlier buyers like them had ordered again by day 45.`,
      values: { people: waiting.length, day: 30, ...(rate === null ? {} : { rate }) },
      action: { kind: "people", question: "people", params: { finding: "second_order_overdue" } },
    },
  ];
}

async function loyalPastRhythm({ reads, site, who, now }: Place): Promise<Finding[]> {
  const { late, gaps } = await pastRhythm(reads, site, who, now);
  const usualDays = inDays(median(gaps));
  if (late.length < LEAST || usualDays === null) return [];
  return [
    {
      rule: "loyal_past_rhythm",
      count: late.length,
      unit: "people",
      text: `${late.length} regular customers have gone past twice their usual gap between orders.`,
      reason: `Three or more orders in a year; the usual gap is ${Math.round(usualDays)} days.`,
      values: { people: late.length, usualDays: Math.round(usualDays) },
      action: { kind: "people", question: "people", params: { finding: "loyal_past_rhythm" } },
    },
  ];
}

async function channels({ reads, site, period, now, isFiltered }: Place): Promise<Finding[]> {
  if (isFiltered) return [];
  const [range, before] = elapsed(period, now);
  const is = (await channelVisitors(reads, site, range)).byChannel;
  const was = (await channelVisitors(reads, site, before)).byChannel;
  const changes = [...new Set([...is.keys(), ...was.keys()])].flatMap((channel) => {
    const [a, b] = [was.get(channel) ?? 0, is.get(channel) ?? 0];
    return a < LEAST_TO_COMPARE ? [] : [{ channel, was: a, is: b, change: (b - a) / a }];
  });
  const found: Finding[] = [];
  for (const rule of ["channel_fell", "channel_rose"] as const) {
    const sign = rule === "channel_fell" ? -1 : 1;
    const [most] = changes
      .filter(({ change }) => change * sign >= NOTABLE)
      .sort((a, b) => Math.abs(b.is - b.was) - Math.abs(a.is - a.was));
    if (most === undefined) continue;
    found.push({
      rule,
      count: most.change,
      unit: "rate",
      text: `${most.channel} brought ${percent(Math.abs(most.change))} ${sign < 0 ? "fewer" : "more"} visitors.`,
      reason: `${most.is} against ${most.was} in as many days before.`,
      values: most,
      action: { kind: "filter", filter: [{ field: "channel", is: true, values: [most.channel] }] },
    });
  }
  return found;
}

async function costs({ reads, site, period, now, isFiltered }: Place): Promise<Finding[]> {
  // Without costs there is nothing to compare, and nothing else of that report is looked at.
  if (isFiltered || (await reads.costs(site, period.from, period.to)).length === 0) return [];
  const answer = await sources(
    reads,
    { site: site.id, from: period.from, to: period.to, compare: "previous" },
    now,
  );
  const [most] = answer.rows
    .flatMap(({ value, cac, before, customers }) => {
      const was = before?.cac ?? null;
      if (cac === null || was === null || was === 0 || customers < LEAST) return [];
      return [{ channel: value, is: Math.round(cac), was: Math.round(was), change: (cac - was) / was }];
    })
    .filter(({ change }) => change >= NOTABLE / 2)
    .sort((a, b) => b.change - a.change);
  if (most === undefined) return [];
  const inMoney = (minor: number) => formatMinor(minor, site.settings.currency);
  return [
    {
      rule: "cost_rose",
      count: most.change,
      unit: "rate",
      text: `${most.channel} costs ${percent(most.change)} more per new customer.`,
      reason: `${inMoney(most.is)} against ${inMoney(most.was)} ${site.settings.currency} in the period before.`,
      values: most,
      action: { kind: "filter", filter: [{ field: "channel", is: true, values: [most.channel] }] },
    },
  ];
}

async function abandonment({ reads, site, who, period, now }: Place): Promise<Finding[]> {
  const [range, before] = elapsed(period, now);
  const is = summaryOf(await cartsIn(reads, site, range, who, now));
  const was = summaryOf(await cartsIn(reads, site, before, who, now));
  const enough = [is, was].every(({ left, ordered }) => left + ordered >= LEAST_TO_COMPARE);
  if (!enough || is.abandonment! - was.abandonment! < 0.05) return [];
  return [
    {
      rule: "abandonment_rose",
      count: is.abandonment! - was.abandonment!,
      unit: "rate",
      text: `More carts are left: ${percent(is.abandonment!)} instead of ${percent(was.abandonment!)}.`,
      reason: `${is.left} of ${is.left + is.ordered} closed carts had no order.`,
      values: { is: is.abandonment!, was: was.abandonment!, left: is.left },
      action: { kind: "open", page: "funnel" },
    },
  ];
}

async function direct({ reads, site, period, isFiltered }: Place): Promise<Finding[]> {
  if (isFiltered) return [];
  const range = { from: period.fromAt, to: period.toAt };
  const { total: visitors, byChannel } = await channelVisitors(reads, site, range);
  const people = byChannel.get("Direct") ?? 0;
  if (visitors < LEAST_TO_COMPARE || people / visitors < 0.5) return [];
  return [
    {
      rule: "direct_high",
      count: people / visitors,
      unit: "rate",
      text: `${percent(people / visitors)} of the visitors came from nowhere we can name.`,
      reason:
        "Links in mails, apps and documents carry no referrer unless they are tagged (utm_source, utm_medium).",
      values: { people, visitors },
      action: { kind: "open", page: "sources" },
    },
  ];
}

/** The part of the period that has passed, and as long a part of the period before. */
function elapsed({ fromAt, toAt }: Period, now: EpochMs): [Range, Range] {
  const length = toAt - fromAt;
  const to = Math.max(fromAt, Math.min(toAt, now + 1));
  return [
    { from: fromAt, to },
    { from: fromAt - length, to: to - length },
  ];
}

/** Distinct people who came, and by which channels. */
async function channelVisitors(
  reads: Reads,
  site: SiteView,
  range: Range,
): Promise<{ total: number; byChannel: Map<string, number> }> {
  const values = await openTouchValues(reads, site, "channel");
  const visits = await readVisits(reads, site, range, values, () => true);
  const { total, people } = countVisitors(visits, values, new Float64Array(0));
  return { total, byChannel: new Map(values.names.map((name, number) => [name, people[number] ?? 0])) };
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** All rules; what they find is ranked afterwards. */
export const FINDERS: readonly ((place: Place) => Promise<Finding[]>)[] = [
  cartsLeft,
  lapseDue,
  secondOrderOverdue,
  loyalPastRhythm,
  channels,
  costs,
  abandonment,
  direct,
];
