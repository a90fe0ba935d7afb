/**
 * The end of the log that is not folded yet, in the log's order: a few rows in memory, a long queue in the file.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import { type Appended, type Log, opensDelivery } from "./log.ts";
import type { Db } from "./open.ts";

export interface Tail {
  /** A row that was just appended and committed. */
  add(row: Appended): void;
  /** The next few rows, whole deliveries; none at the end of the log. */
  next(): Appended[];
  count(): number;
  /** Arrival time of the first row, as far as it is known without reading. */
  oldest(): EpochMs | undefined;
  /** Begins again behind a row of the log; what is there is read from the file. */
  restart(after: number): void;
}

/** Of the rows that wait, so many are held in memory; the rest is read again from the log. */
const MOST_HELD = 10_000;
/** Touchpoints folded between two looks at the clock. */
const SLICE = 32;
/** A server may send this many touchpoints in one call; they are folded together. */
const LONGEST_DELIVERY = 1_000;
/** Rows read ahead from the log while the projections catch up. */
const READ_AHEAD = 4_096;

export function openTail(db: Db, log: Log, after: number): Tail {
  const readAhead = db.prepare<[number, number], Parameters<Log["appended"]>[0]>(
    "select * from touchpoint where seq > ? order by seq limit ?",
  );
  const countAfter = db.prepare<[number], number>("select count(*) from touchpoint where seq > ?").pluck();

  /** The last row that was given out. */
  let given = after;
  let waiting: Appended[] = [];
  /** Where `waiting` begins; shifting an array one by one would be quadratic. */
  let head = 0;
  /** Rows in the file that come after those of `waiting`: after a crash, in a replay, and when many wait. */
  let unread = countAfter.get(after) ?? 0;

  /** Reads on in the log until a whole slice waits, or all of it does. */
  const fill = (): void => {
    while (unread > 0 && waiting.length - head < SLICE + LONGEST_DELIVERY) {
      const rows = readAhead.all(waiting.at(-1)?.seq ?? given, READ_AHEAD);
      waiting = [...waiting.slice(head), ...rows.map(log.appended)];
      head = 0;
      unread = rows.length < READ_AHEAD ? 0 : Math.max(1, unread - rows.length);
    }
  };

  return {
    add(row) {
      if (unread > 0 || waiting.length - head >= MOST_HELD) unread += 1;
      else waiting.push(row);
    },

    next() {
      fill();
      const rows = waiting.slice(head, endOfSlice(waiting, head));
      head += rows.length;
      given = rows.at(-1)?.seq ?? given;
      if (head === waiting.length) {
        waiting = [];
        head = 0;
      } else if (head > READ_AHEAD) {
        waiting = waiting.slice(head);
        head = 0;
      }
      return rows;
    },

    count: () => waiting.length - head + unread,
    oldest: () => waiting[head]?.receivedAt,

    restart(after) {
      given = after;
      waiting = [];
      head = 0;
      unread = countAfter.get(after) ?? 0;
    },
  };
}

/** About a slice further, and never between two touchpoints of one delivery. */
function endOfSlice(rows: readonly Appended[], start: number): number {
  let end = Math.min(start + SLICE, rows.length);
  while (end < rows.length && !opensDelivery(rows[end]!.marks)) end += 1;
  return end;
}
