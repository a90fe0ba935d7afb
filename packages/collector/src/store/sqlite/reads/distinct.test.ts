/**
 * Counting distinct people per range, against sets.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinctPerRange } from "./distinct.ts";

const HOUR = 3_600_000;

const rows = fc.array(
  fc.record({ person: fc.nat(200_000), at: fc.nat(9 * 24).map((hours) => hours * HOUR) }),
  {
    maxLength: 200,
  },
);
const ranges = fc.array(
  fc.record({ from: fc.nat(9 * 24), length: fc.nat(5 * 24) }).map(({ from, length }) => ({
    from: from * HOUR,
    to: (from + length) * HOUR,
  })),
  { maxLength: 8 },
);

describe("distinct people per range", () => {
  test("are the sizes of sets, whatever the ranges share, and whoever is chosen", () => {
    fc.assert(
      fc.property(rows, ranges, fc.option(fc.nat(200_000)), (all, asked, below) => {
        const chosen = below === null ? null : new Uint8Array(below).fill(1);
        const read = (from: number, to: number) =>
          all.filter(({ at }) => at >= from && at < to).map(({ person }) => person);
        const expected = asked.map(
          ({ from, to }) => new Set(read(from, to).filter((person) => below === null || person < below)).size,
        );
        expect(distinctPerRange(asked, read, chosen)).toEqual(expected);
      }),
    );
  });

  test("reads what a period and its days share once, and no more than a day at a time", () => {
    const day = 24 * HOUR;
    const reads: [number, number][] = [];
    const days = [0, 1, 2].map((n) => ({ from: n * day, to: (n + 1) * day }));
    distinctPerRange(
      [{ from: 0, to: 3 * day }, ...days],
      (from, to) => {
        reads.push([from, to]);
        return [];
      },
      null,
    );
    expect(reads).toEqual(days.map(({ from, to }) => [from, to]));
  });
});
