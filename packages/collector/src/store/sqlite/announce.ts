/**
 * Turns what the projections found out into messages: a stage entered or corrected, an order, a cart left behind.
 *
 * Only news: nothing during a replay, nothing about a past beyond a day (what touchpoints tell) or a week (what time
 * alone brought while we were down), so that a first import of years does not send years of letters.
 */
import type { LifecycleModel } from "../../domain/lifecycle/grammar.ts";
import { classifyStages } from "../../domain/lifecycle/roles.ts";
import { standingAt } from "../../domain/lifecycle/stage.ts";
import {
  LAPSE_NOTICE_MS,
  type MessagePerson,
  type MessageSource,
  NEWS_MS,
  NEWS_OF_TIME_MS,
} from "../../domain/message.ts";
import type { FoldedTransition } from "../../domain/person.ts";
import type { EpochMs, Touchpoint } from "../../domain/touchpoint.ts";
import { NO_SOURCE } from "./dictionary.ts";
import type { HeldPerson } from "./held-person.ts";
import { openLater } from "./later.ts";
import type { Log } from "./log.ts";
import { iso, moveOf, productsOf } from "./message-parts.ts";
import type { Db } from "./open.ts";
import type { StoredOrder } from "./orders.ts";
import { openOutbox } from "./outbox.ts";
import { unpackState } from "./person-state.ts";
import type { ProjectedModel, ProjectedSite } from "./projected.ts";

/** One delivery as far as news are concerned. */
export interface Occasion {
  site: ProjectedSite;
  person: HeldPerson;
  /** When it became known. */
  recordedAt: EpochMs;
}

export interface Announcer {
  /** Whether anybody wants to hear about a site now; everything else may be skipped when not. */
  listens(site: ProjectedSite): boolean;
  /** True when touchpoints of this place in the log and these times are no news. */
  isOld(seq: number, receivedAt: EpochMs, times: readonly EpochMs[]): boolean;
  entered(on: Occasion, model: ProjectedModel, transitions: readonly FoldedTransition[]): void;
  /** Stages that were said before were taken back; `tail` holds instead. */
  corrected(on: Occasion, model: ProjectedModel, was: string | null, tail: readonly FoldedTransition[]): void;
  orders(on: Occasion, before: readonly StoredOrder[], after: readonly StoredOrder[]): void;
  /**
   * A delivery was folded: carts left or bought, surveys due, leads that passed the limit. When it is quiet, only what
   * waited and did not come true is taken back.
   */
  delivered(on: Occasion, touchpoints: readonly Touchpoint[], isQuiet: boolean): void;
  /** Two people are about to become one. */
  merged(site: ProjectedSite, root: HeldPerson, absorbed: HeldPerson, at: EpochMs): void;
  /** A person has a new name. */
  named(site: ProjectedSite, person: number, name: string, at: EpochMs): void;
  /** Tells of lapses that come within a week, a slice of people a call; true while there are more. */
  lapses(now: EpochMs, limit: number): boolean;
  /** Tells one target where a person stands now; false when there is nothing to tell. */
  stands(target: number, kind: "stage.entered" | "stage.corrected", person: number, at: EpochMs): boolean;
  /** A transaction is done: models may have another state in the next. */
  settled(): void;
  /** Webhooks or what is quiet changed, or the transaction is gone. */
  reload(): void;
}

/** Products are looked for among this many touchpoints of each of a person's browsers, the newest ones. */
const MOST_LOOKED_AT = 500;

interface Surroundings {
  siteId(key: number): string;
  siteOf(key: number): ProjectedSite;
  members(person: number): number[];
}

export function openAnnouncer(db: Db, log: Log, around: Surroundings): Announcer {
  const outbox = openOutbox(db);
  const selectVisitor = db.prepare<[number], string>("select id from visitor where key = ?").pluck();
  const selectSource = db.prepare<[number], MessageSource>(
    "select channel, source, medium, campaign from source where key = ?",
  );
  const selectModel = db.prepare<[number], { id: string; version: number; state: string; source: string }>(
    "select id, version, state, source from model where key = ?",
  );
  // uses person_stage_due
  const selectLapses = db.prepare<
    [EpochMs, EpochMs, EpochMs, number, number],
    { model: number; person: number; due: EpochMs }
  >(`
    select model, person, due from person_stage
    where due is not null and due >= ? and due <= ? and (due, person) > (?, ?)
    order by due, person limit ?`);
  const selectPerson = db.prepare<
    [number],
    { site: number; customer: string | null; first_source: number; last_source: number; state: string }
  >("select site, customer, first_source, last_source, state from person where key = ?");
  const selectMeta = db.prepare<[string], string>("select value from meta where key = ?").pluck();

  let quietTo = 0;
  let quietUntil = 0;
  let lapseCursor: [EpochMs, number] = [0, 0];
  const models = new Map<number, { id: string; version: number; state: string; source: LifecycleModel }>();

  const reload = (): void => {
    models.clear();
    quietTo = Number(selectMeta.get("quiet_to") ?? 0);
    quietUntil = Number(selectMeta.get("quiet_until") ?? 0);
    outbox.reload();
  };
  reload();

  const modelOf = (key: number) => {
    let model = models.get(key);
    if (model === undefined) {
      const { source, ...row } = selectModel.get(key)!;
      model = { ...row, source: JSON.parse(source) as LifecycleModel };
      models.set(key, model);
    }
    return model;
  };

  const sourceOf = (key: number): MessageSource | null =>
    key === NO_SOURCE ? null : (selectSource.get(key) ?? null);

  const about = (
    person: Pick<HeldPerson, "key" | "site" | "customer" | "firstSource" | "lastSource">,
  ): MessagePerson => ({
    site: around.siteId(person.site),
    person: selectVisitor.get(person.key) ?? "",
    customer: person.customer,
    firstSource: sourceOf(person.firstSource),
    lastSource: sourceOf(person.lastSource),
    ...productsOf(
      log
        .chain(around.members(person.key), Number.MAX_SAFE_INTEGER, MOST_LOOKED_AT)
        .map(({ touchpoint }) => touchpoint),
    ),
  });

  const isNews = (t: FoldedTransition, recordedAt: EpochMs): boolean =>
    t.cause === "time"
      ? t.at > Math.max(quietUntil, recordedAt - NEWS_OF_TIME_MS)
      : t.at > recordedAt - NEWS_MS;

  const put = (
    on: Occasion,
    kind: Parameters<typeof outbox.put>[2]["kind"],
    essence: (string | number | null)[],
    at: EpochMs,
    data: object,
  ): void => {
    const { site, person } = on;
    const who = about(person);
    outbox.put(site.key, person.key, {
      kind,
      essence: [who.site, kind, ...essence],
      at,
      data: { ...who, ...data },
    });
  };

  /** The stage furthest along the path that was ever entered. */
  const peakOf = (model: LifecycleModel, entered: Readonly<Record<string, number>>): string | null =>
    classifyStages(model)
      .filter(({ stage, role }) => role === "path" && (entered[stage] ?? 0) > 0)
      .at(-1)?.stage ?? null;

  const later = openLater(outbox, {
    about,
    put,
    mainModel(site) {
      const found = site.models.find(({ key }) => {
        const model = modelOf(key);
        return model.id === site.news.model && model.state === "active";
      });
      return found === undefined ? undefined : modelOf(found.key).source;
    },
  });

  return {
    listens: (site) => outbox.listens(site.key),
    isOld: (seq, receivedAt, times) => seq <= quietTo || times.every((at) => at <= receivedAt - NEWS_MS),

    entered(on, { key }, transitions) {
      const model = modelOf(key);
      if (model.state !== "active" || !outbox.listens(on.site.key, "stage.entered")) return;
      const peak = peakOf(model.source, on.person.state.standings[key]?.entries ?? {});
      for (const t of transitions) {
        if (!isNews(t, on.recordedAt)) continue;
        put(
          on,
          "stage.entered",
          [on.person.key, model.id, model.version, t.at, t.from, t.to, t.entry],
          t.at,
          {
            model: model.id,
            modelVersion: model.version,
            ...moveOf(t),
            peak,
          },
        );
      }
    },

    corrected(on, { key }, was, tail) {
      const model = modelOf(key);
      if (model.state !== "active" || !outbox.listens(on.site.key, "stage.corrected")) return;
      const last = tail.at(-1);
      const essence = [
        on.person.key,
        model.id,
        model.version,
        on.recordedAt,
        was,
        last?.at ?? null,
        last?.to ?? null,
      ];
      put(on, "stage.corrected", essence, on.recordedAt, {
        model: model.id,
        modelVersion: model.version,
        was,
        stage: on.person.state.standings[key]?.stage ?? null,
        changes: tail.map(moveOf),
        peak: peakOf(model.source, on.person.state.standings[key]?.entries ?? {}),
      });
    },

    orders(on, before, after) {
      const known = new Map(before.map((order) => [order.number, order]));
      for (const order of after) {
        const was = known.get(order.number);
        const amount = { order: order.number, value: order.value, currency: order.currency };
        if (was === undefined && order.void_at === null && order.at > on.recordedAt - NEWS_MS) {
          put(on, "order.counted", [order.number], order.at, {
            ...amount,
            nth: order.nth,
            at: iso(order.at),
          });
        }
        const hasChanged =
          order.refunded > (was?.refunded ?? 0) || (order.void_at !== null && was?.void_at == null);
        if (hasChanged) {
          put(on, "order.refunded", [order.number, order.refunded, order.void_at], on.recordedAt, {
            ...amount,
            refunded: order.refunded,
            counts: order.void_at === null,
            at: iso(order.void_at ?? on.recordedAt),
          });
        }
      }
    },

    delivered(on, touchpoints, isQuiet) {
      later.takeBack(on, touchpoints);
      if (!isQuiet) later.announce(on, touchpoints);
      later.settled();
    },

    merged(site, root, absorbed, at) {
      if (outbox.listens(site.key)) later.merged(site, root, absorbed, at);
      outbox.merge(root.key, absorbed.key, at);
    },

    named(site, person, name, at) {
      outbox.named(site.key, person, name, at);
    },

    lapses(now, limit) {
      const rows = selectLapses.all(now, now + LAPSE_NOTICE_MS, ...lapseCursor, limit);
      for (const { model: key, person: personKey, due } of rows) {
        const model = modelOf(key);
        const row = selectPerson.get(personKey);
        if (model.state !== "active" || row === undefined || !outbox.listens(row.site, "lapse.due")) continue;
        const site = around.siteOf(row.site);
        const essence = [around.siteId(row.site), "lapse.due", personKey, model.id, model.version, due];
        if (outbox.has(row.site, { kind: "lapse.due", essence })) continue;
        const compiled = site.models.find((m) => m.key === key);
        if (compiled === undefined) continue;
        const state = unpackState(row.state);
        const { stage, rule } = standingAt(compiled.model, state.facts, due);
        if (classifyStages(model.source).find((s) => s.stage === stage)?.role !== "quiet") continue;
        const { site: siteKey, customer, first_source: firstSource, last_source: lastSource } = row;
        const held = { key: personKey, site: siteKey, customer, firstSource, lastSource };
        outbox.put(siteKey, personKey, {
          kind: "lapse.due",
          essence,
          at: now,
          data: {
            ...about(held),
            model: model.id,
            modelVersion: model.version,
            from: state.standings[key]?.stage ?? null,
            to: stage,
            due: iso(due),
            rule: compiled.model.rules[rule]?.name ?? null,
          },
        });
      }
      const last = rows.at(-1);
      const isDone = rows.length < limit || last === undefined;
      lapseCursor = isDone ? [0, 0] : [last.due, last.person];
      return !isDone;
    },

    stands(target, kind, personKey, at) {
      const row = selectPerson.get(personKey);
      if (row === undefined) return false;
      const site = around.siteOf(row.site);
      const found = site.models.find(({ key }) => {
        const model = modelOf(key);
        return model.id === site.news.model && model.state === "active";
      });
      const standing = found === undefined ? undefined : unpackState(row.state).standings[found.key];
      if (found === undefined || standing === undefined || standing.stage === null) return false;
      const { id, version, source } = modelOf(found.key);
      const { site: siteKey, customer, first_source: firstSource, last_source: lastSource } = row;
      const since = iso(standing.since);
      return outbox.putTo(target, personKey, {
        kind,
        essence: [site.id, "stands", personKey, id, version, at],
        at,
        data: {
          ...about({ key: personKey, site: siteKey, customer, firstSource, lastSource }),
          model: id,
          modelVersion: version,
          from: null,
          to: standing.stage,
          stage: standing.stage,
          at: since,
          changes: [{ at: since }],
          entry: standing.entries[standing.stage] ?? 1,
          peak: peakOf(source, standing.entries),
          // No news: the property is written, no event is sent.
          isStanding: true,
        },
      });
    },

    settled() {
      models.clear();
    },
    reload,
  };
}
