/**
 * Works a site's past out from nothing but its list of touchpoints and what operators decided: who is who, where everybody came
 * from, what they bought, which stages they went through. Plain loops over the domain's own rules; no table of facts is read, so no
 * engine can agree with it by mistake.
 *
 * Numbers that the file gave to visitors, sources, pages and changes of stage are taken as names: looked up by what they stand for.
 */
import {
  claimsOf,
  judgeClaim,
  ORDER_LINK_MS,
  orderLinksOf,
} from "../../packages/collector/src/domain/identity.ts";
import { compile } from "../../packages/collector/src/domain/lifecycle/compile.ts";
import { isKnown, isValid, netValue } from "../../packages/collector/src/domain/lifecycle/orders.ts";
import {
  type FoldEffects,
  foldForward,
  newPerson,
  noEffects,
  type PersonState,
} from "../../packages/collector/src/domain/person.ts";
import { classify, type SourceDecision } from "../../packages/collector/src/domain/source/classify.ts";
import {
  byTimeThenId,
  type EpochMs,
  type Touchpoint,
} from "../../packages/collector/src/domain/touchpoint.ts";
import { type Day, zoneOf } from "../../packages/collector/src/domain/zone.ts";
import { MARKS, TRAFFIC } from "../../packages/collector/src/ingest/accept.ts";
import type { OrderView, SiteView, TouchView } from "../../packages/collector/src/store/port.ts";
import { decodeTouchpoint, type StoredRow } from "../../packages/collector/src/store/sqlite/log.ts";
import type { Db } from "../../packages/collector/src/store/sqlite/open.ts";

/** A touchpoint as it was kept. */
export interface Kept {
  seq: number;
  /** Number and id of its visitor. */
  visitor: number;
  visitorId: string;
  receivedAt: EpochMs;
  traffic: number;
  marks: number;
  touchpoint: Touchpoint;
}

/** A change of stage under a model; `key` and `recordedAt` are the file's. */
export interface Move {
  key: number;
  recordedAt: EpochMs;
  person: number;
  at: EpochMs;
  from: string | null;
  to: string;
  cause: "event" | "time";
  touchpoint: string | null;
  rule: number;
  entry: number;
}

export interface PastTouch extends TouchView {
  page: number;
}

/** Somebody of whom something counts. */
export interface PastPerson {
  key: number;
  customer: string | null;
  /** Whoever stands for them first, then in the order of their numbers. */
  visitors: { key: number; id: string }[];
  /** What counts, in the order of the log. */
  counted: Kept[];
  state: PersonState;
  touches: PastTouch[];
  orders: OrderView[];
  /** By the model's number. */
  moves: Map<number, Move[]>;
}

export interface Past {
  site: SiteView;
  /** By number. */
  people: Map<number, PastPerson>;
  /** In the order of the log. */
  log: Kept[];
  /** Names by who has them, with the row of the log that gave them. */
  claims: Map<string, { person: number; seq: number }>;
  conflicts: { name: string; visitor: number; at: EpochMs }[];
  /** What people did of which kind on which day. */
  activity: { kind: string; day: Day; person: number; n: number; firstAt: EpochMs }[];
  /** The newest rows of the log that are this site's, of so many of all sites. */
  newest(most: number): Kept[];
  personOf(visitor: number): number;
  pathOf(page: number): string | undefined;
}

/** Reads the log once; `now` is when the file was settled. */
export function openPast(db: Db, site: SiteView, now: EpochMs): Past {
  const log = readLog(db, site);
  const counted = log.filter(({ traffic }) => isCounted(site, traffic));
  const who = identify(db, site, counted);
  const names = namesOf(db, site);
  const people = new Map<number, PastPerson>();
  for (const row of counted) {
    const key = who.personOf(row.visitor);
    const person: PastPerson = people.get(key) ?? {
      key,
      customer: who.customers.get(key) ?? null,
      visitors: [],
      counted: [],
      state: newPerson(),
      touches: [],
      orders: [],
      moves: new Map(),
    };
    people.set(key, person);
    person.counted.push(row);
  }
  for (const { visitor, visitorId } of log) {
    const visitors = people.get(who.personOf(visitor))?.visitors ?? [];
    if (visitors.every(({ key }) => key !== visitor)) visitors.push({ key: visitor, id: visitorId });
  }
  for (const person of people.values()) {
    person.visitors.sort(
      (a, b) => Number(a.key !== person.key) - Number(b.key !== person.key) || a.key - b.key,
    );
    fold(person, site, now, names);
  }
  return {
    site,
    people: new Map([...people].sort(([a], [b]) => a - b)),
    log,
    ...who,
    activity: activityOf(people.values(), site),
    newest(most) {
      const seqs = db.prepare<[], number>("select seq from touchpoint order by seq desc").pluck().all();
      const from = seqs[most - 1] ?? 0;
      return log.filter(({ seq }) => seq >= from);
    },
    pathOf: (page) => names.paths.get(page),
  };
}

export const isCounted = ({ settings }: SiteView, traffic: number): boolean =>
  traffic === TRAFFIC.person ||
  (traffic === TRAFFIC.robot && settings.countsRobots) ||
  (traffic === TRAFFIC.spam && settings.countsSpam) ||
  (traffic === TRAFFIC.own && settings.countsOwn);

function readLog(db: Db, site: SiteView): Kept[] {
  return db
    .prepare<[number], StoredRow & { name: string; visitor_id: string }>(`
      select t.*, k.name, v.id as visitor_id from touchpoint t join kind k on k.key = t.kind
      join visitor v on v.key = t.visitor where t.site = ? order by t.seq`)
    .all(site.key)
    .map((row) => ({
      seq: row.seq,
      visitor: row.visitor,
      visitorId: row.visitor_id,
      receivedAt: row.received_at,
      traffic: row.traffic,
      marks: row.marks,
      touchpoint: decodeTouchpoint(row, row.name),
    }));
}

const isFromServer = ({ marks }: Kept): boolean => (marks & MARKS.fromServer) !== 0;

/** Follows every claim in the order of the log. The first one wins; two customers never become one. */
function identify(db: Db, site: SiteView, rows: readonly Kept[]) {
  const unlinked = new Set(
    db
      .prepare<[number], string>("select visitor || ' ' || claim from decision_unlink where site = ?")
      .pluck()
      .all(site.key),
  );
  const linked = (at: EpochMs): boolean =>
    site.settings.ordersLinked.some(([from, to]) => at >= from && (to === null || at < to));
  const parents = new Map<number, number>();
  const personOf = (visitor: number): number => {
    const parent = parents.get(visitor);
    return parent === undefined ? visitor : personOf(parent);
  };
  const claims = new Map<string, { person: number; seq: number; at: EpochMs }>();
  const conflicts = new Map<string, Past["conflicts"][number]>();
  const customers = new Map<number, string>();

  const claimantOf = (person: number) => ({
    person,
    customers: [...claims]
      .filter(([name, claim]) => claim.person === person && name.startsWith("customer:"))
      .map(([name]) => name),
  });
  const ownerOf = (name: string) => {
    const claim = claims.get(name);
    return claim === undefined ? undefined : claimantOf(claim.person);
  };
  const noteConflict = (name: string, { visitor, touchpoint }: Kept): void => {
    const id = `${visitor} ${name}`;
    if (!conflicts.has(id)) conflicts.set(id, { name, visitor, at: touchpoint.at });
  };
  const bind = (name: string, row: Kept): void => {
    const person = personOf(row.visitor);
    claims.set(name, { person, seq: row.seq, at: row.touchpoint.at });
    if (name.startsWith("customer:") && !customers.has(person))
      customers.set(person, name.slice("customer:".length));
  };
  const join = (root: number, absorbed: number): void => {
    parents.set(absorbed, root);
    for (const claim of claims.values()) if (claim.person === absorbed) claim.person = root;
    const customer = customers.get(root) ?? customers.get(absorbed);
    if (customer !== undefined) customers.set(root, customer);
  };
  const followOrders = (row: Kept): void => {
    const { touchpoint, visitorId } = row;
    for (const { take, join: other } of orderLinksOf(touchpoint, isFromServer(row))) {
      if (unlinked.has(`${visitorId} ${take ?? other}`)) continue;
      const isNear = (name: string): boolean =>
        Math.abs((claims.get(name)?.at ?? Number.NEGATIVE_INFINITY) - touchpoint.at) <= ORDER_LINK_MS;
      const person = personOf(row.visitor);
      if (take !== undefined) {
        const first = ownerOf(take);
        if (first === undefined) bind(take, row);
        else if (first.person !== person && isNear(take)) {
          noteConflict(take, row);
          continue;
        }
      }
      const owner = ownerOf(other);
      if (owner === undefined || owner.person === person || !isNear(other)) continue;
      const verdict = judgeClaim(other, claimantOf(person), owner);
      if (verdict.kind === "merge") join(verdict.root, verdict.absorbed);
      else noteConflict(other, row);
    }
  };
  for (const row of rows) {
    const fromServer = isFromServer(row);
    if (fromServer || linked(row.receivedAt)) followOrders(row);
    for (const name of claimsOf(row.touchpoint, fromServer)) {
      if (unlinked.has(`${row.visitorId} ${name}`)) continue;
      const verdict = judgeClaim(name, claimantOf(personOf(row.visitor)), ownerOf(name));
      if (verdict.kind === "conflict") noteConflict(name, row);
      else if (verdict.kind === "bind") bind(name, row);
      else if (verdict.kind === "merge") join(verdict.root, verdict.absorbed);
    }
  }
  return { claims, conflicts: [...conflicts.values()], customers, personOf };
}

interface Names {
  /** The number of a change of stage, and when it became known: by the collector's clock, which no touchpoint tells. */
  moveOf(model: number, person: number, at: EpochMs, to: string): { key: number; recordedAt: EpochMs };
  sourceOf(decision: SourceDecision): number;
  pageOf(path: string): number;
  paths: Map<number, string>;
}

/** What the file calls sources and pages. Something it has no number for is 1e9: it would be found out. */
function namesOf(db: Db, site: SiteView): Names {
  const UNKNOWN = 1e9;
  const rows = db
    .prepare<[number], Record<string, unknown>>("select * from source where site = ?")
    .all(site.key);
  const text = (one: Record<string, unknown>): string =>
    JSON.stringify(
      ["source", "medium", "channel", "campaign", "term", "content", "rule", "detail"].map(
        (n) => one[n] ?? null,
      ),
    );
  const sources = new Map(rows.map((row) => [text(row), row["key"] as number]));
  const pages = db
    .prepare<[number], { key: number; path: string }>("select key, path from page where site = ?")
    .all(site.key);
  const moves = new Map(
    db
      .prepare<[number], { name: string; key: number; recordedAt: EpochMs }>(`
        select model || ' ' || person || ' ' || at || ' ' || to_stage as name, key, recorded_at as recordedAt
        from transition where site = ? and superseded_at is null`)
      .all(site.key)
      .map(({ name, ...known }) => [name, known]),
  );
  const byPath = new Map(pages.map(({ key, path }) => [path, key]));
  return {
    moveOf(model, person, at, to) {
      const stage = site.models.find(({ key }) => key === model)!.model.stages.indexOf(to);
      return moves.get(`${model} ${person} ${at} ${stage}`) ?? { key: UNKNOWN, recordedAt: -1 };
    },
    sourceOf({ landing: _landing, source, medium, channel, campaign, term, content, rule, ...detail }) {
      const named = {
        source,
        medium,
        channel,
        campaign,
        term,
        content,
        rule,
        detail: JSON.stringify(detail),
      };
      return sources.get(text(named)) ?? UNKNOWN;
    },
    pageOf: (path) => byPath.get(path) ?? UNKNOWN,
    paths: new Map(pages.map(({ key, path }) => [key, path])),
  };
}

function fold(person: PastPerson, site: SiteView, now: EpochMs, names: Names): void {
  const { settings } = site;
  const options = { profile: settings.profile, siteHosts: settings.hosts, rules: settings.rules };
  const context = {
    models: site.models.map(({ key, model, calibration }) => ({
      key,
      model: compile(model, (quantile) => calibration[quantile.toFixed(2)]),
    })),
    classify: (t: Touchpoint, opensVisit: boolean) =>
      classify({ url: t.url ?? "", referrer: t.referrer ?? null, opensVisit }, options),
  };
  const inputs = person.counted.map(({ seq, visitor, marks, touchpoint }) => ({
    seq,
    visitor,
    touchpoint,
    derivesVisits: (marks & (MARKS.cookieless | MARKS.fromServer)) !== 0,
  }));
  const effects: FoldEffects = noEffects();
  foldForward(person.state, inputs, now, context, effects);
  person.touches = effects.touches.map(({ seq, at, opensVisit, decision }) => ({
    person: person.key,
    at,
    seq,
    source: names.sourceOf(decision),
    landing: decision.landing,
    page: names.pageOf(decision.landing),
    opensVisit,
  }));
  for (const { key } of site.models) {
    person.moves.set(
      key,
      effects.transitions
        .filter(({ model }) => model === key)
        .map(({ at, from, to, cause, touchpoint, ruleIndex, entry }) => ({
          ...names.moveOf(key, person.key, at, to),
          person: person.key,
          at,
          from,
          to,
          cause,
          touchpoint: touchpoint ?? null,
          rule: ruleIndex,
          entry,
        })),
    );
  }
  let nth = 0;
  person.orders = (person.state.facts.orders ?? [])
    .filter(isKnown)
    .sort((a, b) => byTimeThenId(a, b))
    .map((order) => {
      const counts = isValid(order);
      if (counts) nth += 1;
      const { order: number, at, value = 0, currency = "" } = order;
      return {
        person: person.key,
        number,
        at,
        value,
        currency,
        refunded: counts ? value - netValue(order) : value,
        voidAt: counts ? null : (person.state.voids?.[number] ?? at),
        nth: counts ? nth : 0,
      };
    });
}

function activityOf(people: Iterable<PastPerson>, site: SiteView): Past["activity"] {
  const zone = zoneOf(site.settings.zone);
  const found = new Map<string, Past["activity"][number]>();
  for (const { key: person, counted } of people) {
    for (const { touchpoint } of counted) {
      const { kind, at } = touchpoint;
      const day = zone.dayOf(at);
      const name = `${kind} ${day} ${person}`;
      const row = found.get(name) ?? { kind, day, person, n: 0, firstAt: at };
      found.set(name, { ...row, n: row.n + 1, firstAt: Math.min(row.firstAt, at) });
    }
  }
  return [...found.values()];
}
