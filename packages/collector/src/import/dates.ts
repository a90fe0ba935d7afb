/**
 * Reads dates as shops' exports write them. A time without an offset is the clock of a zone the caller names.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { dayOfIso, type Zone } from "../domain/zone.ts";

/** Which comes first in dates with slashes: 3/4/2026 is the 4th of March (mdy) or the 3rd of April (dmy). */
export const DATE_ORDERS = ["dmy", "mdy"] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

const TIME =
  "(?:[T ,]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?\\s*([ap]m)?\\s*(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?)?";
const YEAR_FIRST = new RegExp(`^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})${TIME}$`, "i");
const YEAR_LAST = new RegExp(`^(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4})${TIME}$`, "i");
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const SECONDS = /^\d{10}$/;
const MILLISECONDS = /^\d{13}$/;

/** How far a date's text tells the sequence of day and month: both numbers could be either, or it is clear. */
export function dateOrderOf(text: string): DateOrder | "open" | undefined {
  const parts = YEAR_LAST.exec(text.trim());
  if (parts === null || parts[2] === ".") return undefined;
  if (Number(parts[1]) > 12) return "dmy";
  return Number(parts[3]) > 12 ? "mdy" : "open";
}

/**
 * The instant of a date and time, or undefined when the text is none. Understands ISO 8601, 2026/03/04, 04.03.2026, dates with
 * slashes in the given sequence, 20260304, and epoch seconds or milliseconds.
 */
export function readInstant(raw: string, zone: Zone, order: DateOrder | undefined): EpochMs | undefined {
  const text = raw.trim();
  if (MILLISECONDS.test(text)) return Number(text);
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const compact = COMPACT.exec(text);
  if (compact !== null) return instant(zone, compact[1]!, compact[2]!, compact[3]!, []);
  const yearFirst = YEAR_FIRST.exec(text);
  if (yearFirst !== null)
    return instant(zone, yearFirst[1]!, yearFirst[3]!, yearFirst[4]!, yearFirst.slice(5));
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast === null) return undefined;
  const [, first, separator, second, year, ...time] = yearLast;
  // A point is only ever written between day and month in this sequence.
  const isDayFirst = separator === "." || order === "dmy";
  if (!isDayFirst && order === undefined) return undefined;
  return isDayFirst
    ? instant(zone, year!, second!, first!, time)
    : instant(zone, year!, first!, second!, time);
}

function instant(
  zone: Zone,
  year: string,
  month: string,
  date: string,
  [hour = "0", minute = "0", second = "0", fraction = "", half, offset]: (string | undefined)[],
): EpochMs | undefined {
  const day = dayOfIso(`${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}`);
  if (day === undefined) return undefined;
  let hours = Number(hour);
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return undefined;
    hours = (hours % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  }
  if (hours > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  const msOfDay = ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1_000 + ms;
  if (offset === undefined) return zone.instantOf(day, msOfDay);
  const away = /^([+-])(\d{2}):?(\d{2})$/.exec(offset);
  const offsetMs = away === null ? 0 : (Number(away[2]) * 60 + Number(away[3])) * 60_000;
  return day * 86_400_000 + msOfDay - (away?.[1] === "-" ? -offsetMs : offsetMs);
}
