/**
 * What is shipped from the collector's file to the engine: one entry per table, with the columns of both sides.
 *
 * The file is the log and folds the people; the engine holds a copy of every row that a question needs. A row of the copy
 * has an identity that never changes (`captured`), a version, and a mark when it is gone, so a row that is sent twice, or
 * late, changes nothing: the newest version stands. Keys of the file are moved by an offset per collector, so that the
 * copies of several collectors lie side by side.
 */
import { DECISIONS } from "./shipped-decisions.ts";
import { FACTS } from "./shipped-facts.ts";
import { PEOPLE } from "./shipped-people.ts";
import { SITES } from "./shipped-sites.ts";
import { drafted, type ShippedTable } from "./shipped-table.ts";

/**
 * All tables, in the order in which a batch sends them: what others point at comes first. Notes of changes name a table by its
 * place here, so a new one comes last.
 */
export const SHIPPED: readonly ShippedTable[] = [...SITES, ...PEOPLE, ...FACTS, ...DECISIONS].map(drafted);

/** Columns that every table of the engine has after its own. */
export const OWN_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ["owner", "UInt16"],
  ["stamp", "UInt64"],
  ["is_gone", "UInt8"],
];

/** Room for the keys of one collector. 2^53 leaves 8,192 collectors. */
export const KEYS_PER_OWNER = 2 ** 40;

/** The shipped table of a name. */
export function shipped(name: string): ShippedTable {
  return SHIPPED.find((table) => table.name === name)!;
}
