/**
 * Where people come from: visitors, sign-ups, new customers, orders and revenue, credited to the touches before them, beside
 * what was spent; and the same for the period before.
 */
import { type CreditModel, DEFAULT_CREDIT_MODEL } from "../domain/attribution/credit.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads, SourceDimension } from "../store/port.ts";
import type { ConversionName } from "./conversions.ts";
import type { CostRow } from "./costs.ts";
import { type CreditParams, lookbackOf } from "./credit-params.ts";
import type { Filtered } from "./filter.ts";
import { type Period, periodOf } from "./period.ts";
import { measure, NOTHING, type OtherCurrency, type SourceFigures } from "./source-figures.ts";
import { type Compared, periodBefore } from "./spans.ts";
import { siteOf } from "./subject.ts";
import type { Within } from "./touch-values.ts";
import { chosenBy } from "./visits.ts";

export interface SourcesParams extends CreditParams, Filtered, Compared {
  site: string;
  from?: string;
  to?: string;
  /** What tells the rows apart; default channel. */
  by?: SourceDimension;
  /** What `conversions`, `rate` and `assisted` are about; default first_order. */
  conversion?: ConversionName;
  /** The model whose stages `stage:<name>` means; default the site's. */
  model?: string;
  /** Looks into single values: only touches of a channel, a campaign, a page. Credit itself does not change by looking. */
  within?: readonly Within[];
}

export interface SourceRow extends SourceFigures {
  value: string;
  /** The same figures of the period before; absent without a comparison. */
  before?: SourceFigures;
}

export interface SourcesAnswer {
  site: string;
  period: Period;
  /** What `before` stands for; null without a comparison. */
  before: Period | null;
  by: SourceDimension;
  credit: CreditModel;
  lookbackDays: number | null;
  conversion: ConversionName;
  currency: string;
  rows: SourceRow[];
  /** Visitors are people: whoever came by two channels is in both rows and once here. */
  total: SourceFigures & { before?: SourceFigures };
  /** Orders in currencies without a rate: counted as orders, left out of the revenue. */
  otherCurrencies: OtherCurrency[];
  /** Costs that no touch of the period answers to. They are in the rows of the channel they name. */
  unmatchedCosts: CostRow[];
  /** Currencies of costs without a rate; while there are any, the costs they belong to are null. */
  missingRates: string[];
}

export async function sources(reads: Reads, params: SourcesParams, now: EpochMs): Promise<SourcesAnswer> {
  const site = await siteOf(reads, params.site);
  const period = periodOf(site, params, now);
  const earlier = periodBefore(site, period, { ...params, compare: params.compare ?? "none" }, now);
  const by = params.by ?? "channel";
  const isChosen = await chosenBy(reads, site, params.filter, now);
  const measured = await measure(reads, site, params, period, isChosen);
  const before = earlier === null ? undefined : await measure(reads, site, params, earlier, isChosen);

  const names = new Set([...measured.rows.keys(), ...(before?.rows.keys() ?? [])]);
  const rows = [...names].map(
    (value): SourceRow => ({
      value,
      ...(measured.rows.get(value) ?? NOTHING),
      ...(before === undefined ? {} : { before: before.rows.get(value) ?? NOTHING }),
    }),
  );
  rows.sort(
    (a, b) =>
      b.customers - a.customers ||
      b.conversions - a.conversions ||
      b.visitors - a.visitors ||
      (b.cost ?? 0) - (a.cost ?? 0) ||
      (a.value < b.value ? -1 : 1),
  );
  return {
    site: site.id,
    period,
    before: earlier,
    by,
    credit: params.credit ?? DEFAULT_CREDIT_MODEL,
    lookbackDays: lookbackOf(params),
    conversion: params.conversion ?? "first_order",
    currency: site.settings.currency,
    rows,
    total: { ...measured.total, ...(before === undefined ? {} : { before: before.total }) },
    otherCurrencies: measured.otherCurrencies,
    unmatchedCosts: measured.unmatchedCosts,
    missingRates: measured.missingRates,
  };
}
