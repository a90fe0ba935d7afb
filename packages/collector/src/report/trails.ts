/**
 * The touches that stood before each conversion, as places in columns of touches: a report over a hundred thousand conversions
 * needs no object per touch. Whether a touch is direct is decided by its channel, whatever the report calls it.
 */
import type { CreditModel } from "../domain/attribution/credit.ts";
import type { MarkovOrder } from "../domain/attribution/markov.ts";
import type { ConversionMode, DirectMode } from "../domain/attribution/path.ts";
import type { ShareOptions } from "../domain/attribution/shares.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, TouchColumns } from "../store/port.ts";
import type { ConversionEvent } from "./conversions.ts";
import type { TouchValues } from "./touch-values.ts";

export interface CreditSettings extends ShareOptions {
  model: CreditModel;
  order: MarkovOrder;
  /** Both ends inclusive; null: no limit. */
  lookbackMs: number | null;
  direct: DirectMode;
  conversions: ConversionMode;
}

/** Touches of people, and where each person's begin and end. */
export interface Trails {
  columns: TouchColumns;
  placeOf(person: number): readonly [start: number, end: number];
}

const NOWHERE = [0, 0] as const;

/** Every touch of these people with from <= at < to. */
export async function readTrails(
  reads: Reads,
  people: Iterable<number>,
  range: { from: EpochMs; to: EpochMs },
): Promise<Trails> {
  const keys = [...new Set(people)].sort((a, b) => a - b);
  const columns = await reads.touchColumns(keys, range);
  const places = new Map<number, readonly [number, number]>();
  for (let start = 0; start < columns.length; ) {
    const person = columns.person[start]!;
    let end = start + 1;
    while (end < columns.length && columns.person[end] === person) end += 1;
    places.set(person, [start, end]);
    start = end;
  }
  return { columns, placeOf: (person) => places.get(person) ?? NOWHERE };
}

/** A conversion with the rows of the touches before it, oldest first. */
export interface CreditedEvent {
  event: ConversionEvent;
  rows: number[];
}

/**
 * The touches before each conversion.
 *
 * @param events of one kind, oldest first
 * @param earlier conversions of the same kind before the period; needed for `reset` only
 */
export function pathsBefore(
  events: readonly ConversionEvent[],
  earlier: readonly ConversionEvent[],
  trails: Trails,
  values: TouchValues,
  settings: CreditSettings,
): CreditedEvent[] {
  const previous = new Map<number, EpochMs>();
  for (const { person, at } of earlier) previous.set(person, at);
  return events.map((event) => {
    const after = settings.conversions === "reset" ? previous.get(event.person) : undefined;
    previous.set(event.person, event.at);
    return { event, rows: rowsBefore(event, after, trails, values, settings) };
  });
}

function rowsBefore(
  { person, at }: ConversionEvent,
  after: EpochMs | undefined,
  { columns, placeOf }: Trails,
  values: TouchValues,
  { lookbackMs, direct }: CreditSettings,
): number[] {
  const from = lookbackMs === null ? Number.NEGATIVE_INFINITY : at - lookbackMs;
  const [start, end] = placeOf(person);
  const seen: number[] = [];
  let directs = 0;
  for (let row = start; row < end; row++) {
    const touchedAt = columns.at[row]!;
    if (touchedAt > at) break;
    if (touchedAt < from || (after !== undefined && touchedAt <= after)) continue;
    seen.push(row);
    if (values.isDirect(columns.source[row]!)) directs += 1;
  }
  if (direct === "keep" || directs === 0 || directs === seen.length) return seen;
  return seen.filter((row) => !values.isDirect(columns.source[row]!));
}
