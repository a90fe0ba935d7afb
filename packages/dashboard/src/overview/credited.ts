/**
 * The six figures of one channel, source or campaign, by the credit model chosen: the same numbers as in its row of the table.
 */
import type { FigureId, Kpis, SourceFigures, SourceRow } from "../api-shapes.ts";

const FROM_ROW: Partial<Record<FigureId, (row: SourceFigures) => number | null>> = {
  visitors: (row) => row.visitors,
  sign_ups: (row) => row.signUps,
  new_customers: (row) => row.customers,
  revenue: (row) => row.revenue,
  cac: (row) => row.cac ?? null,
};

/** Figures that a row knows are taken from it; the repeat-order rate stays that of the people chosen. */
export function credited(kpis: Kpis, row: SourceRow): Kpis {
  const figures = { ...kpis.figures };
  const daily = { ...kpis.daily.figures };
  for (const [id, of] of Object.entries(FROM_ROW)) {
    const name = id as FigureId;
    const { reason: _reason, ...figure } = figures[name];
    const value = of(row);
    const before = row.before === undefined || row.before === null ? null : of(row.before);
    figures[name] = {
      ...figure,
      value,
      before: { value: before },
      ...(value === null ? { reason: name === "cac" ? "no_cost" : "nothing_to_divide_by" } : {}),
    };
    // Days are known by first touch only; beside a credited figure they would tell another story.
    daily[name] = [];
  }
  return { ...kpis, figures, daily: { ...kpis.daily, figures: daily }, dailyBefore: null };
}
