/**
 * Whom the findings about customers mean: one selection for the number that is told and for the list behind it.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { CountedOrder, Reads, SiteView, Who } from "../store/port.ts";
import { DAY_MS } from "./spans.ts";

/** Findings that are about people who can be listed. */
export const PEOPLE_FINDINGS = ["second_order_overdue", "loyal_past_rhythm"] as const;
export type PeopleFinding = (typeof PEOPLE_FINDINGS)[number];

/** Keys of the people a finding is about. */
export async function peopleOfFinding(
  reads: Reads,
  site: SiteView,
  finding: PeopleFinding,
  who: Who | null,
  now: EpochMs,
): Promise<number[]> {
  return finding === "second_order_overdue"
    ? (await firstOrderOnly(reads, site, who, now)).waiting
    : (await pastRhythm(reads, site, who, now)).late;
}

/** Buyers whose first order is 23 to 30 days old without a second; and how many earlier buyers had ordered again by day 45. */
export async function firstOrderOnly(
  reads: Reads,
  site: SiteView,
  who: Who | null,
  now: EpochMs,
): Promise<{ waiting: number[]; earlier: number; cameBack: number }> {
  const waiting: number[] = [];
  let earlier = 0;
  let cameBack = 0;
  for (const [person, [first, second]] of await ordersByPerson(reads, site, who, 180, now)) {
    if (first === undefined || first[4] !== 1) continue;
    const age = now - first[1];
    if (second === undefined && age >= 23 * DAY_MS && age < 30 * DAY_MS) waiting.push(person);
    if (age >= 45 * DAY_MS) {
      earlier += 1;
      if (second !== undefined && second[1] - first[1] <= 45 * DAY_MS) cameBack += 1;
    }
  }
  return { waiting, earlier, cameBack };
}

/** Customers of three or more orders in a year who are late by their own measure; and everybody's usual gap in milliseconds. */
export async function pastRhythm(
  reads: Reads,
  site: SiteView,
  who: Who | null,
  now: EpochMs,
): Promise<{ late: number[]; gaps: number[] }> {
  const late: number[] = [];
  const gaps: number[] = [];
  for (const [person, orders] of await ordersByPerson(reads, site, who, 365, now)) {
    if (orders.length < 3) continue;
    const first = orders[0]![1];
    const last = orders.at(-1)![1];
    const usual = (last - first) / (orders.length - 1);
    gaps.push(usual);
    // Twice the own rhythm is past it; beyond four times they are gone and no longer news.
    if (usual >= DAY_MS && now - last >= 2 * usual && now - last < 4 * usual) late.push(person);
  }
  return { late, gaps };
}

async function ordersByPerson(
  reads: Reads,
  site: SiteView,
  who: Who | null,
  days: number,
  now: EpochMs,
): Promise<Map<number, CountedOrder[]>> {
  const orders = await reads.countedOrders(site, { from: now - days * DAY_MS, to: now + 1 }, who);
  return Map.groupBy(orders, ([person]) => person);
}
