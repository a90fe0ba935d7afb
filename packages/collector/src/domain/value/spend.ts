/**
 * How much an order of a customer is worth on average: the Gamma-Gamma model of spending.
 *
 * Each customer's orders scatter around their own mean (gamma, shape p), and the means scatter between customers (inverse gamma by q and v).
 * Fader and Hardie, 2013, "The Gamma-Gamma Model of Monetary Value". Assumes that spend per order does not depend on how often people buy.
 */
import { SojournError } from "../../errors.ts";
import { digamma, lnGamma } from "./log-gamma.ts";
import { maximise } from "./maximise.ts";

/** A customer with repeat orders: how many, and their mean value (above 0, any one unit of money). */
export interface SpendHistory {
  frequency: number;
  meanValue: number;
  /** How many customers are alike; default 1. */
  n?: number;
}

/** All above 0; `v` in units of money. */
export interface SpendParameters {
  p: number;
  q: number;
  v: number;
}

export interface SpendFit {
  parameters: SpendParameters;
  logLikelihood: number;
  /** Customers with at least one repeat order of a value above 0. */
  customers: number;
  tooLittleData: boolean;
  reasons: string[];
}

/** Fewer customers with repeat orders cannot tell three parameters apart. */
export const MIN_SPENDING_CUSTOMERS = 30;

/**
 * ln L, summed over customers: ln Γ(px+q) - ln Γ(px) - ln Γ(q) + q ln v + (px-1) ln m + px ln x - (px+q) ln(v + x m),
 * for x orders of mean value m.
 */
export function spendLogLikelihood(parameters: SpendParameters, histories: readonly SpendHistory[]): number {
  return likelihoodWithSlopes(parameters, histories).value;
}

/**
 * Maximum likelihood. Customers without a repeat order, or whose orders were free, say nothing about spending and are left out.
 *
 * Too little data: fewer than {@link MIN_SPENDING_CUSTOMERS} such customers, a search that does not settle, a parameter that runs off, or
 * q of at most 1, under which the mean over all customers is infinite.
 *
 * @throws SojournError `bad_input` when no customer has a repeat order worth something
 */
export function fitSpend(all: readonly SpendHistory[]): SpendFit {
  const histories = all.filter(({ frequency, meanValue, n = 1 }) => frequency > 0 && meanValue > 0 && n > 0);
  if (histories.length === 0) {
    throw new SojournError("bad_input", "no customer has a repeat order with a value");
  }
  // In units of the mean, so that cents and dollars take the same way.
  const customers = histories.reduce((sum, h) => sum + (h.n ?? 1), 0);
  const mean = histories.reduce((sum, h) => sum + (h.n ?? 1) * h.meanValue, 0) / customers;
  const scaled = histories.map((h) => ({ ...h, meanValue: h.meanValue / mean }));
  const best = maximise(([p, q, v]) => likelihoodWithSlopes({ p: p!, q: q!, v: v! }, scaled), [2, 3, 1]);
  const [p, q, v] = best.parameters as [number, number, number];
  const parameters = { p, q, v: v * mean };
  const reasons: string[] = [];
  if (customers < MIN_SPENDING_CUSTOMERS) {
    reasons.push(`${customers} customers with repeat orders; at least ${MIN_SPENDING_CUSTOMERS} are needed`);
  }
  if (best.atBound) reasons.push("a parameter runs off to 0 or infinity: the data do not hold it");
  else if (!best.converged) reasons.push("the search for the best parameters does not settle");
  if (q <= 1) reasons.push("the mean spend over all customers has no finite value (q is at most 1)");
  return {
    parameters,
    logLikelihood: spendLogLikelihood(parameters, histories),
    customers,
    tooLittleData: reasons.length > 0,
    reasons,
  };
}

/**
 * The expected mean value of the customer's future orders: p (v + x m) / (px + q - 1), their own mean drawn towards everybody's.
 *
 * Without a repeat order this is the mean over all customers, p v / (q - 1). Needs px + q > 1.
 */
export function expectedValue({ p, q, v }: SpendParameters, { frequency, meanValue }: SpendHistory): number {
  return (p * (v + frequency * meanValue)) / (p * frequency + q - 1);
}

function likelihoodWithSlopes({ p, q, v }: SpendParameters, histories: readonly SpendHistory[]) {
  let value = 0;
  let byP = 0;
  let byQ = 0;
  let byV = 0;
  const own = { lnGamma: lnGamma(q), digamma: digamma(q), lnV: Math.log(v) };
  const shared = new Map<number, { lnRatio: number; slopeAll: number; slopeP: number }>();
  for (const { frequency: x, meanValue: m, n = 1 } of histories) {
    const px = p * x;
    let gammas = shared.get(x);
    if (gammas === undefined) {
      gammas = {
        lnRatio: lnGamma(px + q) - lnGamma(px) - own.lnGamma,
        slopeAll: digamma(px + q),
        slopeP: digamma(px),
      };
      shared.set(x, gammas);
    }
    const lnSum = Math.log(v + x * m);
    const lnXm = Math.log(x * m);
    value += n * (gammas.lnRatio + q * own.lnV + px * lnXm - Math.log(m) - (px + q) * lnSum);
    byP += n * x * (gammas.slopeAll - gammas.slopeP + lnXm - lnSum);
    byQ += n * (gammas.slopeAll - own.digamma + own.lnV - lnSum);
    byV += n * (q / v - (px + q) / (v + x * m));
  }
  return { value, slopes: [byP, byQ, byV] };
}
