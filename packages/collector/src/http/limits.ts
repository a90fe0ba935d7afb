/**
 * Token buckets in bounded memory: how often an address, or a site, may call.
 */

export interface Buckets {
  /** Takes one token; returns 0 when there was one, else the seconds until there is. */
  take(key: string, now: number): number;
}

/** More keys than this and the table is emptied: an attacker with many addresses must not fill the memory. */
const MOST_KEYS = 50_000;

/**
 * @param perSecond tokens that flow in per second
 * @param burst most tokens a bucket holds
 */
export function openBuckets(perSecond: number, burst: number): Buckets {
  let buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key, now) {
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        if (buckets.size >= MOST_KEYS) buckets = new Map();
        bucket = { tokens: burst, at: now };
        buckets.set(key, bucket);
      }
      bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1_000) * perSecond);
      bucket.at = now;
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    },
  };
}

/** The network an address belongs to: /24 for IPv4, /56 for IPv6. One household, one bucket. */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(address);
  if (v4 !== null) return v4[1]!;
  const groups = expandV6(address);
  return groups === undefined ? address : [...groups.slice(0, 3), groups[3]!.slice(0, 2)].join(":");
}

/** True for this machine itself. */
export const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/i.test(address);

function expandV6(address: string): string[] | undefined {
  const [head, tail, rest] = address.split("::");
  if (rest !== undefined || head === undefined || !/^[0-9a-f:.]+$/i.test(address)) return undefined;
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = 8 - left.length - right.length;
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined;
  return [...left, ...Array.from({ length: missing }, () => "0"), ...right].map((group) =>
    group.padStart(4, "0"),
  );
}
