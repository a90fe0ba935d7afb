/**
 * Books credit by value: sums that lose nothing, and rows that add up to what was booked.
 *
 * For reports over many conversions: shares come from `shares.ts` one conversion at a time, and only sums are kept.
 */
import { settled } from "./exact.ts";

/** Sums per value, by the value's number. */
export interface Ledger {
  /** Adds an amount to a value. */
  add(value: number, amount: number): void;
  /** The sums per value; with a total, moved by their last bits so that they add up to it. */
  close(total?: number): number[];
}

/** A ledger for values 0 to `values` - 1. Sums are compensated (Neumaier, 1974; see `exact.ts`). */
export function openLedger(values: number): Ledger {
  const totals = new Float64Array(values);
  const lost = new Float64Array(values);
  return {
    add(value, amount) {
      const total = totals[value]!;
      const next = total + amount;
      lost[value]! += Math.abs(total) >= Math.abs(amount) ? total - next + amount : amount - next + total;
      totals[value] = next;
    },
    close(total) {
      const sums = Array.from(totals, (sum, value) => sum + lost[value]!);
      return total === undefined ? sums : settled(sums, total);
    },
  };
}
