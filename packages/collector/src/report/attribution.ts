/**
 * All models of credit side by side on the same conversions: how far they disagree, how sure the Markov chain is, which paths lead
 * to a conversion, how long they are and how long they take.
 */
import { bootstrapChain } from "../domain/attribution/bootstrap.ts";
import { type Amounts, CREDIT_MODELS, type CreditModel } from "../domain/attribution/credit.ts";
import { type Chain, chainOfWalks } from "../domain/attribution/markov.ts";
import type { EpochMs, Minor } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { Reads, SourceDimension } from "../store/port.ts";
import { type ConversionName, conversionsOf, earlierConversions } from "./conversions.ts";
import { type CreditParams, creditSettings, lookbackOf } from "./credit-params.ts";
import { assistsOf, type ChainSource, type CreditSums, creditSums } from "./credited.ts";
import type { Filtered } from "./filter.ts";
import { type PathLengths, pathLengths } from "./path-lengths.ts";
import { type Period, periodOf } from "./period.ts";
import { siteOf } from "./subject.ts";
import { openTouchValues, type Within } from "./touch-values.ts";
import { pathsBefore, readTrails } from "./trails.ts";
import { chosenBy, readVisits } from "./visits.ts";
import { openWalked, type ReportWalks } from "./walked.ts";

export interface AttributionParams extends Omit<CreditParams, "credit">, Filtered {
  site: string;
  from?: string;
  to?: string;
  by?: SourceDimension;
  /** Default order. */
  conversion?: ConversionName;
  /** The model whose stages `stage:<name>` means. */
  model?: string;
  within?: readonly Within[];
  /** How many paths are listed, at most 1,000; default 20. */
  paths?: number;
}

export interface AttributionRow {
  value: string;
  /** Credit by each model that could answer. */
  credit: Partial<Record<CreditModel, Amounts>>;
  /** Smallest and largest credit in conversions that any model gives, and their difference. */
  min: number;
  max: number;
  spread: number;
  /** Conversions in which the value stood on the path, but not at its end. */
  assisted: number;
  /** Markov only: the part of all conversions that would be lost without it, and the interval of its share of credit. */
  removalEffect?: number;
  share?: { low: number; value: number; high: number };
}

export interface PathRow {
  path: string[];
  conversions: number;
  value: Minor;
  /** People who came this way in the period and did not convert. */
  nulls: number;
}

export interface AttributionAnswer {
  site: string;
  period: Period;
  by: SourceDimension;
  conversion: ConversionName;
  lookbackDays: number | null;
  currency: string;
  total: Amounts;
  unattributed: Amounts;
  rows: AttributionRow[];
  /** Models that could not answer, and why. */
  refused: { model: CreditModel; reason: string }[];
  /** How sure the Markov credit is; absent when it was refused. */
  markov?: {
    order: number;
    /** The probability that a path of the period converts. */
    base: number | null;
    /** Resamples the intervals come from: fewer on large periods, where chance matters less. */
    rounds: number;
    level: number;
    tooLittleData: boolean;
    reasons: string[];
  };
  /** Most conversions first. */
  paths: PathRow[];
  pathCount: number;
  lengths: PathLengths;
}

/** Resamples for a period of so many distinct paths: about a second's work. */
const roundsFor = (paths: number): number => (paths > 20_000 ? 20 : paths > 2_000 ? 60 : 200);
/** The intervals of one period are the same whenever it is asked for. */
const SEED = 20_261_122;

export async function attribution(
  reads: Reads,
  params: AttributionParams,
  now: EpochMs,
): Promise<AttributionAnswer> {
  const site = await siteOf(reads, params.site);
  const period = periodOf(site, params, now);
  const by = params.by ?? "channel";
  const conversion = params.conversion ?? "order";
  const within = params.within ?? [];
  const settings = creditSettings(params);
  const values = await openTouchValues(reads, site, by, within);
  const isChosen = await chosenBy(reads, site, params.filter, now);
  const range = { from: period.fromAt, to: period.toAt };

  const visits = await readVisits(reads, site, range, values, isChosen);
  const found = await conversionsOf(reads, site, conversion, period, params.model);
  const events = found.filter(({ person }) => isChosen(person));
  const people = events.map(({ person }) => person);
  const trails = await readTrails(reads, people, {
    from: settings.lookbackMs === null ? 0 : Math.max(0, period.fromAt - settings.lookbackMs),
    to: period.toAt,
  });
  if (values.usesPages) await values.learnPages(trails.columns.page);
  const earlier =
    settings.conversions === "reset"
      ? await earlierConversions(reads, site, conversion, period, people, params.model)
      : [];
  const paths = pathsBefore(events, earlier, trails, values, settings);
  const walks = openWalked(visits, values, settings.direct).against(paths, trails);
  let chain: Chain | undefined;
  const source: ChainSource = {
    chain: () => {
      chain ??= chainOfWalks(walks, settings.order);
      return { chain, walks };
    },
  };

  const sums = new Map<CreditModel, Omit<CreditSums, "assisted">>();
  const refused: AttributionAnswer["refused"] = [];
  for (const model of CREDIT_MODELS) {
    try {
      sums.set(model, creditSums(paths, trails, values, { ...settings, model }, within.length === 0, source));
    } catch (error) {
      if (!(error instanceof SojournError && error.code === "bad_input")) throw error;
      refused.push({ model, reason: error.message });
    }
  }
  const any = sums.get("last")!;
  const sure = chain === undefined ? undefined : sureness(chain, walks);
  return {
    site: site.id,
    period,
    by,
    conversion,
    lookbackDays: lookbackOf(params),
    currency: site.settings.currency,
    total: any.total,
    unattributed: any.unattributed,
    rows: rowsOf(sums, values.names, assistsOf(paths, trails, values), sure?.shares),
    refused,
    ...(sure === undefined ? {} : { markov: { ...sure.markov, base: sums.get("markov")?.base ?? null } }),
    ...pathRows(walks, params.paths ?? 20),
    lengths: pathLengths(paths, trails),
  };
}

function sureness(chain: Chain, walks: ReportWalks) {
  const rounds = roundsFor(chain.rows);
  const { level, intervals, tooLittleData, reasons } = bootstrapChain(chain, { seed: SEED, rounds });
  const shares = new Map<number, { low: number; value: number; high: number }>();
  intervals.forEach(({ low, share, high }, channel) => {
    shares.set(walks.numbers[channel]!, { low, value: share, high });
  });
  return { shares, markov: { order: chain.order, rounds, level, tooLittleData, reasons } };
}

function rowsOf(
  sums: ReadonlyMap<CreditModel, Omit<CreditSums, "assisted">>,
  names: readonly string[],
  assists: readonly number[],
  shares: ReadonlyMap<number, { low: number; value: number; high: number }> | undefined,
): AttributionRow[] {
  const markov = sums.get("markov");
  const rows = names.flatMap((value, number): AttributionRow[] => {
    const credit: AttributionRow["credit"] = {};
    const all: number[] = [];
    for (const [model, sum] of sums) {
      const conversions = sum.conversions[number] ?? 0;
      credit[model] = { conversions, value: sum.value[number] ?? 0 };
      all.push(conversions);
    }
    const min = Math.min(...all);
    const max = Math.max(...all);
    const assisted = assists[number] ?? 0;
    if (max === 0 && assisted === 0) return [];
    const effect = markov?.removalEffect?.[number];
    const share = shares?.get(number);
    return [
      {
        value,
        credit,
        min,
        max,
        spread: max - min,
        assisted,
        ...(effect === undefined ? {} : { removalEffect: effect }),
        ...(share === undefined ? {} : { share }),
      },
    ];
  });
  return rows.sort((a, b) => b.max - a.max || b.spread - a.spread || (a.value < b.value ? -1 : 1));
}

/** Paths of conversions under their names, those with touches only, beside how many came the same way and did not convert. */
function pathRows(walks: ReportWalks, limit: number): Pick<AttributionAnswer, "paths" | "pathCount"> {
  const { starts, ids, channels, conversions, value, nulls } = walks;
  const lengthOf = (row: number): number => starts[row + 1]! - starts[row]!;
  const pathOf = (row: number): string[] =>
    Array.from(ids.subarray(starts[row], starts[row + 1]), (channel) => channels[channel]!);
  const converted: number[] = [];
  for (let row = 0; row < walks.rows; row++)
    if (conversions[row]! > 0 && lengthOf(row) > 0) converted.push(row);
  const sorted = converted.sort(
    (a, b) =>
      conversions[b]! - conversions[a]! ||
      value[b]! - value[a]! ||
      lengthOf(a) - lengthOf(b) ||
      (pathOf(a).join(" > ") < pathOf(b).join(" > ") ? -1 : 1),
  );
  return {
    paths: sorted.slice(0, limit).map((row) => ({
      path: pathOf(row),
      conversions: conversions[row]!,
      value: value[row]!,
      nulls: nulls[row]!,
    })),
    pathCount: converted.length,
  };
}
