import { describe, expect, test } from "vitest";
import { maximise } from "./maximise.ts";

describe("the search for a maximum", () => {
  test("climbs a curved ridge to its top", () => {
    // Rosenbrock's valley turned over, in the logarithms of the parameters; its top is at 1, 1.
    const ridge = ([p, q]: readonly number[]) => {
      const [x, y] = [Math.log(p!) + 1, Math.log(q!) + 1];
      const value = -((1 - x) ** 2) - 100 * (y - x * x) ** 2;
      const slopes = [(2 * (1 - x) + 400 * x * (y - x * x)) / p!, (-200 * (y - x * x)) / q!];
      return { value, slopes };
    };
    const found = maximise(ridge, [Math.exp(-2.2), Math.exp(0)]);
    expect(found).toMatchObject({ converged: true, atBound: false });
    expect(found.parameters[0]).toBeCloseTo(1, 6);
    expect(found.parameters[1]).toBeCloseTo(1, 6);
  });

  test("finds a top far from the start, whatever the size of the function", () => {
    for (const size of [1e-6, 1, 1e9]) {
      const hill = ([p]: readonly number[]) => {
        const x = Math.log(p! / 5_000);
        return { value: -size * x * x, slopes: [(-2 * size * x) / p!] };
      };
      expect(Math.abs(Math.log(maximise(hill, [0.01]).parameters[0]! / 5_000))).toBeLessThan(1e-4);
    }
  });

  test("says that a parameter runs off when the function rises for ever", () => {
    const slope = ([p]: readonly number[]) => ({ value: p! / (1 + p!), slopes: [1 / (1 + p!) ** 2] });
    const found = maximise(slope, [1]);
    expect(found.atBound || found.parameters[0]! > 1e5).toBe(true);
  });
});
