/**
 * What the sentence on top says, by fixed rules on the figures. Pure: gives parts, the page writes them.
 */
import type { SourceFigures, SourceRow } from "../api-shapes.ts";

/** A row of the table below, as far as the sentence needs it. */
type Figures = Pick<SourceFigures, "customers" | "cac">;
type Row = Pick<SourceRow, "value"> & Figures & { before?: Figures };

export interface LeadFacts {
  customers: number;
  before: number | undefined;
  rows: readonly Row[];
}

export interface LeadParts {
  /** Relative change of new customers; undefined when there is nothing to compare with. */
  change: number | undefined;
  /** Who explains the change: the row whose own change has its sign and is the largest. */
  mover: { value: string; isRise: boolean } | undefined;
  /** Without a comparison, or when nobody stands out: who brought the most. */
  top: string | undefined;
  /** A channel whose cost per new customer rose by a tenth or more, on ten customers or more; the largest rise. */
  dear: { value: string; cac: number } | undefined;
}

/** From this many customers a channel's cost is worth a sentence. */
const ENOUGH = 10;
const DEARER = 1.1;
const UNNAMED = new Set(["(unattributed)", "(not set)"]);

/**
 * @example leadParts({ customers: 110, before: 100, rows: [{ value: "Email", customers: 40, before: { customers: 28 } }] })
 * // { change: 0.1, mover: { value: "Email", isRise: true }, … }
 */
export function leadParts({ customers, before, rows }: LeadFacts): LeadParts {
  const named = rows.filter(({ value }) => !UNNAMED.has(value));
  const change = before === undefined || before === 0 ? undefined : customers / before - 1;
  const moves = named
    .filter((row) => row.before !== undefined)
    .map((row) => ({ value: row.value, by: row.customers - (row.before?.customers ?? 0) }));
  const difference = before === undefined ? 0 : customers - before;
  const largest = moves
    .filter(({ by }) => Math.sign(by) === Math.sign(difference) && by !== 0)
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by))[0];
  // "Most" is only said of more than half of the whole change.
  const isMost = largest !== undefined && Math.abs(largest.by) * 2 > Math.abs(difference);
  const dear = named
    .filter(
      (row) => row.customers >= ENOUGH && (row.before?.customers ?? 0) >= ENOUGH && riseOf(row) >= DEARER,
    )
    .sort((a, b) => riseOf(b) - riseOf(a))[0];
  const top = [...named].sort((a, b) => b.customers - a.customers)[0];
  return {
    change,
    mover: isMost ? { value: largest.value, isRise: difference > 0 } : undefined,
    top: top !== undefined && top.customers > 0 ? top.value : undefined,
    dear: dear === undefined ? undefined : { value: dear.value, cac: dear.cac! },
  };
}

/** Cost per new customer now over before; 0 when one is not known. */
function riseOf({ cac, before }: Row): number {
  const old = before?.cac;
  return typeof cac === "number" && typeof old === "number" && old > 0 ? cac / old : 0;
}
