/**
 * What can be credited: orders, first orders, sign-ups, leads, and people entering a stage, as one list of conversions.
 */
import { convertMinor } from "../domain/money.ts";
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { OrderView, Reads, SiteView } from "../store/port.ts";
import type { Period } from "./period.ts";
import { modelOf } from "./subject.ts";

/** Kinds that are sign-ups. */
export const SIGN_UP_KINDS = ["sign_up", "newsletter_signup", "generate_lead", "start_trial"] as const;

/** Names of conversions; besides these, `stage:<name>` is every entry of a stage. */
export const CONVERSION_NAMES = ["order", "first_order", "sign_up", "lead", "newsletter_signup"] as const;
export type ConversionName = (typeof CONVERSION_NAMES)[number] | `stage:${string}`;

export const isConversionName = (text: string): text is ConversionName =>
  (CONVERSION_NAMES as readonly string[]).includes(text) || /^stage:.{1,100}$/.test(text);

/** One thing worth crediting. */
export interface ConversionEvent {
  person: number;
  at: EpochMs;
  /** What it is known by: an order's number, or the kind of what happened. */
  name: string;
  /** Minor units of the site's currency, net of refunds; 0 for what has no price, or no rate. */
  value: Minor;
  /** True for a person's first order that counts. */
  isFirst: boolean;
}

/**
 * The conversions of a period, oldest first.
 *
 * Orders are those that count today. A sign-up (a lead, a newsletter sign-up) is the first one of a person in the period.
 * A stage transition is each entry of the stage under the site's model.
 */
export async function conversionsOf(
  reads: Reads,
  site: SiteView,
  name: ConversionName,
  period: Period,
  modelId?: string,
): Promise<ConversionEvent[]> {
  const range = { from: period.fromAt, to: period.toAt };
  const events = await found(reads, site, name, range, period, modelId);
  return events.sort(byTime);
}

/** Conversions of these people before the period: where a reset begins. */
export async function earlierConversions(
  reads: Reads,
  site: SiteView,
  name: ConversionName,
  period: Period,
  people: readonly number[],
  modelId?: string,
): Promise<ConversionEvent[]> {
  const before = { from: 0, to: period.fromAt };
  const wanted = new Set(people);
  if (name === "order" || name === "first_order") {
    const orders = (await reads.ordersOf(people)).filter((o) => o.at < period.fromAt);
    return orderEvents(site, orders, name).sort(byTime);
  }
  const days = { ...period, firstDay: 0, lastDay: period.firstDay - 1 };
  const events = await found(reads, site, name, before, days, modelId);
  return events.filter(({ person }) => wanted.has(person)).sort(byTime);
}

async function found(
  reads: Reads,
  site: SiteView,
  name: ConversionName,
  range: { from: EpochMs; to: EpochMs },
  days: Pick<Period, "firstDay" | "lastDay">,
  modelId: string | undefined,
): Promise<ConversionEvent[]> {
  switch (name) {
    case "order":
    case "first_order":
      return orderEvents(site, await reads.orders(site, range), name);
    case "sign_up":
      return signUps(reads, site, SIGN_UP_KINDS, days);
    case "lead":
      return signUps(reads, site, ["generate_lead"], days);
    case "newsletter_signup":
      return signUps(reads, site, ["newsletter_signup"], days);
    default: {
      const model = modelOf(site, modelId);
      const stage = name.slice("stage:".length);
      if (!model.model.stages.includes(stage)) {
        throw new SojournError("bad_input", `Model "${model.id}" has no stage "${stage.slice(0, 40)}"`, {
          hint: `It has: ${model.model.stages.join(", ")}.`,
        });
      }
      const entries = (await reads.transitions(site, model, range)).filter(({ to }) => to === stage);
      return entries.map(({ person, at }) => ({ person, at, name, value: 0, isFirst: false }));
    }
  }
}

/** Every order that counts; its value in the site's currency, 0 without a rate. */
export function orderEvents(
  site: SiteView,
  orders: readonly OrderView[],
  name: "order" | "first_order",
): ConversionEvent[] {
  const events: ConversionEvent[] = [];
  for (const order of orders) {
    if (order.voidAt !== null || (name === "first_order" && order.nth !== 1)) continue;
    events.push({
      person: order.person,
      at: order.at,
      name: order.number,
      value: inSiteCurrency(site, order.value - order.refunded, order.currency) ?? 0,
      isFirst: order.nth === 1,
    });
  }
  return events;
}

/** An amount in the site's currency; undefined without a rate. */
export function inSiteCurrency(site: SiteView, amount: Minor, currency: string): Minor | undefined {
  const { currency: own, rates } = site.settings;
  if (currency === own) return amount;
  const rate = Object.hasOwn(rates, currency) ? rates[currency] : undefined;
  return rate === undefined ? undefined : convertMinor(amount, currency, own, rate);
}

async function signUps(
  reads: Reads,
  site: SiteView,
  kinds: readonly string[],
  { firstDay, lastDay }: Pick<Period, "firstDay" | "lastDay">,
): Promise<ConversionEvent[]> {
  const first = new Map<number, ConversionEvent>();
  for (const { kind, person, firstAt } of await reads.activity(site, kinds, firstDay, lastDay)) {
    const known = first.get(person);
    if (known === undefined || firstAt < known.at) {
      first.set(person, { person, at: firstAt, name: kind, value: 0, isFirst: false });
    }
  }
  return [...first.values()];
}

function byTime(a: ConversionEvent, b: ConversionEvent): number {
  return a.at - b.at || a.person - b.person || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
