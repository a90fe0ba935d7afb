/**
 * What any engine must do, as contracts. An engine keeps what arrives, computes the projections, and reads them back.
 *
 * Questions are answered by `report/`, which sees only {@link Reads}; nothing above this file knows which engine answers.
 * Times are epoch milliseconds; stages are names; money is in minor units.
 */
import type { LifecycleModel } from "../domain/lifecycle/grammar.ts";
import type { SiteSettings } from "../domain/site.ts";
import type { EpochMs, Touchpoint } from "../domain/touchpoint.ts";
import type { Day } from "../domain/zone.ts";

/** A site and the models whose stages are kept for it. */
export interface SiteView {
  key: number;
  id: string;
  settings: SiteSettings;
  createdAt: EpochMs;
  models: ModelView[];
}

export interface ModelView {
  key: number;
  id: string;
  version: number;
  model: LifecycleModel;
  /** Quantiles settled when it was applied; see compile(). */
  calibration: Record<string, number>;
  /** building: answers are still given by the version before it. */
  state: "building" | "active" | "retired";
  /** Share of people brought to the model so far, 0 to 1. */
  progress: number;
}

/** What people can be told apart by. */
export const SOURCE_DIMENSIONS = [
  "channel",
  "source",
  "medium",
  "campaign",
  "term",
  "content",
  "landing",
] as const;
export type SourceDimension = (typeof SOURCE_DIMENSIONS)[number];

/** A distinct decision of the classifier. */
export interface SourceView {
  key: number;
  source: string;
  medium: string;
  channel: string;
  campaign?: string;
  term?: string;
  content?: string;
  rule: string;
  /** Everything else the classifier said: evidence, flags, click ids. */
  detail: Record<string, unknown>;
}

/** People in a stage, told apart by the source of their first touch (0: no touch at all). */
export interface StageCount {
  stage: string;
  source: number;
  people: number;
}

export interface TransitionView {
  key: number;
  person: number;
  at: EpochMs;
  from: string | null;
  to: string;
  cause: "event" | "time";
  touchpoint: string | null;
  rule: number;
  /** How often the person entered the stage, this time included. */
  entry: number;
  recordedAt: EpochMs;
  supersededAt: EpochMs | null;
}

export interface TouchView {
  person: number;
  at: EpochMs;
  /** Row of the log that made it. */
  seq: number;
  source: number;
  landing: string;
  opensVisit: boolean;
}

export interface OrderView {
  person: number;
  number: string;
  at: EpochMs;
  value: number;
  currency: string;
  refunded: number;
  /** When it stopped counting; null while it counts. */
  voidAt: EpochMs | null;
  /** 1 for the first order that counts, 0 when this one does not. */
  nth: number;
}

/** A kept touchpoint with what the log knows about it. */
export interface LoggedTouchpoint {
  seq: number;
  visitor: string;
  receivedAt: EpochMs;
  traffic: number;
  marks: number;
  touchpoint: Touchpoint;
}

export interface PersonView {
  key: number;
  /** The visitor id that stands for the person in addresses and answers. */
  id: string;
  customer: string | null;
  firstAt: EpochMs;
  lastAt: EpochMs;
  firstSource: number;
  lastSource: number;
  orders: number;
  visitors: string[];
  claims: string[];
}

/** Touches as parallel columns, person after person, each person's oldest first: cheap to hold by the hundred thousand. */
export interface TouchColumns {
  length: number;
  person: Float64Array;
  at: Float64Array;
  seq: Float64Array;
  source: Float64Array;
  /** Keys for {@link Reads.pagePaths}. */
  page: Float64Array;
}

/** What was spent on one day. Fields the sender did not name are empty texts. */
export interface CostView {
  key: number;
  /** "2026-11-22", in the site's zone. */
  day: string;
  channel: string;
  source: string;
  medium: string;
  campaign: string;
  /** Minor units of `currency`. */
  amount: number;
  currency: string;
  /** The file or account it came from. */
  origin: string;
}

/** Reads of one engine. Every call sees one consistent state of the projections. */
export interface Reads {
  sites(): Promise<SiteView[]>;
  site(id: string): Promise<SiteView | undefined>;
  /** All sources of a site, by key. */
  sources(site: SiteView): Promise<Map<number, SourceView>>;

  /** People per stage and first source at the end of an instant; `at` null means now. Cost does not grow with history. */
  stageCounts(site: SiteView, model: ModelView, at: EpochMs | null): Promise<StageCount[]>;
  /** The same by the last touch up to the instant: reads every person. */
  stageCountsByLastTouch(site: SiteView, model: ModelView, at: EpochMs | null): Promise<StageCount[]>;
  /** Net change per day, stage and first source, for days from..to inclusive. */
  stageDeltas(site: SiteView, model: ModelView, from: Day, to: Day): Promise<(StageCount & { day: Day })[]>;
  /** Transitions that stand, with from <= at < to, in order of (at, key). */
  transitions(
    site: SiteView,
    model: ModelView,
    range: { from: EpochMs; to: EpochMs; after?: [EpochMs, number]; limit?: number; person?: number },
  ): Promise<TransitionView[]>;

  /** People with a touch in from <= at < to, told apart by a dimension; a person with two values counts in both. */
  visitorsBy(
    site: SiteView,
    dimension: SourceDimension,
    range: { from: EpochMs; to: EpochMs },
  ): Promise<{ value: string | null; people: number }[]>;
  /** People with any touch in from <= at < to. */
  visitorCount(site: SiteView, range: { from: EpochMs; to: EpochMs }): Promise<number>;
  /** Touches with from <= at < to. */
  touches(site: SiteView, range: { from: EpochMs; to: EpochMs }): Promise<TouchView[]>;
  /** Calls `see` for every touch with from <= at < to, in order of time; `page` is 0 unless asked for. */
  eachTouch(
    site: SiteView,
    range: { from: EpochMs; to: EpochMs; withPage: boolean },
    see: (person: number, source: number, page: number) => void,
  ): Promise<void>;
  /** Touches of these people (ascending keys) with from <= at < to. */
  touchColumns(people: readonly number[], range: { from: EpochMs; to: EpochMs }): Promise<TouchColumns>;
  /** Touches with from <= at < to of these sources (null: any) after a place in the list, in order of (at, seq). */
  touchPage(
    site: SiteView,
    range: {
      from: EpochMs;
      to: EpochMs;
      sources: readonly number[] | null;
      after: [EpochMs, number];
      limit: number;
    },
  ): Promise<TouchView[]>;
  /** Paths of pages by key. */
  pagePaths(keys: readonly number[]): Promise<Map<number, string>>;
  /** People first heard of in from <= at < to. */
  newPeople(site: SiteView, range: { from: EpochMs; to: EpochMs }): Promise<Float64Array>;
  /** Costs of the days from..to ("2026-11-22"), both inclusive, by day. */
  costs(site: SiteView, from: string, to: string): Promise<CostView[]>;
  /** Touches of these people up to an instant, oldest first. */
  touchesOf(people: readonly number[], until: EpochMs): Promise<TouchView[]>;
  /** Orders with from <= at < to. */
  orders(site: SiteView, range: { from: EpochMs; to: EpochMs }): Promise<OrderView[]>;
  ordersOf(people: readonly number[]): Promise<OrderView[]>;
  /** People who did something of a kind, per day of the site's zone, from..to inclusive. */
  activity(
    site: SiteView,
    kinds: readonly string[],
    from: Day,
    to: Day,
  ): Promise<{ kind: string; day: Day; person: number; n: number; firstAt: EpochMs }[]>;

  person(site: SiteView, id: string): Promise<PersonView | undefined>;
  people(keys: readonly number[]): Promise<PersonView[]>;
  /** All touchpoints of a person, oldest first, robots and own traffic included. */
  timeline(person: PersonView): Promise<LoggedTouchpoint[]>;
  /** Transitions of a person under a model, superseded ones included when asked for. */
  history(person: PersonView, model: ModelView, options: { superseded: boolean }): Promise<TransitionView[]>;

  /** When the person's stage changes by itself, if nothing further happens; null if it never does. */
  due(person: PersonView, model: ModelView): Promise<EpochMs | null>;

  /** Rows of the log, and the newest arrival. */
  logSize(): Promise<{ touchpoints: number; newestAt: EpochMs | null; bytes: number }>;
}
