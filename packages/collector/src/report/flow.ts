/**
 * How people moved between the stages in a period: net (where they were at both ends) and gross (every single move).
 */
import { label } from "../domain/lifecycle/labels.ts";
import { classifyStages, type StageRole } from "../domain/lifecycle/roles.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { type Filtered, whoOf } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { stageCountsAt } from "./series.ts";
import { inDays, median } from "./spans.ts";
import { lengthsPerStage } from "./stays.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface FlowParams extends Filtered {
  site: string;
  model?: string;
  from?: string;
  to?: string;
}

/** People by their stage at the beginning and at the end; whoever stayed is in the row from = to. */
export interface NetFlow {
  /** Null: not known yet at the beginning. */
  from: string | null;
  to: string;
  people: number;
}

/** Every change of stage in the period. */
export interface GrossFlow {
  /** Null: first heard of. */
  from: string | null;
  to: string;
  /** Changes; a person may make the same one several times. */
  moves: number;
  people: number;
  /** people / everybody who was in `from` at any time in the period; null for newcomers. */
  rate: number | null;
}

export interface StageFlow {
  stage: string;
  label: string;
  role: StageRole;
  /** People in it just before the period, and at its end (or now). */
  start: number;
  end: number;
  /** Moves into it and out of it in the period. */
  entered: number;
  left: number;
  /** Median days of the stays that ended in the period; null when none did. */
  medianDays: number | null;
}

export interface FlowAnswer {
  site: string;
  model: string;
  period: Period;
  stages: StageFlow[];
  /** Sums to the people of both ends: every person once. */
  net: NetFlow[];
  /** Sums to the moves: a person once per change. */
  gross: GrossFlow[];
}

export async function flow(reads: Reads, params: FlowParams, now: EpochMs): Promise<FlowAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const range = { from: period.fromAt, to: period.toAt };
  const who = await whoOf(reads, site, model, params.filter, now);
  const start = await stageCountsAt(reads, site, model, period.fromAt - 1, who);
  const moves = await reads.eachMove(site, model, range, who);
  const stays = lengthsPerStage(await reads.closedStays(site, model, range, who));

  const ends = new Map<number, Ends>();
  const gross = new Map<string, { from: string | null; to: string; moves: number; people: Set<number> }>();
  const everIn = new Map<string, Set<number>>();
  for (const [person, from, to] of moves) {
    const end = ends.get(person);
    if (end === undefined) ends.set(person, { from, to });
    else end.to = to;
    const move = touched(gross, `${from ?? ""}\n${to}`, () => ({
      from,
      to,
      moves: 0,
      people: new Set<number>(),
    }));
    move.moves += 1;
    move.people.add(person);
    touched(everIn, to, () => new Set<number>()).add(person);
  }

  const net = new Map<string, NetFlow>();
  const stayers = new Map(start);
  const newcomers = new Map<string, number>();
  for (const [person, { from, to }] of ends) {
    touched(net, `${from ?? ""}\n${to}`, () => ({ from, to, people: 0 })).people += 1;
    if (from === null) continue;
    stayers.set(from, stayers.get(from)! - 1);
    // Who was there at the start and came back is in both; count them once.
    if (everIn.get(from)?.has(person) === true) newcomers.set(from, (newcomers.get(from) ?? 0) - 1);
  }
  for (const [stage, people] of stayers) {
    if (people > 0)
      touched(net, `${stage}\n${stage}`, () => ({ from: stage, to: stage, people: 0 })).people += people;
  }
  const wereIn = (stage: string): number =>
    start.get(stage)! + (everIn.get(stage)?.size ?? 0) + (newcomers.get(stage) ?? 0);

  const rank = (stage: string | null) => (stage === null ? -1 : model.model.stages.indexOf(stage));
  const inOrder = (a: Ends, b: Ends) => rank(a.from) - rank(b.from) || rank(a.to) - rank(b.to);
  const roles = classifyStages(model.model);
  return {
    site: site.id,
    model: model.id,
    period,
    stages: roles.map(({ stage, role }) => {
      const entered = sum(gross.values(), (move) => (move.to === stage ? move.moves : 0));
      const left = sum(gross.values(), (move) => (move.from === stage ? move.moves : 0));
      return {
        stage,
        label: label(stage, "en", model.model.labels),
        role,
        start: start.get(stage)!,
        end: start.get(stage)! + entered - left,
        entered,
        left,
        medianDays: inDays(median(stays.get(stage) ?? [])),
      };
    }),
    net: [...net.values()].sort(inOrder),
    gross: [...gross.values()].sort(inOrder).map((move) => {
      const most = move.from === null ? 0 : wereIn(move.from);
      return { ...move, people: move.people.size, rate: most === 0 ? null : move.people.size / most };
    }),
  };
}

interface Ends {
  from: string | null;
  to: string;
}

/** The entry of a key, made when it is not there. */
function touched<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
