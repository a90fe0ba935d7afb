/**
 * A second, slow life cycle for tests: written from the words of the semantics, sharing no code with the fast one.
 *
 * It keeps no facts: every question goes through all touchpoints again. It looks for changes at every instant at which
 * anything could run out, so it needs no cleverness to be right.
 */
import type { EpochMs, Touchpoint } from "../../touchpoint.ts";
import type { Duration } from "../duration.ts";
import type { Atom, LifecycleModel, When } from "../grammar.ts";

const DAY = 86_400_000;

interface Order {
  order: string;
  at: EpochMs;
  id: string;
  value: number;
  currency: string | undefined;
}

/** Each id once. */
const once = (events: readonly Touchpoint[]): Touchpoint[] => [
  ...new Map(events.map((e) => [e.id, e])).values(),
];

/** Stage and rule at `t` of everything with `at <= t`. */
export function referenceStage(
  model: LifecycleModel,
  events: readonly Touchpoint[],
  t: EpochMs,
): string | null {
  const past = once(events).filter((e) => e.at <= t);
  if (past.length === 0) return null;
  return model.rules.find((rule) => holds(rule.when, model, past, t))?.stage ?? "no rule holds";
}

/** All changes of stage up to and including `until`. */
export function referenceHistory(
  model: LifecycleModel,
  events: readonly Touchpoint[],
  until: EpochMs,
): { at: EpochMs; from: string | null; to: string; cause: "event" | "time" }[] {
  const past = once(events).filter((e) => e.at <= until);
  const eventTimes = new Set(past.map((e) => e.at));
  const instants = new Set(eventTimes);
  for (const time of eventTimes)
    for (const end of endsOf(
      model,
      past.filter((e) => e.at <= time),
      until,
    ))
      instants.add(end);

  const transitions: { at: EpochMs; from: string | null; to: string; cause: "event" | "time" }[] = [];
  let from: string | null = null;
  for (const at of [...instants].sort((a, b) => a - b)) {
    const to = referenceStage(model, past, at);
    if (to !== null && to !== from) {
      transitions.push({ at, from, to, cause: eventTimes.has(at) ? "event" : "time" });
      from = to;
    }
  }
  return transitions;
}

/** The first instant after `after` at which the stage would change if no further event came. */
export function referenceDue(
  model: LifecycleModel,
  events: readonly Touchpoint[],
  after: EpochMs,
): EpochMs | null {
  const past = once(events).filter((e) => e.at <= after);
  const now = referenceStage(model, past, after);
  const ends = endsOf(model, past, after + 4_000 * DAY).filter((end) => end > after);
  return ends.sort((a, b) => a - b).find((end) => referenceStage(model, past, end) !== now) ?? null;
}

/** Every instant up to `until` at which some duration, counted from some event, runs out while nothing further comes. */
function endsOf(model: LifecycleModel, past: readonly Touchpoint[], until: EpochMs): EpochMs[] {
  const lengths = durationsIn(model.rules.map((rule) => rule.when)).map((d) => Math.ceil(lengthOf(d, past)));
  const ends = past.flatMap((e) => lengths.map((length) => e.at + length));
  return [...ends, ...scoreEnds(model, past, until)].filter((end) => end <= until);
}

function durationsIn(whens: readonly When[]): Duration[] {
  return whens.flatMap((when): Duration[] => {
    if (when === true) return [];
    if ("all" in when) return durationsIn(when.all);
    if ("any" in when) return durationsIn(when.any);
    if ("not" in when) return durationsIn([when.not]);
    if (when[0] === "idle") return [when[3]];
    return when[0] === "ordersWithin" ? [when[1]] : when[0] === "sinceReturn" ? [when[2]] : [];
  });
}

/** Milliseconds at which a fading score passes one of the limits asked of it, found by halving the interval. */
function scoreEnds(model: LifecycleModel, past: readonly Touchpoint[], until: EpochMs): EpochMs[] {
  const limits = model.rules.flatMap(
    (rule) => JSON.stringify(rule.when).match(/"score","[<>=]+",-?[\d.]+/g) ?? [],
  );
  const newest = Math.max(...past.map((e) => e.at));
  return limits.flatMap((text) => {
    const [, op, limit] = JSON.parse(`[${text}]`) as ["score", string, number];
    const test = (t: EpochMs) => compares(scoreOf(model, past, t), op, limit);
    if (test(newest) === test(until)) return [];
    let [low, high] = [newest, until];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (test(middle) === test(newest)) low = middle;
      else high = middle;
    }
    return [high];
  });
}

function scoreOf(model: LifecycleModel, past: readonly Touchpoint[], t: EpochMs): number {
  const halfLife =
    model.score?.halfLife === undefined ? Number.POSITIVE_INFINITY : plain(model.score.halfLife);
  let score = 0;
  for (const [kind, weight] of Object.entries(model.score?.weights ?? {})) {
    const times = past.filter((e) => e.kind === kind).map((e) => e.at);
    const newestFirst = times.sort((a, b) => b - a);
    const counted = typeof weight === "number" ? newestFirst : newestFirst.slice(0, weight.atMost);
    const points = typeof weight === "number" ? weight : weight.points;
    for (const at of counted) score += points * 0.5 ** ((t - at) / halfLife);
  }
  return score;
}

const plain = (text: string): number =>
  text.startsWith("PT") ? Number(text.slice(2, -1)) * 3_600_000 : Number(text.slice(1, -1)) * DAY;

function lengthOf(duration: Duration, past: readonly Touchpoint[]): number {
  if (typeof duration === "string") return plain(duration);
  if ("quantile" in duration) return plain(duration.max);
  const times = validOrders(past).map((order) => order.at);
  const mean = (Math.max(...times) - Math.min(...times)) / (times.length - 1);
  const base =
    times.length >= duration.from
      ? Math.max(plain(duration.min), Math.min(plain(duration.max), duration.own * mean))
      : plain(duration.else);
  return base * (duration.times ?? 1);
}

function validOrders(past: readonly Touchpoint[]): Order[] {
  const orders = new Map<string, Order>();
  for (const e of past) {
    if (e.kind !== "purchase" || e.order === undefined) continue;
    const known = orders.get(e.order);
    if (known === undefined || e.at < known.at || (e.at === known.at && e.id < known.id)) {
      orders.set(e.order, { order: e.order, at: e.at, id: e.id, value: e.value ?? 0, currency: e.currency });
    }
  }
  return [...orders.values()].filter((order) => {
    const about = past.filter((e) => e.order === order.order);
    if (about.some((e) => e.kind === "cancel_order")) return false;
    const refunds = about.filter((e) => e.kind === "refund");
    if (refunds.some((e) => e.value === undefined)) return false;
    const against = refundsAgainst(order, refunds);
    return against.length === 0 || givenBack(against) < order.value;
  });
}

const refundsAgainst = (order: Order, refunds: readonly Touchpoint[]): Touchpoint[] =>
  refunds.filter(
    (e) => e.currency === undefined || order.currency === undefined || e.currency === order.currency,
  );

/** Single refunds added up, or what was told as their sum, if that is more. */
function givenBack(refunds: readonly Touchpoint[]): number {
  const isSum = (e: Touchpoint) => e.props?.["so_far"] === true;
  const single = sum(refunds.filter((e) => !isSum(e)).map((e) => e.value ?? 0));
  return Math.max(single, ...refunds.filter(isSum).map((e) => e.value ?? 0));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Start of the latest run of activity, and whether it is the first run. */
function latestRun(
  model: LifecycleModel,
  past: readonly Touchpoint[],
): { start: EpochMs; first: boolean } | null {
  const gap = plain(model.returnGap ?? "P1D");
  const times = past.filter((e) => e.kind !== "refund" && e.kind !== "cancel_order").map((e) => e.at);
  times.sort((a, b) => a - b);
  const starts = times.filter((time, i) => i === 0 || time - (times[i - 1] ?? 0) >= gap);
  const start = starts.at(-1);
  return start === undefined ? null : { start, first: starts.length === 1 };
}

function holds(when: When, model: LifecycleModel, past: readonly Touchpoint[], t: EpochMs): boolean {
  if (when === true) return true;
  if ("all" in when) return when.all.every((part) => holds(part, model, past, t));
  if ("any" in when) return when.any.some((part) => holds(part, model, past, t));
  if ("not" in when) return !holds(when.not, model, past, t);
  return atomHolds(when, model, past, t);
}

function atomHolds(atom: Atom, model: LifecycleModel, past: readonly Touchpoint[], t: EpochMs): boolean {
  const valid = validOrders(past);
  const lastOrder =
    valid.length === 0 ? Number.NEGATIVE_INFINITY : Math.max(...valid.map((order) => order.at));
  switch (atom[0]) {
    case "visits":
      return compares(past.filter((e) => e.visit).length, atom[1], atom[2]);
    case "orders":
      return compares(valid.length, atom[1], atom[2]);
    case "count":
      return compares(past.filter((e) => [atom[1]].flat().includes(e.kind)).length, atom[2], atom[3]);
    case "countSinceOrder":
      return compares(past.filter((e) => e.kind === atom[1] && e.at > lastOrder).length, atom[2], atom[3]);
    case "ordersWithin":
      return compares(
        valid.filter((order) => t - order.at < lengthOf(atom[1], past)).length,
        atom[2],
        atom[3],
      );
    case "idle": {
      const times =
        atom[1] === "order"
          ? valid.map((order) => order.at)
          : past
              .filter((e) =>
                atom[1] === "activity"
                  ? e.kind !== "refund" && e.kind !== "cancel_order"
                  : e.kind === atom[1],
              )
              .map((e) => e.at);
      return times.length > 0 && compares(t - Math.max(...times), atom[2], lengthOf(atom[3], past));
    }
    case "sinceReturn": {
      const run = latestRun(model, past);
      return run !== null && !run.first && t - run.start < lengthOf(atom[2], past);
    }
    case "ordersSinceReturn": {
      const run = latestRun(model, past);
      return compares(
        run === null ? 0 : valid.filter((order) => order.at >= run.start).length,
        atom[1],
        atom[2],
      );
    }
    case "advocacy":
      return compares(past.filter(speaksForUs).length, atom[1], atom[2]);
    case "revenue": {
      const inCurrency = valid.filter((order) => order.currency === atom[1]);
      const refunds = (order: Order) => past.filter((e) => e.kind === "refund" && e.order === order.order);
      const net = inCurrency.map((order) => order.value - givenBack(refundsAgainst(order, refunds(order))));
      return compares(sum(net), atom[2], atom[3]);
    }
    case "score":
      return compares(scoreOf(model, past, t), atom[1], atom[2]);
    case "trait": {
      const said = past.filter((e) => e.traits !== undefined && Object.hasOwn(e.traits, atom[1]));
      const latest = said.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).at(-1);
      if (latest?.traits === undefined) return false;
      const known = latest.traits[atom[1]];
      if (typeof known !== typeof atom[3] || typeof known === "boolean") {
        return atom[2] === "!=" ? known !== atom[3] : atom[2] === "==" && known === atom[3];
      }
      return compares(known as number, atom[2], atom[3] as number);
    }
  }
}

function speaksForUs(e: Touchpoint): boolean {
  return (
    e.kind === "share" ||
    e.kind === "referral" ||
    (e.kind === "review" && (e.rating === 4 || e.rating === 5)) ||
    (e.kind === "survey_response" && e.survey === "nps" && (e.score === 9 || e.score === 10))
  );
}

function compares(a: number, op: string, b: number): boolean {
  if (op === ">=") return a >= b;
  if (op === ">") return a > b;
  if (op === "==") return a === b;
  if (op === "!=") return a !== b;
  return op === "<" ? a < b : a <= b;
}
