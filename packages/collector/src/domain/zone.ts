/**
 * Calendar days in a time zone: which day an instant belongs to, and when a day begins.
 *
 * A day is a whole number: days since 1970-01-01 of the zone's own calendar. Built on Intl, whose look-ups are slow,
 * so offsets are kept per quarter of an hour (no zone has changed its clocks at a finer step since 1972).
 */
import type { EpochMs } from "./touchpoint.ts";

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const MOST_OFFSETS = 20_000;

/** Days since 1970-01-01 in the zone's calendar. */
export type Day = number;

export interface Zone {
  /** IANA name, as given. */
  readonly name: string;
  /** The day an instant falls on. */
  dayOf(at: EpochMs): Day;
  /** The first instant of a day. */
  startOf(day: Day): EpochMs;
  /**
   * The instant at which the zone's clocks show this day and so many milliseconds since its midnight. An hour that comes
   * twice is the first of the two; one that is left out counts on from the hour before it.
   */
  instantOf(day: Day, msOfDay: number): EpochMs;
}

/** A zone by its IANA name. Throws a RangeError for a name Intl does not know. */
export function zoneOf(name: string): Zone {
  if (name === "UTC" || name === "Etc/UTC") {
    return {
      name,
      dayOf: (at) => Math.floor(at / DAY_MS),
      startOf: (day) => day * DAY_MS,
      instantOf: (day, msOfDay) => day * DAY_MS + msOfDay,
    };
  }
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const offsets = new Map<number, number>();

  const offsetAt = (at: EpochMs): number => {
    const quarter = Math.floor(at / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      const parts: Record<string, number> = {};
      const start = quarter * QUARTER_MS;
      for (const { type, value } of format.formatToParts(start)) parts[type] = Number(value);
      const local = Date.UTC(
        parts["year"]!,
        parts["month"]! - 1,
        parts["day"]!,
        parts["hour"]!,
        parts["minute"]!,
        parts["second"]!,
      );
      offset = local - start;
      if (offsets.size >= MOST_OFFSETS) offsets.clear();
      offsets.set(quarter, offset);
    }
    return offset;
  };

  return {
    name,
    dayOf: (at) => Math.floor((at + offsetAt(at)) / DAY_MS),
    startOf: (day) => {
      const local = day * DAY_MS;
      // The offset depends on the instant we look for: start from a guess, correct it, and step over a gap
      // (a day that begins at 01:00 because the clocks went forward at midnight).
      let at = local - offsetAt(local - offsetAt(local));
      while (Math.floor((at + offsetAt(at)) / DAY_MS) < day) at += QUARTER_MS;
      while (Math.floor((at - 1 + offsetAt(at - 1)) / DAY_MS) >= day) at -= QUARTER_MS;
      return at;
    },
    instantOf: (day, msOfDay) => {
      const local = day * DAY_MS + msOfDay;
      // Clocks are never changed twice within a day, so one of the offsets around it is the right one; the earlier comes first.
      const before = local - offsetAt(local - DAY_MS);
      if (before + offsetAt(before) === local) return before;
      const after = local - offsetAt(local + DAY_MS);
      return after + offsetAt(after) === local ? after : before;
    },
  };
}

/** "2026-11-22" for a day. */
export function isoOfDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day of "2026-11-22"; undefined when the text is no calendar date. */
export function dayOfIso(text: string): Day | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return isoOfDay(ms / DAY_MS) === text ? ms / DAY_MS : undefined;
}

/** Months since January of year 0, for a day: one number per calendar month. */
export function monthOfDay(day: Day): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The first day of such a month. */
export function firstDayOfMonth(month: number): Day {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY_MS;
}
