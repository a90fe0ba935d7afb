import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Moves, Role } from "../src/api-shapes.ts";
import { layoutPath, WIDTH } from "../src/charts/path-layout.ts";
import { stageColours } from "../src/stage-colours.ts";

const stage = (name: string, role: Role, end = 10): Moves["stages"][number] => ({
  stage: name,
  label: name,
  role,
  start: 10,
  end,
  entered: 5,
  left: 5,
  medianDays: 3,
});

const flowOf = (stages: Moves["stages"], gross: [string, string, number][]): Moves => ({
  stages,
  gross: gross.map(([from, to, moves]) => ({ from, to, moves, people: moves, rate: null })),
});

/** Any model with 1 to 7 steps, up to 3 silences, up to 2 returns, and any moves between them. */
const flows = (): fc.Arbitrary<Moves> =>
  fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 }))
    .chain(([steps, silences, returns]) => {
      const stages = [
        ...Array.from({ length: steps }, (_, i) => stage(`p${i}`, "path")),
        ...Array.from({ length: silences }, (_, i) => stage(`q${i}`, "quiet")),
        ...Array.from({ length: Math.min(returns, steps) }, (_, i) => stage(`r${i}`, "return")),
      ];
      const name = fc.constantFrom(...stages.map((s) => s.stage));
      return fc
        .array(fc.tuple(name, name, fc.integer({ min: 0, max: 5_000 })), { maxLength: 30 })
        .map((moves) => flowOf(stages, moves));
    });

describe("the map of stages", () => {
  test("has room for every card of any model, inside the drawing and apart from the others", () => {
    fc.assert(
      fc.property(flows(), (flow) => {
        const { cards, height } = layoutPath(flow);
        for (const card of cards) {
          expect(card.x).toBeGreaterThanOrEqual(-0.01);
          expect(card.x + card.width).toBeLessThanOrEqual(WIDTH + 0.01);
          expect(card.y + card.height).toBeLessThanOrEqual(height);
        }
        for (const [i, a] of cards.entries()) {
          for (const b of cards.slice(i + 1)) {
            const isApart =
              a.x + a.width <= b.x + 0.01 ||
              b.x + b.width <= a.x + 0.01 ||
              a.y + a.height <= b.y + 0.01 ||
              b.y + b.height <= a.y + 0.01;
            expect(isApart, `${a.stage} and ${b.stage}`).toBe(true);
          }
        }
      }),
    );
  });

  test("draws ribbons in proportion to the people, the smallest 1.6 wide", () => {
    fc.assert(
      fc.property(flows(), (flow) => {
        const { ribbons } = layoutPath(flow);
        for (const a of ribbons) {
          if (a.people === 0) expect(a.width).toBe(0);
          else expect(a.width).toBeGreaterThanOrEqual(1.6);
          for (const b of ribbons) {
            if (a.width > 1.6 && b.width > 1.6) expect(a.width / b.width).toBeCloseTo(a.people / b.people, 6);
          }
        }
      }),
    );
  });

  test("counts whoever skips a step as moved on", () => {
    const flow = flowOf(
      [stage("a", "path"), stage("b", "path"), stage("c", "path")],
      [
        ["a", "c", 3],
        ["a", "b", 4],
      ],
    );
    expect(layoutPath(flow).ribbons.find(({ from }) => from === "a")?.people).toBe(7);
  });

  test("gives every stage of the path a colour of its own", () => {
    const stages = Array.from({ length: 7 }, (_, i) => stage(`p${i}`, "path"));
    expect(new Set(stageColours(stages).values()).size).toBe(7);
  });
});
