/**
 * Periods in a site's own calendar: half-open instants from dates, with the zone they were read in.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { type Day, dayOfIso, isoOfDay, type Zone, zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import type { SiteView } from "../store/port.ts";

export interface Period {
  /** First and last date, inclusive, in the site's zone. */
  from: string;
  to: string;
  zone: string;
  /** The same as instants: from <= at < to. */
  fromAt: EpochMs;
  toAt: EpochMs;
  firstDay: Day;
  lastDay: Day;
  /** True while the last day is not over: its figures will still grow. */
  isUnfinished: boolean;
}

/** Days of a period nobody named. */
const DEFAULT_DAYS = 30;
/** Longest period a question may ask for. */
const MOST_DAYS = 3_660;

/** The dates a question names, or the last 30 days up to today. Throws `bad_input` naming the parameter. */
export function periodOf(site: SiteView, params: { from?: string; to?: string }, now: EpochMs): Period {
  const zone = zoneOf(site.settings.zone);
  const today = zone.dayOf(now);
  const lastDay = params.to === undefined ? today : readDay("to", params.to);
  const firstDay = params.from === undefined ? lastDay - DEFAULT_DAYS + 1 : readDay("from", params.from);
  if (firstDay > lastDay) {
    throw new SojournError("bad_input", `from (${isoOfDay(firstDay)}) is after to (${isoOfDay(lastDay)})`, {
      hint: "Give the earlier date as from; both are inclusive.",
    });
  }
  if (lastDay - firstDay >= MOST_DAYS) {
    throw new SojournError("bad_input", "The period is longer than ten years", {
      hint: "Ask for a shorter one.",
    });
  }
  return periodOfDays(zone, firstDay, lastDay, now);
}

export function periodOfDays(zone: Zone, firstDay: Day, lastDay: Day, now: EpochMs): Period {
  const toAt = zone.startOf(lastDay + 1);
  return {
    from: isoOfDay(firstDay),
    to: isoOfDay(lastDay),
    zone: zone.name,
    fromAt: zone.startOf(firstDay),
    toAt,
    firstDay,
    lastDay,
    isUnfinished: toAt > now,
  };
}

/** An instant from an ISO time, or the end of a day from a date. Throws `bad_input`. */
export function instantOf(site: SiteView, name: string, text: string): EpochMs {
  const day = dayOfIso(text);
  if (day !== undefined) return zoneOf(site.settings.zone).startOf(day + 1) - 1;
  const at = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new SojournError("bad_input", `${name} is no date: "${text.slice(0, 40)}"`, {
      hint: "Use 2026-10-01 (the end of that day in the site's zone) or 2026-10-01T12:00:00Z.",
    });
  }
  return at;
}

function readDay(name: string, text: string): Day {
  const day = dayOfIso(text);
  if (day === undefined) {
    throw new SojournError("bad_input", `${name} is no date: "${text.slice(0, 40)}"`, {
      hint: "Use 2026-10-01.",
    });
  }
  return day;
}
