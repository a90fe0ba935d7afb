/**
 * How many requests a system gets: a token bucket that is filled evenly, halves its rate when the system says that it was
 * too much, and comes back slowly.
 */

/** Seconds' worth of requests that may be made at once after a quiet time. */
const BURST_SECONDS = 2;
/** Without a refusal for this long the rate grows again. */
const CALM_MS = 60_000;
const GROWTH = 1.25;
/** It never falls below this share of what was asked for. */
const LEAST_SHARE = 1 / 64;

export interface Bucket {
  /** Takes a token; 0 when there was one, else the milliseconds until there is. */
  take(now: number): number;
  /** The system answered 429. */
  halve(now: number): void;
  /** Requests a minute at present. */
  rate(now: number): number;
}

export function openBucket(perMinute: number): Bucket {
  let rate = perMinute;
  let changedAt = Number.NEGATIVE_INFINITY;
  let tokens = capacityOf(perMinute);
  let filledAt: number | undefined;

  const grow = (now: number): void => {
    while (rate < perMinute && now - changedAt >= CALM_MS) {
      rate = Math.min(perMinute, rate * GROWTH);
      changedAt += CALM_MS;
    }
  };
  const fill = (now: number): void => {
    grow(now);
    // A clock that was set back brings no tokens and takes none.
    const elapsed = Math.max(0, now - (filledAt ?? now));
    tokens = Math.min(capacityOf(rate), tokens + (elapsed * rate) / 60_000);
    filledAt = now;
  };

  return {
    take(now) {
      fill(now);
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return Math.ceil(((1 - tokens) * 60_000) / rate);
    },
    halve(now) {
      fill(now);
      rate = Math.max(perMinute * LEAST_SHARE, rate / 2);
      tokens = 0;
      changedAt = now;
    },
    rate(now) {
      grow(now);
      return rate;
    },
  };
}

const capacityOf = (rate: number): number => Math.max(1, (rate * BURST_SECONDS) / 60);
