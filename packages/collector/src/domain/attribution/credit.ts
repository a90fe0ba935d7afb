/**
 * Credit per channel: one model, or all of them side by side.
 *
 * Owns the answer's shape and its sums: the rows, "(unattributed)" included, add up to the totals. Paths come from `path.ts`,
 * shares from `shares.ts`, removal effects from `markov.ts`.
 */
import { SojournError } from "../../errors.ts";
import { settled, sum } from "./exact.ts";
import { type Chain, chainOf, type MarkovOrder, type RemovalEffects, removalEffects } from "./markov.ts";
import type { Path } from "./path.ts";
import { creditOfPath, type PathModel, type ShareOptions } from "./shares.ts";

export const CREDIT_MODELS = [
  "first",
  "last",
  "last-non-direct",
  "linear",
  "position",
  "decay",
  "markov",
  "shapley",
] as const;
export type CreditModel = (typeof CREDIT_MODELS)[number];

export const DEFAULT_CREDIT_MODEL: CreditModel = "last-non-direct";

/** The row of conversions that had no touch in their window. Never silently given to direct. */
export const UNATTRIBUTED = "(unattributed)";

export interface CreditOptions extends ShareOptions {
  /** For `markov`: how many of the last channels make a state. Default 1. */
  order?: MarkovOrder;
}

/** Conversions (may be fractions) and value (minor units, may be fractions) of one channel. */
export interface CreditRow {
  channel: string;
  conversions: number;
  value: number;
  /** `markov` only: part of all conversions, 0 to 1, that would be lost without this channel. */
  removalEffect?: number;
  /** `markov` only: part of all value that would be lost. */
  valueRemovalEffect?: number;
}

export interface Amounts {
  conversions: number;
  value: number;
}

export interface CreditResult {
  model: CreditModel;
  order?: MarkovOrder;
  /** All conversions, the unattributed ones included. */
  total: Amounts;
  /** Largest first; {@link UNATTRIBUTED} last, and only when there is any. The rows add up to `total`. */
  rows: CreditRow[];
  unattributed: Amounts;
  /** `markov` only: the probability that a path converts. */
  base?: number;
}

/**
 * Shares the conversions of all paths among their channels.
 *
 * Sums: the rows in their order add up to the totals to the last bit or one beside it; whole minor units stay whole in the totals.
 *
 * `credit([{ channels: ["a", "b"], conversions: 6, value: 600, nulls: 0 }], { model: "linear" })` gives 3 and 300 to each.
 *
 * @throws SojournError `bad_input` when `decay` gets paths without times; `bad_usage` for impossible options
 */
export function credit(
  paths: readonly Path[],
  options: CreditOptions & { model: CreditModel } = { model: DEFAULT_CREDIT_MODEL },
): CreditResult {
  const { model } = options;
  const total = amountsOf(paths);
  const unattributed = amountsOf(paths.filter((path) => path.channels.length === 0));
  const attributed = {
    conversions: total.conversions - unattributed.conversions,
    value: total.value - unattributed.value,
  };
  const order = options.order ?? 1;
  const markov = model === "markov" ? markovRows(paths, order, attributed) : undefined;
  const found = markov?.rows ?? pathRows(paths, model as PathModel, options);
  const rows = settleRows(found.sort(largestFirst), attributed);
  if (unattributed.conversions > 0) rows.push({ channel: UNATTRIBUTED, ...unattributed });
  return {
    model,
    ...(markov === undefined ? {} : { order, base: markov.base }),
    total,
    rows,
    unattributed,
  };
}

/** All models on the same paths, and how far they disagree. */
export interface CreditComparison {
  models: CreditResult[];
  spread: SpreadRow[];
  /** Models that could not answer on this input, and why. */
  refused: { model: CreditModel; reason: string }[];
}

/** Smallest and largest credit in conversions that any model gives a channel; `spread` is the difference. */
export interface SpreadRow {
  channel: string;
  min: number;
  max: number;
  spread: number;
}

/** Every model in one call. A model that cannot answer (decay without times) is listed with its reason; the others go on. */
export function creditAll(paths: readonly Path[], options: CreditOptions = {}): CreditComparison {
  const models: CreditResult[] = [];
  const refused: CreditComparison["refused"] = [];
  for (const model of CREDIT_MODELS) {
    try {
      models.push(credit(paths, { ...options, model }));
    } catch (error) {
      if (!(error instanceof SojournError && error.code === "bad_input")) throw error;
      refused.push({ model, reason: error.message });
    }
  }
  return { models, spread: spreadOf(models), refused };
}

/** Per channel the smallest and largest credit among the models given; a channel a model does not name has 0 there. */
export function spreadOf(models: readonly CreditResult[]): SpreadRow[] {
  const credits = new Map<string, number[]>();
  models.forEach(({ rows }, m) => {
    for (const { channel, conversions } of rows) {
      const list = credits.get(channel) ?? models.map(() => 0);
      list[m] = conversions;
      credits.set(channel, list);
    }
  });
  return [...credits]
    .map(([channel, list]) => {
      const min = Math.min(...list);
      const max = Math.max(...list);
      return { channel, min, max, spread: max - min };
    })
    .sort((a, b) => b.spread - a.spread || byName(a, b));
}

function amountsOf(paths: readonly Path[]): Amounts {
  return { conversions: sum(paths.map((p) => p.conversions)), value: sum(paths.map((p) => p.value)) };
}

function pathRows(paths: readonly Path[], model: PathModel, options: ShareOptions): CreditRow[] {
  const parts = new Map<string, { conversions: number[]; value: number[] }>();
  for (const path of paths) {
    const { channels, times } = path;
    for (const channel of channels)
      if (!parts.has(channel)) parts.set(channel, { conversions: [], value: [] });
    if (path.conversions === 0) continue;
    const touches = channels.map((channel, i) =>
      times === undefined ? { channel } : { channel, at: times[i]! },
    );
    const shares = creditOfPath(model, touches, path.convertedAt, options);
    shares.forEach((share, i) => {
      if (share === 0) return;
      const part = parts.get(channels[i]!)!;
      part.conversions.push(share * path.conversions);
      part.value.push(share * path.value);
    });
  }
  return [...parts].map(([channel, { conversions, value }]) => ({
    channel,
    conversions: sum(conversions),
    value: sum(value),
  }));
}

/**
 * Credit of a chain's channels, in step with them; adds up to what is `attributed` to the last bit or one beside it.
 */
export function creditOfChain(chain: Chain, attributed: Amounts) {
  const effects = removalEffects(chain);
  const shares = creditFromEffects(effects);
  return {
    base: effects.base,
    removalEffect: effects.conversions,
    conversions: settled(
      shares.conversions.map((share) => share * attributed.conversions),
      attributed.conversions,
    ),
    value: settled(
      shares.value.map((share) => share * attributed.value),
      attributed.value,
    ),
  };
}

function markovRows(paths: readonly Path[], order: MarkovOrder, attributed: Amounts) {
  const chain = chainOf(paths, order);
  const effects = removalEffects(chain);
  const shares = creditFromEffects(effects);
  const rows = chain.channels.map(
    (channel, i): CreditRow => ({
      channel,
      conversions: shares.conversions[i]! * attributed.conversions,
      value: shares.value[i]! * attributed.value,
      removalEffect: effects.conversions[i]!,
      valueRemovalEffect: effects.value[i]!,
    }),
  );
  return { rows, base: effects.base };
}

/** Each channel's part of the sum of effects, 0 to 1, in step with the chain's channels. */
export function creditFromEffects(effects: RemovalEffects): { conversions: number[]; value: number[] } {
  return { conversions: partsOf(effects.conversions), value: partsOf(effects.value) };
}

function partsOf(effects: readonly number[]): number[] {
  const total = sum(effects);
  return effects.map((effect) => (total === 0 ? 0 : effect / total));
}

function settleRows(rows: readonly CreditRow[], attributed: Amounts): CreditRow[] {
  const conversions = settled(
    rows.map((r) => r.conversions),
    attributed.conversions,
  );
  const value = settled(
    rows.map((r) => r.value),
    attributed.value,
  );
  return rows.map((row, i) => ({ ...row, conversions: conversions[i]!, value: value[i]! }));
}

function largestFirst(a: CreditRow, b: CreditRow): number {
  return plain(b.conversions) - plain(a.conversions) || plain(b.value) - plain(a.value) || byName(a, b);
}

/** Equal shares differ in their last bits (the last one is what the others leave); the order of rows must not show it. */
function plain(amount: number): number {
  return Number(amount.toPrecision(12));
}

function byName(a: { channel: string }, b: { channel: string }): number {
  return a.channel < b.channel ? -1 : a.channel > b.channel ? 1 : 0;
}
