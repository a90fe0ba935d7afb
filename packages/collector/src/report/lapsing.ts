/**
 * Who is about to fall quiet: people whose stage will change to a quiet one by itself in the next days, if nothing happens.
 */
import { compile } from "../domain/lifecycle/compile.ts";
import { label } from "../domain/lifecycle/labels.ts";
import { classifyStages } from "../domain/lifecycle/roles.ts";
import { stageAt } from "../domain/lifecycle/stage.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, Reads, SiteView, Who } from "../store/port.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type PersonRow, personRows } from "./people.ts";
import { DAY_MS } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface LapsingParams extends Filtered {
  site: string;
  model?: string;
  /** How far ahead, 1 to 365 days; default 14. */
  days?: number;
  /** Rows, 1 to 1,000; default 50. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export type LapsingRow = PersonRow & {
  /** When the stage will change, and what it will be. */
  due: string;
  becomes: string;
  becomesLabel: string;
};

export interface LapsingAnswer {
  site: string;
  model: string;
  at: string;
  days: number;
  currency: string;
  /** All of them, whatever the page. */
  total: number;
  /** By present stage, and by the stage they would fall to. */
  byStage: { stage: string; becomes: string; people: number }[];
  /** Soonest first. */
  rows: LapsingRow[];
  hasMore: boolean;
  next: string | null;
}

export async function lapsing(reads: Reads, params: LapsingParams, now: EpochMs): Promise<LapsingAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const days = Math.min(365, Math.max(1, params.days ?? 14));
  const limit = Math.min(1_000, Math.max(1, params.limit ?? 50));
  const who = await whoOf(reads, site, model, params.filter, now);
  const all = await lapsingPeople(reads, site, model, days, who, now);

  const byStage = new Map<string, { stage: string; becomes: string; people: number }>();
  for (const { stage, becomes } of all) {
    const key = `${stage}\n${becomes}`;
    const row = byStage.get(key) ?? { stage, becomes, people: 0 };
    row.people += 1;
    byStage.set(key, row);
  }
  const start = params.after === undefined ? 0 : placeAfter(all, params.after);
  const page = all.slice(start, start + limit);
  const last = page.at(-1);
  const hasMore = start + limit < all.length;
  const overviews = new Map(
    (
      await reads.listPeople(site, model, {
        who: { people: [{ is: true, keys: page.map(({ person }) => person) }] },
        after: null,
        limit,
      })
    ).map((p) => [p.key, p]),
  );
  const known = page.filter(({ person }) => overviews.has(person));
  const rows = await personRows(
    reads,
    site,
    model,
    known.map(({ person }) => overviews.get(person)!),
  );
  return {
    site: site.id,
    model: model.id,
    at: new Date(now).toISOString(),
    days,
    currency: site.settings.currency,
    total: all.length,
    byStage: [...byStage.values()].sort((a, b) => b.people - a.people),
    rows: rows.map((row, place) => ({
      ...row,
      due: new Date(known[place]!.due).toISOString(),
      becomes: known[place]!.becomes,
      becomesLabel: label(known[place]!.becomes, "en", model.model.labels),
    })),
    hasMore,
    next: hasMore && last !== undefined ? `${last.due}.${last.person}` : null,
  };
}

/** Everybody who would fall quiet within the days, soonest first. */
export async function lapsingPeople(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  days: number,
  who: Who | null,
  now: EpochMs,
): Promise<{ person: number; due: EpochMs; stage: string; becomes: string }[]> {
  const quiet = new Set(
    classifyStages(model.model).flatMap(({ stage, role }) => (role === "quiet" ? [stage] : [])),
  );
  const compiled = compile(model.model, (quantile) => model.calibration[quantile.toFixed(2)]);
  const due = await reads.dueIn(site, model, { from: now, to: now + days * DAY_MS }, who);
  return due.flatMap(({ person, due: at, stage, facts }) => {
    const becomes = stageAt(compiled, facts, at)?.stage;
    // Falling from one quiet stage to the next is no news.
    if (becomes === undefined || !quiet.has(becomes) || quiet.has(stage)) return [];
    return [{ person, due: at, stage, becomes }];
  });
}

function placeAfter(all: readonly { person: number; due: EpochMs }[], cursor: string): number {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor);
  if (match === null) {
    throw new SojournError("bad_input", "after is no cursor of ours", {
      hint: "Pass on `next` of the page before.",
    });
  }
  const [due, person] = [Number(match[1]), Number(match[2])];
  const place = all.findIndex((row) => row.due > due || (row.due === due && row.person > person));
  return place < 0 ? all.length : place;
}
