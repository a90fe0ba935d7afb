/** The sizing in the manual is what the simulation says, and the simulation does not lose or invent anything. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COSTS, type Plan, SIZES, simulate } from "../bench/scaling/simulate.ts";

const manual = readFileSync(join(import.meta.dirname, "../../../docs/scaling.md"), "utf8");
const plural = (n: number, word: string, more: string): string => `${n} ${n === 1 ? word : more}`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;

describe("the table of sizes", () => {
  test.each(SIZES)("says of $name what the simulation says", ({ name, ...plan }) => {
    const calm = simulate(plan);
    const away = simulate({ ...plan, engineAway: { atHour: 19, minutes: 60 } });
    const { nodes, coresPerNode, copies } = plan.engine;
    const row = [
      name,
      String(plan.shares.length),
      `${plural(nodes, "node", "nodes")} of ${coresPerNode} cores, ${plural(copies, "copy", "copies")}`,
      percent(calm.writerLoad),
      percent(calm.engineLoad),
      calm.gigabytes.filesPerDay.toFixed(1),
      calm.gigabytes.enginePerDay.toFixed(1),
      `${Math.round(away.mostUnshipped).toLocaleString("en")}, ${away.caughtUpAfterMinutes} min`,
    ];
    expect(manual).toContain(`| ${row.join(" | ")} |`);
  });

  test("rests on costs that the manual names", () => {
    const { writerMicros, forwardMicros, engineMicros, fileBytes, spoolBytes, engineBytes } = COSTS;
    for (const said of [
      `${writerMicros} microseconds of the writer's core`,
      `${forwardMicros} of the forwarder's`,
      `${engineMicros} of the engine's per copy`,
      `${fileBytes} bytes in the file, ${spoolBytes} in batches, ${engineBytes} in\nthe engine`,
    ])
      expect(manual).toContain(said);
  });
});

describe("the simulation", () => {
  const plans: fc.Arbitrary<Plan> = fc.record({
    touchpointsPerDay: fc.integer({ min: 1_000, max: 3_000_000_000 }),
    shares: fc.integer({ min: 1, max: 8 }).map((count) => Array.from({ length: count }, () => 1 / count)),
    peak: fc.double({ min: 1, max: 3, noNaN: true }),
    engine: fc.record({
      nodes: fc.integer({ min: 1, max: 6 }),
      coresPerNode: fc.integer({ min: 1, max: 16 }),
      copies: fc.integer({ min: 1, max: 3 }),
    }),
    engineAway: fc.record({
      atHour: fc.integer({ min: 0, max: 40 }),
      minutes: fc.integer({ min: 0, max: 300 }),
    }),
    collectorGone: fc.record({
      atHour: fc.integer({ min: 0, max: 40 }),
      minutes: fc.integer({ min: 0, max: 300 }),
    }),
  });

  test("loses and invents nothing, whatever fails", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(Math.abs(simulate(plan).lost)).toBeLessThan(plan.touchpointsPerDay * 1e-6);
      }),
      { numRuns: 40 },
    );
  });

  test("lets what waits grow with the length of an outage, and the load with touchpoints", () => {
    const plan = SIZES[2]!;
    const away = (minutes: number) => simulate({ ...plan, engineAway: { atHour: 19, minutes } });
    expect(away(120).mostUnshipped).toBeGreaterThan(1.8 * away(60).mostUnshipped);
    expect(away(60).longestLagMinutes).toBeGreaterThanOrEqual(59);
    expect(simulate({ ...plan, touchpointsPerDay: 2e8 }).writerLoad).toBeCloseTo(
      2 * simulate(plan).writerLoad,
    );
  });

  test("says when a plan is too small: it does not catch up", () => {
    const plan: Plan = {
      touchpointsPerDay: 4e9,
      shares: [1],
      peak: 1,
      engine: { nodes: 1, coresPerNode: 2, copies: 1 },
    };
    const { writerLoad, caughtUpAfterMinutes } = simulate({
      ...plan,
      engineAway: { atHour: 1, minutes: 10 },
    });
    expect(writerLoad).toBeGreaterThan(1);
    expect(caughtUpAfterMinutes).toBeNull();
  });
});
