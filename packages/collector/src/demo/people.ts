/**
 * The invented people: how they find the shop, come again, buy, complain, go away and are won back.
 *
 * Each person has a random sequence of their own, so that one more visitor changes nobody else's life.
 */
import { createHash } from "node:crypto";
import { type Random, seededRandom } from "../domain/attribution/seeded-random.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { around, type Entry, HOME, PIECES, pick, pickWeighted, placeOf, RETURN_WAYS, WAYS } from "./shop.ts";
import { asFields, type Draft, type Line, visitShop } from "./visit.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const HISTORY_MS = 365 * DAY_MS;

export interface Life {
  random: Random;
  /** Number of the person; makes ids. */
  number: number;
  /** Nothing happens after this. */
  now: EpochMs;
  /** When the shop began to measure. */
  start: EpochMs;
  drafts: Draft[];
}

/** A sequence of chance of this person's own. */
export const chanceOf = (seed: number, person: number): Random =>
  seededRandom(Math.imul(seed ^ 0x51f15e, 0x9e3779b1) + Math.imul(person, 0x85ebca77));

interface Plan {
  at: EpochMs;
  entry: Entry;
  intent: number;
  /** What they come for besides looking. */
  errand?: "review" | "login";
}

interface Memory {
  isSubscribed: boolean;
  customer: string | undefined;
  orders: number;
  lastOrderAt: EpochMs;
  cart: readonly Line[];
  /** Days between orders of somebody who keeps buying; 0 for the others. */
  rhythmDays: number;
}

/** Somebody who meets the shop at `firstAt`. */
export function newVisitor(life: Life, firstAt: EpochMs, weights: readonly number[]): void {
  const { random } = life;
  const way = WAYS[placeOf(random, weights)]!;
  walk(
    life,
    [{ at: firstAt, entry: way.entry(random), intent: way.intent }],
    { isSubscribed: false, customer: undefined, orders: 0, lastOrderAt: 0, cart: [], rhythmDays: 0 },
    way.bounce,
  );
}

/** Somebody who bought before the shop began to measure: their orders come from its history, and some of them come again. */
export function formerCustomer(life: Life): void {
  const { random, start, now } = life;
  const customer = customerId(life.number);
  const rhythmDays = random() < 0.3 ? around(random, 34, 0.35) : 0;
  let at = start - Math.floor(random() * HISTORY_MS);
  let lastOrderAt = at;
  let orders = 0;
  for (let most = 1 + Math.floor(random() * 9); at < start && most > 0; most--) {
    const number = `KC-${life.number}-${orders + 1}`;
    const line = { piece: pickWeighted(random, PIECES), quantity: pick(random, [1, 1, 2]) };
    life.drafts.push({
      at,
      visitor: `customer:${customer}`,
      door: "server",
      fields: { kind: "purchase", customer, order: number, ...asFields([line]) },
    });
    lastOrderAt = at;
    orders += 1;
    at += Math.floor(around(random, rhythmDays > 0 ? rhythmDays : 110, 0.4) * DAY_MS);
  }
  const memory: Memory = {
    isSubscribed: random() < 0.5,
    customer,
    orders,
    lastOrderAt,
    cart: [],
    rhythmDays,
  };
  const plans: Plan[] = [];
  if (rhythmDays > 0 && random() < 0.7) {
    plans.push({ at: Math.max(at, start), entry: RETURN_WAYS.direct(), intent: 3.2 });
  }
  // One mail to everybody who has been away, late in the season.
  const mailAt = start + (now - start) * 0.78;
  if (mailAt - lastOrderAt > 90 * DAY_MS && random() < 0.16) {
    plans.push({ at: mailAt + random() * 4 * DAY_MS, entry: RETURN_WAYS.winBack(), intent: 2.6 });
  } else if (random() < 0.14) {
    plans.push({ at: start + random() * (now - start), entry: RETURN_WAYS.brandSearch(), intent: 1.4 });
  }
  walk(life, plans, memory, 0.25);
}

/** Lives through the plans in order of time; each visit may bring new ones. */
function walk(life: Life, plans: Plan[], memory: Memory, firstBounce: number): void {
  const { random, drafts, now } = life;
  const phone = visitorId(random);
  const laptop = random() < 0.22 ? visitorId(random) : phone;
  const known = new Set<string>();
  let visits = 0;
  while (plans.length > 0 && visits < 40) {
    plans.sort((a, b) => b.at - a.at);
    const plan = plans.pop()!;
    if (plan.at >= now) continue;
    const visitor = random() < 0.55 ? phone : laptop;
    const result = visitShop(drafts, random, visitor, Math.floor(plan.at), plan.entry, {
      intent: plan.intent,
      bounce: visits === 0 ? firstBounce : plan.intent > 1.5 ? 0.12 : 0.34,
      isSubscribed: memory.isSubscribed,
      cart: memory.cart,
      customer: () => {
        memory.customer ??= customerId(life.number);
        known.add(visitor);
        return { id: memory.customer, email: emailOf(life.number) };
      },
      orderNumber: () => `KC-${life.number}-${memory.orders + 1}`,
    });
    visits += 1;
    if (result.hasSubscribed) memory.isSubscribed = true;
    memory.cart = result.cart;
    const after = { ...life, at: result.endAt, visitor, isKnown: known.has(visitor) };
    if (plan.errand === "review" && memory.customer !== undefined) tellOpinion(after);
    // Customers who look around on another device sign in sooner or later: two browsers become one person.
    if (memory.customer !== undefined && !known.has(visitor) && random() < 0.45) {
      known.add(visitor);
      signIn(after, memory.customer);
    }
    if (result.order !== undefined) {
      memory.orders += 1;
      memory.lastOrderAt = result.endAt;
      if (memory.orders === 1 && random() < 0.42) memory.rhythmDays = around(random, 21, 0.4);
      afterOrder(after, memory.customer!, result.order, plans);
    }
    planNext(life, plan, result.endAt, result.hasOrdered, memory, plans);
  }
}

/** When and how somebody comes again. */
function planNext(
  { random }: Life,
  plan: Plan,
  endAt: EpochMs,
  hasOrdered: boolean,
  memory: Memory,
  plans: Plan[],
): void {
  const week = Math.floor(endAt / WEEK_MS) % 53;
  if (hasOrdered) {
    if (memory.rhythmDays > 0 && random() < 0.86) {
      const entry =
        random() < 0.4 && memory.isSubscribed ? RETURN_WAYS.letter(random, week) : RETURN_WAYS.direct();
      plans.push({ at: endAt + around(random, memory.rhythmDays, 0.25) * DAY_MS, entry, intent: 3.4 });
    }
    return;
  }
  if (memory.cart.length > 0 && random() < 0.5) {
    const canBeMailed = memory.customer !== undefined || memory.isSubscribed;
    plans.push({
      at: endAt + around(random, canBeMailed ? 26 : 40, 0.5) * HOUR_MS,
      entry: canBeMailed ? RETURN_WAYS.cartReminder() : RETURN_WAYS.direct(),
      intent: 1.9,
    });
    return;
  }
  if (random() < 0.3 + 0.12 * Math.min(plan.intent, 2)) {
    const entry =
      memory.isSubscribed && random() < 0.6
        ? RETURN_WAYS.letter(random, week)
        : pick(random, [
            RETURN_WAYS.direct,
            RETURN_WAYS.direct,
            RETURN_WAYS.direct,
            RETURN_WAYS.brandSearch,
            RETURN_WAYS.brandSearch,
            RETURN_WAYS.retargeting,
          ])(random);
    plans.push({
      at: endAt + around(random, 5, 0.9) * DAY_MS,
      entry,
      intent: Math.min(2, plan.intent * 1.15),
    });
  } else if (memory.orders > 0 && random() < 0.35) {
    plans.push({ at: endAt + around(random, 30, 0.5) * DAY_MS, entry: RETURN_WAYS.direct(), intent: 1.5 });
  }
}

interface Moment extends Life {
  at: EpochMs;
  visitor: string;
}

function afterOrder(
  moment: Moment,
  customer: string,
  order: { number: string; value: string },
  plans: Plan[],
): void {
  const { random, drafts, at } = moment;
  const later = (days: number, spread: number) => Math.floor(at + around(random, days, spread) * DAY_MS);
  const fromServer = (when: EpochMs, fields: Draft["fields"]): void => {
    if (when < moment.now)
      drafts.push({
        at: when,
        visitor: `customer:${customer}`,
        door: "server",
        fields: { ...fields, customer },
      });
  };
  if (random() < 0.35)
    drafts.push({
      at: at + 20_000,
      visitor: moment.visitor,
      door: "browser",
      fields: { kind: "sign_up", url: `${HOME}/thanks.html` },
    });
  const fate = random();
  if (fate < 0.015) {
    fromServer(later(0.2, 0.5), { kind: "cancel_order", order: order.number });
    return;
  }
  if (fate < 0.045) fromServer(later(8, 0.4), { kind: "refund", order: order.number });
  else if (fate < 0.065) {
    fromServer(later(9, 0.4), { kind: "refund", order: order.number, value: "10.00", currency: "EUR" });
  }
  if (random() < 0.05) fromServer(later(4, 0.6), { kind: "support_contact" });
  if (random() < 0.24) {
    const score = pick(random, [10, 10, 9, 9, 9, 8, 8, 7, 6, 4, 2]);
    fromServer(later(14, 0.2), { kind: "survey_response", survey: "nps", score });
  }
  if (random() < 0.2) {
    plans.push({ at: later(12, 0.3), entry: RETURN_WAYS.reviewRequest(), intent: 0.8, errand: "review" });
  }
}

function tellOpinion({ random, drafts, at, visitor }: Moment): void {
  const url = `${HOME}/journal.html`;
  const fields = { kind: "review", url, rating: pick(random, [5, 5, 5, 4, 4, 3, 1]) };
  drafts.push({ at: at + 60_000, visitor, door: "browser", fields });
  if (random() < 0.12) {
    drafts.push({
      at: at + 90_000,
      visitor,
      door: "browser",
      fields: { kind: "referral", url, referral: "friends" },
    });
  }
}

function signIn({ drafts, at, visitor }: Moment, customer: string): void {
  const url = `${HOME}/checkout.html`;
  drafts.push({ at: at + 15_000, visitor, door: "browser", fields: { kind: "login", url } });
  drafts.push({ at: at + 15_100, visitor, door: "browser", fields: { kind: "identify", url, customer } });
}

const customerId = (person: number): string => `C-${10_000 + person}`;

/** The hash of an address nobody has. */
const emailOf = (person: number): string =>
  createHash("sha256").update(`person-${person}@customers.example`).digest("hex");

function visitorId(random: Random): string {
  return Array.from({ length: 22 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
}
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
