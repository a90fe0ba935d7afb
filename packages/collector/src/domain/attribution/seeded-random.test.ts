import { describe, expect, test } from "vitest";
import { drawGamma, drawNormal, drawPoisson, seededRandom } from "./seeded-random.ts";

function momentsOf(draw: () => number, times = 20_000) {
  const drawn = Array.from({ length: times }, draw);
  const mean = drawn.reduce((a, b) => a + b, 0) / times;
  return { mean, variance: drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / times };
}

describe("seeded chance", () => {
  test("repeats itself for a seed and differs between seeds", () => {
    const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
    expect(new Set(take(0)).size).toBe(5);
  });

  test("is even over the unit interval", () => {
    const { mean, variance } = momentsOf(seededRandom(9));
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  test.each([0, 0.3, 1, 4, 30, 2_500])("draws Poisson counts with mean and variance %d", (mean) => {
    const random = seededRandom(4);
    const found = momentsOf(() => drawPoisson(random, mean));
    const slack = 5 * Math.sqrt(mean / 20_000);
    expect(Math.abs(found.mean - mean)).toBeLessThanOrEqual(slack);
    expect(Math.abs(found.variance - mean)).toBeLessThanOrEqual(0.06 * mean);
  });

  test.each([0.3, 1, 7.5])("draws gamma amounts of shape %d", (shape) => {
    const random = seededRandom(5);
    const found = momentsOf(() => drawGamma(random, shape, 2));
    expect(found.mean / (shape / 2)).toBeCloseTo(1, 1);
    expect(found.variance / (shape / 4)).toBeCloseTo(1, 1);
  });

  test("draws normal amounts around 0", () => {
    const random = seededRandom(6);
    const { mean, variance } = momentsOf(() => drawNormal(random));
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(variance).toBeCloseTo(1, 1);
  });
});
