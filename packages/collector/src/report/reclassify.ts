/**
 * What a change of rules or tables would move: every touchpoint classified again from its raw URL and referrer, compared with the
 * touches that stand. Writes nothing.
 */
import {
  type ClassificationRules,
  classifiedBy,
  classifierOf,
  type Move,
  movesOf,
  touchesFrom,
} from "../domain/reclassification.ts";
import { TABLES_VERSION } from "../domain/source/classify.ts";
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { inSiteCurrency } from "./conversions.ts";
import { siteOf } from "./subject.ts";

export interface ReclassifyParams extends Partial<ClassificationRules> {
  site: string;
  /** People per call, 1 to 100,000; default 10,000. */
  limit?: number;
  /** `next` of the call before. */
  after?: number;
}

/** Touches that would leave one channel and source for another. */
export interface MoveRow extends Move {
  people: number;
}

export interface ReclassifyAnswer {
  site: string;
  /** Version of our own tables of hosts, tags and channels. */
  tables: string;
  currency: string;
  /** True when the standing touches were made by other rules or older tables than the site has now. */
  isStale: boolean;
  /** How far a reclassification that is under way has come, 0 to 1; null when none is. */
  progress: number | null;
  people: number;
  /** Touches that stand, those that would change, and those whose raw touchpoint is no longer kept: they stay as they are. */
  touches: number;
  moved: number;
  withoutRaw: number;
  /** Largest first. */
  rows: MoveRow[];
  /** Pass as `after` to look at the next people; null when all were looked at. */
  next: number | null;
}

const PART = 200;

export async function reclassify(
  reads: Reads,
  params: ReclassifyParams,
  _now: EpochMs,
): Promise<ReclassifyAnswer> {
  const site = await siteOf(reads, params.site);
  const { settings } = site;
  const { profile = settings.profile, hosts = settings.hosts, rules = settings.rules } = params;
  const decide = classifierOf({ profile, hosts, rules });
  const limit = Math.min(100_000, Math.max(1, params.limit ?? 10_000));
  const state = await reads.classification(site);
  const answer: ReclassifyAnswer = {
    site: site.id,
    tables: TABLES_VERSION,
    currency: settings.currency,
    isStale: state.by !== null && state.by !== classifiedBy(settings),
    progress: state.progress,
    people: 0,
    touches: 0,
    moved: 0,
    withoutRaw: 0,
    rows: [],
    next: params.after ?? 0,
  };
  while (answer.next !== null && answer.people < limit) {
    const keys = await reads.personKeys(site, answer.next, Math.min(PART, limit - answer.people));
    await compare(reads, site, keys, decide, answer);
    answer.people += keys.length;
    answer.next = keys.length === 0 ? null : keys.at(-1)!;
  }
  answer.rows.sort(byImportance);
  return answer;
}

/** Two answers about different people of one site as one. */
export function mergeReclassify(a: ReclassifyAnswer, b: ReclassifyAnswer): ReclassifyAnswer {
  const merged: ReclassifyAnswer = {
    ...b,
    people: a.people + b.people,
    touches: a.touches + b.touches,
    moved: a.moved + b.moved,
    withoutRaw: a.withoutRaw + b.withoutRaw,
    rows: a.rows.map((row) => ({ ...row })),
  };
  for (const row of b.rows) addRow(merged.rows, row, row.people);
  merged.rows.sort(byImportance);
  return merged;
}

const byImportance = (a: MoveRow, b: MoveRow): number =>
  b.touches - a.touches || b.revenue - a.revenue || b.people - a.people;

async function compare(
  reads: Reads,
  site: SiteView,
  keys: readonly number[],
  decide: ReturnType<typeof classifierOf>,
  answer: ReclassifyAnswer,
): Promise<void> {
  const sources = await reads.sources(site);
  const orders = Map.groupBy(await reads.ordersOf(keys), ({ person }) => person);
  const standing = Map.groupBy(await reads.touchesOf(keys, Number.MAX_SAFE_INTEGER), ({ person }) => person);
  for (const { key, raw, visits } of await reads.rawTouchpoints(site, keys)) {
    const bySeq = new Map(raw.map((row) => [row.seq, row.touchpoint.id]));
    const before = (standing.get(key) ?? []).flatMap((touch) => {
      const view = sources.get(touch.source);
      const id = bySeq.get(touch.seq);
      if (id === undefined || view === undefined) {
        answer.withoutRaw += 1;
        return [];
      }
      const { channel, source, medium, campaign = "", rule } = view;
      return [{ at: touch.at, id, landing: touch.landing, channel, source, medium, campaign, rule }];
    });
    const counted = (orders.get(key) ?? []).flatMap(({ at, value, refunded, currency, voidAt }) => {
      const net: Minor | undefined =
        voidAt === null ? inSiteCurrency(site, value - refunded, currency) : undefined;
      return net === undefined ? [] : [{ at, value: net }];
    });
    const moves = movesOf(before, touchesFrom(raw, decide, visits), counted);
    answer.touches += before.length;
    for (const move of moves) {
      answer.moved += move.touches;
      addRow(answer.rows, move, 1);
    }
  }
}

/** Rows by what is shown: channel and source on both sides. */
function addRow(rows: MoveRow[], move: Move, people: number): void {
  const same = rows.find(
    (row) =>
      row.from?.channel === move.from?.channel &&
      row.from?.source === move.from?.source &&
      row.from?.medium === move.from?.medium &&
      row.from?.campaign === move.from?.campaign &&
      row.to?.channel === move.to?.channel &&
      row.to?.source === move.to?.source &&
      row.to?.medium === move.to?.medium &&
      row.to?.campaign === move.to?.campaign,
  );
  if (same === undefined) {
    rows.push({ ...move, people });
    return;
  }
  same.touches += move.touches;
  same.orders += move.orders;
  same.revenue += move.revenue;
  same.people += people;
  same.example ??= move.example;
}
