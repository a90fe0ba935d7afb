/**
 * Takes rows out of the log and ties the chains of their visitors together again.
 */
import { MARKS } from "../../ingest/accept.ts";
import type { Db } from "./open.ts";

/** What of a row is needed to find its neighbours. */
export interface ChainedRow {
  seq: number;
  visitor: number;
  marks: number;
}

export interface Chains {
  /** Removes some rows of whole chains; returns the visitors whose chains changed. Ids without an order stay known. */
  remove(chain: readonly ChainedRow[], gone: ReadonlySet<number>): number[];
}

export function openChains(db: Db): Chains {
  const setPrev = db.prepare("update touchpoint set prev = ? where seq = ?");
  const setHead = db.prepare("update visitor set last_seq = ? where key = ?");
  const dropRow = db.prepare("delete from touchpoint where seq = ?");
  const setMarks = db.prepare("update touchpoint set marks = ? where seq = ?");
  const readNext = db.prepare<[number], { seq: number; marks: number }>(
    "select seq, marks from touchpoint where seq > ? order by seq limit 1",
  );
  const opensDelivery = (marks: number): boolean => (marks & MARKS.opensDelivery) !== 0;

  return {
    remove(rows, gone) {
      const byVisitor = new Map<number, ChainedRow[]>();
      for (const row of rows) {
        const list = byVisitor.get(row.visitor) ?? [];
        byVisitor.set(row.visitor, list);
        list.push(row);
      }
      for (const [visitor, list] of byVisitor) {
        list.sort((a, b) => a.seq - b.seq);
        let before = 0;
        for (const { seq } of list) {
          if (gone.has(seq)) continue;
          setPrev.run(before, seq);
          before = seq;
        }
        setHead.run(before, visitor);
      }
      for (const { seq, marks } of [...rows].sort((a, b) => b.seq - a.seq)) {
        if (!gone.has(seq)) continue;
        dropRow.run(seq);
        if (!opensDelivery(marks)) continue;
        // What follows in the same arrival begins the delivery now.
        const next = readNext.get(seq);
        if (next !== undefined && !opensDelivery(next.marks)) {
          setMarks.run(next.marks | MARKS.opensDelivery, next.seq);
        }
      }
      return [...byVisitor.keys()];
    },
  };
}
