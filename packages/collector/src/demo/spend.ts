/**
 * What the invented shop paid for its ads: so much a click, by campaign and day, as ad platforms would have billed it.
 */
import type { Random } from "../domain/attribution/seeded-random.ts";
import { classify } from "../domain/source/classify.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { isoOfDay, type Zone } from "../domain/zone.ts";
import type { CostView } from "../store/port.ts";
import type { Draft } from "./visit.ts";

/** Cents a click, by the medium and campaign of the landing page's tags; what is not listed is free. */
const CLICK_PRICES: Readonly<Record<string, number>> = {
  "cpc brand": 35,
  "cpc kettles": 95,
  "cpc stovetop": 72,
  "cpc shopping-kettles": 80,
  "paid_social slow-mornings": 62,
  "paid_social gift-guide": 70,
  "paid_social come-back": 55,
  "display autumn": 30,
  "affiliate autumn": 45,
};

/** Platforms bill clicks that never become a visit: people change their mind before the page has loaded. */
const CLICKS_A_VISIT = 1.12;

export type Spend = Omit<CostView, "key">;

/** The bills for visits from `start` to `now`, one row a day and campaign, by day. */
export function spendOf(
  drafts: readonly Draft[],
  zone: Zone,
  random: Random,
  start: EpochMs,
  now: EpochMs,
): Spend[] {
  const rows = new Map<string, Spend>();
  for (const { at, fields, robot, own } of drafts) {
    if (fields.visit !== true || fields.url === undefined || at < start || at >= now) continue;
    if (robot !== undefined || own !== undefined || !fields.url.includes("utm_medium=")) continue;
    const tags = new URL(fields.url).searchParams;
    const price = CLICK_PRICES[`${tags.get("utm_medium")} ${tags.get("utm_campaign")}`];
    if (price === undefined) continue;
    const {
      channel,
      source,
      medium,
      campaign = "",
    } = classify(
      { url: fields.url, referrer: fields.referrer ?? null, opensVisit: true },
      { profile: "default", siteHosts: [], rules: [] },
    );
    const day = isoOfDay(zone.dayOf(at));
    const key = `${day} ${channel} ${source} ${medium} ${campaign}`;
    const row = rows.get(key);
    const cents = price * CLICKS_A_VISIT;
    if (row !== undefined) row.amount += cents;
    else
      rows.set(key, {
        day,
        channel,
        source,
        medium,
        campaign,
        amount: cents,
        currency: "EUR",
        origin: "invented",
      });
  }
  // Prices of clicks are auctioned: no two days are quite alike.
  const billed = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return billed.map((row) => ({ ...row, amount: Math.round(row.amount * (0.85 + 0.3 * random())) }));
}
