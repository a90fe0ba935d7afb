/**
 * The log of stage changes, page by page, each with its reason.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { Reads } from "../store/port.ts";
import { type Period, periodOf } from "./period.ts";
import { ruleNames, type StageChange, stageChange } from "./person.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface TransitionsParams {
  site: string;
  model?: string;
  from?: string;
  to?: string;
  /** Only changes into, or out of, this stage. */
  entered?: string;
  left?: string;
  /** Rows per page, 1 to 1,000; default 100. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export interface TransitionsAnswer {
  site: string;
  model: string;
  period: Period;
  rows: (StageChange & { person: string; customer: string | null })[];
  hasMore: boolean;
  next: string | null;
}

export async function transitions(
  reads: Reads,
  params: TransitionsParams,
  now: EpochMs,
): Promise<TransitionsAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const limit = Math.min(1_000, Math.max(1, params.limit ?? 100));
  const rules = ruleNames(model);
  const wanted = (t: { from: string | null; to: string }): boolean =>
    (params.entered === undefined || t.to === params.entered) &&
    (params.left === undefined || t.from === params.left);

  let after = params.after === undefined ? undefined : readCursor(params.after);
  const found = [];
  // Filters are applied page by page, so a rare stage is found without holding the whole period in memory.
  for (;;) {
    const page = await reads.transitions(site, model, {
      from: period.fromAt,
      to: period.toAt,
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.filter(wanted));
    const last = page.at(-1);
    if (last === undefined || page.length < 1_000 || found.length > limit) break;
    after = [last.at, last.key];
  }
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > limit;
  const people = new Map(
    (await reads.people([...new Set(rows.map((t) => t.person))])).map((p) => [p.key, p]),
  );
  return {
    site: site.id,
    model: model.id,
    period,
    rows: rows.map((t) => {
      const who = people.get(t.person);
      const id = who?.id ?? String(t.person);
      return {
        ...stageChange(site.id, { id }, model, rules, t),
        person: id,
        customer: who?.customer ?? null,
      };
    }),
    hasMore,
    next: hasMore && last !== undefined ? `${last.at}.${last.key}` : null,
  };
}

function readCursor(text: string): [number, number] {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(text);
  if (match === null) {
    throw new SojournError("bad_input", "after is no cursor of ours", {
      hint: "Pass on `next` of the page before.",
    });
  }
  return [Number(match[1]), Number(match[2])];
}
