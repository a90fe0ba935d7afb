/**
 * Remembers what went wrong with each connected system last, for `doctor` and the page.
 */
import type { Trouble } from "../../connect/inbox.ts";
import type { Db } from "./open.ts";

const TROUBLE = "trouble ";
/** Behind every key that begins so. */
const BEHIND = "trouble!";

/** Under which key of `meta` it is kept. */
export const troubleKey = (connector: string): string => `${TROUBLE}${connector}`;

/** The latest trouble by connector. */
export function troublesIn(db: Db): Record<string, Trouble> {
  const rows = db
    .prepare<[string, string], { key: string; value: string }>(
      "select key, value from meta where key >= ? and key < ?",
    )
    .all(TROUBLE, BEHIND);
  return Object.fromEntries(
    rows.map(({ key, value }) => [key.slice(TROUBLE.length), JSON.parse(value) as Trouble]),
  );
}
