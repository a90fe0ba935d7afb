/**
 * The figures that head the overview, with their days: the beginning of the key figures, for a tenth of their work.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { headValues } from "./figures.ts";
import type { Filtered } from "./filter.ts";
import { type ComparedFigures, compared, DAILY_FIGURES, type DailyFigure } from "./kpis.ts";
import type { Compared } from "./spans.ts";

export interface HeadlineParams extends Filtered, Compared {
  site: string;
  model?: string;
  from?: string;
  to?: string;
}

export type HeadlineAnswer = ComparedFigures<DailyFigure>;

export async function headline(reads: Reads, params: HeadlineParams, now: EpochMs): Promise<HeadlineAnswer> {
  return (await compared(reads, params, now, DAILY_FIGURES, headValues)).answer;
}
