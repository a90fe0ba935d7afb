/**
 * What the projections are computed from and written to: a site as they see it, the tables, and rows of the log.
 */
import { ORDER_SEEN } from "../../domain/identity.ts";
import type { CompiledModel } from "../../domain/lifecycle/compile.ts";
import type { FoldInput } from "../../domain/person.ts";
import type { SiteSettings } from "../../domain/site.ts";
import type { SourceDecision } from "../../domain/source/classify.ts";
import type { EpochMs, Touchpoint } from "../../domain/touchpoint.ts";
import type { Zone } from "../../domain/zone.ts";
import { MARKS } from "../../ingest/accept.ts";
import type { Announcer } from "./announce.ts";
import type { Dictionary } from "./dictionary.ts";
import type { HeldPerson } from "./held-person.ts";
import type { Identity } from "./identity.ts";
import { type Appended, type ChainRow, type Log, opensDelivery } from "./log.ts";
import type { MomentTable } from "./moments.ts";
import type { PeopleTables } from "./people.ts";
import type { Seals } from "./seals.ts";
import type { StageNames, StageTables } from "./stages.ts";

/** A model whose stages are kept. */
export type ProjectedModel = StageNames & { model: CompiledModel };

/** A site as the projections need it. */
export interface ProjectedSite {
  key: number;
  id: string;
  zone: Zone;
  /** The models whose stages are kept, side by side. */
  models: readonly ProjectedModel[];
  /** Which kinds of traffic count like people. */
  counts(traffic: number): boolean;
  /** Whether a browser's order that came then only links: a shop's own server tells what was sold. */
  linksOrders(receivedAt: EpochMs): boolean;
  classify(t: Touchpoint, opensVisit: boolean): SourceDecision;
  /** What the site's targets are told besides stages and orders. */
  news: Pick<SiteSettings, "model" | "leadScore" | "surveyDays">;
}

/** The tables a person's touchpoints are folded into, and what is told about it. */
export interface Projections {
  log: Log;
  dictionary: Dictionary;
  identity: Identity;
  people: PeopleTables;
  stages: StageTables;
  moments: MomentTable;
  seals: Seals;
  announcer: Announcer;
  /** Writes what is not written of a person, inside the caller's transaction: before their rows are read or changed. */
  write(person: HeldPerson): void;
  /** True: what is found out now is no news; it is old, or being computed again. */
  isQuiet: boolean;
}

/** Cuts rows of the log into deliveries: one visitor's touchpoints of one arrival. */
export function deliveriesOf<T extends Appended | ChainRow>(rows: readonly T[]): T[][] {
  const deliveries: T[][] = [];
  for (const row of rows) {
    const current = deliveries.at(-1);
    const goesOn =
      current !== undefined &&
      !opensDelivery(row.marks) &&
      current[0]!.visitor === row.visitor &&
      current[0]!.receivedAt === row.receivedAt;
    if (goesOn) current.push(row);
    else deliveries.push([row]);
  }
  return deliveries;
}

/** A browser's order beside a shop that tells its own orders: it was seen, the shop says what it was worth. */
export function asCounted<R extends Appended | ChainRow>(site: ProjectedSite, row: R): R {
  const { touchpoint, marks, receivedAt } = row;
  if (touchpoint.kind !== "purchase" || (marks & MARKS.fromServer) !== 0 || !site.linksOrders(receivedAt))
    return row;
  const { order: _order, value: _value, tax: _tax, shipping: _shipping, items: _items, ...rest } = touchpoint;
  return { ...row, touchpoint: { ...rest, kind: ORDER_SEEN } };
}

/** A row as the fold takes it. */
export const foldInputOf = (row: Appended | ChainRow): FoldInput => ({
  seq: row.seq,
  visitor: row.visitor,
  touchpoint: row.touchpoint,
  derivesVisits: (row.marks & (MARKS.cookieless | MARKS.fromServer)) !== 0,
});
