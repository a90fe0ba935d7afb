/**
 * Turns an e-mail address into the form that travels: SHA-256 of the trimmed, lower-cased address.
 *
 * Own arithmetic instead of `crypto.subtle`, which is absent without TLS and answers too late for a page that is
 * being left. The constants are what FIPS 180-4 says they are: fractional parts of roots of the first primes.
 */

/** 64 lower-case hexadecimal digits. Hashes what it is given: callers pass addresses, not hashes. */
export function emailHash(address: string): string {
  const bytes = [...new TextEncoder().encode(address.trim().toLowerCase()), 128];
  const roundConstants: number[] = [];
  const state: number[] = [];
  const fraction = (x: number) => ((x % 1) * 2 ** 32) | 0;
  for (let n = 2; roundConstants.length < 64; n++) {
    let divisor = 2;
    while (n % divisor) divisor++;
    if (divisor === n) {
      if (!state[7]) state.push(fraction(n ** 0.5));
      roundConstants.push(fraction(n ** (1 / 3)));
    }
  }
  const words: number[] = [];
  bytes.forEach((byte, i) => {
    words[i >> 2] = (words[i >> 2] ?? 0) | (byte << (24 - (i % 4) * 8));
  });
  // Whole blocks of 16 words, the last word holding the length in bits.
  words[((bytes.length + 7) >> 6) * 16 + 15] = (bytes.length - 1) * 8;
  const rotate = (x: number, by: number) => (x >>> by) | (x << (32 - by));
  for (let start = 0; start < words.length; start += 16) {
    const schedule: number[] = [];
    const s = [...state];
    for (let i = 0; i < 64; i++) {
      const [a, b, c, , e, f, g, h] = s as [number, number, number, number, number, number, number, number];
      const w15 = schedule[i - 15] ?? 0;
      const w2 = schedule[i - 2] ?? 0;
      const word =
        i < 16
          ? (words[start + i] ?? 0)
          : (schedule[i - 16] ?? 0) +
            (rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)) +
            (schedule[i - 7] ?? 0) +
            (rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10));
      schedule[i] = word | 0;
      const t1 =
        h +
        (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
        ((e & f) ^ (~e & g)) +
        (roundConstants[i] ?? 0) +
        (word | 0);
      const t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      s.pop();
      s.unshift((t1 + t2) | 0);
      s[4] = ((s[4] ?? 0) + t1) | 0;
    }
    s.forEach((x, i) => {
      state[i] = ((state[i] ?? 0) + x) | 0;
    });
  }
  return state.map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}
