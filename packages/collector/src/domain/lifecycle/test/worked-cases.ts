/**
 * Thirty worked histories with the answers people agreed on, as data for tests.
 *
 * Times are days since 2025-01-01T00:00Z; amounts are euro. Each transition starts where the one before it ended.
 */
import type { PresetId } from "../presets.ts";

/** What an event carries besides id, kind and day. */
interface EventFields {
  visit?: true;
  order?: string;
  value?: number;
  rating?: number;
  survey?: "nps" | "csat";
  score?: number;
  /** The visitor it was recorded for; several in one case are one person. */
  visitor?: string;
  /** Day of arrival, where it came late. */
  receivedOn?: number;
}

interface WorkedCase {
  title: string;
  preset: PresetId;
  events: [id: string, kind: string, day: number, fields?: EventFields][];
  askedOn: number;
  stage: string;
  transitions: [day: number, to: string, cause: "event" | "time"][];
  nextDue: number | null;
  asKnown?: { on: number; stage: string }[];
}

/** ISO time of a day of the cases. */
export const isoOf = (day: number): string =>
  new Date(Date.UTC(2025, 0, 1) + Math.round(day * 86_400_000)).toISOString();

/** The events of a case as lines that `sojourn model try` reads. */
export const linesOf = (worked: WorkedCase): string[] =>
  worked.events.map(([id, kind, day, { receivedOn, ...fields } = {}]) =>
    JSON.stringify({
      id,
      kind,
      at: isoOf(day),
      ...fields,
      ...(fields.value === undefined ? {} : { currency: "EUR" }),
      ...(receivedOn === undefined ? {} : { receivedAt: isoOf(receivedOn) }),
    }),
  );

export const WORKED_CASES: readonly WorkedCase[] = [
  {
    title: "review by somebody who never bought",
    preset: "awareness-advocacy",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "review", 1, { rating: 5 }],
    ],
    askedOn: 10,
    stage: "awareness",
    transitions: [[0, "awareness", "event"]],
    nextDue: null,
  },
  {
    title: "full refund of the only order",
    preset: "awareness-advocacy",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "page_view", 1, { visit: true }],
      ["e3", "purchase", 2, { order: "o1", value: 40 }],
      ["e4", "refund", 9, { order: "o1", value: 40 }],
    ],
    askedOn: 20,
    stage: "consideration",
    transitions: [
      [0, "awareness", "event"],
      [1, "consideration", "event"],
      [2, "purchase", "event"],
      [9, "consideration", "event"],
    ],
    nextDue: null,
  },
  {
    title: "same visit delivered three times",
    preset: "awareness-advocacy",
    events: [
      ["v1", "page_view", 0, { visit: true }],
      ["v1", "page_view", 0, { visit: true }],
      ["v1", "page_view", 0, { visit: true }],
    ],
    askedOn: 10,
    stage: "awareness",
    transitions: [[0, "awareness", "event"]],
    nextDue: null,
  },
  {
    title: "purchase in the first visit skips a stage",
    preset: "awareness-advocacy",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "purchase", 0.1, { order: "o1", value: 40 }],
    ],
    askedOn: 1,
    stage: "purchase",
    transitions: [
      [0, "awareness", "event"],
      [0.1, "purchase", "event"],
    ],
    nextDue: null,
  },
  {
    title: "five-star review after one order",
    preset: "awareness-advocacy",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 40 }],
      ["e2", "review", 5, { rating: 5 }],
    ],
    askedOn: 10,
    stage: "advocacy",
    transitions: [
      [0, "purchase", "event"],
      [5, "advocacy", "event"],
    ],
    nextDue: null,
  },
  {
    title: "prospects never decay",
    preset: "customer-base",
    events: [["e1", "page_view", 0, { visit: true }]],
    askedOn: 1000,
    stage: "prospect",
    transitions: [[0, "prospect", "event"]],
    nextDue: null,
  },
  {
    title: "refund of the older of two orders",
    preset: "customer-base",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 30 }],
      ["e2", "purchase", 30, { order: "o2", value: 30 }],
      ["e3", "refund", 35, { order: "o1", value: 30 }],
    ],
    askedOn: 40,
    stage: "new",
    transitions: [
      [0, "new", "event"],
      [30, "active", "event"],
      [35, "new", "event"],
    ],
    nextDue: 210,
  },
  {
    title: "merge of three ids",
    preset: "customer-base",
    events: [
      ["a1", "purchase", 0, { order: "o1a", value: 50, visitor: "a" }],
      ["b1", "purchase", 10, { order: "o1b", value: 50, visitor: "b" }],
      ["c1", "purchase", 200, { order: "o1c", value: 50, visitor: "c" }],
    ],
    askedOn: 205,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [10, "active", "event"],
      [190, "inactive", "time"],
      [200, "active", "event"],
    ],
    nextDue: 380,
  },
  {
    title: "limit reached exactly",
    preset: "customer-base",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "purchase", 1, { order: "o2", value: 50 }],
    ],
    askedOn: 181,
    stage: "inactive",
    transitions: [
      [0, "prospect", "event"],
      [1, "new", "event"],
      [181, "inactive", "time"],
    ],
    nextDue: 366,
  },
  {
    title: "merge keeps the customer active",
    preset: "customer-base",
    events: [
      ["a1", "purchase", 0, { order: "o1a", value: 50, visitor: "a" }],
      ["b1", "purchase", 170, { order: "o1b", value: 50, visitor: "b" }],
    ],
    askedOn: 200,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [170, "active", "event"],
    ],
    nextDue: 350,
  },
  {
    title: "lower bound of 30 days",
    preset: "customer-base-personal",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "purchase", 5, { order: "o2", value: 50 }],
      ["e3", "purchase", 10, { order: "o3", value: 50 }],
    ],
    askedOn: 39,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [5, "active", "event"],
    ],
    nextDue: 40,
  },
  {
    title: "buys every 10 days: limit 30 days",
    preset: "customer-base-personal",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "purchase", 10, { order: "o2", value: 50 }],
      ["e3", "purchase", 20, { order: "o3", value: 50 }],
    ],
    askedOn: 49,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [10, "active", "event"],
    ],
    nextDue: 50,
  },
  {
    title: "refund takes the rhythm away",
    preset: "customer-base-personal",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 30 }],
      ["e2", "purchase", 10, { order: "o2", value: 30 }],
      ["e3", "purchase", 20, { order: "o3", value: 30 }],
      ["e4", "refund", 25, { order: "o2", value: 30 }],
    ],
    askedOn: 100,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [10, "active", "event"],
    ],
    nextDue: 200,
  },
  {
    title: "a late reorder widens the rhythm",
    preset: "customer-base-personal",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "purchase", 10, { order: "o2", value: 50 }],
      ["e3", "purchase", 20, { order: "o3", value: 50 }],
      ["e4", "purchase", 60, { order: "o4", value: 50 }],
    ],
    askedOn: 70,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [10, "active", "event"],
      [50, "inactive", "time"],
      [60, "active", "event"],
    ],
    nextDue: 120,
  },
  {
    title: "second visit",
    preset: "reach-loyalty",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "page_view", 10, { visit: true }],
    ],
    askedOn: 11,
    stage: "acquisition",
    transitions: [
      [0, "reach", "event"],
      [10, "acquisition", "event"],
    ],
    nextDue: null,
  },
  {
    title: "comes back after lapsing",
    preset: "reach-loyalty",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "page_view", 100, { visit: true }],
    ],
    askedOn: 110,
    stage: "winback",
    transitions: [
      [0, "conversion", "event"],
      [90, "lapsed", "time"],
      [100, "winback", "event"],
    ],
    nextDue: 130,
  },
  {
    title: "further visits do not lengthen the win-back window",
    preset: "reach-loyalty",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "page_view", 100, { visit: true }],
      ["e3", "page_view", 110, { visit: true }],
      ["e4", "page_view", 125, { visit: true }],
    ],
    askedOn: 140,
    stage: "conversion",
    transitions: [
      [0, "conversion", "event"],
      [90, "lapsed", "time"],
      [100, "winback", "event"],
      [130, "conversion", "time"],
    ],
    nextDue: 215,
  },
  {
    title: "lapses twice, third order makes loyal",
    preset: "reach-loyalty",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "purchase", 100, { order: "o2", value: 50 }],
      ["e3", "purchase", 200, { order: "o3", value: 50 }],
    ],
    askedOn: 205,
    stage: "loyalty",
    transitions: [
      [0, "conversion", "event"],
      [90, "lapsed", "time"],
      [100, "retention", "event"],
      [190, "lapsed", "time"],
      [200, "loyalty", "event"],
    ],
    nextDue: 290,
  },
  {
    title: "refund of the only order of a lapsed customer",
    preset: "reach-loyalty",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 20 }],
      ["e2", "refund", 100, { order: "o1", value: 20 }],
    ],
    askedOn: 110,
    stage: "reach",
    transitions: [
      [0, "conversion", "event"],
      [90, "lapsed", "time"],
      [100, "reach", "event"],
    ],
    nextDue: null,
  },
  {
    title: "one visit",
    preset: "engagement-bond",
    events: [["e1", "page_view", 0, { visit: true }]],
    askedOn: 1,
    stage: "awareness",
    transitions: [[0, "awareness", "event"]],
    nextDue: null,
  },
  {
    title: "three days after the order",
    preset: "engagement-bond",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "purchase", 1, { order: "o2", value: 50 }],
    ],
    askedOn: 10,
    stage: "post_purchase",
    transitions: [
      [0, "awareness", "event"],
      [1, "purchase", "event"],
      [4, "post_purchase", "time"],
    ],
    nextDue: null,
  },
  {
    title: "promoter, delivered in mixed order",
    preset: "engagement-bond",
    events: [
      ["e1", "survey_response", 10, { score: 10, survey: "nps" }],
      ["v", "page_view", 0, { visit: true }],
      ["o", "purchase", 1, { order: "o3", value: 50 }],
      ["s", "newsletter_signup", 0.5],
    ],
    askedOn: 20,
    stage: "advocacy_retention",
    transitions: [
      [0, "awareness", "event"],
      [0.5, "engagement", "event"],
      [1, "purchase", "event"],
      [4, "post_purchase", "time"],
      [10, "advocacy_retention", "event"],
    ],
    nextDue: null,
  },
  {
    title: "second order refunded",
    preset: "engagement-bond",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 30 }],
      ["e2", "purchase", 10, { order: "o2", value: 30 }],
      ["e3", "refund", 12, { order: "o2", value: 30 }],
    ],
    askedOn: 20,
    stage: "post_purchase",
    transitions: [
      [0, "purchase", "event"],
      [3, "post_purchase", "time"],
      [10, "advocacy_retention", "event"],
      [12, "post_purchase", "event"],
    ],
    nextDue: null,
  },
  {
    title: "detractor",
    preset: "engagement-bond",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "survey_response", 10, { score: 3, survey: "nps" }],
    ],
    askedOn: 20,
    stage: "post_purchase",
    transitions: [
      [0, "purchase", "event"],
      [3, "post_purchase", "time"],
    ],
    nextDue: null,
  },
  {
    title: "one visit",
    preset: "kunderejse",
    events: [["e1", "page_view", 0, { visit: true }]],
    askedOn: 1,
    stage: "bevidsthed",
    transitions: [[0, "bevidsthed", "event"]],
    nextDue: null,
  },
  {
    title: "late view completes the comparison",
    preset: "kunderejse",
    events: [
      ["e1", "purchase", 0, { order: "o1", value: 50 }],
      ["e2", "view_item", 20],
      ["e3", "view_item", 20.1, { receivedOn: 30 }],
      ["e4", "view_item", 20.2],
    ],
    askedOn: 40,
    stage: "fastholdelse",
    transitions: [
      [0, "koeb", "event"],
      [1, "fastholdelse", "time"],
      [20.2, "overvejelse", "event"],
      [34.2, "fastholdelse", "time"],
    ],
    nextDue: null,
    asKnown: [
      { on: 25, stage: "fastholdelse" },
      { on: 31, stage: "overvejelse" },
    ],
  },
  {
    title: "cart left behind",
    preset: "kunderejse",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "add_to_cart", 0.1],
    ],
    askedOn: 2,
    stage: "bevidsthed",
    transitions: [
      [0, "bevidsthed", "event"],
      [0.1, "koeb", "event"],
      [1.1, "bevidsthed", "time"],
    ],
    nextDue: null,
  },
  {
    title: "cart touched again",
    preset: "kunderejse",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "add_to_cart", 0.1],
      ["e3", "add_to_cart", 0.9],
    ],
    askedOn: 1.5,
    stage: "koeb",
    transitions: [
      [0, "bevidsthed", "event"],
      [0.1, "koeb", "event"],
    ],
    nextDue: 1.9,
  },
  {
    title: "cart and order in one instant",
    preset: "kunderejse",
    events: [
      ["e1", "page_view", 0, { visit: true }],
      ["e2", "add_to_cart", 1],
      ["e3", "purchase", 1, { order: "o3", value: 50 }],
    ],
    askedOn: 1.5,
    stage: "koeb",
    transitions: [
      [0, "bevidsthed", "event"],
      [1, "koeb", "event"],
    ],
    nextDue: 2,
  },
  {
    title: "merge of two buyers",
    preset: "customer-base",
    events: [
      ["a1", "purchase", 0, { order: "o1a", value: 50, visitor: "a" }],
      ["b1", "purchase", 30, { order: "o1b", value: 50, visitor: "b" }],
    ],
    askedOn: 60,
    stage: "active",
    transitions: [
      [0, "new", "event"],
      [30, "active", "event"],
    ],
    nextDue: 210,
  },
];
