/**
 * Goals per figure and period, and where we stand: so far, where the pace should be, and where it leads.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { dayOfIso, firstDayOfMonth, monthOfDay, zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import type { Reads, SiteView } from "../store/port.ts";
import { FIGURE_SHAPES } from "./figure-shapes.ts";
import { figureValues } from "./figures.ts";
import { FIGURES, type FigureId, type FigureUnit } from "./kpis.ts";
import { type Period, periodOfDays } from "./period.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface TargetsParams {
  site: string;
  model?: string;
}

export type TargetState = "not_begun" | "reached" | "on_pace" | "behind" | "missed" | "unknown";

export interface TargetRow {
  figure: FigureId;
  /** As it was set: "2026-11", "2026-Q4" or "2026". */
  name: string;
  period: Period;
  unit: FigureUnit;
  /** Money in minor units, rates from 0 to 1. */
  goal: number;
  value: number | null;
  /** value / goal (goal / value where less is better); null when either is missing. */
  share: number | null;
  /** What there should be by now on an even pace; for rates, times and costs per head the goal itself. */
  expected: number;
  /** Where the pace so far would lead by the end; null before the period has begun. */
  projected: number | null;
  state: TargetState;
}

export interface TargetsAnswer {
  site: string;
  at: string;
  currency: string;
  rows: TargetRow[];
}

/** Figures that add up day by day; the others are held to their goal at any time. */
const ADDS_UP: ReadonlySet<FigureId> = new Set([
  "sign_ups",
  "new_customers",
  "revenue",
  "new_visitors",
  "visits",
  "orders",
  "cost",
  "value_left_in_carts",
]);

export async function targets(reads: Reads, params: TargetsParams, now: EpochMs): Promise<TargetsAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const rows: TargetRow[] = [];
  for (const { figure: name, period: named, goal } of await reads.targets(site)) {
    const figure = FIGURES.find((id) => id === name);
    if (figure === undefined) continue;
    const period = namedPeriod(site, named, now);
    const { values } = await figureValues({ reads, site, model, who: null, params: {}, now }, period);
    rows.push(rowOf(figure, named, period, goal, values[figure].value, now));
  }
  return { site: site.id, at: new Date(now).toISOString(), currency: site.settings.currency, rows };
}

export function rowOf(
  figure: FigureId,
  name: string,
  period: Period,
  goal: number,
  value: number | null,
  now: EpochMs,
): TargetRow {
  const { unit, good } = FIGURE_SHAPES[figure];
  const passed = Math.min(1, Math.max(0, (now - period.fromAt) / (period.toAt - period.fromAt)));
  const addsUp = ADDS_UP.has(figure);
  const expected = addsUp ? goal * passed : goal;
  const projected = value === null || passed === 0 ? null : addsUp ? value / passed : value;
  const isLess = good === "down";
  const share =
    value === null || goal === 0 || (isLess && value === 0) ? null : isLess ? goal / value : value / goal;
  return {
    figure,
    name,
    period,
    unit,
    goal,
    value,
    share,
    expected,
    projected,
    state: stateOf({ value, goal, expected, passed, addsUp, isLess }),
  };
}

function stateOf(t: {
  value: number | null;
  goal: number;
  expected: number;
  passed: number;
  addsUp: boolean;
  isLess: boolean;
}): TargetState {
  if (t.passed === 0) return "not_begun";
  if (t.value === null) return "unknown";
  const isMet = t.isLess ? t.value <= t.goal : t.value >= t.goal;
  if (t.passed === 1) return isMet ? "reached" : "missed";
  // More of what adds up cannot be lost again; everything else is decided at the end.
  if (isMet && t.addsUp && !t.isLess) return "reached";
  if (t.isLess && t.addsUp && !isMet) return "missed";
  const isOnPace = t.isLess ? t.value <= t.expected : t.value >= t.expected;
  return isOnPace ? "on_pace" : "behind";
}

/** The period of "2026-11", "2026-Q4" or "2026" in the site's zone. Throws `bad_input`. */
export function namedPeriod(site: SiteView, name: string, now: EpochMs): Period {
  const zone = zoneOf(site.settings.zone);
  const [, year, quarter, month] = /^(\d{4})(?:-Q([1-4])|-(\d{2}))?$/.exec(name) ?? [];
  const first = year === undefined ? undefined : dayOfIso(`${year}-${month ?? "01"}-01`);
  if (first === undefined) {
    throw new SojournError("bad_input", `period is "${name.slice(0, 20)}"`, {
      hint: "Use a month (2026-11), a quarter (2026-Q4) or a year (2026).",
    });
  }
  const begin = monthOfDay(first) + (quarter === undefined ? 0 : (Number(quarter) - 1) * 3);
  const months = month !== undefined ? 1 : quarter !== undefined ? 3 : 12;
  return periodOfDays(zone, firstDayOfMonth(begin), firstDayOfMonth(begin + months) - 1, now);
}

export interface GoalParams {
  site: string;
  figure: FigureId;
  /** "2026-11", "2026-Q4" or "2026". */
  period: string;
  /** 0.05: 5 % above the period before. */
  change: number;
}

export interface GoalAnswer {
  goal: number;
  before: number;
  beforePeriod: Period;
}

/** A goal said as a change on the period before. Throws `bad_input` when that period has no such figure. */
export async function goalFor(reads: Reads, params: GoalParams, now: EpochMs): Promise<GoalAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, undefined);
  const beforePeriod = namedPeriod(site, previousName(params.period), now);
  const subject = { reads, site, model, who: null, params: {}, now };
  const before = (await figureValues(subject, beforePeriod)).values[params.figure].value;
  if (before === null) {
    throw new SojournError("bad_input", `${params.figure} has no value in ${previousName(params.period)}`, {
      hint: "Give the goal itself.",
    });
  }
  const goal = before * (1 + params.change);
  const isWhole =
    FIGURE_SHAPES[params.figure].unit !== "rate" && FIGURE_SHAPES[params.figure].unit !== "ratio";
  return { goal: isWhole ? Math.ceil(goal - 1e-9) : goal, before, beforePeriod };
}

/** The period of the same kind before: "2026-01" gives "2025-12". */
export function previousName(name: string): string {
  const year = Number(name.slice(0, 4));
  const [, quarter, month] = /-(?:Q(\d)|(\d{2}))$/.exec(name) ?? [];
  if (quarter !== undefined) return quarter === "1" ? `${year - 1}-Q4` : `${year}-Q${Number(quarter) - 1}`;
  if (month === undefined) return String(year - 1);
  return month === "01" ? `${year - 1}-12` : `${year}-${String(Number(month) - 1).padStart(2, "0")}`;
}
