/**
 * How often customers will buy again: the MBG/NBD and BG/NBD models of buying until one drops out.
 *
 * While alive, a customer buys at a rate of their own (gamma: shape r, rate alpha, per unit of time) and drops out after a purchase with a
 * chance of their own (beta: a, b). BG/NBD (Fader, Hardie and Lee, 2005, "Counting your customers the easy way") lets
 * nobody drop out before the first repeat purchase; MBG/NBD (Batislam, Denizel and Filiztekin, 2007; Hoppe and Wagner, 2007; Wagner and
 * Hoppe, 2008, erratum) also after the very first purchase. The formulas of the two differ by one chance to drop out.
 */
import { SojournError } from "../../errors.ts";
import { digamma, lnBeta, lnGamma } from "./log-gamma.ts";
import { maximise } from "./maximise.ts";

export const PURCHASE_MODELS = ["mbg-nbd", "bg-nbd"] as const;
export type PurchaseModel = (typeof PURCHASE_MODELS)[number];

/** What the models need to know of a customer. All times in one unit, the first purchase at 0. */
export interface PurchaseHistory {
  /** Repeat purchases (the first one is not counted): a whole number from 0. */
  frequency: number;
  /** Time of the last purchase; 0 when there was no repeat. */
  recency: number;
  /** How long the customer was observed since the first purchase; at least `recency`. */
  T: number;
}

/** How many customers share a history. */
export interface Tally extends PurchaseHistory {
  n: number;
}

/** All above 0; `alpha` in units of time, the others without unit. */
export interface PurchaseParameters {
  r: number;
  alpha: number;
  a: number;
  b: number;
}

/** Chances a customer had to drop out so far: one per repeat, and under MBG/NBD one at the first purchase. */
export function chances(model: PurchaseModel, frequency: number): number {
  return model === "mbg-nbd" ? frequency + 1 : frequency;
}

/**
 * ln L of the parameters, summed over all customers.
 *
 * For MBG/NBD: L = Γ(r+x) α^r / Γ(r) · B(a, b+x+1) / B(a, b) · ( (α+T)^-(r+x) + a / (b+x) · (α+t)^-(r+x) ).
 * For BG/NBD b+x stands for b+x+1, and the second part is missing when x = 0.
 */
export function logLikelihood(
  model: PurchaseModel,
  parameters: PurchaseParameters,
  tallies: readonly Tally[],
): number {
  return likelihoodWithSlopes(model, byFrequency(tallies), parameters).value;
}

export interface PurchaseFit {
  model: PurchaseModel;
  parameters: PurchaseParameters;
  logLikelihood: number;
  customers: number;
  repeatCustomers: number;
  /** True when the parameters must not be used; `reasons` says why. */
  tooLittleData: boolean;
  reasons: string[];
}

/** Fewer customers, or fewer who came back, cannot tell four parameters apart. */
export const MIN_CUSTOMERS = 100;
export const MIN_REPEAT_CUSTOMERS = 30;

/** Parameters are not held by the data when moving them a hundredfold towards a limit costs less than this in ln L. */
const HELD_BY = 0.01;

/**
 * The ways in which dropping out and buying run off, and what each means to a shop. Beyond one limit the others look flat too, so the
 * first of each list that is reached is the one to name.
 */
const LIMITS: readonly { says: string; move: (q: PurchaseParameters) => PurchaseParameters }[][] = [
  [
    {
      says: "nobody is seen to drop out: the model would expect all to stay for ever",
      move: (q) => ({ ...q, a: q.a / 100 }),
    },
    {
      says: "the data do not show whether customers differ in their chance to drop out",
      move: (q) => ({ ...q, a: q.a * 100, b: q.b * 100 }),
    },
    {
      says: "the data do not tell customers who leave at once from customers who never leave",
      move: (q) => ({ ...q, a: q.a / 100, b: q.b / 100 }),
    },
  ],
  [
    {
      says: "the data do not show whether customers differ in how often they buy",
      move: (q) => ({ ...q, r: q.r * 100, alpha: q.alpha * 100 }),
    },
  ],
];

/**
 * Maximum likelihood. Equal histories are best given once with their number `n`.
 *
 * Too little data: fewer than {@link MIN_CUSTOMERS} customers or {@link MIN_REPEAT_CUSTOMERS} with a repeat, a search that does not settle,
 * or parameters that the data do not hold back from 0 or infinity. Those found are returned all the same, for who looks into it.
 *
 * @throws SojournError `bad_input` for impossible histories (negative, recency beyond T, no customers at all)
 */
export function fitPurchases(tallies: readonly Tally[], model: PurchaseModel = "mbg-nbd"): PurchaseFit {
  tallies.forEach(checkTally);
  const customers = tallies.reduce((n, t) => n + t.n, 0);
  const repeatCustomers = tallies.reduce((n, t) => n + (t.frequency > 0 ? t.n : 0), 0);
  if (customers === 0) throw new SojournError("bad_input", "there are no customers to fit");
  const groups = byFrequency(tallies);
  const slope = ([r, alpha, a, b]: readonly number[]) =>
    likelihoodWithSlopes(model, groups, { r: r!, alpha: alpha!, a: a!, b: b! });
  const best = startsFor(tallies)
    .map((start) => maximise(slope, start))
    .reduce((x, y) => (y.value > x.value + 1e-9 ? y : x));
  const [r, alpha, a, b] = best.parameters as [number, number, number, number];
  const reasons: string[] = [];
  if (customers < MIN_CUSTOMERS) reasons.push(`${customers} customers; at least ${MIN_CUSTOMERS} are needed`);
  if (repeatCustomers < MIN_REPEAT_CUSTOMERS) {
    reasons.push(
      `${repeatCustomers} customers who bought again; at least ${MIN_REPEAT_CUSTOMERS} are needed`,
    );
  }
  if (!best.converged && !best.atBound) reasons.push("the search for the best parameters does not settle");
  for (const limits of LIMITS) {
    const reached = limits.find(({ move }) => {
      const there = likelihoodWithSlopes(model, groups, move({ r, alpha, a, b })).value;
      return best.value - there < HELD_BY;
    });
    if (reached !== undefined) reasons.push(reached.says);
  }
  return {
    model,
    parameters: { r, alpha, a, b },
    logLikelihood: best.value,
    customers,
    repeatCustomers,
    tooLittleData: reasons.length > 0,
    reasons,
  };
}

/** The chance from 0 to 1 that the customer has not dropped out at time T. For people in a list, rank by expected purchases. */
export function probabilityAlive(
  model: PurchaseModel,
  { r, alpha, a, b }: PurchaseParameters,
  { frequency, recency, T }: PurchaseHistory,
): number {
  const dropped = chances(model, frequency);
  if (dropped === 0) return 1;
  const odds = Math.log(a / (b + dropped - 1)) + (r + frequency) * Math.log((alpha + T) / (alpha + recency));
  return 1 / (1 + Math.exp(odds));
}

/** Histories with the same frequency share their gamma functions. */
interface FrequencyGroup {
  frequency: number;
  n: number;
  tallies: readonly Tally[];
}

function byFrequency(tallies: readonly Tally[]): FrequencyGroup[] {
  return [...Map.groupBy(tallies, (t) => t.frequency)].map(([frequency, list]) => ({
    frequency,
    n: list.reduce((n, t) => n + t.n, 0),
    tallies: list,
  }));
}

/** ln L and its derivatives by r, alpha, a, b. */
function likelihoodWithSlopes(
  model: PurchaseModel,
  groups: readonly FrequencyGroup[],
  { r, alpha, a, b }: PurchaseParameters,
): { value: number; slopes: number[] } {
  let value = 0;
  let byR = 0;
  let byAlpha = 0;
  let byA = 0;
  let byB = 0;
  for (const { frequency, n, tallies } of groups) {
    const c = chances(model, frequency);
    const bought = r + frequency;
    value += n * (lnGamma(bought) - lnGamma(r) + r * Math.log(alpha) + lnBeta(a, b + c) - lnBeta(a, b));
    byR += n * (digamma(bought) - digamma(r) + Math.log(alpha));
    byAlpha += (n * r) / alpha;
    const fewer = digamma(a + b) - digamma(a + b + c);
    byA += n * fewer;
    byB += n * (fewer + digamma(b + c) - digamma(b));
    for (const { recency, T, n: same } of tallies) {
      const lnAlive = -bought * Math.log(alpha + T);
      const lnDropped =
        c === 0 ? Number.NEGATIVE_INFINITY : Math.log(a / (b + c - 1)) - bought * Math.log(alpha + recency);
      const larger = Math.max(lnAlive, lnDropped);
      const lnBoth = larger + Math.log(Math.exp(lnAlive - larger) + Math.exp(lnDropped - larger));
      const alive = Math.exp(lnAlive - lnBoth);
      const dropped = Math.exp(lnDropped - lnBoth);
      value += same * lnBoth;
      byR -= same * (alive * Math.log(alpha + T) + dropped * Math.log(alpha + recency));
      byAlpha -= same * bought * (alive / (alpha + T) + dropped / (alpha + recency));
      if (c > 0) {
        byA += (same * dropped) / a;
        byB -= (same * dropped) / (b + c - 1);
      }
    }
  }
  return { value, slopes: [byR, byAlpha, byA, byB] };
}

/**
 * Starting points in the data's own unit of time: the crude rate of repeats, with much, with little and with hardly any dropping out
 * (where nobody seems to leave, the likelihood has a plateau on which a search from afar would rest).
 */
function startsFor(tallies: readonly Tally[]): number[][] {
  let repeats = 0;
  let time = 0;
  for (const { frequency, T, n } of tallies) {
    repeats += n * frequency;
    time += n * T;
  }
  const alphaOf = (r: number) => (r * Math.max(time, Number.MIN_VALUE)) / Math.max(repeats, 0.5);
  return [
    [0.5, alphaOf(0.5) / 2, 1, 2.5],
    [1, alphaOf(1), 0.5, 5],
    [0.8, alphaOf(0.8), 0.03, 3],
  ];
}

function checkTally({ frequency, recency, T, n }: Tally): void {
  const whole = Number.isInteger(frequency) && frequency >= 0 && Number.isFinite(n) && n >= 0;
  const inTime = recency >= 0 && Number.isFinite(T) && T >= recency;
  const agree = frequency > 0 || recency === 0;
  if (whole && inTime && agree) return;
  throw new SojournError(
    "bad_input",
    `frequency ${frequency}, recency ${recency}, T ${T}, n ${n} is no history`,
    {
      hint: "Frequency counts repeat purchases from 0; recency lies between 0 and T, and is 0 when there was no repeat.",
    },
  );
}
