/**
 * How long the way to a conversion is: in touches, and in days from the first touch that counts to the conversion.
 */

import { DAY_MS, median } from "./spans.ts";
import type { CreditedEvent, Trails } from "./trails.ts";

export interface LengthBucket {
  /** Smallest and largest length in the bucket; null: no end. Days are whole days that have passed. */
  from: number;
  to: number | null;
  conversions: number;
}

export interface Lengths {
  median: number | null;
  mean: number | null;
  buckets: LengthBucket[];
}

/** Only conversions with at least one touch. Touches that the treatment of direct visits left out are not counted. */
export interface PathLengths {
  conversions: number;
  /** Days are not rounded in median and mean. */
  days: Lengths;
  touches: Lengths;
}

const DAY_EDGES = [0, 1, 2, 4, 8, 15, 31, 61] as const;
const TOUCH_EDGES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

export function pathLengths(paths: readonly CreditedEvent[], { columns }: Trails): PathLengths {
  const days: number[] = [];
  const touches: number[] = [];
  for (const { event, rows } of paths) {
    const first = rows[0];
    if (first === undefined) continue;
    days.push((event.at - columns.at[first]!) / DAY_MS);
    touches.push(rows.length);
  }
  return {
    conversions: touches.length,
    days: lengthsOf(days, DAY_EDGES),
    touches: lengthsOf(touches, TOUCH_EDGES),
  };
}

function lengthsOf(lengths: readonly number[], edges: readonly number[]): Lengths {
  const buckets = edges.map((from, i): LengthBucket => {
    const next = edges[i + 1];
    return { from, to: next === undefined ? null : next - 1, conversions: 0 };
  });
  for (const length of lengths) {
    const place = edges.findLastIndex((edge) => Math.floor(length) >= edge);
    if (place >= 0) buckets[place]!.conversions += 1;
  }
  const all = lengths.reduce((sum, length) => sum + length, 0);
  return { median: median(lengths), mean: lengths.length === 0 ? null : all / lengths.length, buckets };
}
