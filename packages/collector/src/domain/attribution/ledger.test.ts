/** Sums that lose nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { openLedger } from "./ledger.ts";

test("a ledger's rows add up to the total they are closed with, and each is the sum of what was added", () => {
  const entry = fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 1_000_000 }));
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 200 }), (entries) => {
      const ledger = openLedger(5);
      const plain = new Array<number>(5).fill(0);
      let total = 0;
      for (const [value, parts, amount] of entries) {
        total += amount;
        for (let part = 0; part < parts; part++) {
          const place = (value + part) % 5;
          ledger.add(place, amount / parts);
          plain[place]! += amount / parts;
        }
      }
      const rows = ledger.close(total);
      // To the last bit, or one beside it.
      const sum = rows.reduce((all, row) => all + row, 0);
      expect(Math.abs(sum - total)).toBeLessThanOrEqual(total * 2 ** -51);
      rows.forEach((row, i) => {
        expect(Math.abs(row - plain[i]!)).toBeLessThanOrEqual(1e-9 * total);
      });
    }),
  );
});
