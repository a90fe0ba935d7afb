/**
 * Counts failed tries to sign in, so that nobody can go on guessing. In bounded memory, by address; never stored.
 */

/** Ten wrong tries within a quarter of an hour, then the address waits. */
export const MOST_ATTEMPTS = 10;
export const ATTEMPTS_WINDOW_MS = 15 * 60_000;
/** More addresses than this: the oldest are forgotten, because memory is worth more than their count. */
const MOST_ADDRESSES = 10_000;

export interface Attempts {
  /** Seconds until the next try is looked at; 0 when it may be made now. */
  waitOf(address: string, now: number): number;
  /** Notes a try that failed. */
  failed(address: string, now: number): void;
  /** Forgets the failures of an address: it knew the secret. */
  succeeded(address: string): void;
}

export function openAttempts(): Attempts {
  const failures = new Map<string, number[]>();
  const recent = (address: string, now: number): number[] =>
    (failures.get(address) ?? []).filter((at) => now - at < ATTEMPTS_WINDOW_MS);
  return {
    waitOf(address, now) {
      const times = recent(address, now);
      if (times.length < MOST_ATTEMPTS) return 0;
      return Math.max(1, Math.ceil((times[0]! + ATTEMPTS_WINDOW_MS - now) / 1_000));
    },
    failed(address, now) {
      const times = [...recent(address, now), now].slice(-MOST_ATTEMPTS);
      failures.delete(address);
      failures.set(address, times);
      if (failures.size > MOST_ADDRESSES) failures.delete(failures.keys().next().value!);
    },
    succeeded(address) {
      failures.delete(address);
    },
  };
}
