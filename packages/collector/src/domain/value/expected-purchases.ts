/**
 * How many purchases a customer will make, under a fitted model of buying until one drops out.
 *
 * Owns the arithmetic of the expectation; the models and their fit are in `purchase-model.ts`.
 */
import { lnBeta } from "./log-gamma.ts";
import {
  chances,
  type PurchaseHistory,
  type PurchaseModel,
  type PurchaseParameters,
  probabilityAlive,
} from "./purchase-model.ts";

/**
 * How many purchases the customer is expected to make in the `horizon` after T.
 *
 * The published formula, P(alive) · (a+s-1)/(a-1) · [1 - ((α+T)/(α+T+h))^(r+x) · 2F1(r+x, s; a+s-1; h/(α+T+h))] with s = b + chances to drop
 * out so far, loses all digits near a = 1. The same number as a sum of positive terms: a customer who never drops out makes N purchases,
 * N negative binomial; the k-th of them happens if the customer survived k - 1 chances, which has probability (s)_(k-1) / (a+s)_(k-1):
 * E = P(alive) · Σ_k P(N >= k) · (s)_(k-1) / (a+s)_(k-1).
 *
 * @param horizon 0 or more, in the unit of the history
 */
export function expectedPurchases(
  model: PurchaseModel,
  parameters: PurchaseParameters,
  history: PurchaseHistory,
  horizon: number,
): number {
  const { r, alpha, a, b } = parameters;
  const alive = probabilityAlive(model, parameters, history);
  const s = b + chances(model, history.frequency);
  return alive * purchasesWhileAlive(r + history.frequency, alpha + history.T, a, s, horizon);
}

/** How many repeat purchases a new customer is expected to make in the `horizon` after the first purchase. */
export function expectedRepeats(
  model: PurchaseModel,
  parameters: PurchaseParameters,
  horizon: number,
): number {
  const newcomer = { frequency: 0, recency: 0, T: 0 };
  return expectedPurchases(model, parameters, newcomer, horizon);
}

/** From so many times the rate on, the sum would take more than about ten thousand terms and the integral is quicker. */
const LONG_HORIZON = 250;

function purchasesWhileAlive(shape: number, rate: number, a: number, s: number, horizon: number): number {
  if (!(horizon > 0)) return 0;
  if (horizon > LONG_HORIZON * rate) return purchasesByIntegral(shape, rate, a, s, horizon);
  const u = horizon / (rate + horizon);
  const mean = (shape * u) / (1 - u);
  // ln P(N = k) by recurrence from ln P(N = 0): the probability itself may be too small to write.
  let lnMass = shape * Math.log1p(-u);
  let beyond = -Math.expm1(lnMass);
  let survived = 1;
  let total = 0;
  for (let k = 1; ; k++) {
    total += beyond * survived;
    lnMass += Math.log((u * (shape + k - 1)) / k);
    survived *= (s + k - 1) / (a + s + k - 1);
    beyond -= Math.exp(lnMass);
    // `beyond` is 1 minus a sum, so its last digits are rounding; past the mean it has fallen to nothing when it reaches them.
    if (k > mean && beyond * survived <= 1e-15 * total) return total;
  }
}

/**
 * The same expectation as an integral over the chance p to drop out: a customer with that chance makes
 * (1 - (1 + p h / rate)^-shape) / p purchases. With p = 1 / (1 + e^-z) the beta density becomes a smooth hump on the whole line, where the
 * plain trapezoid rule is exact to rounding.
 */
function purchasesByIntegral(shape: number, rate: number, a: number, s: number, horizon: number): number {
  const lnNorm = lnBeta(a, s);
  const step = Math.min(0.1, 0.2 / Math.sqrt(1 + Math.min(a, s)));
  const low = -Math.log1p(s) - 40 / Math.min(1, a);
  const high = Math.log1p(a) + 40 / Math.min(1, s);
  let total = 0;
  for (let z = low; z <= high; z += step) {
    const lnP = -softplus(-z);
    const lnDensity = a * lnP - s * softplus(z) - lnNorm;
    const p = Math.exp(lnP);
    const missed = Math.expm1(-shape * Math.log1p((p * horizon) / rate));
    total -= (missed * Math.exp(lnDensity)) / p;
  }
  return total * step;
}

function softplus(x: number): number {
  return x > 40 ? x : Math.log1p(Math.exp(x));
}
