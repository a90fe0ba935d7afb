/**
 * Messages that wait for their time or for a limit: a cart left for a day, a survey due after an order, a lead that passed
 * a score. What did not come true is taken back.
 */
import { ORDER_SEEN } from "../../domain/identity.ts";
import type { LifecycleModel } from "../../domain/lifecycle/grammar.ts";
import { isKnown, isValid } from "../../domain/lifecycle/orders.ts";
import { scoreWithout } from "../../domain/lifecycle/passing.ts";
import { type Scoring, scoreAt, scoringOf } from "../../domain/lifecycle/score.ts";
import { CART_LEFT_MS, type MessagePerson, NEWS_MS, SURVEY_REST_MS } from "../../domain/message.ts";
import type { EpochMs, Touchpoint } from "../../domain/touchpoint.ts";
import { DEFAULT_SCORES } from "../../report/scores.ts";
import type { Occasion } from "./announce.ts";
import type { HeldPerson } from "./held-person.ts";
import { iso } from "./message-parts.ts";
import type { Outbox } from "./outbox.ts";
import type { ProjectedSite } from "./projected.ts";

export interface Later {
  /** The order came, or the answer: what was waiting for the opposite is not sent. */
  takeBack(on: Occasion, touchpoints: readonly Touchpoint[]): void;
  announce(on: Occasion, touchpoints: readonly Touchpoint[]): void;
  /** The delivery is folded. */
  settled(): void;
  /** Two people are about to become one: what each had by now is remembered until the delivery is folded. */
  merged(site: ProjectedSite, root: HeldPerson, absorbed: HeldPerson, at: EpochMs): void;
}

interface Means {
  about(person: HeldPerson): MessagePerson;
  put(
    on: Occasion,
    kind: "lead.passed",
    essence: (string | number | null)[],
    at: EpochMs,
    data: object,
  ): void;
  /** The model a site shows first, when it is ready. */
  mainModel(site: ProjectedSite): LifecycleModel | undefined;
}

const CART_KINDS = new Set(["add_to_cart", "remove_from_cart", "begin_checkout"]);
const DAY_MS = 86_400_000;

export function openLater(outbox: Outbox, { about, put, mainModel }: Means): Later {
  /** The highest score of people who became one in the delivery at hand; undefined: nobody did. */
  let scoreBeforeMerge: number | undefined;
  let hasMerged = false;

  const scoringFor = (site: ProjectedSite): { model: LifecycleModel; scoring: Scoring } | undefined => {
    const model = site.news.leadScore ? mainModel(site) : undefined;
    return model === undefined ? undefined : { model, scoring: scoringOf(model.score ?? DEFAULT_SCORES) };
  };

  const carts = ({ site, person, recordedAt }: Occasion, touchpoints: readonly Touchpoint[]): void => {
    if (!outbox.listens(site.key, "cart.left")) return;
    const orderAt = lastOrderAt(person, touchpoints);
    const open = touchpoints
      .filter(({ kind, at }) => CART_KINDS.has(kind) && at > recordedAt - CART_LEFT_MS && at > orderAt)
      .sort((a, b) => a.at - b.at);
    const last = open.at(-1);
    if (last === undefined) return;
    const who = about(person);
    const valued = open.findLast(({ value }) => value !== undefined);
    const message = {
      kind: "cart.left" as const,
      essence: [who.site, "cart.left", person.key, open[0]!.id],
      at: last.at,
      data: {
        ...who,
        at: iso(last.at),
        url: last.url ?? null,
        value: valued?.value ?? null,
        currency: valued?.currency ?? null,
        items: (last.items ?? []).map(({ id, name, price, quantity }) => ({ id, name, price, quantity })),
      },
    };
    outbox.putLater(site.key, person.key, message, CART_LEFT_MS);
  };

  const surveys = ({ site, person, recordedAt }: Occasion, touchpoints: readonly Touchpoint[]): void => {
    const days = site.news.surveyDays;
    if (!days || !outbox.listens(site.key, "survey.due")) return;
    if (!touchpoints.some(({ kind }) => kind === "purchase")) return;
    const { facts } = person.state;
    if ((facts.answers ?? []).some(({ at }) => at > recordedAt - SURVEY_REST_MS)) return;
    const orders = (facts.orders ?? []).filter(isKnown).filter(isValid);
    const newest = orders.reduce((a, b) => (a === undefined || b.at > a.at ? b : a), orders[0]);
    if (newest === undefined || newest.at <= recordedAt - NEWS_MS) return;
    const who = about(person);
    const message = {
      kind: "survey.due" as const,
      essence: [who.site, "survey.due", person.key, newest.order],
      at: newest.at,
      data: {
        ...who,
        order: newest.order,
        nth: orders.length,
        at: iso(newest.at),
        due: iso(newest.at + days * DAY_MS),
        survey: "nps",
      },
    };
    outbox.putLater(site.key, person.key, message, days * DAY_MS);
  };

  const leads = (on: Occasion, touchpoints: readonly Touchpoint[]): void => {
    const { site, person } = on;
    const limit = site.news.leadScore;
    if (!limit || !outbox.listens(site.key, "lead.passed")) return;
    const { facts } = person.state;
    // Whoever ordered is a customer, not a lead.
    if (facts.orders?.some(isValid)) return;
    const own = scoringFor(site);
    if (own === undefined) return;
    const at = Math.max(on.recordedAt, facts.last ?? 0);
    const score = scoreAt(own.scoring, facts, at);
    if (score < limit) return;
    const before = scoreBeforeMerge ?? scoreWithout(own.scoring, facts, touchpoints, at);
    if (before >= limit) return;
    const cause = touchpoints.reduce((a, b) => (b.at > a.at ? b : a), touchpoints[0]!);
    put(on, "lead.passed", [person.key, own.model.id, limit, cause.id], cause.at, {
      at: iso(cause.at),
      score: Math.round(score * 100) / 100,
      limit,
      model: own.model.id,
      touchpoint: cause.id,
    });
  };

  return {
    takeBack({ person, recordedAt }, touchpoints) {
      const tells = (...kinds: string[]) => touchpoints.some(({ kind }) => kinds.includes(kind));
      if (hasMerged || tells("purchase", ORDER_SEEN)) {
        const cartAt = outbox.waitingAt(person.key, "cart.left");
        if (cartAt !== undefined && lastOrderAt(person, touchpoints) >= cartAt)
          outbox.withdraw(person.key, "cart.left", recordedAt);
      }
      if (tells("survey_response")) outbox.withdraw(person.key, "survey.due", recordedAt);
      else if (tells("refund", "cancel_order")) {
        const orderAt = outbox.waitingAt(person.key, "survey.due");
        const stands = (person.state.facts.orders ?? []).filter(isKnown).filter(isValid);
        if (orderAt !== undefined && !stands.some(({ at }) => at >= orderAt))
          outbox.withdraw(person.key, "survey.due", recordedAt);
      }
    },

    announce(on, touchpoints) {
      carts(on, touchpoints);
      surveys(on, touchpoints);
      leads(on, touchpoints);
    },

    settled() {
      scoreBeforeMerge = undefined;
      hasMerged = false;
    },

    merged(site, root, absorbed, at) {
      hasMerged = true;
      const own = scoringFor(site);
      if (own === undefined) return;
      for (const { state } of [root, absorbed]) {
        const score = scoreAt(own.scoring, state.facts, Math.max(at, state.facts.last ?? 0));
        scoreBeforeMerge = Math.max(scoreBeforeMerge ?? score, score);
      }
    },
  };
}

/** When the person last ordered, as far as a shop or the browser told; -1: never. */
function lastOrderAt({ state }: HeldPerson, touchpoints: readonly Touchpoint[]): EpochMs {
  let last = -1;
  for (const order of state.facts.orders ?? []) if (isKnown(order)) last = Math.max(last, order.at);
  for (const { kind, at } of touchpoints) if (kind === ORDER_SEEN) last = Math.max(last, at);
  return last;
}
