/**
 * Counts durations per bound, as Prometheus wants them.
 */

export interface Histogram {
  /** Upper bounds in milliseconds, ascending. */
  bounds: readonly number[];
  /** Counts per bound, not cumulative; one more for what is above. */
  counts: number[];
  /** Sum of all durations in milliseconds, and how many there were. */
  sum: number;
  count: number;
}

export const newHistogram = (bounds: readonly number[]): Histogram => ({
  bounds,
  counts: new Array<number>(bounds.length + 1).fill(0),
  sum: 0,
  count: 0,
});

export function note(histogram: Histogram, ms: number): void {
  const { bounds, counts } = histogram;
  let place = 0;
  while (place < bounds.length && ms > bounds[place]!) place += 1;
  counts[place]! += 1;
  histogram.sum += ms;
  histogram.count += 1;
}
