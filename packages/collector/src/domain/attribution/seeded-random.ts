/**
 * Repeatable chance: the same seed gives the same numbers on every machine, so that an interval or a simulation can be checked.
 *
 * Not for secrets.
 */

/** A source of numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** xoshiro128** (Blackman and Vigna, 2018), its state filled from the seed by SplitMix32. Any whole number is a seed. */
export function seededRandom(seed: number): Random {
  let mix = seed | 0;
  const state = new Uint32Array(4);
  for (let i = 0; i < 4; i++) {
    mix = (mix + 0x9e3779b9) | 0;
    let z = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    state[i] = z ^ (z >>> 16);
  }
  return () => {
    const scrambled = Math.imul(rotateLeft(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotateLeft(state[3]!, 11);
    return scrambled / 2 ** 32;
  };
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** A draw from the gamma distribution with this shape and rate (Marsaglia and Tsang, 2000). Both above 0. */
export function drawGamma(random: Random, shape: number, rate = 1): number {
  if (shape < 1) return drawGamma(random, shape + 1, rate) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random()) < x * x * 0.5 + d * (1 - v + Math.log(v))) return (d * v) / rate;
  }
}

/** A draw from the normal distribution with mean 0 and deviation 1 (Box and Muller, 1958). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A draw from the Poisson distribution with this mean (0 or more).
 *
 * Small means by counting exponential gaps; larger ones are split at a gamma-distributed point (Ahrens and Dieter, 1974), which is exact
 * and needs about log2(mean) steps.
 */
export function drawPoisson(random: Random, mean: number): number {
  if (mean === 1) return drawOnce(random);
  let left = mean;
  let count = 0;
  while (left > 16) {
    const m = Math.floor((left * 7) / 8);
    const arrival = drawGamma(random, m);
    if (arrival > left) return count + drawBinomial(random, m - 1, left / arrival);
    count += m;
    left -= arrival;
  }
  const limit = Math.exp(-left);
  let product = 1 - random();
  while (product > limit) {
    count++;
    product *= 1 - random();
  }
  return count;
}

/** Chances of at most 0, 1, 2, ... where one is expected. */
const AT_MOST = Array.from({ length: 18 }, (_, most) => {
  let term = Math.exp(-1);
  let total = term;
  for (let n = 1; n <= most; n++) total += term /= n;
  return total;
});

/** A draw with mean 1, by far the commonest in a bootstrap over distinct paths: one number, looked up (inversion). */
function drawOnce(random: Random): number {
  const chance = random();
  let count = 0;
  while (count < AT_MOST.length - 1 && chance >= AT_MOST[count]!) count++;
  return count;
}

/** Successes in n tries; splits at a beta-distributed order statistic while n is large (Relles, 1972; Ahrens and Dieter, 1974). */
function drawBinomial(random: Random, tries: number, chance: number): number {
  let n = tries;
  let p = chance;
  let count = 0;
  while (n > 32) {
    const a = 1 + Math.floor(n / 2);
    const b = n + 1 - a;
    const x = drawGamma(random, a);
    const split = x / (x + drawGamma(random, b));
    if (split >= p) {
      n = a - 1;
      p /= split;
    } else {
      count += a;
      n = b - 1;
      p = (p - split) / (1 - split);
    }
  }
  for (let i = 0; i < n; i++) if (random() < p) count++;
  return count;
}
