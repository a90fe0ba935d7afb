/**
 * A third engine, in memory: every question of the interface answered from the list of touchpoints by loops over arrays.
 *
 * What it takes from the file stands at the beginning of {@link engineOf}, with the reasons: nothing of it follows from touchpoints.
 */

import { byTimeThenId, type EpochMs } from "../../packages/collector/src/domain/touchpoint.ts";
import { zoneOf } from "../../packages/collector/src/domain/zone.ts";
import { MARKS } from "../../packages/collector/src/ingest/accept.ts";
import type {
  ModelView,
  OrderView,
  PersonView,
  Reads,
  SiteView,
  StageCount,
  TransitionView,
} from "../../packages/collector/src/store/port.ts";
import type { Db } from "../../packages/collector/src/store/sqlite/open.ts";
import { figureMemory } from "./memory-figures.ts";
import { openPast, type Past, type PastPerson, type PastTouch } from "./memory-past.ts";
import {
  by,
  chosen,
  firstSourceOf,
  inOrder,
  lastSourceAt,
  lastSourceOf,
  transitionOf,
} from "./memory-who.ts";

/**
 * All sites of a file, each by its own touchpoints.
 *
 * @param file where it is asked what no touchpoint says
 */
export function openMemory(db: Db, sites: readonly SiteView[], file: Reads, now: EpochMs): Reads {
  const pasts = sites.map((site) => openPast(db, site, now));
  const engines = new Map(pasts.map((past) => [past.site.key, engineOf(past, file)]));
  const any = [...engines.values()][0]!;
  /** Of people the site is not named: it is theirs. */
  const engineFor = (asked: unknown): Reads => {
    if (typeof asked !== "object" || asked === null) return any;
    if ("settings" in asked) return engines.get((asked as SiteView).key) ?? any;
    const key = Array.isArray(asked) ? (asked[0] as unknown) : (asked as { key?: unknown }).key;
    const past = pasts.find(({ people }) => typeof key === "number" && people.has(key));
    return past === undefined ? any : engines.get(past.site.key)!;
  };
  return new Proxy(any, {
    get:
      (_any, name: keyof Reads) =>
      (...asked: unknown[]) =>
        (engineFor(asked[0])[name] as (...asked: unknown[]) => unknown)(...asked),
  });
}

function engineOf(past: Past, file: Reads): Reads {
  const { site, people } = past;
  const everybody = [...people.values()];
  const of = (keys: readonly number[]): PastPerson[] =>
    keys.map((key) => people.get(key)).filter((person) => person !== undefined);
  const touches = (): PastTouch[] => everybody.flatMap((person) => person.touches);
  const view = ({ page: _page, ...touch }: PastTouch) => touch;
  const moves = (model: ModelView): TransitionView[] =>
    inOrder(everybody.flatMap((person) => person.moves.get(model.key) ?? [])).map(transitionOf);

  const counts = (
    model: ModelView,
    rows: readonly (readonly [stage: string, source: number])[],
  ): StageCount[] => {
    const sums = new Map<string, StageCount>();
    for (const [stage, source] of rows) {
      const name = `${stage} ${source}`;
      const row = sums.get(name) ?? { stage, source, people: 0 };
      row.people += 1;
      sums.set(name, row);
    }
    return [...sums.values()].sort(
      by(
        (row) => model.model.stages.indexOf(row.stage),
        (row) => row.source,
      ),
    );
  };
  const personView = (person: PastPerson): PersonView => ({
    key: person.key,
    id: person.visitors[0]!.id,
    customer: person.customer,
    firstAt: person.state.facts.first!,
    lastAt: person.state.facts.last!,
    firstSource: firstSourceOf(person),
    lastSource: lastSourceOf(person),
    orders: person.orders.filter(({ voidAt }) => voidAt === null).length,
    visitors: person.visitors.map(({ id }) => id),
    claims: [...past.claims]
      .filter(([, claim]) => claim.person === person.key)
      .sort(
        by(
          ([, claim]) => claim.seq,
          ([name]) => name,
        ),
      )
      .map(([name]) => name),
  });

  return {
    // Settings of operators, costs, segments and targets: nobody's touchpoints.
    sites: () => file.sites(),
    site: (id) => file.site(id),
    costs: (...asked) => file.costs(...asked),
    segments: (...asked) => file.segments(...asked),
    targets: (...asked) => file.targets(...asked),
    // What was refused never became a touchpoint; what shops said of orders afterwards, and messages, are kept beside them.
    refusals: (...asked) => file.refusals(...asked),
    flagCounts: (...asked) => file.flagCounts(...asked),
    flagsOf: (...asked) => file.flagsOf(...asked),
    // By which version of the rules the file was classified, and its size.
    classification: (...asked) => file.classification(...asked),
    logSize: () => file.logSize(),
    // Texts of sources by their numbers; which source a touch has is worked out.
    sources: (...asked) => file.sources(...asked),
    async keptOf(person) {
      const { messages, ...rest } = await file.keptOf(person);
      return { ...rest, facts: people.get(person.key)?.state.facts ?? null, messages };
    },

    ...figureMemory(past),

    async stageCounts(_site, model, at) {
      return counts(
        model,
        everybody.flatMap((person) => placed(person, model, at, firstSourceOf(person))),
      );
    },
    async stageCountsByLastTouch(_site, model, at) {
      return counts(
        model,
        everybody.flatMap((person) =>
          placed(person, model, at, at === null ? lastSourceOf(person) : lastSourceAt(person, at)),
        ),
      );
    },
    async stageDeltas(_site, model, from, to) {
      const zone = zoneOf(site.settings.zone);
      const sums = new Map<string, StageCount & { day: number }>();
      const add = (day: number, stage: string, source: number, n: number): void => {
        const name = `${day} ${stage} ${source}`;
        const row = sums.get(name) ?? { day, stage, source, people: 0 };
        row.people += n;
        sums.set(name, row);
      };
      for (const person of everybody) {
        for (const move of person.moves.get(model.key) ?? []) {
          const day = zone.dayOf(move.at);
          if (day < from || day > to) continue;
          add(day, move.to, firstSourceOf(person), 1);
          if (move.from !== null) add(day, move.from, firstSourceOf(person), -1);
        }
      }
      return [...sums.values()]
        .filter(({ people: n }) => n !== 0)
        .sort(
          by(
            (row) => row.day,
            (row) => model.model.stages.indexOf(row.stage),
            (row) => row.source,
          ),
        );
    },
    async transitions(_site, model, { from, to, after, limit, person }) {
      const [afterAt, afterKey] = after ?? [-1, 0];
      return moves(model)
        .filter((move) => person === undefined || move.person === person)
        .filter(
          ({ at, key }) => at >= from && at < to && (at > afterAt || (at === afterAt && key > afterKey)),
        )
        .slice(0, limit);
    },
    async history(person, model, { superseded }) {
      const standing = moves(model).filter((move) => move.person === person.key);
      // What was thought before something came late: a matter of arrival, not of what happened.
      const before = superseded ? await file.history(person, model, { superseded }) : [];
      return [...standing, ...before.filter(({ supersededAt }) => supersededAt !== null)].sort(
        by(
          (move) => move.at,
          (move) => move.key,
        ),
      );
    },
    due: async (person, model) => people.get(person.key)?.state.standings[model.key]?.due ?? null,

    async touches(_site, { from, to }) {
      return touches()
        .filter(({ at }) => at >= from && at < to)
        .sort(
          by(
            (t) => t.at,
            (t) => t.source,
            (t) => t.person,
            (t) => t.page,
            (t) => Number(t.opensVisit),
            (t) => t.seq,
          ),
        )
        .map(view);
    },
    async eachTouch(_site, { from, to, withPage }, see) {
      const found = touches()
        .filter(({ at }) => at >= from && at < to)
        .sort(
          by(
            (t) => t.at,
            (t) => t.source,
            (t) => t.person,
            (t) => t.page,
            (t) => Number(t.opensVisit),
            (t) => t.seq,
          ),
        );
      for (const { person, source, page } of found) see(person, source, withPage ? page : 0);
    },
    async touchColumns(keys, { from, to }) {
      const found = of(keys).flatMap((person) =>
        person.touches
          .filter(({ at }) => at >= from && at < to)
          .sort(
            by(
              (t) => t.at,
              (t) => t.seq,
            ),
          ),
      );
      const column = (name: "person" | "at" | "seq" | "source" | "page") =>
        Float64Array.from(found, (touch) => touch[name]);
      return {
        length: found.length,
        person: column("person"),
        at: column("at"),
        seq: column("seq"),
        source: column("source"),
        page: column("page"),
      };
    },
    async touchPage(_site, { from, to, sources, after: [at, seq], limit }) {
      return touches()
        .filter((t) => t.at >= from && t.at < to && (t.at > at || (t.at === at && t.seq > seq)))
        .filter((t) => sources === null || sources.includes(t.source))
        .sort(
          by(
            (t) => t.at,
            (t) => t.seq,
          ),
        )
        .slice(0, limit)
        .map(view);
    },
    touchesOf: async (keys, until) =>
      of(keys).flatMap((person) =>
        person.touches
          .filter(({ at }) => at <= until)
          .sort(
            by(
              (t) => t.at,
              (t) => t.seq,
            ),
          )
          .map(view),
      ),
    async rawTouchpoints(_site, keys) {
      return keys.map((key) => ({
        key,
        raw: (people.get(key)?.visitors ?? []).flatMap(({ key: visitor }) =>
          people
            .get(key)!
            .counted.filter((row) => row.visitor === visitor)
            .sort(by((row) => -row.seq))
            .map(({ seq, touchpoint, marks }) => ({
              seq,
              visitor: String(visitor),
              touchpoint,
              derivesVisits: (marks & (MARKS.cookieless | MARKS.fromServer)) !== 0,
            })),
        ),
        visits: {},
      }));
    },
    personKeys: async (_site, after, limit) =>
      [...people.keys()].filter((key) => key > after).slice(0, limit),
    pagePaths: async (keys) =>
      new Map(
        [...new Set(keys)]
          .sort((a, b) => a - b)
          .flatMap((key): [number, string][] => {
            const path = past.pathOf(key);
            return path === undefined ? [] : [[key, path]];
          }),
      ),
    chosenPeople: async (_site, who) =>
      Float64Array.from(inOrderOfBeginning(everybody.filter(chosen(past, who))), ({ key }) => key),
    newPeople: async (_site, { from, to }) =>
      Float64Array.from(
        inOrderOfBeginning(
          everybody.filter(({ state }) => state.facts.first! >= from && state.facts.first! < to),
        ),
        ({ key }) => key,
      ),

    orders: async (_site, { from, to }) =>
      everybody
        .flatMap((person) => person.orders)
        .filter(({ at }) => at >= from && at < to)
        .sort(
          by<OrderView>(
            (o) => o.at,
            (o) => o.number,
            (o) => o.person,
          ),
        ),
    ordersOf: async (keys) =>
      of(keys).flatMap((person) =>
        [...person.orders].sort(
          by<OrderView>(
            (o) => o.at,
            (o) => o.number,
          ),
        ),
      ),
    activity: async (_site, kinds, from, to) =>
      past.activity
        .filter(({ kind, day }) => kinds.includes(kind) && day >= from && day <= to)
        .sort(
          by(
            (row) => kinds.indexOf(row.kind),
            (row) => row.day,
            (row) => row.person,
          ),
        ),

    async person(_site, id) {
      const visitor = past.log.find(({ visitorId }) => visitorId === id)?.visitor;
      const names = [id, `customer:${id}`, `alias:${id}`];
      const claim = names.map((name) => past.claims.get(name)?.person).find((person) => person !== undefined);
      const key = visitor === undefined ? claim : past.personOf(visitor);
      const person = key === undefined ? undefined : people.get(key);
      return person === undefined ? undefined : personView(person);
    },
    people: async (keys) => of(keys).map(personView),
    timeline: async ({ key }) =>
      past.log
        .filter(({ visitor }) => past.personOf(visitor) === key)
        .map(({ visitor: _number, visitorId, ...rest }) => ({ ...rest, visitor: visitorId }))
        .sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint)),

    async eachFacts(_site, most, visit) {
      const step = Math.max(1, Math.ceil(people.size / most));
      const looked = inOrderOfBeginning(everybody.filter(({ key }) => key % step === 0));
      for (const { state } of looked) visit(state.facts);
      return { people: people.size, looked: looked.length };
    },
    conflicts: async () =>
      past.conflicts
        .map(({ name, visitor, at }) => {
          const owner = past.claims.get(name)?.person;
          const idOf = (key: number): string => past.log.find((row) => row.visitor === key)!.visitorId;
          return { name, visitor: idOf(visitor), at, owner: owner === undefined ? null : idOf(owner) };
        })
        .sort(
          by(
            (row) => row.at,
            (row) => row.name,
            (row) => row.visitor,
          ),
        ),
  };

  function placed(
    person: PastPerson,
    model: ModelView,
    at: EpochMs | null,
    source: number,
  ): (readonly [string, number])[] {
    const stage =
      at === null
        ? (person.state.standings[model.key]?.stage ?? null)
        : (person.moves.get(model.key)?.findLast((move) => move.at <= at)?.to ?? null);
    return stage === null ? [] : [[stage, source]];
  }
}

const inOrderOfBeginning = (people: PastPerson[]): PastPerson[] =>
  people.sort(
    by(
      (person) => person.state.facts.first!,
      firstSourceOf,
      (person) => person.key,
    ),
  );
