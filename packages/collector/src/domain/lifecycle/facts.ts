/**
 * What a person's touchpoints add up to: the facts that every life-cycle rule reads.
 *
 * Facts are a commutative monoid: `union` is associative and commutative, `noFacts()` is neutral, and adding touchpoints
 * one by one in any sequence gives the same facts, and `factsToText` the same text. Ids are unique at the door, so the
 * touchpoints of a union are disjoint and nothing here looks for duplicates.
 */
import type { WireValue } from "@sojourn/sdk/wire";
import type { EpochMs, Touchpoint } from "../touchpoint.ts";
import { addToOrders, inOneSequence, joinOrders, type OrderFacts } from "./orders.ts";
import { addToRuns, joinRuns, type Runs } from "./runs.ts";

/**
 * How many of the newest times are kept per kind. Counts since the last order and decaying scores are exact as long as
 * a rule asks for fewer than this many, which the check of a model makes sure of.
 */
export const KEPT_TIMES = 50;

/** What is known about one kind of touchpoint. */
export interface KindFacts {
  kind: string;
  /** How many there were; at least 1. */
  n: number;
  first: EpochMs;
  /** The newest times, ascending, at most {@link KEPT_TIMES}; the last one is the latest of all. */
  newest: EpochMs[];
}

/** The latest answer to one survey. */
export interface Answer {
  survey: string;
  at: EpochMs;
  id: string;
  score: number;
}

/** The latest value of one trait. A stage given by hand or by another system is a trait too, `stage` by custom. */
export interface Trait {
  key: string;
  at: EpochMs;
  id: string;
  value: WireValue;
}

/** Everything the rules may ask about a person. Plain JSON; lists are sorted by their first field; empty parts are left out. */
export interface Facts {
  /** Number of touchpoints. */
  n: number;
  /** Times of the oldest and the newest touchpoint; absent when there is none. */
  first?: EpochMs;
  last?: EpochMs;
  /** Touchpoints that opened a visit. */
  visits?: number;
  /** Referrals, shares, reviews with 4 or 5, and answers of 9 or 10 to `nps`. */
  advocacy?: number;
  kinds: KindFacts[];
  /** Every touchpoint except refunds and cancellations, as joined stretches. */
  runs: Runs;
  orders?: OrderFacts[];
  answers?: Answer[];
  traits?: Trait[];
}

/** The facts of nobody yet: the neutral element. A new object each time, free to be added to. */
export const noFacts = (): Facts => ({ n: 0, kinds: [], runs: [] });

/** Adds one touchpoint in place. The caller owns `facts` and has not added this id before. */
export function addTo(facts: Facts, t: Touchpoint): void {
  facts.n += 1;
  facts.first = facts.first === undefined ? t.at : Math.min(facts.first, t.at);
  facts.last = facts.last === undefined ? t.at : Math.max(facts.last, t.at);
  if (t.visit) facts.visits = (facts.visits ?? 0) + 1;
  if (isAdvocacy(t)) facts.advocacy = (facts.advocacy ?? 0) + 1;
  addKind(facts.kinds, t);
  if (isActivity(t)) addToRuns(facts.runs, t.at);
  if (t.order !== undefined && isAboutOrder(t)) {
    facts.orders ??= [];
    addToOrders(facts.orders, t);
  }
  if (t.kind === "survey_response" && t.survey !== undefined && t.score !== undefined) {
    facts.answers ??= [];
    keepLatest(facts.answers, "survey", { survey: t.survey, at: t.at, id: t.id, score: t.score });
  }
  if (t.traits !== undefined) {
    for (const [key, value] of Object.entries(t.traits)) {
      facts.traits ??= [];
      keepLatest(facts.traits, "key", { key, at: t.at, id: t.id, value });
    }
  }
}

/** The facts of two disjoint sets of touchpoints taken together. Leaves both as they are. */
export function union(a: Facts, b: Facts): Facts {
  const sum: Facts = { n: a.n + b.n, kinds: joinKinds(a.kinds, b.kinds), runs: joinRuns(a.runs, b.runs) };
  if (a.n + b.n > 0) {
    sum.first = Math.min(a.first ?? Number.POSITIVE_INFINITY, b.first ?? Number.POSITIVE_INFINITY);
    sum.last = Math.max(a.last ?? Number.NEGATIVE_INFINITY, b.last ?? Number.NEGATIVE_INFINITY);
  }
  if (a.visits || b.visits) sum.visits = (a.visits ?? 0) + (b.visits ?? 0);
  if (a.advocacy || b.advocacy) sum.advocacy = (a.advocacy ?? 0) + (b.advocacy ?? 0);
  if (a.orders || b.orders) sum.orders = joinOrders(a.orders ?? [], b.orders ?? []);
  if (a.answers || b.answers) sum.answers = joinLatest("survey", a.answers, b.answers);
  if (a.traits || b.traits) sum.traits = joinLatest("key", a.traits, b.traits);
  return sum;
}

/** The facts as compact JSON: equal facts give equal text, whatever the sequence they were added in. */
export function factsToText(facts: Facts): string {
  // Parts appear in objects in the sequence they were learnt; written out again they have one sequence. Absent ones stay absent.
  const { n, first, last, visits, advocacy, kinds, runs, orders, answers, traits } = facts;
  const inSequence = orders?.map(inOneSequence);
  return JSON.stringify({
    n,
    first,
    last,
    visits,
    advocacy,
    kinds,
    runs,
    orders: inSequence,
    answers,
    traits,
  });
}

/** Reads what {@link factsToText} wrote. The text comes from our own store and is not checked again. */
export const factsFromText = (text: string): Facts => JSON.parse(text) as Facts;

/** What is known about a kind, or undefined when it never happened. */
export function kindIn(facts: Facts, kind: string): KindFacts | undefined {
  for (const k of facts.kinds) if (k.kind === kind) return k;
  return undefined;
}

/** The latest value of a trait, or undefined when it was never said. */
export const traitIn = (facts: Facts, key: string): WireValue | undefined =>
  facts.traits?.find((trait) => trait.key === key)?.value;

/** Whether a touchpoint is something the person did; a refund or a cancellation is done to an order. */
export const isActivity = (t: Pick<Touchpoint, "kind">): boolean =>
  t.kind !== "refund" && t.kind !== "cancel_order";

/** Whether a touchpoint speaks for the shop to others, or shows that the person would. */
export function isAdvocacy(t: Touchpoint): boolean {
  if (t.kind === "referral" || t.kind === "share") return true;
  if (t.kind === "review") return t.rating !== undefined && t.rating >= 4;
  return t.kind === "survey_response" && t.survey === "nps" && t.score !== undefined && t.score >= 9;
}

const isAboutOrder = (t: Touchpoint) =>
  t.kind === "purchase" || t.kind === "refund" || t.kind === "cancel_order";

function addKind(kinds: KindFacts[], t: Touchpoint): void {
  let place = 0;
  while (place < kinds.length && (kinds[place] as KindFacts).kind < t.kind) place += 1;
  const known = kinds[place];
  if (known?.kind !== t.kind) {
    kinds.splice(place, 0, { kind: t.kind, n: 1, first: t.at, newest: [t.at] });
    return;
  }
  known.n += 1;
  if (t.at < known.first) known.first = t.at;
  const { newest } = known;
  let i = newest.length;
  while (i > 0 && (newest[i - 1] as EpochMs) > t.at) i -= 1;
  newest.splice(i, 0, t.at);
  if (newest.length > KEPT_TIMES) newest.shift();
}

function joinKinds(a: readonly KindFacts[], b: readonly KindFacts[]): KindFacts[] {
  const joined = new Map<string, KindFacts>();
  for (const k of [...a, ...b]) {
    const known = joined.get(k.kind);
    joined.set(
      k.kind,
      known === undefined
        ? { ...k, newest: [...k.newest] }
        : {
            kind: k.kind,
            n: known.n + k.n,
            first: Math.min(known.first, k.first),
            newest: [...known.newest, ...k.newest].sort((x, y) => x - y).slice(-KEPT_TIMES),
          },
    );
  }
  return [...joined.values()].sort((x, y) => (x.kind < y.kind ? -1 : 1));
}

/** Puts `item` in its sorted place unless a later one, by time and then id, is there already. */
function keepLatest<T extends { at: EpochMs; id: string }>(list: T[], name: keyof T & string, item: T): void {
  let place = 0;
  while (place < list.length && (list[place] as T)[name] < item[name]) place += 1;
  const known = list[place];
  if (known === undefined || known[name] !== item[name]) list.splice(place, 0, item);
  else if (known.at < item.at || (known.at === item.at && known.id < item.id)) list[place] = item;
}

function joinLatest<T extends { at: EpochMs; id: string }>(
  name: keyof T & string,
  a: readonly T[] = [],
  b: readonly T[] = [],
): T[] {
  const joined = a.map((item) => ({ ...item }));
  for (const item of b) keepLatest(joined, name, { ...item });
  return joined;
}
