/**
 * The figures that head the overview, with their days: the beginning of the key figures, for a tenth of their work.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { dailyFigures, headValues } from "./figures.ts";
import { type Filtered, whoOf } from "./filter.ts";
import {
  type CurrencySum,
  DAILY_FIGURES,
  type DailyFigure,
  type Figure,
  figureOf,
  type KpisAnswer,
} from "./kpis.ts";
import { type Period, periodOf } from "./period.ts";
import { type Compared, type Comparison, periodBefore } from "./spans.ts";
import { modelOf, siteOf } from "./subject.ts";

export interface HeadlineParams extends Filtered, Compared {
  site: string;
  model?: string;
  from?: string;
  to?: string;
}

/** What {@link KpisAnswer} begins with, by the same names. */
export interface HeadlineAnswer {
  site: string;
  model: string;
  period: Period;
  compare: Comparison;
  /** What the figures are compared with; null with compare=none. */
  before: Period | null;
  currency: string;
  figures: Record<DailyFigure, Figure>;
  daily: KpisAnswer["daily"];
  dailyBefore: KpisAnswer["dailyBefore"];
  currencies: CurrencySum[];
}

export async function headline(reads: Reads, params: HeadlineParams, now: EpochMs): Promise<HeadlineAnswer> {
  const site = await siteOf(reads, params.site);
  const model = modelOf(site, params.model);
  const period = periodOf(site, params, now);
  const compare = params.compare ?? "previous";
  const before = periodBefore(site, period, { ...params, compare }, now);
  const who = await whoOf(reads, site, model, params.filter, now);
  const subject = { reads, site, model, who, params, now };
  const present = await headValues(subject, period);
  const past = before === null ? null : await headValues(subject, before);
  return {
    site: site.id,
    model: model.id,
    period,
    compare,
    before,
    currency: site.settings.currency,
    figures: Object.fromEntries(
      DAILY_FIGURES.map((id) => [id, figureOf(id, present.values[id], past?.values[id], period)]),
    ) as Record<DailyFigure, Figure>,
    daily: await dailyFigures(subject, period, present),
    dailyBefore: before === null ? null : (await dailyFigures(subject, before, past!)).figures,
    currencies: present.bought.currencies,
  };
}
