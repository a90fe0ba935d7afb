/**
 * What any engine must do, as contracts. An engine keeps what arrives, computes the projections, and reads them back.
 *
 * Questions are answered by `report/`, which sees only {@link Reads}; nothing above this file knows which engine answers.
 * Times are epoch milliseconds; stages are names; money is in minor units.
 */
import type { DataFlag } from "../domain/data-flags.ts";
import type { Facts } from "../domain/lifecycle/facts.ts";
import type { LifecycleModel } from "../domain/lifecycle/grammar.ts";
import type { RawTouchpoint } from "../domain/reclassification.ts";
import type { SiteSettings } from "../domain/site.ts";
import type { VisitState } from "../domain/touches.ts";
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

/** A person's counted touchpoints as they arrived. */
export interface RawPerson {
  key: number;
  raw: (RawTouchpoint & { seq: number })[];
  /** What was known of each browser's visit where retention cut the history off, by the same names as in `raw`. */
  visits: Readonly<Record<string, VisitState>>;
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

/** People chosen by a filter; every part that is there must hold. */
export interface Who {
  /** Keys of the sources a first touch may have (0: no touch at all). */
  firstSources?: readonly number[];
  /** Landing page of the first touch: one of these, or none of these. */
  landings?: readonly { is: boolean; values: readonly string[] }[];
  /** Present stage under a model. */
  stages?: readonly { model: ModelView; is: boolean; values: readonly string[] }[];
  /** Keys of people. */
  people?: readonly { is: boolean; keys: readonly number[] }[];
}

/** Instants from <= at < to. */
export interface Range {
  from: EpochMs;
  to: EpochMs;
}

/** Days from..to inclusive, of the site's zone. */
export interface DayRange {
  from: Day;
  to: Day;
}

/** An order that counts: person, time, value net of refunds in minor units, currency, 1 for the person's first. */
export type CountedOrder = [person: number, at: EpochMs, net: number, currency: string, nth: number];

/** A stay in a stage: its length in milliseconds, or the instant when it began. */
export type Stay = readonly [stage: string, time: number];

/** Moves between two stages in a range. */
export interface Moves {
  from: string | null;
  to: string;
  moves: number;
  people: number;
}

/** A change of a cart: 1 add, 2 remove, 3 begin of a checkout. The amount is in minor units; null when it was not sent. */
export type CartChange = [
  person: number,
  at: EpochMs,
  kind: number,
  amount: number | null,
  currency: string | null,
];

/** Where a person stands under a model, with what is known of them; for lists. */
export interface PersonOverview {
  key: number;
  id: string;
  customer: string | null;
  firstAt: EpochMs;
  lastAt: EpochMs;
  firstSource: number;
  lastSource: number;
  orders: number;
  stage: string | null;
  since: EpochMs | null;
}

/**
 * Reads for figures over a period. `who` null means everybody; lists of ranges are answered in one list of the same length.
 */
export interface FigureReads {
  /** How many people there are. */
  peopleCount(site: SiteView, who: Who | null): Promise<number>;
  /** Distinct people with a touch, per range. */
  visitorsIn(site: SiteView, ranges: readonly Range[], who: Who | null): Promise<number[]>;
  /** Visits that began, per range. */
  visitsIn(site: SiteView, ranges: readonly Range[], who: Who | null): Promise<number[]>;
  /** People first heard of, per range. */
  newPeopleIn(site: SiteView, ranges: readonly Range[], who: Who | null): Promise<number[]>;
  /** Distinct people who did any of these kinds, per range of days. */
  activeIn(
    site: SiteView,
    kinds: readonly string[],
    days: readonly DayRange[],
    who: Who | null,
  ): Promise<number[]>;
  /** Distinct people who did anything but these kinds. */
  activeBeside(
    site: SiteView,
    kinds: readonly string[],
    days: readonly DayRange[],
    who: Who | null,
  ): Promise<number[]>;
  /** Touchpoints of a kind, per range of days. */
  touchpointsIn(site: SiteView, kind: string, days: readonly DayRange[], who: Who | null): Promise<number[]>;
  /** Per number of steps from 1 on: people who did all of the first so many kinds within the days. */
  reached(site: SiteView, kinds: readonly string[], days: DayRange, who: Who | null): Promise<number[]>;
  /** Orders that count, oldest first. */
  countedOrders(site: SiteView, range: Range, who: Who | null): Promise<CountedOrder[]>;
  /** First order that counts and first touchpoint of people whose first order lies in the range. */
  firstOrders(site: SiteView, range: Range, who: Who | null): Promise<[orderAt: EpochMs, firstAt: EpochMs][]>;
  /** Time from first to second order of people whose second one lies in the range; people with one order at its end, and with any. */
  secondOrders(
    site: SiteView,
    range: Range,
    who: Who | null,
  ): Promise<{ gaps: number[]; notYet: number; customers: number }>;
  /** All orders that were placed, also those that no longer count: person and time, by person and time. */
  placedOrders(site: SiteView, range: Range, who: Who | null): Promise<[person: number, at: EpochMs][]>;
  /** Changes of carts, by person and time. */
  cartChanges(site: SiteView, range: Range, who: Who | null): Promise<CartChange[]>;
  /** The latest answer of each person to a survey in the range. */
  latestAnswers(site: SiteView, survey: string, range: Range, who: Who | null): Promise<number[]>;

  /** People per stage at the end of an instant (null: now), chosen by `who`. Costs as much as there are people chosen. */
  stageCountsOf(
    site: SiteView,
    model: ModelView,
    at: EpochMs | null,
    who: Who,
  ): Promise<{ stage: string; people: number }[]>;
  /** Moves between stages, per range. */
  movesIn(site: SiteView, model: ModelView, ranges: readonly Range[], who: Who | null): Promise<Moves[][]>;
  /**
   * Every move in the range, in the order of time; from null: first heard of. With `leaving`, only moves of people who left one of
   * these stages in the range.
   */
  eachMove(
    site: SiteView,
    model: ModelView,
    range: Range,
    who: Who | null,
    leaving?: readonly string[],
  ): Promise<[person: number, from: string | null, to: string][]>;
  /** Stays that ended in the range: stage and length. To be walked through once. */
  closedStays(site: SiteView, model: ModelView, range: Range, who: Who | null): Promise<Iterable<Stay>>;
  /** Stays that go on at an instant (null: now): stage and when it began. To be walked through once. */
  openStays(site: SiteView, model: ModelView, at: EpochMs | null, who: Who | null): Promise<Iterable<Stay>>;
  /** People whose first entry of `from` lies in the range, and when they came to `to` after it; null when they have not. */
  passages(
    site: SiteView,
    model: ModelView,
    from: string,
    to: string,
    range: Range,
    who: Who | null,
  ): Promise<[entered: EpochMs, moved: EpochMs | null][]>;
  /** People whose stage changes by itself in the range, soonest first, with what is known of them (JSON of their facts). */
  dueIn(
    site: SiteView,
    model: ModelView,
    range: Range,
    who: Who | null,
  ): Promise<{ person: number; due: EpochMs; stage: string; facts: Facts }[]>;

  /** People, newest first, after a key. */
  listPeople(
    site: SiteView,
    model: ModelView,
    options: { who: Who | null; after: number | null; limit: number },
  ): Promise<PersonOverview[]>;
  /** People known by a visitor id, customer, alias or e-mail hash that begins so; at most `limit`. */
  findPeople(site: SiteView, model: ModelView, beginning: string, limit: number): Promise<PersonOverview[]>;
  /** Keys and facts of people after a key, ascending; for rules that only the domain can judge. */
  factsAfter(
    site: SiteView,
    after: number,
    limit: number,
    who: Who | null,
  ): Promise<{ person: number; facts: Facts }[]>;
  /** Per customer: latest order, number of orders, and their worth per currency. */
  orderTotals(
    site: SiteView,
    before: EpochMs,
    who: Who | null,
  ): Promise<[person: number, latest: EpochMs, orders: number, net: number, currency: string][]>;
  /**
   * People and touchpoints whose arrival lies at or after an instant; robots and own traffic left out. `newestAt` is the newest
   * arrival of the site, also when it lies before the instant; null when it is not among the newest ten thousand of the log.
   */
  arrivedSince(
    site: SiteView,
    since: EpochMs,
  ): Promise<{ people: number; touchpoints: number; newestAt: EpochMs | null }>;
  /** The newest touchpoints of the log, at most so many of all sites: those of this site by the kind of their traffic. */
  newestTraffic(
    site: SiteView,
    most: number,
  ): Promise<{
    /** Arrival of the oldest and of the newest one counted. */
    since: EpochMs | null;
    newestAt: EpochMs | null;
    people: number;
    robots: number;
    spam: number;
    own: number;
  }>;
  /** Samples kept of what was refused to the site since an instant, by code, most first. */
  refusals(site: SiteView, since: EpochMs): Promise<{ code: string; n: number }[]>;
  /** The newest transitions, newest first. */
  newestTransitions(
    site: SiteView,
    model: ModelView,
    limit: number,
    who: Who | null,
  ): Promise<TransitionView[]>;
  /** Saved segments, by name. */
  segments(site: SiteView): Promise<{ name: string; rule: string; createdAt: EpochMs }[]>;
  /** Goals, by figure and period. */
  targets(site: SiteView): Promise<{ figure: string; period: string; goal: number }[]>;
}

/** A claim that was not followed, because the name belongs to somebody else. */
/** One thing about the data that is shown and not guessed at. */
export interface FlagView {
  flag: DataFlag;
  /** An order's number; of `visitor-conflict` the claim that was not followed. */
  about: string;
  at: EpochMs;
}

/** How many flags a site has. */
export interface FlagCount {
  site: string;
  flag: DataFlag;
  rows: number;
}

export interface ConflictView {
  /** `customer:…`, `email:…` or `alias:…`. */
  name: string;
  /** Id of the visitor who claimed it. */
  visitor: string;
  at: EpochMs;
  /** The visitor that stands for whoever holds the name; null when nobody does any more. */
  owner: string | null;
}

/** How other systems know a person, as far as it is kept. */
export interface KeptContact {
  /** Only where the operator lets addresses be kept. */
  address: string | null;
  /** Ids that were found there, and what was asked to find them. */
  references: { target: string; asked: string; id: string | null }[];
}

/** Reads of one engine. Every call sees one consistent state of the projections. */
export interface Reads extends FigureReads {
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
  /** Counted touchpoints of these people, in no order; those that retention removed are not there. */
  rawTouchpoints(site: SiteView, people: readonly number[]): Promise<RawPerson[]>;
  /** The next people by key. */
  personKeys(site: SiteView, after: number, limit: number): Promise<number[]>;
  /** By what the site's touches were classified (see classifiedBy()), and how far a reclassification has come, 0 to 1. */
  classification(site: SiteView): Promise<{ by: string | null; progress: number | null }>;
  /** Paths of pages by key. */
  pagePaths(keys: readonly number[]): Promise<Map<number, string>>;
  /** Keys of the people a filter chooses. */
  chosenPeople(site: SiteView, who: Who): Promise<Float64Array>;
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

  /** Facts of at most so many people, evenly chosen. `people` is how many there are, `looked` how many were visited. */
  eachFacts(
    site: SiteView,
    most: number,
    visit: (facts: Facts) => void,
  ): Promise<{ people: number; looked: number }>;
  /** Claims that were not followed, oldest first. */
  conflicts(site: SiteView): Promise<ConflictView[]>;
  /** What is doubtful about a person: their orders, and claims by them or on what is theirs; oldest first. */
  flagsOf(person: PersonView): Promise<FlagView[]>;
  /** How often each flag stands in a site; none that stands nowhere. */
  flagCounts(site: SiteView): Promise<{ flag: DataFlag; n: number }[]>;
  /** What else is kept about a person: the facts their touchpoints add up to, and messages about them. */
  keptOf(person: PersonView): Promise<{ facts: unknown; messages: unknown[]; contact?: KeptContact }>;

  /** Rows of the log, and the newest arrival. */
  logSize(): Promise<{ touchpoints: number; newestAt: EpochMs | null; bytes: number }>;
}
