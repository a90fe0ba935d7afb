/**
 * How long the people of a quiet stage have been in it, in few enough groups to be read at a glance. Pure.
 */
import type { Stays } from "../api-shapes.ts";
import { say } from "../words.ts";

/** Lower ends in days; each is one of the collector's own bins. */
const FROM_DAYS = [0, 30, 90, 180] as const;

export interface QuietGroup {
  fromDays: number;
  /** Null: and longer. */
  toDays: number | null;
  people: number;
}

/** @example quietFor(stays, "lapsed") // [{ fromDays: 0, toDays: 30, people: 184 }, …, { fromDays: 180, toDays: null, people: 40 }] */
export function quietFor(stays: Pick<Stays, "stages">, stage: string): QuietGroup[] {
  const bins = stays.stages.find((row) => row.stage === stage)?.openBins ?? [];
  return FROM_DAYS.map((fromDays, place) => {
    const toDays = FROM_DAYS[place + 1] ?? null;
    const inside = bins.filter(
      (bin) => bin.fromDays >= fromDays && (toDays === null || bin.fromDays < toDays),
    );
    return { fromDays, toDays, people: inside.reduce((sum, bin) => sum + bin.people, 0) };
  });
}

export function quietWords({ fromDays, toDays }: QuietGroup): string {
  if (toDays === null) return say("quietOver", { n: fromDays });
  return fromDays === 0 ? say("quietUnder", { n: toDays }) : say("quietFor", { from: fromDays, to: toDays });
}
