/**
 * Works answers out a second time, from nothing but the list of touchpoints: plain loops over the domain's calculators, the
 * same that `sojourn model try` uses. No table of facts is read, so neither engine can agree with it by mistake.
 *
 * Who is who is worked out from the claims among the touchpoints (see memory-past.ts). Beside the engine in memory, which folds people
 * step by step as the collector does, this one works every history out as a whole.
 */
import { type CompiledModel, compile } from "../../packages/collector/src/domain/lifecycle/compile.ts";
import { historyOf, type Transition } from "../../packages/collector/src/domain/lifecycle/history.ts";
import { isKnown, isValid, netValue } from "../../packages/collector/src/domain/lifecycle/orders.ts";
import { opensVisit } from "../../packages/collector/src/domain/touches.ts";
import {
  byTimeThenId,
  type EpochMs,
  type Touchpoint,
} from "../../packages/collector/src/domain/touchpoint.ts";
import { zoneOf } from "../../packages/collector/src/domain/zone.ts";
import { MARKS } from "../../packages/collector/src/ingest/accept.ts";
import type { ModelView } from "../../packages/collector/src/store/port.ts";
import { isCounted, type Past } from "./memory-past.ts";

/** A person's touchpoints as the log has them, by time and id. */
interface Known {
  /** All of them, robots included. */
  all: Touchpoint[];
  /** Those that count; what opens a visit by the silence before it says so. */
  counted: Touchpoint[];
}

/** An order, by the person it belongs to. */
export interface OracleOrder {
  person: number;
  number: string;
  at: EpochMs;
  value: number;
  currency: string;
  refunded: number;
  isCounted: boolean;
  /** 1 for the person's first order that counts; 0 when this one does not. */
  nth: number;
}

export interface Oracle {
  /** Keys of everybody who counts. */
  people(): number[];
  /** Everything of a person, by time and id. */
  timeline(person: number): Touchpoint[];
  /** People per stage, those with nobody left out. `at` null: now, with all that is known of later. */
  stageCounts(model: ModelView, at: EpochMs | null): Record<string, number>;
  /** Every move that stands, by time. */
  moves(model: ModelView, person: number): Pick<Transition, "at" | "from" | "to" | "cause">[];
  orders(): OracleOrder[];
  /** Sum per currency of what orders that count are worth after refunds. */
  revenue(): Record<string, number>;
  /** What people did of which kind on which day of the site's zone, how often and when first. */
  activity(): { kind: string; day: number; person: number; n: number; firstAt: EpochMs }[];
}

/** @param now when the file was settled */
export function openOracle(past: Past, now: EpochMs): Oracle {
  const { site } = past;
  const known = byPerson(past);
  const counting = [...known].filter(([, { counted }]) => counted.length > 0);
  const compiled = new Map<number, CompiledModel>();
  const compiledOf = ({ key, model, calibration }: ModelView): CompiledModel => {
    const made = compiled.get(key) ?? compile(model, (quantile) => calibration[quantile.toFixed(2)]);
    compiled.set(key, made);
    return made;
  };
  /** Up to an instant; without one, up to now or to what is known of later. */
  const history = (model: ModelView, { counted }: Known, at: EpochMs | null) =>
    historyOf(compiledOf(model), counted, at ?? Math.max(now, counted.at(-1)?.at ?? 0));
  const factsOf = (its: Known) => history(site.models[0]!, its, null).facts;

  const orders = (): OracleOrder[] =>
    counting.flatMap(([person, its]) => {
      let nth = 0;
      return (factsOf(its).orders ?? [])
        .filter(isKnown)
        .sort((a, b) => byTimeThenId(a, b))
        .map((order) => {
          const isCounted = isValid(order);
          if (isCounted) nth += 1;
          const { order: number, at, value = 0, currency = "" } = order;
          const refunded = isCounted ? value - netValue(order) : value;
          return { person, number, at, value, currency, refunded, isCounted, nth: isCounted ? nth : 0 };
        });
    });

  return {
    people: () => counting.map(([person]) => person),
    timeline: (person) => known.get(person)?.all ?? [],

    stageCounts(model, at) {
      const counts: Record<string, number> = {};
      for (const [, its] of counting) {
        const { stage } = history(model, its, at);
        if (stage !== null) counts[stage] = (counts[stage] ?? 0) + 1;
      }
      return counts;
    },

    moves: (model, person) =>
      history(model, known.get(person)!, null).transitions.map(({ at, from, to, cause }) => ({
        at,
        from,
        to,
        cause,
      })),

    orders,

    revenue() {
      const sums: Record<string, number> = {};
      for (const { isCounted, currency, value, refunded } of orders()) {
        if (isCounted) sums[currency] = (sums[currency] ?? 0) + value - refunded;
      }
      return sums;
    },

    activity() {
      const zone = zoneOf(site.settings.zone);
      const found = new Map<
        string,
        { kind: string; day: number; person: number; n: number; firstAt: EpochMs }
      >();
      for (const [person, { counted }] of counting) {
        for (const { kind, at } of counted) {
          const day = zone.dayOf(at);
          const name = `${kind} ${day} ${person}`;
          const row = found.get(name);
          // By time: the first one of a day comes first.
          if (row === undefined) found.set(name, { kind, day, person, n: 1, firstAt: at });
          else row.n += 1;
        }
      }
      return [...found.values()];
    },
  };
}

/** Every row of the log by the person whom it turned out to be. */
function byPerson({ log, site, personOf }: Past): Map<number, Known> {
  const known = new Map<number, Known>();
  /** When a visitor was last heard of. */
  const heard = new Map<number, EpochMs>();
  for (const row of [...log].sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint))) {
    const { touchpoint, visitor, marks, traffic } = row;
    const person = personOf(visitor);
    const its = known.get(person) ?? { all: [], counted: [] };
    known.set(person, its);
    its.all.push(touchpoint);
    if (!isCounted(site, traffic)) continue;
    const heardAt = heard.get(visitor);
    const derives = (marks & (MARKS.cookieless | MARKS.fromServer)) !== 0;
    const opens = opensVisit(touchpoint, heardAt === undefined ? {} : { heardAt }, derives);
    its.counted.push(opens ? { ...touchpoint, visit: true } : touchpoint);
    heard.set(visitor, touchpoint.at);
  }
  return known;
}
