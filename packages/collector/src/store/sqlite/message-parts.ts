/**
 * Parts of messages: products, stage changes, times.
 */
import type { MessageMove } from "../../domain/message.ts";
import type { FoldedTransition } from "../../domain/person.ts";
import type { EpochMs, Touchpoint } from "../../domain/touchpoint.ts";

const MOST_PRODUCTS = 5;

/** What was looked at and bought last, by product id or name. Sorts the list, newest first. */
export function productsOf(touchpoints: Touchpoint[]): { lastViewed: string[]; lastBought: string[] } {
  touchpoints.sort((a, b) => b.at - a.at);
  const of = (kind: string): string[] => {
    const names = new Set<string>();
    for (const t of touchpoints) {
      if (t.kind !== kind) continue;
      for (const item of t.items ?? []) {
        const name = item.id ?? item.name;
        if (name !== undefined) names.add(name);
      }
      if (names.size >= MOST_PRODUCTS) break;
    }
    return [...names].slice(0, MOST_PRODUCTS);
  };
  return { lastViewed: of("view_item"), lastBought: of("purchase") };
}

/** A stage change as a message carries it. */
export const moveOf = (t: FoldedTransition): MessageMove => ({
  from: t.from,
  to: t.to,
  at: iso(t.at),
  cause: t.cause,
  rule: t.rule,
  touchpoint: t.touchpoint ?? null,
  entry: t.entry,
});

/** A time as messages carry it. */
export const iso = (at: EpochMs): string => new Date(at).toISOString();
