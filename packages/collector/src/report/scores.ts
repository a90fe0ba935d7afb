/**
 * Lead scores: who is warm, by what they did lately.
 */
import type { ScoreTable } from "../domain/lifecycle/grammar.ts";
import { isValid } from "../domain/lifecycle/orders.ts";
import { scoreAt, scoringOf } from "../domain/lifecycle/score.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { everybody } from "./membership.ts";
import { type PersonRow, personRows } from "./people.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface ScoresParams extends Filtered {
  site: string;
  model?: string;
  /** True: customers too; default only people without an order that counts. */
  customers?: boolean;
  /** Rows, 1 to 1,000; default 50, highest first. */
  limit?: number;
}

export interface ScoresAnswer {
  site: string;
  at: string;
  /** The weights used: the model's own, or ours when it has none. */
  table: ScoreTable;
  isDefault: boolean;
  currency: string;
  people: number;
  /** People with a score from `from` up to, not including, the next one's. */
  bins: { from: number; people: number }[];
  rows: (PersonRow & { score: number })[];
}

/** For sites whose model has no score section: interest counts, and fades within a month. */
export const DEFAULT_SCORES: ScoreTable = {
  halfLife: "P30D",
  weights: {
    page_view: { points: 1, atMost: 10 },
    view_item: { points: 2, atMost: 10 },
    search: { points: 2, atMost: 5 },
    add_to_wishlist: { points: 5, atMost: 3 },
    add_to_cart: { points: 10, atMost: 3 },
    begin_checkout: { points: 15, atMost: 2 },
    newsletter_signup: { points: 15, atMost: 1 },
    sign_up: { points: 20, atMost: 1 },
    start_trial: { points: 30, atMost: 1 },
    generate_lead: { points: 30, atMost: 2 },
    newsletter_unsubscribe: { points: -20, atMost: 1 },
  },
};

const BINS = [0, 1, 5, 10, 20, 40, 80] as const;

export async function scores(reads: Reads, params: ScoresParams, now: EpochMs): Promise<ScoresAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const who = await whoOf(reads, site, model, params.filter, now);
  const limit = Math.min(1_000, Math.max(1, params.limit ?? 50));
  const table = model.model.score ?? DEFAULT_SCORES;
  const scoring = scoringOf(table);
  const bins = BINS.map((from) => ({ from, people: 0 }));
  const best = openBest(limit);
  let scored = 0;
  for await (const page of everybody(reads, site, who)) {
    for (const { person, facts } of page) {
      if (params.customers !== true && facts.orders?.some(isValid)) continue;
      const score = scoreAt(scoring, facts, now);
      // Scores below the first bin are in it: negative weights are allowed.
      let bin = bins.length - 1;
      while (bin > 0 && score < bins[bin]!.from) bin -= 1;
      bins[bin]!.people += 1;
      scored += 1;
      best.add({ person, score });
    }
  }
  const top = best.take();
  const overviews = new Map(
    (
      await reads.listPeople(site, model, {
        who: { people: [{ is: true, keys: top.map(({ person }) => person) }] },
        after: null,
        limit,
      })
    ).map((one) => [one.key, one]),
  );
  const shown = top.filter(({ person }) => overviews.has(person));
  const rows = await personRows(
    reads,
    site,
    model,
    shown.map(({ person }) => overviews.get(person)!),
  );
  return {
    site: site.id,
    at: new Date(now).toISOString(),
    table,
    isDefault: model.model.score === undefined,
    currency: site.settings.currency,
    people: scored,
    bins,
    rows: rows.map((row, place) => ({ ...row, score: shown[place]!.score })),
  };
}

interface Scored {
  person: number;
  score: number;
}

/** The best so many of any number of scores, highest first; the newest person first among equal ones. */
function openBest(most: number): { add(one: Scored): void; take(): Scored[] } {
  const room = Math.max(1_024, most * 4);
  let held: Scored[] = [];
  /** No score below this is among the best any more. */
  let least = Number.NEGATIVE_INFINITY;
  const take = (): Scored[] => {
    held = held.sort((a, b) => b.score - a.score || b.person - a.person).slice(0, most);
    return held;
  };
  return {
    add(one) {
      if (one.score < least) return;
      held.push(one);
      if (held.length >= room) least = take().at(-1)!.score;
    },
    take,
  };
}
