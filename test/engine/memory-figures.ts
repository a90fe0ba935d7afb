/**
 * What figures are made of, lists of people, and how they moved: of the engine in memory.
 */
import type { EpochMs, Touchpoint } from "../../packages/collector/src/domain/touchpoint.ts";
import { TRAFFIC } from "../../packages/collector/src/ingest/accept.ts";
import type {
  CartChange,
  CountedOrder,
  DayRange,
  FigureReads,
  ModelView,
  Moves,
  OrderView,
  PersonOverview,
  Range,
  Stay,
  Who,
} from "../../packages/collector/src/store/port.ts";
import { isCounted, type Move, type Past, type PastPerson } from "./memory-past.ts";
import { by, chosen, firstSourceOf, inOrder, lastSourceOf, transitionOf } from "./memory-who.ts";

const CART_KINDS: readonly string[] = ["add_to_cart", "remove_from_cart", "begin_checkout"];
const NEWEST_LOOKED_AT = 10_000;

export function figureMemory(past: Past): Omit<FigureReads, "segments" | "targets" | "refusals"> {
  const { site } = past;
  const everybody = [...past.people.values()];
  const those = (who: Who | null): PastPerson[] => everybody.filter(chosen(past, who));
  const within = ({ from, to }: Range, at: EpochMs): boolean => at >= from && at < to;
  const orders = (who: Who | null): OrderView[] => those(who).flatMap((person) => person.orders);
  const movesOf = (model: ModelView, person: PastPerson): Move[] => person.moves.get(model.key) ?? [];
  const distinct = (people: readonly number[]): number => new Set(people).size;

  const active = (is: (kind: string) => boolean, days: readonly DayRange[], who: Who | null): number[] => {
    const keys = new Set(those(who).map(({ key }) => key));
    const rows = past.activity.filter(({ kind, person }) => is(kind) && keys.has(person));
    return days.map(({ from, to }) =>
      distinct(rows.filter(({ day }) => day >= from && day <= to).map(({ person }) => person)),
    );
  };
  /** Where each person stood at an instant (null: now), and since when. */
  const standing = (model: ModelView, at: EpochMs | null, who: Who | null) =>
    those(who).flatMap((person): { person: number; stage: string; since: EpochMs }[] => {
      if (at === null) {
        const now = person.state.standings[model.key];
        return now?.stage == null ? [] : [{ person: person.key, stage: now.stage, since: now.since }];
      }
      const last = movesOf(model, person).findLast((move) => move.at <= at);
      return last === undefined ? [] : [{ person: person.key, stage: last.to, since: last.at }];
    });
  const overview = (model: ModelView, person: PastPerson): PersonOverview => {
    const now = person.state.standings[model.key];
    return {
      key: person.key,
      id: person.visitors[0]!.id,
      customer: person.customer,
      firstAt: person.state.facts.first!,
      lastAt: person.state.facts.last!,
      firstSource: firstSourceOf(person),
      lastSource: lastSourceOf(person),
      orders: person.orders.filter(({ voidAt }) => voidAt === null).length,
      stage: now?.stage ?? null,
      since: now?.stage == null ? null : now.since,
    };
  };
  const placeOf = (model: ModelView, stage: string | null): number =>
    stage === null ? -1 : model.model.stages.indexOf(stage);

  return {
    peopleCount: async (_site, who) => those(who).length,
    visitorsIn: async (_site, ranges, who) => {
      const touches = those(who).flatMap((person) => person.touches);
      return ranges.map((range) =>
        distinct(touches.filter(({ at }) => within(range, at)).map(({ person }) => person)),
      );
    },
    visitsIn: async (_site, ranges, who) => {
      const touches = those(who).flatMap((person) => person.touches.filter(({ opensVisit }) => opensVisit));
      return ranges.map((range) => touches.filter(({ at }) => within(range, at)).length);
    },
    newPeopleIn: async (_site, ranges, who) =>
      ranges.map((range) => those(who).filter(({ state }) => within(range, state.facts.first!)).length),
    activeIn: async (_site, kinds, days, who) => active((kind) => kinds.includes(kind), days, who),
    activeBeside: async (_site, kinds, days, who) => active((kind) => !kinds.includes(kind), days, who),
    touchpointsIn: async (_site, wanted, days, who) => {
      const keys = new Set(those(who).map(({ key }) => key));
      const rows = past.activity.filter(({ kind, person }) => kind === wanted && keys.has(person));
      return days.map(({ from, to }) =>
        rows.filter(({ day }) => day >= from && day <= to).reduce((sum, { n }) => sum + n, 0),
      );
    },
    reached: async (_site, kinds, { from, to }, who) => {
      const did = new Map<number, Set<string>>();
      for (const { kind, day, person } of past.activity) {
        if (day < from || day > to) continue;
        did.set(person, (did.get(person) ?? new Set()).add(kind));
      }
      const people = those(who).map(({ key }) => did.get(key) ?? new Set<string>());
      return kinds.map(
        (_, last) => people.filter((done) => kinds.slice(0, last + 1).every((kind) => done.has(kind))).length,
      );
    },

    countedOrders: async (_site, range, who) =>
      orders(who)
        .filter(({ at, voidAt }) => voidAt === null && within(range, at))
        .sort(
          by<OrderView>(
            (o) => o.at,
            (o) => o.number,
            (o) => o.person,
          ),
        )
        .map((o): CountedOrder => [o.person, o.at, o.value - o.refunded, o.currency, o.nth]),
    placedOrders: async (_site, range, who) =>
      orders(who)
        .filter(({ at }) => within(range, at))
        .sort(
          by<OrderView>(
            (o) => o.person,
            (o) => o.at,
          ),
        )
        .map((o): [number, EpochMs] => [o.person, o.at]),
    firstOrders: async (_site, range, who) =>
      orders(who)
        .filter(({ at, nth }) => nth === 1 && within(range, at))
        .sort(
          by<OrderView>(
            (o) => o.at,
            (o) => o.person,
          ),
        )
        .map((o): [EpochMs, EpochMs] => [o.at, past.people.get(o.person)!.state.facts.first!]),
    secondOrders: async (_site, range, who) => {
      const all = orders(who);
      const second = all
        .filter(({ at, nth }) => nth === 2 && within(range, at))
        .sort(
          by<OrderView>(
            (o) => o.at,
            (o) => o.person,
          ),
        );
      const first = (person: number): EpochMs => all.find((o) => o.person === person && o.nth === 1)!.at;
      const customers = all.filter(({ at, nth }) => nth === 1 && at < range.to).length;
      const again = all.filter(({ at, nth }) => nth === 2 && at < range.to).length;
      return { gaps: second.map((o) => o.at - first(o.person)), notYet: customers - again, customers };
    },
    orderTotals: async (_site, before, who) => {
      const sums = new Map<string, [number, EpochMs, number, number, string]>();
      for (const o of orders(who)) {
        if (o.voidAt !== null || o.at >= before) continue;
        const name = `${o.person} ${o.currency}`;
        const [person, latest, n, net, currency] = sums.get(name) ?? [o.person, o.at, 0, 0, o.currency];
        sums.set(name, [person, Math.max(latest, o.at), n + 1, net + o.value - o.refunded, currency]);
      }
      return [...sums.values()].sort(
        by(
          (row) => row[0],
          (row) => row[4],
        ),
      );
    },
    cartChanges: async (_site, range, who) =>
      those(who)
        .flatMap(({ key, counted }) =>
          counted
            .filter(({ touchpoint: t }) => CART_KINDS.includes(t.kind) && within(range, t.at))
            .map(({ seq, touchpoint: t }) => ({ key, seq, t })),
        )
        .sort(
          by(
            (row) => row.key,
            (row) => row.t.at,
            (row) => row.seq,
          ),
        )
        .map(
          ({ key, t }): CartChange => [
            key,
            t.at,
            CART_KINDS.indexOf(t.kind) + 1,
            t.value ?? worthOf(t),
            t.currency ?? null,
          ],
        ),
    latestAnswers: async (_site, survey, range, who) =>
      those(who).flatMap(({ counted }): number[] => {
        const answers = counted
          .filter(
            ({ touchpoint: t }) => t.kind === "survey_response" && t.survey === survey && within(range, t.at),
          )
          .sort(
            by(
              (row) => -row.touchpoint.at,
              (row) => row.seq,
            ),
          );
        return answers.length === 0 ? [] : [answers[0]!.touchpoint.score!];
      }),

    stageCountsOf: async (_site, model, at, who) => {
      const rows = standing(model, at, who);
      return model.model.stages
        .map((stage) => ({ stage, people: rows.filter((row) => row.stage === stage).length }))
        .filter(({ people }) => people > 0);
    },
    movesIn: async (_site, model, ranges, who) => {
      const all = those(who).flatMap((person) => movesOf(model, person));
      return ranges.map((range) => {
        const groups = Map.groupBy(
          all.filter(({ at }) => within(range, at)),
          ({ from, to }) => `${from ?? ""} ${to}`,
        );
        return [...groups.values()]
          .map(
            (list): Moves => ({
              from: list[0]!.from,
              to: list[0]!.to,
              moves: list.length,
              people: distinct(list.map(({ person }) => person)),
            }),
          )
          .sort(
            by(
              (row) => placeOf(model, row.from),
              (row) => placeOf(model, row.to),
            ),
          );
      });
    },
    eachMove: async (_site, model, range, who, leaving) => {
      const list = those(who).map((person) => movesOf(model, person).filter(({ at }) => within(range, at)));
      const left = ({ from }: Move): boolean => from !== null && leaving!.includes(from);
      return inOrder(list.filter((moves) => leaving === undefined || moves.some(left)).flat()).map(
        ({ person, from, to }): [number, string | null, string] => [person, from, to],
      );
    },
    closedStays: async (_site, model, range, who) =>
      those(who)
        .flatMap((person) =>
          movesOf(model, person).flatMap((move, place, all) =>
            move.from === null || !within(range, move.at)
              ? []
              : [{ ...move, ms: move.at - all[place - 1]!.at }],
          ),
        )
        .sort(
          by(
            (move) => move.at,
            (move) => placeOf(model, move.to),
            (move) => placeOf(model, move.from),
            (move) => move.person,
            (move) => move.entry,
          ),
        )
        .map(({ from, ms }): Stay => [from!, ms]),
    openStays: async (_site, model, at, who) =>
      standing(model, at, who).map(({ stage, since }): Stay => [stage, since]),
    passages: async (_site, model, from, to, range, who) =>
      those(who)
        .flatMap((person) => {
          const all = movesOf(model, person);
          return all
            .filter((move) => move.to === from && move.entry === 1 && within(range, move.at))
            .map((move) => ({
              move,
              moved: all.find((next) => next.to === to && next.at >= move.at)?.at ?? null,
            }));
        })
        .sort(
          by(
            ({ move }) => move.at,
            ({ move }) => placeOf(model, move.to),
            ({ move }) => placeOf(model, move.from),
            ({ move }) => move.person,
          ),
        )
        .map(({ move, moved }): [EpochMs, EpochMs | null] => [move.at, moved]),
    dueIn: async (_site, model, range, who) =>
      those(who)
        .flatMap(({ key, state }) => {
          const { due, stage } = state.standings[model.key] ?? { due: null, stage: null };
          return due === null || stage === null || !within(range, due)
            ? []
            : [{ person: key, due, stage, facts: state.facts }];
        })
        .sort(
          by(
            (row) => row.due,
            (row) => row.person,
          ),
        ),

    listPeople: async (_site, model, { who, after, limit }) =>
      those(who)
        .filter(({ key }) => after === null || key < after)
        .sort(by((person) => -person.key))
        .slice(0, limit)
        .map((person) => overview(model, person)),
    findPeople: async (_site, model, beginning, limit) => {
      const found = new Set<number>();
      const ids = new Map(past.log.map(({ visitor, visitorId }) => [visitorId, past.personOf(visitor)]));
      const claims = new Map([...past.claims].map(([name, { person }]) => [name, person]));
      const look = (names: ReadonlyMap<string, number>, prefix: string): void => {
        const hits = [...names].filter(([name]) => name.startsWith(prefix)).sort(by(([name]) => name));
        for (const [, person] of hits.slice(0, limit)) found.add(person);
      };
      look(ids, beginning);
      for (const prefix of ["customer:", "alias:", ""]) look(claims, prefix + beginning);
      look(claims, `email:${beginning}`);
      return everybody
        .filter(({ key }) => found.has(key))
        .sort(by((person) => -person.key))
        .map((person) => overview(model, person));
    },
    factsAfter: async (_site, after, limit, who) =>
      those(who)
        .filter(({ key }) => key > after)
        .slice(0, limit)
        .map(({ key, state }) => ({ person: key, facts: state.facts })),
    arrivedSince: async (_site, since) => {
      const rows = past.log.filter(({ traffic }) => isCounted(site, traffic));
      const since_ = past.log.findLast(({ receivedAt }) => receivedAt < since)?.seq ?? 0;
      const found = rows.filter(({ receivedAt, seq }) => receivedAt >= since && seq > since_);
      const newest = found.length > 0 ? found : rows.slice(-NEWEST_LOOKED_AT);
      return {
        people: distinct(found.map(({ visitor }) => past.personOf(visitor))),
        touchpoints: found.length,
        newestAt:
          found.length > 0
            ? Math.max(...found.map(({ receivedAt }) => receivedAt))
            : (newest.at(-1)?.receivedAt ?? null),
      };
    },
    newestTraffic: async (_site, most) => {
      const rows = past.newest(most);
      const count = (traffic: number): number => rows.filter((row) => row.traffic === traffic).length;
      const times = rows.map(({ receivedAt }) => receivedAt);
      return {
        since: rows.length === 0 ? null : Math.min(...times),
        newestAt: rows.length === 0 ? null : Math.max(...times),
        people: count(TRAFFIC.person),
        robots: count(TRAFFIC.robot),
        spam: count(TRAFFIC.spam),
        own: count(TRAFFIC.own),
      };
    },
    newestTransitions: async (_site, model, limit, who) =>
      inOrder(those(who).flatMap((person) => movesOf(model, person)))
        .reverse()
        .slice(0, limit)
        .map(transitionOf),
  };
}

/** What the items come to; null when none has a price. */
function worthOf({ items = [] }: Touchpoint): number | null {
  const priced = items.filter(({ price }) => price !== undefined);
  return priced.length === 0
    ? null
    : Math.round(priced.reduce((sum, { price, quantity = 1 }) => sum + price! * quantity, 0));
}
