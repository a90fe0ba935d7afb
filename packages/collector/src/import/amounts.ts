/**
 * Reads amounts of money as shops' exports write them: currency signs, thousands separators, either decimal sign.
 *
 * An amount that could mean two things is not guessed.
 */
import { parseMinor } from "../domain/money.ts";
import type { Minor } from "../domain/touchpoint.ts";

export const DECIMAL_SIGNS = [".", ","] as const;
export type DecimalSign = (typeof DECIMAL_SIGNS)[number];

export type AmountReading =
  | { kind: "amount"; minor: Minor; currency?: string }
  | { kind: "empty" }
  | { kind: "unreadable" }
  /** One separator before three digits: thousands, or decimals? */
  | { kind: "ambiguous" };

const SIGNS: Readonly<Record<string, string>> = {
  "€": "EUR",
  "£": "GBP",
  "₹": "INR",
  "₺": "TRY",
  "₽": "RUB",
  "₩": "KRW",
  "₪": "ILS",
};

/**
 * Whole minor units of an amount's text; negative for "-5", "5-" and "(5)". A currency's sign or code in the cell is read
 * too, where it names one currency only ("$" and "kr" name many, so they are passed over).
 *
 * @param currency what the amount is in when its cell does not say
 * @param decimal the decimal sign, where the file's owner said it
 */
export function readAmount(raw: string, currency: string | undefined, decimal?: DecimalSign): AmountReading {
  let text = raw.replace(/[\s\u00a0\u202f'’]/g, "");
  if (text === "") return { kind: "empty" };
  const code = /^([A-Za-z]{3})(?=[-(\d.,])|(?<=[\d.,)-])([A-Za-z]{3})$/.exec(text);
  const sign = Object.keys(SIGNS).find((one) => text.includes(one));
  const named = (code?.[1] ?? code?.[2])?.toUpperCase() ?? (sign === undefined ? undefined : SIGNS[sign]);
  text = text.replace(/[A-Za-z]{3}/, "").replace(/[€£₹₺₽₩₪$¥]|kr\.?/gi, "");
  const isNegative = /^-|-$|^\(.*\)$/.test(text);
  text = text.replace(/[-()]/g, "").replace(/^\+/, "");
  if (!/^[\d.,]*\d[\d.,]*$/.test(text)) return { kind: "unreadable" };
  const plain = withPoint(text, decimal);
  if (plain === undefined) return { kind: /^\d{1,3}[.,]\d{3}$/.test(text) ? "ambiguous" : "unreadable" };
  const minor = parseMinor(plain, named ?? currency);
  if (minor === undefined) return { kind: "unreadable" };
  return {
    kind: "amount",
    minor: isNegative && minor !== 0 ? -minor : minor,
    ...(named === undefined ? {} : { currency: named }),
  };
}

/** The amount with a point for its decimals and nothing for its thousands; undefined when that is not certain. */
function withPoint(text: string, decimal: DecimalSign | undefined): string | undefined {
  const signs = text.replace(/\d/g, "");
  if (signs === "") return text;
  const last = signs.at(-1) as DecimalSign;
  if (decimal !== undefined) return split(text, decimal);
  // Two kinds: the last one is the decimal sign. The same one twice: thousands. One alone: by the digits behind it.
  if (signs.includes(".") && signs.includes(",")) return split(text, last);
  if (signs.length > 1) return split(text, last === "." ? "," : ".");
  // A point before three digits is a decimal sign to every program; only a comma has two readings.
  if (last === "," && /^\d{1,3},\d{3}$/.test(text)) return undefined;
  return split(text, last);
}

function split(text: string, decimal: DecimalSign): string | undefined {
  const thousands = decimal === "." ? "," : ".";
  const [whole = "", fraction, more] = text.split(decimal);
  if (more !== undefined) return undefined;
  if (fraction?.includes(thousands)) return undefined;
  if (whole.includes(thousands) && !/^\d{1,3}([.,]\d{3})+$/.test(whole)) return undefined;
  const digits = whole.replaceAll(thousands, "");
  return fraction === undefined || fraction === "" ? digits : `${digits}.${fraction}`;
}
