/**
 * Everything that is kept about one person, as they may ask for it: what they did, and what we made of it.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ConflictView, KeptContact, Reads } from "../store/port.ts";
import { type PersonAnswer, person, ruleNames, type StageChange, stageChange } from "./person.ts";
import { siteOf } from "./subject.ts";

export interface ExportParams {
  site: string;
  /** A visitor id, a customer id, an alias, or an e-mail hash. */
  person: string;
}

export interface ExportAnswer {
  exportedAt: string;
  site: string;
  /** Ids and names that stand for the person. */
  id: string;
  customer: string | null;
  visitors: string[];
  claims: string[];
  /** Names they claimed that belong to somebody else. */
  conflicts: { name: string; visitor: string; at: string }[];
  firstAt: string;
  lastAt: string;
  /** Under every model: where they stand and every change, those that were taken back included. */
  stages: { model: string; version: number; stage: string | null; changes: StageChange[] }[];
  orders: PersonAnswer["orders"];
  /** Every touchpoint as it was kept, with the source it came by where it made a touch. */
  timeline: PersonAnswer["timeline"];
  /** What the touchpoints add up to, as the rules of the models see it. */
  facts: unknown;
  /** Messages about the person to other systems. */
  messages: unknown[];
  /** How other systems know the person. */
  contact: KeptContact;
}

export async function exportPerson(reads: Reads, params: ExportParams, now: EpochMs): Promise<ExportAnswer> {
  const site = await siteOf(reads, params.site);
  const found = await reads.person(site, params.person);
  if (found === undefined) {
    throw new SojournError("not_found", `Nobody in site "${site.id}" is known by that id`, {
      hint: "Give a visitor id, a customer id or an alias, exactly as it was sent.",
    });
  }
  const view = await person(reads, { site: site.id, person: found.id }, now);
  const stages: ExportAnswer["stages"] = [];
  for (const model of site.models) {
    if (model.state === "retired") continue;
    const rules = ruleNames(model);
    const history = await reads.history(found, model, { superseded: true });
    stages.push({
      model: model.id,
      version: model.version,
      stage: history.findLast((t) => t.supersededAt === null)?.to ?? null,
      changes: history.map((t) => stageChange(site.id, found, model, rules, t)),
    });
  }
  const conflicts: ConflictView[] = await reads.conflicts(site);
  const own = new Set(found.visitors);
  const { facts, messages, contact = { address: null, references: [] } } = await reads.keptOf(found);
  return {
    exportedAt: new Date(now).toISOString(),
    site: site.id,
    id: found.id,
    customer: found.customer,
    visitors: found.visitors,
    claims: found.claims,
    conflicts: conflicts
      .filter(({ visitor }) => own.has(visitor))
      .map(({ name, visitor, at }) => ({ name, visitor, at: new Date(at).toISOString() })),
    firstAt: view.firstAt,
    lastAt: view.lastAt,
    stages,
    orders: view.orders,
    timeline: view.timeline,
    facts,
    messages,
    contact,
  };
}
