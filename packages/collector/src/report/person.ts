/**
 * One person: what they did, where each visit came from, and why each stage change happened.
 */
import { createHash } from "node:crypto";
import type { DataFlag } from "../domain/data-flags.ts";
import { compile } from "../domain/lifecycle/compile.ts";
import { label } from "../domain/lifecycle/labels.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import { MARKS, TRAFFIC } from "../ingest/accept.ts";
import type { ModelView, PersonView, Reads, SourceView, TransitionView } from "../store/port.ts";
import { instantOf } from "./period.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface PersonParams {
  site: string;
  /** A visitor id, a customer id, an alias, or an e-mail hash. */
  person: string;
  model?: string;
  /** True: also what was said before a late touchpoint or a merge corrected it. */
  superseded?: boolean;
  /** Stage and changes as of a date (its end, in the site's zone) or an instant; default now. */
  at?: string;
  /** What was said then: only changes recorded by this instant and not yet superseded. */
  knownAt?: string;
}

export interface StageChange {
  id: string;
  at: string;
  from: string | null;
  to: string;
  cause: "event" | "time";
  /** The rule in words. */
  rule: string;
  /** Id of the touchpoint that caused it. */
  touchpoint: string | null;
  entry: number;
  recordedAt: string;
  supersededAt: string | null;
}

export interface TimelineEntry {
  at: string;
  receivedAt: string;
  id: string;
  kind: string;
  visitor: string;
  /** person, robot, spam or own: only the first is counted unless the site says otherwise. */
  traffic: string;
  marks: string[];
  fields: Record<string, unknown>;
  /** The touch this touchpoint made, when it made one. */
  touch?: SourceSummary;
}

export interface SourceSummary {
  channel: string;
  source: string;
  medium: string;
  campaign: string | null;
  rule: string;
  evidence: unknown;
}

export interface PersonAnswer {
  site: string;
  model: string;
  id: string;
  customer: string | null;
  visitors: string[];
  claims: string[];
  firstAt: string;
  lastAt: string;
  stage: string | null;
  stageLabel: string | null;
  since: string | null;
  /** When the stage changes by itself, if nothing further happens. Only for the present. */
  nextDue: string | null;
  firstTouch: SourceSummary | null;
  lastTouch: SourceSummary | null;
  orders: { order: string; at: string; value: number; currency: string; refunded: number; counts: boolean }[];
  changes: StageChange[];
  /** What is doubtful about them, and shown rather than guessed at; `about` is an order's number or a claim. */
  flags: { flag: DataFlag; about: string; at: string }[];
  timeline: TimelineEntry[];
}

export async function person(reads: Reads, params: PersonParams, now: EpochMs): Promise<PersonAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const found = await reads.person(site, params.person);
  if (found === undefined) {
    throw new SojournError("not_found", `Nobody in site "${site.id}" is known by that id`, {
      hint: "Give a visitor id, a customer id or an alias, exactly as it was sent.",
    });
  }
  const sources = await reads.sources(site);
  const at = params.at === undefined ? now : instantOf(site, "at", params.at);
  const knownAt = params.knownAt === undefined ? undefined : instantOf(site, "knownAt", params.knownAt);
  const recorded = await reads.history(found, model, {
    superseded: params.superseded === true || knownAt !== undefined,
  });
  const history = recorded.filter(
    (t) => t.at <= at && (knownAt === undefined || isKnownAt(t, knownAt, params.superseded === true)),
  );
  const due = params.at === undefined ? await reads.due(found, model) : null;
  const touches = await reads.touchesOf([found.key], Number.MAX_SAFE_INTEGER);
  const orders = await reads.ordersOf([found.key]);
  const rows = await reads.timeline(found);
  const touchBySeq = new Map(touches.map((touch) => [`${touch.at} ${touch.seq}`, touch.source]));
  const standing = history.findLast(
    (t) => t.supersededAt === null || (knownAt !== undefined && t.supersededAt > knownAt),
  );
  const rules = ruleNames(model);

  return {
    site: site.id,
    model: model.id,
    id: found.id,
    customer: found.customer,
    visitors: found.visitors,
    claims: found.claims,
    firstAt: iso(found.firstAt),
    lastAt: iso(found.lastAt),
    stage: standing?.to ?? null,
    stageLabel: standing === undefined ? null : label(standing.to, "en", model.model.labels),
    since: standing === undefined ? null : iso(standing.at),
    nextDue: due === null ? null : iso(due),
    firstTouch: summary(sources.get(found.firstSource)),
    lastTouch: summary(sources.get(found.lastSource)),
    orders: orders.map((order) => ({
      order: order.number,
      at: iso(order.at),
      value: order.value,
      currency: order.currency,
      refunded: order.refunded,
      counts: order.voidAt === null,
    })),
    changes: history.map((t) => stageChange(site.id, found, model, rules, t)),
    flags: (await reads.flagsOf(found)).map((flag) => ({ ...flag, at: iso(flag.at) })),
    timeline: rows.map(({ seq, visitor, receivedAt, traffic, marks, touchpoint }) => {
      const { id, at, kind, ...fields } = touchpoint;
      const source = touchBySeq.get(`${at} ${seq}`);
      const touch = source === undefined ? null : summary(sources.get(source));
      return {
        at: iso(at),
        receivedAt: iso(receivedAt),
        id,
        kind,
        visitor,
        traffic: trafficName(traffic),
        marks: markNames(marks),
        fields,
        ...(touch === null ? {} : { touch }),
      };
    }),
  };
}

/** Whether a change had been said by an instant and not been taken back yet. */
const isKnownAt = (t: TransitionView, knownAt: EpochMs, withSuperseded: boolean): boolean =>
  t.recordedAt <= knownAt && (withSuperseded || t.supersededAt === null || t.supersededAt > knownAt);

/** Every rule of a model in words, by its index. */
export function ruleNames(model: ModelView): readonly string[] {
  return compile(model.model).rules.map((rule) => rule.name);
}

/** A transition with its reason; its id is a hash of what makes it one. */
export function stageChange(
  site: string,
  person: Pick<PersonView, "id">,
  model: ModelView,
  rules: readonly string[],
  t: TransitionView,
): StageChange {
  const essence = [site, person.id, model.id, model.version, t.at, t.from, t.to, t.cause, t.recordedAt];
  return {
    id: createHash("sha256").update(JSON.stringify(essence)).digest("base64url").slice(0, 22),
    at: iso(t.at),
    from: t.from,
    to: t.to,
    cause: t.cause,
    rule: rules[t.rule] ?? `rule ${t.rule}`,
    touchpoint: t.touchpoint,
    entry: t.entry,
    recordedAt: iso(t.recordedAt),
    supersededAt: t.supersededAt === null ? null : iso(t.supersededAt),
  };
}

function summary(source: SourceView | undefined): SourceSummary | null {
  if (source === undefined) return null;
  return {
    channel: source.channel,
    source: source.source,
    medium: source.medium,
    campaign: source.campaign ?? null,
    rule: source.rule,
    evidence: source.detail.evidence ?? null,
  };
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

const trafficName = (traffic: number): string =>
  Object.entries(TRAFFIC).find(([, code]) => code === traffic)?.[0] ?? "unknown";

const markNames = (marks: number): string[] =>
  Object.entries(MARKS)
    .filter(([name, bit]) => (marks & bit) !== 0 && name !== "opensDelivery")
    .map(([name]) => name);
