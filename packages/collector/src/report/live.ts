/**
 * Right now: people on the site in the last five minutes, and the latest changes of stage.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { ruleNames } from "./person.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface LiveParams {
  site: string;
  model?: string;
}

export interface LiveAnswer {
  site: string;
  model: string;
  at: string;
  /** People with a touchpoint that reached us in the last five minutes. */
  onSite: number;
  /** Touchpoints kept in the last five minutes, robots and own traffic left out. */
  touchpoints: number;
  /** When the newest touchpoint reached us, however long ago. */
  newestAt: string | null;
  /** The newest twenty, newest first. */
  transitions: {
    at: string;
    person: string;
    customer: string | null;
    from: string | null;
    to: string;
    cause: "event" | "time";
    rule: string;
  }[];
}

const RECENT_MS = 5 * 60_000;
const NEWEST = 20;

export async function live(reads: Reads, params: LiveParams, now: EpochMs): Promise<LiveAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const rules = ruleNames(model);
  const recent = await reads.arrivedSince(site, now - RECENT_MS);
  const newest = await reads.newestTransitions(site, model, NEWEST, null);
  const people = new Map(
    (await reads.people([...new Set(newest.map(({ person }) => person))])).map((p) => [p.key, p]),
  );
  return {
    site: site.id,
    model: model.id,
    at: new Date(now).toISOString(),
    onSite: recent.people,
    touchpoints: recent.touchpoints,
    newestAt: recent.newestAt === null ? null : new Date(recent.newestAt).toISOString(),
    transitions: newest.map((t) => ({
      at: new Date(t.at).toISOString(),
      person: people.get(t.person)?.id ?? String(t.person),
      customer: people.get(t.person)?.customer ?? null,
      from: t.from,
      to: t.to,
      cause: t.cause,
      rule: rules[t.rule] ?? `rule ${t.rule}`,
    })),
  };
}
