/**
 * Credit for a list of conversions: the share of each touch before them, and sums per value.
 *
 * The definitions are those of `domain/attribution`; this file applies them to columns of touches.
 */
import { type Amounts, creditOfChain } from "../domain/attribution/credit.ts";
import { sum } from "../domain/attribution/exact.ts";
import { openLedger } from "../domain/attribution/ledger.ts";
import type { Chain } from "../domain/attribution/markov.ts";
import { creditOfPath, type PathModel, type ShareOptions } from "../domain/attribution/shares.ts";
import { SojournError } from "../errors.ts";
import type { TouchValues } from "./touch-values.ts";
import type { CreditedEvent, CreditSettings, Trails } from "./trails.ts";
import type { ReportWalks } from "./walked.ts";

/** The share of each touch before a conversion, in step with `rows`; they sum to exactly 1. Not for `markov`. */
export function sharesOf(
  model: PathModel,
  { event, rows }: CreditedEvent,
  { columns }: Trails,
  values: TouchValues,
  options: ShareOptions,
): number[] {
  if (model === "first" || model === "last")
    return oneOf(rows.length, model === "first" ? 0 : rows.length - 1);
  if (model === "last-non-direct") {
    const last = rows.findLastIndex((row) => !values.isDirect(columns.source[row]!));
    return oneOf(rows.length, last === -1 ? rows.length - 1 : last);
  }
  const touches = rows.map((row) => ({
    channel: String(values.of(columns.source[row]!, columns.page[row]!)),
    at: columns.at[row]!,
  }));
  return creditOfPath(model, touches, event.at, options);
}

function oneOf(length: number, place: number): number[] {
  const shares = new Array<number>(length).fill(0);
  if (length > 0) shares[place] = 1;
  return shares;
}

/** Sums of credit per value, by the value's number. */
export interface CreditSums {
  conversions: number[];
  value: number[];
  /** Conversions in which the value was on the path, but not at its end. */
  assisted: number[];
  unattributed: Amounts;
  /** Everything credited inside of what the report looks into, and, when it looks at all, the unattributed. */
  total: Amounts;
  /** Only for `markov`: by the value's number; the part of all conversions that would be lost without it. */
  removalEffect?: number[];
  /** Only for `markov`: the probability that a path converts. */
  base?: number;
}

/** More values than this make a Markov chain that says nothing about any of them. */
const MOST_MARKOV_VALUES = 300;

/** What `markov` needs beside the conversions. */
export interface ChainSource {
  /** Taken apart when it is first needed. */
  chain(): { chain: Chain; walks: ReportWalks };
}

/**
 * Credit per value under one model.
 *
 * @param isWhole true when the report looks at all touches; then the rows and the unattributed add up to all conversions
 * @param source the chain of these conversions and of everybody who did not convert; only `markov` looks at it
 */
export function creditSums(
  paths: readonly CreditedEvent[],
  trails: Trails,
  values: TouchValues,
  settings: CreditSettings,
  isWhole: boolean,
  source: ChainSource,
): Omit<CreditSums, "assisted"> {
  const sums =
    settings.model === "markov"
      ? markovSums(values, source)
      : ruleSums(paths, trails, values, settings.model, settings);
  const none = paths.filter(({ rows }) => rows.length === 0);
  const unattributed = isWhole ? amountsOf(none) : { conversions: 0, value: 0 };
  const all = isWhole ? amountsOf(paths) : undefined;
  const total = all ?? { conversions: sum(sums.conversions), value: sum(sums.value) };
  return { ...sums, unattributed, total };
}

const amountsOf = (paths: readonly CreditedEvent[]): Amounts => ({
  conversions: paths.length,
  value: paths.reduce((total, { event }) => total + event.value, 0),
});

function ruleSums(
  paths: readonly CreditedEvent[],
  trails: Trails,
  values: TouchValues,
  model: PathModel,
  options: ShareOptions,
): Pick<CreditSums, "conversions" | "value"> {
  const { columns } = trails;
  const shares = paths.map((path) => sharesOf(model, path, trails, values, options));
  for (const { rows } of paths) for (const row of rows) values.of(columns.source[row]!, columns.page[row]!);
  const conversions = openLedger(values.names.length);
  const value = openLedger(values.names.length);
  let credited = 0;
  let worth = 0;
  let isWhole = true;
  paths.forEach(({ event, rows }, p) => {
    if (rows.length > 0) {
      credited += 1;
      worth += event.value;
    }
    rows.forEach((row, i) => {
      const share = shares[p]![i]!;
      if (share === 0) return;
      const source = columns.source[row]!;
      const page = columns.page[row]!;
      if (!values.isWithin(source, page)) {
        isWhole = false;
        return;
      }
      const number = values.of(source, page);
      conversions.add(number, share);
      if (event.value !== 0) value.add(number, share * event.value);
    });
  });
  // Only where nothing was left out is there a whole number for the rows to add up to.
  return {
    conversions: conversions.close(isWhole ? credited : undefined),
    value: value.close(isWhole ? worth : undefined),
  };
}

function markovSums(
  values: TouchValues,
  source: ChainSource,
): Pick<CreditSums, "conversions" | "value" | "removalEffect" | "base"> {
  if (values.names.length > MOST_MARKOV_VALUES) {
    throw new SojournError(
      "bad_input",
      `markov over ${values.names.length} values says nothing about any of them`,
      {
        hint: `Ask by channel or source, look into one channel, or use another model; ${MOST_MARKOV_VALUES} values are the most.`,
      },
    );
  }
  const { chain, walks } = source.chain();
  const result = creditOfChain(chain, {
    conversions: sum(chain.conversions),
    value: sum(chain.value),
  });
  const byNumber = (perChannel: readonly number[]): number[] => {
    const list = new Array<number>(values.names.length).fill(0);
    walks.numbers.forEach((number, channel) => {
      if (number >= 0) list[number] = perChannel[channel]!;
    });
    return list;
  };
  return {
    conversions: byNumber(result.conversions),
    value: byNumber(result.value),
    removalEffect: byNumber(result.removalEffect),
    base: result.base,
  };
}

/** Conversions in which each value was on the path, but not at its end. The same under every model. */
export function assistsOf(
  paths: readonly CreditedEvent[],
  { columns }: Trails,
  values: TouchValues,
): number[] {
  const assists = new Array<number>(values.names.length).fill(0);
  for (const { rows } of paths) {
    if (rows.length < 2) continue;
    const last = rows[rows.length - 1]!;
    const end = values.of(columns.source[last]!, columns.page[last]!);
    const helped = new Set<number>();
    for (const row of rows) {
      const source = columns.source[row]!;
      const page = columns.page[row]!;
      const number = values.of(source, page);
      if (number !== end && values.isWithin(source, page)) helped.add(number);
    }
    for (const number of helped) assists[number]! += 1;
  }
  return assists;
}
