/**
 * Reads days and amounts as people's spreadsheets write them: 1.234,56 €, 11/1/2026, 1. Nov. 2026.
 *
 * What one cell cannot tell (is 1,234 one or one thousand?), the column tells: every cell of a file was written by one program.
 */
import { parseMinor } from "../domain/money.ts";
import type { Minor } from "../domain/touchpoint.ts";
import { dayOfIso } from "../domain/zone.ts";

/** Which of two numbers comes first in 1/2/2026. */
export type DayOrder = "dmy" | "mdy";

const MONTHS: readonly (readonly string[])[] = [
  ["jan", "ene", "gen"],
  ["feb", "fév", "fev"],
  ["mar", "mär", "mrz", "maa", "mrt"],
  ["apr", "avr", "abr"],
  ["may", "mai", "maj", "mag", "mei"],
  ["jun", "juin", "giu"],
  ["jul", "juil", "lug"],
  ["aug", "aoû", "aou", "ago"],
  ["sep", "set"],
  ["oct", "okt", "ott"],
  ["nov"],
  ["dec", "dez", "déc", "dic"],
];

/** "2026-11-01" of a cell, or undefined when it is no day. */
export function readDay(cell: string, order: DayOrder): string | undefined {
  const text = cell.trim().replace(/[T ]\d{1,2}:\d{2}.*$/, "");
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (iso !== null) return dayFrom(iso[1]!, iso[2]!, iso[3]!);
  const numbers = NUMBERS.exec(text);
  if (numbers !== null) {
    const [, a, separator, b, year] = numbers;
    // Nobody writes the month first with dots.
    return order === "mdy" && separator !== "." ? dayFrom(year!, a!, b!) : dayFrom(year!, b!, a!);
  }
  const dayFirst = /^(\d{1,2})\.?(?:\s+de)?\s+(\p{L}+)\.?,?(?:\s+de)?\s+(\d{4})$/u.exec(text);
  if (dayFirst !== null) return dayFrom(dayFirst[3]!, monthOf(dayFirst[2]!), dayFirst[1]!);
  const monthFirst = /^(\p{L}+)\.?\s+(\d{1,2}),?\s+(\d{4})$/u.exec(text);
  if (monthFirst !== null) return dayFrom(monthFirst[3]!, monthOf(monthFirst[1]!), monthFirst[2]!);
  return undefined;
}

const NUMBERS = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/;

/** The order that all of the cells allow; undefined when they allow both, or there is nothing to tell from. */
export function dayOrderOf(cells: Iterable<string>): DayOrder | undefined {
  for (const cell of cells) {
    const numbers = NUMBERS.exec(cell.trim());
    if (numbers === null) continue;
    if (numbers[2] === "." || Number(numbers[1]) > 12) return "dmy";
    if (Number(numbers[3]) > 12) return "mdy";
  }
  return undefined;
}

function monthOf(name: string): string {
  const lower = name.toLowerCase();
  const month = MONTHS.findIndex((starts) => starts.some((start) => lower.startsWith(start)));
  return String(month + 1);
}

function dayFrom(year: string, month: string, day: string): string | undefined {
  const text = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return dayOfIso(text) === undefined ? undefined : text;
}

export type DecimalMark = "." | ",";

/** A cell without blanks, apostrophes and its currency; the number as it was written remains. */
function bare(cell: string): string {
  const text = cell.replace(/[\s\u00a0\u202f'’]/g, "").replace(/^\((.*)\)$/, "-$1");
  return text.replace(CURRENCY_BEFORE, "$1").replace(CURRENCY_AFTER, "");
}

const CURRENCY_BEFORE = /^([+-]?)(?:[A-Z]{2,3}\$?|kr\.?|\p{Sc})/u;
const CURRENCY_AFTER = /(?:[A-Z]{3}|kr\.?|\p{Sc})$/u;

/**
 * What stands before the decimals in a column. A mark with other than three digits behind it, or the last of two different
 * ones, is the decimal mark; a mark that comes twice in one cell is not. Undefined when the cells do not tell.
 */
export function decimalMarkOf(cells: Iterable<string>): DecimalMark | undefined {
  for (const cell of cells) {
    const number = bare(cell);
    const dot = number.lastIndexOf(".");
    const comma = number.lastIndexOf(",");
    if (dot >= 0 && comma >= 0) return dot > comma ? "." : ",";
    for (const [mark, place] of [
      [".", dot],
      [",", comma],
    ] as const) {
      if (place < 0) continue;
      if (number.indexOf(mark) !== place) return mark === "." ? "," : ".";
      if (number.length - place - 1 !== 3) return mark;
    }
  }
  return undefined;
}

/** Whole minor units of a cell; undefined when it is no amount. */
export function readAmount(cell: string, mark: DecimalMark, currency: string): Minor | undefined {
  const text = bare(cell);
  if (!/^[+-]?[\d.,]*\d[\d.,]*$/.test(text)) return undefined;
  const plain = mark === "." ? text.replaceAll(",", "") : text.replaceAll(".", "").replace(",", ".");
  return parseMinor(plain, currency);
}

/** True for a cell that says "nothing": empty, or the dashes that exports write for it. */
export const saysNothing = (cell: string): boolean => /^\s*[-–—]{0,3}\s*$/.test(cell);

const DOLLARS = new Set(["USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN"]);

/** The currency a cell shows with its amount: `EUR 12.30`, `12,30 €`. Undefined when it shows none. */
export function currencyIn(cell: string, siteCurrency: string): string | undefined {
  const code = /(?:^|[^A-Z])([A-Z]{3})(?:[^A-Z]|$)/.exec(cell)?.[1];
  if (code !== undefined) return code;
  if (cell.includes("€")) return "EUR";
  if (cell.includes("£")) return "GBP";
  if (cell.includes("$")) return DOLLARS.has(siteCurrency) ? siteCurrency : "USD";
  return undefined;
}
