import fc from "fast-check";
import { expect, test } from "vitest";
import { openWalkBook } from "./walks.ts";

test("every distinct path has one row, found again whatever came between, and keeps its numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(3), { maxLength: 6 }), { maxLength: 3_000 }), (paths) => {
      const book = openWalkBook();
      const rowOf = new Map<string, number>();
      for (const path of paths) {
        const row = book.row(path, path.length);
        expect(rowOf.get(path.join()) ?? row).toBe(row);
        rowOf.set(path.join(), row);
      }
      const { rows, starts, ids } = book.paths();
      expect(rows).toBe(rowOf.size);
      for (const [text, row] of rowOf) expect(ids.subarray(starts[row], starts[row + 1]).join()).toBe(text);
    }),
    { numRuns: 30 },
  );
});

test("only as much of a list as is said belongs to the path", () => {
  const book = openWalkBook();
  const buffer = new Uint32Array([4, 5, 6]);
  expect([book.row(buffer, 2), book.row([4, 5], 2), book.row(buffer, 3), book.row([], 0)]).toEqual([
    0, 0, 1, 2,
  ]);
});
