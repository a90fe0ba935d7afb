/**
 * How sure a Markov credit is: the same question asked of many resampled sets of journeys.
 *
 * Owns the interval and the verdict "too little data". The model itself is in `markov.ts`.
 */
import { creditFromEffects } from "./credit.ts";
import { sum } from "./exact.ts";
import { type Chain, chainOf, type MarkovOrder, type RowWeights, removalEffects } from "./markov.ts";
import type { Path } from "./path.ts";
import { drawPoisson, type Random, seededRandom } from "./seeded-random.ts";
import { noWeights } from "./walks.ts";

export interface BootstrapOptions {
  /** Whole number; the same seed gives the same intervals. */
  seed: number;
  /** How many resamples; default 200. More than 1,000 change little. */
  rounds?: number;
  order?: MarkovOrder;
  /** Part of the resamples inside the interval; default 0.9. */
  level?: number;
}

/** One channel's share of all attributed conversions, from 0 to 1, with its interval. */
export interface CreditInterval {
  channel: string;
  share: number;
  low: number;
  high: number;
}

export interface BootstrapResult {
  order: MarkovOrder;
  rounds: number;
  level: number;
  intervals: CreditInterval[];
  /** True when a reader should not act on these credits; `reasons` says why. */
  tooLittleData: boolean;
  reasons: string[];
}

/** Fewer conversions than this are too few for a model that compares channels. */
export const MIN_CONVERSIONS = 100;
/** Journeys there should be for each state of the chain, or a lower order is the honest choice. */
export const MIN_JOURNEYS_PER_STATE = 5;
/** An interval of a leading channel wider than this part of all credit says that the order of channels is open. */
export const MAX_WIDTH = 0.25;

/**
 * Intervals by Poisson bootstrap: every journey counts 0, 1, 2, ... times with mean 1, so a row of n equal journeys counts
 * Poisson(n) times (Hanley and MacGibbon, 2006). The value of a row's conversions is taken at its mean.
 *
 * Too little data: fewer than {@link MIN_CONVERSIONS} conversions, fewer than {@link MIN_JOURNEYS_PER_STATE} journeys per state of the
 * chain, or a channel whose interval is wider than {@link MAX_WIDTH} of all credit. One channel alone needs no interval.
 */
export function bootstrap(paths: readonly Path[], options: BootstrapOptions): BootstrapResult {
  return bootstrapChain(chainOf(paths, options.order ?? 1), options);
}

/** The same for a chain that is there already; `options.order` is the chain's. */
export function bootstrapChain(chain: Chain, options: Omit<BootstrapOptions, "order">): BootstrapResult {
  const { seed, rounds = 200, level = 0.9 } = options;
  const { order } = chain;
  const shares = creditFromEffects(removalEffects(chain)).conversions;
  const random = seededRandom(seed);
  const weights = noWeights(chain.rows);
  const drawn: number[][] = chain.channels.map(() => []);
  for (let round = 0; round < rounds; round++) {
    resample(chain, random, weights);
    const effects = removalEffects(chain, weights);
    if (!(sum(effects.conversions) > 0)) continue; // a resample without conversions shares nothing out
    creditFromEffects(effects).conversions.forEach((share, i) => {
      drawn[i]!.push(share);
    });
  }
  const intervals = chain.channels.map((channel, i): CreditInterval => {
    const sorted = drawn[i]!.sort((a, b) => a - b);
    return {
      channel,
      share: shares[i]!,
      low: quantile(sorted, (1 - level) / 2),
      high: quantile(sorted, (1 + level) / 2),
    };
  });
  const reasons = reasonsAgainst(chain, intervals);
  return { order, rounds, level, intervals, tooLittleData: reasons.length > 0, reasons };
}

/** Draws new weights into `into`. */
function resample(chain: Chain, random: Random, into: RowWeights): void {
  for (let row = 0; row < chain.rows; row++) {
    const converted = chain.conversions[row]!;
    const conversions = converted === 0 ? 0 : drawPoisson(random, converted);
    into.conversions[row] = conversions;
    into.value[row] = converted === 0 ? 0 : (chain.value[row]! / converted) * conversions;
    const nulls = chain.nulls[row]!;
    into.nulls[row] = nulls === 0 ? 0 : drawPoisson(random, nulls);
  }
}

/** Linear between neighbours (the seventh definition of Hyndman and Fan, 1996); 0 of nothing. */
function quantile(sorted: readonly number[], part: number): number {
  if (sorted.length === 0) return 0;
  const at = part * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}

function reasonsAgainst(chain: Chain, intervals: readonly CreditInterval[]): string[] {
  const conversions = sum(chain.conversions);
  const journeys = sum([conversions, sum(chain.nulls)]);
  const reasons: string[] = [];
  if (conversions < MIN_CONVERSIONS) {
    reasons.push(`${conversions} conversions; at least ${MIN_CONVERSIONS} are needed`);
  }
  if (journeys < MIN_JOURNEYS_PER_STATE * chain.states) {
    reasons.push(
      `${journeys} journeys for ${chain.states} states of order ${chain.order}; at least ` +
        `${MIN_JOURNEYS_PER_STATE} for each are needed${chain.order > 1 ? ", or a lower order" : ""}`,
    );
  }
  for (const { channel, low, high } of intervals) {
    if (high - low <= MAX_WIDTH) continue;
    reasons.push(
      `the credit of ${channel} may be anything from ${(low * 100).toFixed(0)} % to ${(high * 100).toFixed(0)} %`,
    );
  }
  return reasons;
}
