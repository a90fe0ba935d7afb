/**
 * The engine's own notes beside the copies: who ships, which sites are whose, and what was shipped.
 */
import { OWN_COLUMNS } from "../sqlite/shipped.ts";
import type { TableDraft } from "../sqlite/shipped-table.ts";

/** A table that collectors write for one another; nothing of it is in a file. */
export type Ledger = Pick<TableDraft, "name" | "columns" | "order" | "lookedFor" | "shard">;

/** One row per collector and life; `name` is drawn once by the collector, `url` is where others reach it. */
export const COLLECTOR: Ledger = {
  name: "collector",
  columns: [
    ["number", "UInt16"],
    ["name", "String"],
    ["epoch", "UInt32"],
    ["seen_at", "Int64"],
    ["url", "String"],
  ],
  order: ["number", "name"],
};

/** The newest batch of each collector; what is behind it has arrived. */
export const BATCH: Ledger = {
  name: "batch",
  columns: [
    ["number", "UInt16"],
    ["n", "UInt64"],
    ["to_seq", "UInt64"],
    ["sent_at", "Int64"],
  ],
  order: ["number"],
};

/** Which collector has a site, or wants to have it (see claims.ts). */
export const SITE_CLAIM: Ledger = {
  name: "site_claim",
  columns: [
    ["id", "String"],
    ["number", "UInt16"],
    ["is_held", "UInt8"],
    ["at", "Int64"],
  ],
  order: ["id", "number"],
};

/** Columns of a table that an insert names. */
export const columnsOf = ({ columns }: Pick<Ledger, "columns">): string[] => [
  ...columns.map(([name]) => name),
  ...OWN_COLUMNS.map(([name]) => name),
];
