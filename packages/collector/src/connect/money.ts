/**
 * Amounts of other systems, exactly: what cannot be said in whole minor units is not readable, rather than rounded.
 */
import { decimalsOf, isCurrency, parseMinor } from "../domain/money.ts";

/** Codes that exist or existed, by the Unicode tables of this Node. */
const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

/** Upper-case code of a currency that exists; undefined otherwise. */
export function currencyOf(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return isCurrency(code) && KNOWN.has(code) ? code : undefined;
}

/**
 * Whole minor units of a decimal amount. Extra zeros are fine ("35.6300"), extra digits are not: undefined.
 *
 * @example exactMinor("35.6300", "EUR") // 3563
 * @example exactMinor("35.635", "EUR")  // undefined
 */
export function exactMinor(amount: string | number, currency: string): number | undefined {
  const text = typeof amount === "number" ? String(amount) : amount.trim();
  const parts = /^[+-]?\d*(?:\.(\d*?)0*)?$/.exec(text);
  if (parts === null || (parts[1] ?? "").length > decimalsOf(currency)) return undefined;
  return parseMinor(text, currency);
}

/** Currencies for which Stripe counts other units than ISO 4217 says: two places for these, none for MGA. */
const STRIPE_DECIMALS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** Minor units of an amount as Stripe writes it; undefined when it cannot be said in them, or is no whole number. */
export function stripeMinor(amount: unknown, currency: string): number | undefined {
  if (typeof amount !== "number" || !Number.isSafeInteger(amount)) return undefined;
  const shift = decimalsOf(currency) - (STRIPE_DECIMALS[currency] ?? decimalsOf(currency));
  const minor = shift >= 0 ? amount * 10 ** shift : amount / 10 ** -shift;
  return Number.isSafeInteger(minor) ? minor : undefined;
}
