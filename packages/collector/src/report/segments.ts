/**
 * Saved segments with how many people are in each now, and what a rule would give before it is saved.
 */
import { wordsOf } from "../domain/lifecycle/describe.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { membersOf, membersOfAll, parseSegmentRule, type SegmentRule } from "./membership.ts";
import { type PersonRow, personRows } from "./people.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface SegmentsParams {
  site: string;
  model?: string;
}

export interface SegmentRow {
  name: string;
  rule: SegmentRule;
  /** The rule in words. */
  words: string;
  createdAt: string;
  people: number;
  /** people / everybody; null when there is nobody. */
  share: number | null;
}

export interface SegmentsAnswer {
  site: string;
  total: number;
  rows: SegmentRow[];
}

export async function segments(reads: Reads, params: SegmentsParams, now: EpochMs): Promise<SegmentsAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const saved = (await reads.segments(site)).map((segment) => ({
    ...segment,
    rule: JSON.parse(segment.rule) as SegmentRule,
  }));
  const total = await reads.peopleCount(site, null);
  const members =
    saved.length === 0
      ? []
      : await membersOfAll(
          reads,
          site,
          model,
          saved.map(({ rule }) => rule),
          now,
        );
  return {
    site: site.id,
    total,
    rows: saved.map(({ name, rule, createdAt }, place) => ({
      name,
      rule,
      words: wordsOf(rule.when),
      createdAt: new Date(createdAt).toISOString(),
      people: members[place]!.length,
      share: total === 0 ? null : members[place]!.length / total,
    })),
  };
}

export interface SegmentPreviewParams {
  site: string;
  model?: string;
  /** `{ when, returnGap?, score? }`, or the condition alone. */
  rule: unknown;
}

export interface SegmentPreviewAnswer {
  site: string;
  rule: SegmentRule;
  words: string;
  people: number;
  total: number;
  /** The newest ten of them. */
  rows: PersonRow[];
}

/** Who a rule would choose. Throws `bad_input` with every problem of the rule. */
export async function segmentPreview(
  reads: Reads,
  params: SegmentPreviewParams,
  now: EpochMs,
): Promise<SegmentPreviewAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const rule = parseSegmentRule(params.rule, model);
  const keys = await membersOf(reads, site, model, rule, now);
  const newest = await reads.listPeople(site, model, {
    who: { people: [{ is: true, keys: keys.slice(-10) }] },
    after: null,
    limit: 10,
  });
  return {
    site: site.id,
    rule,
    words: wordsOf(rule.when),
    people: keys.length,
    total: await reads.peopleCount(site, null),
    rows: await personRows(reads, site, model, newest),
  };
}
