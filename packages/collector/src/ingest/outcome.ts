/**
 * What becomes of what arrived, and the totals of it.
 */
import type { RefusedItem } from "./accept.ts";
import type { RefusalReason } from "./refusals.ts";

/** What became of one arrival. Durable once the caller has it. */
export type Outcome =
  | { kind: "stored"; stored: number; duplicates: number; refused: RefusedItem[] }
  | {
      kind: "refused";
      status: 400 | 403 | 413 | 503;
      code: RefusalReason;
      path?: string;
      /** How many touchpoints went with it; at least 1. */
      items: number;
    };

/** Totals since the start, in touchpoints: received = stored + duplicates + every kind of refused. */
export interface Totals {
  received: number;
  stored: number;
  duplicates: number;
  robots: number;
  spam: number;
  own: number;
  refused: Partial<Record<RefusalReason, number>>;
}
