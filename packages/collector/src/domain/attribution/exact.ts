/**
 * Sums that can be trusted: compensated addition, rows that add up to their total, and rounding for display.
 *
 * Knows numbers only. Which rows there are, and why, is said by the callers.
 */
import { SojournError } from "../../errors.ts";

/**
 * The sum of the numbers, as if added without rounding and rounded once (Neumaier, 1974, "Rundungsfehleranalyse
 * einiger Verfahren zur Summation endlicher Summen"); exact for whole numbers below 2^53.
 */
export function sum(numbers: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const n of numbers) {
    const next = total + n;
    lost += Math.abs(total) >= Math.abs(n) ? total - next + n : n - next + total;
    total = next;
  }
  return total + lost;
}

/**
 * The same amounts, moved by the last few bits so that adding them in their order gives `total`: the difference goes to
 * the largest. Amounts that sum to nothing are returned as they are.
 */
export function settled(amounts: readonly number[], total: number): number[] {
  const result = [...amounts];
  let largest = 0;
  for (let i = 1; i < result.length; i++) if (Math.abs(result[i]!) > Math.abs(result[largest]!)) largest = i;
  if (result.length === 0 || result[largest] === 0) return result;
  // One step is enough but for ties in the last bit; four rounds leave none that can be mended.
  for (let round = 0; round < 4; round++) {
    const missing = total - result.reduce((a, b) => a + b, 0);
    if (missing === 0) break;
    result[largest]! += missing;
  }
  return result;
}

/**
 * Rounds amounts to `digits` decimals so that the rounded ones add up to the rounded total (largest remainder, also called
 * Hamilton's method). For display only: stored credits stay unrounded. Equal remainders are served in the order given.
 *
 * `largestRemainder([1 / 3, 1 / 3, 1 / 3], 1, 2)` gives `[0.34, 0.33, 0.33]`.
 *
 * @param digits 0 to 9 decimals
 * @throws SojournError `bad_input` when the amounts do not add up to the total
 */
export function largestRemainder(amounts: readonly number[], total: number, digits: number): number[] {
  const scale = 10 ** digits;
  const whole = Math.round(total * scale);
  // 1.15 * 100 is 114.99999999999999: a hair below a whole step is that step.
  const hair = 1e-6;
  const floors = amounts.map((amount) => Math.floor(amount * scale + hair));
  const left = whole - floors.reduce((a, b) => a + b, 0);
  if (left < 0 || left > amounts.length) {
    throw new SojournError("bad_input", `the amounts do not add up to ${total}`, {
      hint: "Pass every row, the unattributed one included.",
    });
  }
  const byRemainder = amounts
    .map((amount, index) => ({ index, remainder: Math.round((amount * scale - floors[index]!) / hair) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) floors[index]! += 1;
  return floors.map((steps) => steps / scale);
}
