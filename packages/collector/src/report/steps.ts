/**
 * Step conversion and velocity: of the people who first came to one stage, how many came to the next, and how fast.
 */
import { classifyStages } from "../domain/lifecycle/roles.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, Reads, SiteView, Who } from "../store/port.ts";
import { type Filtered, whoOf } from "./filter.ts";
import type { Step } from "./kpis.ts";
import { type Period, periodOf } from "./period.ts";
import { DAY_MS, inDays, median, ratio } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

/** The steps between neighbouring stages of the path, in display order. */
export async function stepsOf(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  period: Period,
  windowDays: number,
  who: Who | null,
  now: EpochMs,
): Promise<Step[]> {
  const path = classifyStages(model.model).flatMap(({ stage, role }) => (role === "path" ? [stage] : []));
  const steps: Step[] = [];
  for (const [place, from] of path.slice(0, -1).entries()) {
    const to = path[place + 1]!;
    const passages = await reads.passages(
      site,
      model,
      from,
      to,
      { from: period.fromAt, to: period.toAt },
      who,
    );
    steps.push({ from, to, ...stepOf(passages, windowDays, now) });
  }
  return steps;
}

/**
 * One step from its passages. A move on the last millisecond of the window is in time. Whoever moved early but whose window is still
 * open is not in the rate: those who will not move are not known yet either. Without a window (null) there is no rate.
 */
export function stepOf(
  passages: readonly (readonly [entered: EpochMs, moved: EpochMs | null])[],
  windowDays: number | null,
  now: EpochMs,
): Omit<Step, "from" | "to"> {
  const windowMs = windowDays === null ? Number.POSITIVE_INFINITY : windowDays * DAY_MS;
  const times: number[] = [];
  let open = 0;
  let closed = 0;
  let movedOfClosed = 0;
  for (const [entered, moved] of passages) {
    const isMoved = moved !== null && moved - entered <= windowMs;
    const isOver = entered + windowMs < now;
    if (isMoved) times.push(moved - entered);
    if (isOver) {
      closed += 1;
      if (isMoved) movedOfClosed += 1;
    } else if (!isMoved) open += 1;
  }
  return {
    entered: passages.length,
    moved: times.length,
    rate: ratio(movedOfClosed, closed),
    closed,
    soFar: ratio(times.length, passages.length),
    open,
    medianDays: inDays(median(times)),
  };
}

export interface VelocityParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
  /** Stages; default: every step of the path. */
  a?: string;
  b?: string;
  /** Days a person has for the step; default: no limit. */
  window?: number;
}

export interface VelocityAnswer {
  site: string;
  model: string;
  period: Period;
  /** Null: as long as it takes. */
  windowDays: number | null;
  /** `open` are the people who are not there yet. */
  steps: (Step & { quartiles: [low: number, high: number] | null })[];
}

export async function velocity(reads: Reads, params: VelocityParams, now: EpochMs): Promise<VelocityAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const windowDays = params.window ?? null;
  const windowMs = windowDays === null ? Number.POSITIVE_INFINITY : windowDays * DAY_MS;
  const range = { from: period.fromAt, to: period.toAt };
  const steps: VelocityAnswer["steps"] = [];
  for (const [from, to] of pairsOf(model, params)) {
    const passages = await reads.passages(site, model, from, to, range, who);
    const times = passages.flatMap(([entered, moved]) =>
      moved !== null && moved - entered <= windowMs ? [moved - entered] : [],
    );
    steps.push({ from, to, ...stepOf(passages, windowDays, now), quartiles: quartilesOf(times) });
  }
  return { site: site.id, model: model.id, period, windowDays, steps };
}

function pairsOf(model: ModelView, { a, b }: VelocityParams): [string, string][] {
  const { stages } = model.model;
  if (a === undefined && b === undefined) {
    const path = classifyStages(model.model).flatMap(({ stage, role }) => (role === "path" ? [stage] : []));
    return path.slice(0, -1).map((from, place) => [from, path[place + 1]!]);
  }
  for (const [name, stage] of [
    ["a", a],
    ["b", b],
  ]) {
    if (stage !== undefined && stages.includes(stage)) continue;
    throw new SojournError("bad_input", `${name} is no stage of "${model.id}"`, {
      hint: `Give both a and b, of ${stages.join(", ")}.`,
    });
  }
  return [[a!, b!]];
}

/** Days a quarter and three quarters of the people took at most. */
function quartilesOf(times: readonly number[]): [number, number] | null {
  if (times.length === 0) return null;
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]! / DAY_MS;
  return [at(0.25), at(0.75)];
}
