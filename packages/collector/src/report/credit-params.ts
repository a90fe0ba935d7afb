/**
 * How credit is shared: the parameters every question about credit takes, and the settings they stand for.
 */
import { type CreditModel, DEFAULT_CREDIT_MODEL } from "../domain/attribution/credit.ts";
import type { MarkovOrder } from "../domain/attribution/markov.ts";
import { type ConversionMode, DAY_MS, type DirectMode } from "../domain/attribution/path.ts";
import type { CreditSettings } from "./trails.ts";

/** How credit is shared; the same for every question about credit. */
export interface CreditParams {
  /** How a conversion's credit is shared over the touches before it; default last-non-direct. */
  credit?: CreditModel;
  /** For `markov`; default 1. */
  order?: MarkovOrder;
  /** Days before a conversion in which a touch counts; null: all. Default 30. */
  lookback?: number | null;
  direct?: DirectMode;
  conversions?: ConversionMode;
  /** For `decay`: days after which a touch counts half; default 7. */
  halfLife?: number;
  /** For `position`: parts of the first and the last touch; default 0.4 each. */
  weights?: { first: number; last: number };
}

export const lookbackOf = ({ lookback }: CreditParams): number | null =>
  lookback === undefined ? 30 : lookback;

/** The settings a question's parameters stand for. */
export function creditSettings(params: CreditParams): CreditSettings {
  const days = lookbackOf(params);
  return {
    model: params.credit ?? DEFAULT_CREDIT_MODEL,
    order: params.order ?? 1,
    lookbackMs: days === null ? null : days * DAY_MS,
    direct: params.direct ?? "drop-unless-alone",
    conversions: params.conversions ?? "overlap",
    ...(params.halfLife === undefined ? {} : { halfLifeDays: params.halfLife }),
    ...(params.weights === undefined ? {} : { weights: params.weights }),
  };
}
