/**
 * Reads and writes amounts of money exactly: decimal text to whole minor units and back.
 *
 * Owns the one table of how many decimals a currency has. Converts nothing: a rate is somebody else's fact.
 */
import type { Minor } from "./touchpoint.ts";

/**
 * Currencies whose number of decimals is not two (ISO 4217, list one, January 2026). Every other code has two,
 * also codes that have left the list, so that old orders keep their amounts.
 */
const DECIMALS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};

/** Whether the text has the shape of an ISO 4217 code: three capital letters. */
export const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text);

/** How many decimals amounts of this currency have: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: string): number {
  return Object.hasOwn(DECIMALS, currency) ? (DECIMALS[currency] as number) : 2;
}

// Sign, whole part, decimals, and the power of ten that JavaScript writes for very small and very large numbers.
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * Whole minor units of a decimal amount in major units, or undefined when it is no amount.
 *
 * Works on the decimal text, never on floating-point products, so 59.9 and "59.90" are both 5990 cents. More decimals
 * than the currency has are rounded half away from zero: shops send net prices with four decimals, and JavaScript writes
 * the sum of 0.1 and 0.2 as 0.30000000000000004. Thousands separators, commas and blanks inside are refused, because
 * "1,234" means two different amounts in two countries.
 *
 * @param currency ISO 4217, upper case; without one, two decimals are assumed
 * @example parseMinor("59.90", "EUR") // 5990
 * @example parseMinor(1200, "JPY")    // 1200
 * @example parseMinor("12,50", "EUR") // undefined
 */
export function parseMinor(amount: string | number, currency?: string): Minor | undefined {
  const text = typeof amount === "number" ? String(amount) : amount.trim();
  if (text.length > 64) return undefined;
  const parts = DECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent] = parts;
  if (whole === "" && fraction === "") return undefined;
  if (exponent !== undefined && typeof amount === "string") return undefined;

  // The digits as one whole number, and how far its decimal point has to move to the right to give minor units.
  const digits = whole + fraction;
  const shift = decimalsOf(currency ?? "") - fraction.length + Number(exponent ?? 0);
  const keep = digits.length + Math.min(shift, 0);
  const kept = keep > 0 ? digits.slice(0, keep) : "";
  const roundsUp = shift < 0 && keep >= 0 && (digits[keep] ?? "0") >= "5";
  const minor = Number((kept === "" ? "0" : kept) + "0".repeat(Math.max(shift, 0))) + (roundsUp ? 1 : 0);
  if (!Number.isSafeInteger(minor)) return undefined;
  return sign === "-" && minor !== 0 ? -minor : minor;
}

/**
 * The decimal text of an amount in minor units, with exactly the decimals of its currency.
 *
 * @example formatMinor(5990, "EUR") // "59.90"
 */
export function formatMinor(minor: Minor, currency?: string): string {
  const decimals = decimalsOf(currency ?? "");
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const sign = minor < 0 ? "-" : "";
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * An amount in another currency: whole minor units, rounded half away from zero.
 *
 * @param rate what one major unit of `from` is worth in `to`
 * @example convertMinor(1000, "USD", "EUR", 0.92) // 920
 * @example convertMinor(1000, "JPY", "EUR", 0.006) // 600
 */
export function convertMinor(amount: Minor, from: string, to: string, rate: number): Minor {
  const major = (Math.abs(amount) * rate) / 10 ** decimalsOf(from);
  // Fifteen digits carry any amount; what lies behind them is the noise of binary fractions.
  const minor = Math.round(Number((major * 10 ** decimalsOf(to)).toPrecision(15)));
  return amount < 0 && minor !== 0 ? -minor : minor;
}
