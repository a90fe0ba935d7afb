/**
 * Costs as a program sends them: a list of rows with a day, an amount, and a channel, source or campaign.
 */
import { isCurrency, parseMinor } from "../domain/money.ts";
import { dayOfIso } from "../domain/zone.ts";
import { addUp, type CostRecord, placementOf } from "./cost-file.ts";

/** A row as it is sent; amounts are in major units ("12.30" or 12.3). */
export interface SentCost {
  day: string;
  channel?: string | undefined;
  source?: string | undefined;
  medium?: string | undefined;
  campaign?: string | undefined;
  amount: string | number;
  currency?: string | undefined;
}

/** Rows that can be kept, and those that cannot, by their place in the list from 0. */
export function readCostRows(
  sent: readonly SentCost[],
  { currency, origin }: { currency: string; origin: string },
): { rows: CostRecord[]; refused: { index: number; reason: string }[] } {
  const sums = new Map<string, CostRecord>();
  const refused: { index: number; reason: string }[] = [];
  sent.forEach((row, index) => {
    const read = readRow(row, currency, origin);
    if ("refuse" in read) refused.push({ index, reason: read.refuse });
    else addUp(sums, read);
  });
  return { rows: [...sums.values()], refused };
}

function readRow(row: SentCost, siteCurrency: string, origin: string): CostRecord | { refuse: string } {
  if (dayOfIso(row.day) === undefined) return { refuse: "day is no date such as 2026-11-01" };
  const currency = (row.currency ?? siteCurrency).toUpperCase();
  if (!isCurrency(currency)) return { refuse: "currency is no code such as EUR" };
  const amount = parseMinor(row.amount, currency);
  if (amount === undefined) return { refuse: "amount is no decimal number in major units" };
  const place = placementOf({
    channel: row.channel ?? "",
    source: row.source ?? "",
    medium: row.medium ?? "",
    campaign: row.campaign ?? "",
  });
  return "refuse" in place ? place : { day: row.day, ...place, amount, currency, origin };
}
