import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawGamma, type Random, seededRandom } from "../attribution/seeded-random.ts";
import { expectedPurchases, expectedRepeats } from "./expected-purchases.ts";
import { tallied } from "./order-history.ts";
import {
  fitPurchases,
  logLikelihood,
  PURCHASE_MODELS,
  type PurchaseHistory,
  type PurchaseModel,
  type PurchaseParameters,
  probabilityAlive,
} from "./purchase-model.ts";

/** Fader, Hardie and Lee (2005), table 2: BG/NBD fitted to the CDNOW sample, weeks. */
const CDNOW_BG = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };

const parametersOf = () =>
  fc.record({
    r: fc.double({ min: 0.1, max: 5, noNaN: true }),
    alpha: fc.double({ min: 0.5, max: 30, noNaN: true }),
    a: fc.double({ min: 0.1, max: 5, noNaN: true }),
    b: fc.double({ min: 0.2, max: 10, noNaN: true }),
  });

const historyOf = () =>
  fc
    .record({ frequency: fc.nat(30), part: fc.double({ min: 0, max: 1, noNaN: true }), T: fc.nat(80) })
    .map(({ frequency, part, T }) => ({ frequency, recency: frequency === 0 ? 0 : part * T, T }));

/** Gauss's series, term by term. */
function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let total = 1;
  for (let k = 0; Math.abs(term) > 1e-17 * Math.abs(total) || k < 50; k++) {
    term *= (((a + k) * (b + k)) / ((c + k) * (k + 1))) * z;
    total += term;
  }
  return total;
}

/** The conditional expectation as Fader, Hardie and Lee print it, with the chance to be alive spelled out; no use near a = 1. */
function printedExpectation(
  model: PurchaseModel,
  q: PurchaseParameters,
  h: PurchaseHistory,
  t: number,
): number {
  const { r, alpha, a } = q;
  const { frequency: x, recency, T } = h;
  const b = model === "mbg-nbd" ? q.b + 1 : q.b;
  const shrink = ((alpha + T) / (alpha + T + t)) ** (r + x);
  const inner = 1 - shrink * hypergeometric(r + x, b + x, a + b + x - 1, t / (alpha + T + t));
  const couldDrop = model === "mbg-nbd" || x > 0;
  const odds = couldDrop ? (a / (b + x - 1)) * ((alpha + T) / (alpha + recency)) ** (r + x) : 0;
  return (((a + b + x - 1) / (a - 1)) * inner) / (1 + odds);
}

/** L by integrating over everybody's possible rate and chance to drop out: nothing of the closed form is used. */
function likelihoodByIntegral(model: PurchaseModel, q: PurchaseParameters, h: PurchaseHistory): number {
  const steps = 600;
  const extra = model === "mbg-nbd" ? 1 : 0;
  let above = 0;
  let rates = 0;
  let chances = 0;
  for (let j = 0; j < steps; j++) {
    const p = (j + 0.5) / steps;
    chances += p ** (q.a - 1) * (1 - p) ** (q.b - 1);
  }
  for (let i = 0; i < steps; i++) {
    // Evenly spaced roots of the rate: the density is then smooth at 0, where the midpoint rule would lose digits.
    const root = ((i + 0.5) / steps) * Math.sqrt(40 / q.alpha);
    const rate = root * root;
    const density = rate ** (q.r - 1) * Math.exp(-q.alpha * rate) * root;
    rates += density;
    for (let j = 0; j < steps; j++) {
      const p = (j + 0.5) / steps;
      const chance = p ** (q.a - 1) * (1 - p) ** (q.b - 1);
      const c = h.frequency + extra;
      const stays = (1 - p) ** c * Math.exp(-rate * h.T);
      const left = c === 0 ? 0 : p * (1 - p) ** (c - 1) * Math.exp(-rate * h.recency);
      above += density * chance * rate ** h.frequency * (stays + left);
    }
  }
  return above / rates / chances;
}

describe("the likelihood", () => {
  const q = { r: 2, alpha: 3, a: 2, b: 3 };
  test.each([
    { model: "bg-nbd" as const, history: { frequency: 0, recency: 0, T: 5 } },
    { model: "bg-nbd" as const, history: { frequency: 3, recency: 4, T: 9 } },
    { model: "mbg-nbd" as const, history: { frequency: 0, recency: 0, T: 5 } },
    { model: "mbg-nbd" as const, history: { frequency: 3, recency: 4, T: 9 } },
  ])("of $model equals the integral over all customers for $history", ({ model, history }) => {
    const found = logLikelihood(model, q, [{ ...history, n: 1 }]);
    expect(found).toBeCloseTo(Math.log(likelihoodByIntegral(model, q, history)), 4);
  });

  test("counts a tally as that many customers", () => {
    fc.assert(
      fc.property(parametersOf(), historyOf(), fc.integer({ min: 2, max: 50 }), (parameters, history, n) => {
        for (const model of PURCHASE_MODELS) {
          const one = logLikelihood(model, parameters, [{ ...history, n: 1 }]);
          expect(logLikelihood(model, parameters, [{ ...history, n }]) / n).toBeCloseTo(one, 9);
        }
      }),
    );
  });
});

describe("expected purchases", () => {
  test("are those published for a CDNOW customer: 1.226 in the next 39 weeks", () => {
    const customer = { frequency: 2, recency: 30.43, T: 38.86 };
    expect(expectedPurchases("bg-nbd", CDNOW_BG, customer, 39)).toBeCloseTo(1.226, 3);
  });

  test("equal the printed formula wherever it keeps its digits", () => {
    const horizon = fc.double({ min: 0.1, max: 200, noNaN: true });
    fc.assert(
      fc.property(
        parametersOf(),
        historyOf(),
        horizon,
        fc.constantFrom(...PURCHASE_MODELS),
        (q, h, t, model) => {
          fc.pre(Math.abs(q.a - 1) > 0.05 && q.a + q.b > 1.05);
          const wanted = printedExpectation(model, q, h, t);
          fc.pre(wanted > 1e-4);
          expect(expectedPurchases(model, q, h, t) / wanted).toBeCloseTo(1, 6);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("pass through a = 1, where the printed formula divides by nothing", () => {
    const history = { frequency: 3, recency: 10, T: 12 };
    const at = (a: number) => expectedPurchases("mbg-nbd", { ...CDNOW_BG, a }, history, 26);
    expect(at(1)).toBeGreaterThan(0);
    expect(at(1)).toBeCloseTo((at(1 - 1e-6) + at(1 + 1e-6)) / 2, 9);
  });

  test("meet where the sum hands over to the integral for very long horizons", () => {
    fc.assert(
      fc.property(parametersOf(), historyOf(), fc.constantFrom(...PURCHASE_MODELS), (q, h, model) => {
        const border = 250 * (q.alpha + h.T);
        const [sum, integral] = [border * (1 - 1e-12), border * (1 + 1e-12)].map((t) =>
          expectedPurchases(model, q, h, t),
        );
        expect(integral! / sum!).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  test("grow with the horizon, from nothing", () => {
    fc.assert(
      fc.property(parametersOf(), historyOf(), fc.constantFrom(...PURCHASE_MODELS), (q, h, model) => {
        expect(expectedPurchases(model, q, h, 0)).toBe(0);
        expect(expectedPurchases(model, q, h, 20)).toBeGreaterThanOrEqual(expectedPurchases(model, q, h, 10));
      }),
    );
  });
});

describe("the chance to be alive", () => {
  test("is certain under BG/NBD, and not under MBG/NBD, for somebody who bought once", () => {
    const once = { frequency: 0, recency: 0, T: 20 };
    expect(probabilityAlive("bg-nbd", CDNOW_BG, once)).toBe(1);
    expect(probabilityAlive("mbg-nbd", CDNOW_BG, once)).toBeLessThan(1);
  });

  test("is one in Bayes's eyes: the part of the likelihood in which the customer stayed", () => {
    const q = { r: 2, alpha: 3, a: 2, b: 3 };
    // (a / (b + x)) ((alpha + T) / (alpha + t))^(r + x) = (2 / 4) (8 / 4)^3 = 4 for x = 1 under MBG/NBD.
    expect(probabilityAlive("mbg-nbd", q, { frequency: 1, recency: 1, T: 5 })).toBeCloseTo(1 / 5, 14);
    // Under BG/NBD b + x - 1 = 3 stands for b + x: odds 16 / 3.
    expect(probabilityAlive("bg-nbd", q, { frequency: 1, recency: 1, T: 5 })).toBeCloseTo(3 / 19, 14);
  });

  test("stays between 0 and 1 for the most silent of frequent buyers", () => {
    const alive = probabilityAlive("mbg-nbd", CDNOW_BG, { frequency: 900, recency: 1, T: 5_000 });
    expect(alive).toBeGreaterThanOrEqual(0);
    expect(alive).toBeLessThan(1e-9);
  });
});

/** Lives customers out by the model's own story. */
function simulate(
  model: PurchaseModel,
  q: PurchaseParameters,
  customers: number,
  until: (random: Random) => number,
  seed: number,
): (PurchaseHistory & { later: number })[] {
  const random = seededRandom(seed);
  return Array.from({ length: customers }, () => {
    const rate = drawGamma(random, q.r, q.alpha);
    const x = drawGamma(random, q.a);
    const p = x / (x + drawGamma(random, q.b));
    const T = until(random);
    let at = 0;
    const life = { frequency: 0, recency: 0, T, later: 0 };
    let alive = model === "bg-nbd" || random() >= p;
    while (alive) {
      at -= Math.log(1 - random()) / rate;
      if (at > T + 26) break;
      if (at <= T) {
        life.frequency++;
        life.recency = at;
      } else life.later++;
      alive = random() >= p;
    }
    return life;
  });
}

describe("fitting", () => {
  const truth = { r: 0.8, alpha: 6, a: 0.9, b: 3 };

  test.each(PURCHASE_MODELS)("finds the parameters behind twenty thousand %s customers", (model) => {
    const lives = simulate(model, truth, 20_000, (random) => 40 + 12 * random(), 17);
    const fit = fitPurchases(tallied(lives), model);
    expect(fit.tooLittleData).toBe(false);
    for (const key of ["r", "alpha", "a", "b"] as const) {
      expect(Math.abs(Math.log(fit.parameters[key] / truth[key]))).toBeLessThan(0.2);
    }
    // No parameters do better: not the true ones, nor any a step away.
    expect(fit.logLikelihood).toBeGreaterThan(logLikelihood(model, truth, tallied(lives)));
    for (const key of ["r", "alpha", "a", "b"] as const) {
      for (const factor of [0.999, 1.001]) {
        const beside = { ...fit.parameters, [key]: fit.parameters[key] * factor };
        expect(logLikelihood(model, beside, tallied(lives))).toBeLessThan(fit.logLikelihood);
      }
    }
    const later = lives.reduce((n, life) => n + life.later, 0);
    const expected = lives.reduce((n, life) => n + expectedPurchases(model, fit.parameters, life, 26), 0);
    expect(expected / later).toBeGreaterThan(0.95);
    expect(expected / later).toBeLessThan(1.05);
    const repeats = lives.reduce((n, life) => n + life.frequency, 0);
    const byNow = lives.reduce((n, life) => n + expectedRepeats(model, fit.parameters, life.T), 0);
    expect(byNow / repeats).toBeGreaterThan(0.97);
    expect(byNow / repeats).toBeLessThan(1.03);
  });

  test("does not depend on the unit of time", () => {
    const lives = simulate("mbg-nbd", truth, 2_000, () => 50, 3);
    const weeks = fitPurchases(tallied(lives));
    const days = fitPurchases(tallied(lives.map((l) => ({ ...l, recency: l.recency * 7, T: l.T * 7 }))));
    expect(days.parameters.alpha / weeks.parameters.alpha).toBeCloseTo(7, 4);
    expect(days.parameters.a).toBeCloseTo(weeks.parameters.a, 5);
  });

  test("finds the better of two hills when hardly anybody drops out", () => {
    const faithful = { r: 0.8, alpha: 10, a: 0.002, b: 12 };
    const tallies = tallied(simulate("mbg-nbd", faithful, 4_000, (random) => 10 + 40 * random(), 29));
    const fit = fitPurchases(tallies);
    for (const a of [1e-6, 1e-4, 0.01, 0.1]) {
      for (const b of [0.1, 1, 10, 100, 1_000]) {
        expect(fit.logLikelihood).toBeGreaterThan(
          logLikelihood("mbg-nbd", { ...fit.parameters, a, b }, tallies),
        );
      }
    }
  });

  test("says too little data for few customers and for few who came back", () => {
    const lives = simulate("mbg-nbd", truth, 99, () => 50, 3);
    expect(fitPurchases(tallied(lives)).reasons).toContain("99 customers; at least 100 are needed");
    const { reasons } = fitPurchases([
      { frequency: 0, recency: 0, T: 30, n: 500 },
      { frequency: 1, recency: 9, T: 30, n: 29 },
    ]);
    expect(reasons).toContain("29 customers who bought again; at least 30 are needed");
  });

  test("says too little data when nothing in the data tells a parameter", () => {
    // Everybody bought at the very end: no sign of dropping out.
    const { tooLittleData, reasons } = fitPurchases([{ frequency: 10, recency: 50, T: 50, n: 500 }]);
    expect(tooLittleData).toBe(true);
    expect(reasons.join()).toContain("nobody is seen to drop out");
    expect(reasons.join()).toContain("whether customers differ in how often they buy");
  });

  test.each([
    { frequency: -1, recency: 0, T: 1, n: 1 },
    { frequency: 1.5, recency: 1, T: 2, n: 1 },
    { frequency: 1, recency: 3, T: 2, n: 1 },
    { frequency: 0, recency: 1, T: 2, n: 1 },
    { frequency: 1, recency: 1, T: Number.NaN, n: 1 },
  ])("refuses the impossible history %j", (tally) => {
    expect(() => fitPurchases([tally])).toThrow("no history");
  });

  test("refuses to fit nobody", () => {
    expect(() => fitPurchases([])).toThrow("no customers");
  });
});
