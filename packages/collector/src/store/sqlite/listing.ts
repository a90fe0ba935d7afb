/**
 * What both engines need for lists of people and of arrivals: the row of a person, and how far is looked.
 */
import { TRAFFIC } from "../../ingest/accept.ts";
import type { ModelView, PersonOverview } from "../port.ts";

/** A person in a list, as engines give it: `stage` is its place in the model. */
export type OverviewRow = readonly [
  key: number,
  id: string,
  customer: string | null,
  firstAt: number,
  lastAt: number,
  firstSource: number,
  lastSource: number,
  orders: number,
  stage: number | null,
  since: number | null,
];

export function overviewOf(model: ModelView, row: OverviewRow): PersonOverview {
  const [key, id, customer, firstAt, lastAt, firstSource, lastSource, orders, stage, since] = row;
  const name = stage === null ? null : model.model.stages[stage]!;
  return { key, id, customer, firstAt, lastAt, firstSource, lastSource, orders, stage: name, since };
}

/** Rows older than asked for that are looked at for a site's newest arrival: a quiet site beside a busy one is given up then. */
export const MOST_OLDER = 10_000;

export const KIND_OF_TRAFFIC: Readonly<Record<number, "people" | "robots" | "spam" | "own">> = {
  [TRAFFIC.person]: "people",
  [TRAFFIC.robot]: "robots",
  [TRAFFIC.spam]: "spam",
  [TRAFFIC.own]: "own",
};

/** The character after all others: what begins with a text lies between the text and the text with this added. */
export const LAST_CHARACTER = "\u{10ffff}";
