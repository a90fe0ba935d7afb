/**
 * The one writer: keeps what arrives, then works out what it means.
 *
 * Two kinds of transactions alternate on one connection. A short one appends a group of arrivals to the log; when it
 * has reached the disk, they are answered. What was appended is folded in memory, and the people it changed are written
 * to the projections in rounds of short transactions, within a second. A crash in between loses nothing: the projections
 * go on from their watermark in the log, past what each person already holds.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import { SojournError } from "../../errors.ts";
import { type Arrival, TRAFFIC } from "../../ingest/accept.ts";
import type { Outcome, Totals } from "../../ingest/outcome.ts";
import { addOutcome, openArrivals } from "./arrivals.ts";
import { type Appended, type Log, openLog, projectedTo } from "./log.ts";
import { closeWriter, type Db, explained, type OpenOptions, openForWriting } from "./open.ts";
import { openProjector, type Projector } from "./project.ts";
import { openRefusedRing } from "./refused.ts";
import { type Round, startRound } from "./round.ts";
import { PROJECTION_TABLES } from "./schema.ts";
import { openSites, type Sites } from "./sites.ts";
import { openTail } from "./tail.ts";
import { openTransactions } from "./transactions.ts";

export interface WriterOptions extends OpenOptions {
  /** Appended touchpoints that may wait for their projection before arrivals are refused. */
  mostPending?: number;
  /** People written between two looks at the clock. */
  peopleAtOnce?: number;
}

export interface Writer {
  readonly db: Db;
  readonly log: Log;
  readonly sites: Sites;
  readonly projector: Projector;
  readonly totals: Totals;
  /**
   * Keeps a group of arrivals in one commit. When it returns, what it calls stored is on disk; with `sync: "later"` the
   * caller brings the write-ahead log there before it tells anybody.
   */
  ingest(arrivals: readonly Arrival[], sync?: "now" | "later"): Outcome[];
  /** Bringing the log to the disk failed: it is written anew before the next transaction. */
  distrust(): void;
  /** Folds waiting touchpoints and writes what comes of them, for about `budgetMs`; returns how many are not visible yet. */
  project(budgetMs: number, options?: ProjectOptions): number;
  /** Moves people whose time has come; returns how many were moved. */
  sweep(now: EpochMs, limit?: number): number;
  /** Runs work in a transaction of its own. */
  change<T>(work: () => T): T;
  /** The same, after everything appended was projected: for work on people and their stages. Takes as long as that takes. */
  changeSettled<T>(work: () => T): T;
  /** The last row of the log that the projections know. */
  projectedTo(): number;
  /** Empties the projections and starts folding from the beginning of the log. */
  startReplay(replay?: {
    /** Messages are written for what the replay finds, as far as it is news. */
    notifies?: boolean;
    /** Now; what time alone brought before is not told again. */
    at?: EpochMs;
  }): void;
  /** Appended touchpoints that no question sees yet. */
  pending(): number;
  /** Those of them that were not folded. */
  unfolded(): number;
  /** A round of writing has begun and is not through. */
  isWriting(): boolean;
  /** Arrival time of the oldest touchpoint that no question sees yet; undefined when there is none. */
  oldestPending(): EpochMs | undefined;
  /** Arrival time of the oldest touchpoint that was not folded. */
  oldestUnfolded(): EpochMs | undefined;
  close(): void;
}

export interface ProjectOptions {
  /** Fold at least so many, whoever waits. */
  least?: number;
  /** Asked between two steps: true when somebody else waits for the writer. */
  mustYield?: () => boolean;
  /** What was folded may wait for more, so that a person is written once for many touchpoints. */
  mayGather?: boolean;
}

const MOST_PENDING = 200_000;
/** People are written this long after the first of them changed, or when so many are changed. */
const GATHER_MS = 250;
const MOST_UNWRITTEN = 10_000;
const PEOPLE_AT_ONCE = 128;

export function openWriter(folder: string, options: WriterOptions = {}): Writer {
  const db = openForWriting(folder, options);
  const log = openLog(db);
  const sites = openSites(db);
  const projector = openProjector(db, log, (key) => sites.byKey(key).projected);
  const { mostPending = MOST_PENDING, peopleAtOnce = PEOPLE_AT_ONCE } = options;
  const totals: Totals = { received: 0, stored: 0, duplicates: 0, robots: 0, spam: 0, own: 0, refused: {} };

  const { run: inTransaction, distrust } = openTransactions(db);
  const setProjected = db.prepare(
    "insert into meta (key, value) values ('projected_to', ?) on conflict do update set value = excluded.value",
  );
  const setMeta = db.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  const lastSeq = db.prepare<[], number | null>("select max(seq) from touchpoint").pluck();

  /** The last row that is folded, and the last that is written; in between, people hold more than the tables say. */
  let watermark = projectedTo(db);
  let writtenTo = watermark;
  let round: Round | undefined;
  /** When what is folded and not in a round began to wait, and the arrival of the first of it. */
  let gatheringSince: number | undefined;
  let firstGathered: EpochMs | undefined;
  const tail = openTail(db, log, watermark);

  /** Heads of chains that a crash left behind are set again from the tail of the log. */
  const recover = (): void => {
    if (tail.count() === 0) return;
    inTransaction(true, () => {
      db.prepare(`
        update visitor set last_seq = tail.seq
        from (select visitor, max(seq) as seq from touchpoint where seq > ? group by visitor) as tail
        where visitor.key = tail.visitor and visitor.last_seq < tail.seq`).run(watermark);
    });
  };
  recover();

  const arrivalsLog = openArrivals(db, log, sites);
  const refusedRing = openRefusedRing(db);

  /** The transaction is gone, and with it what was folded in memory: everything is read again from the log. */
  const startAgain = (): void => {
    projector.rolledBack();
    log.headsRolledBack();
    watermark = projectedTo(db);
    writtenTo = watermark;
    round = undefined;
    gatheringSince = undefined;
    tail.restart(watermark);
  };

  /** Folds for a while, in memory; what cannot wait is written at once. Inside the caller's transaction. */
  const fold = (until: number, { least = 0, mustYield }: ProjectOptions): void => {
    let folded = 0;
    do {
      const rows = tail.next();
      if (rows.length === 0) return;
      if (gatheringSince === undefined) {
        gatheringSince = performance.now();
        firstGathered = rows[0]!.receivedAt;
      }
      projector.project(rows);
      watermark = rows.at(-1)!.seq;
      folded += rows.length;
      if (folded >= least && mustYield?.() === true) return;
    } while (performance.now() < until);
  };

  const mustWrite = (mayGather: boolean): boolean =>
    watermark > writtenTo &&
    ((!mayGather && tail.count() === 0) ||
      projector.countUnwritten() >= MOST_UNWRITTEN ||
      (gatheringSince !== undefined && performance.now() - gatheringSince >= GATHER_MS));

  const pending = (): number => tail.count() + watermark - writtenTo;

  return {
    db,
    log,
    sites,
    projector,
    totals,

    distrust,

    ingest(arrivals, sync = "now") {
      const rows: Appended[] = [];
      let outcomes: Outcome[];
      if (tail.count() > mostPending) {
        outcomes = arrivals.map(() => ({ kind: "refused", status: 503, code: "overloaded", items: 1 }));
      } else {
        try {
          outcomes = inTransaction(sync === "now", () => {
            const all = arrivals.map((arrival) => arrivalsLog.append(arrival, rows));
            refusedRing.keep(arrivals, all);
            return all;
          });
          log.committed();
        } catch (error) {
          log.rolledBack();
          throw explained(folder, error);
        }
      }
      for (const row of rows) {
        if (row.traffic === TRAFFIC.robot) totals.robots += 1;
        else if (row.traffic === TRAFFIC.spam) totals.spam += 1;
        else if (row.traffic === TRAFFIC.own) totals.own += 1;
        tail.add(row);
      }
      for (const outcome of outcomes) addOutcome(totals, outcome);
      return outcomes;
    },

    project(budgetMs, options = {}) {
      const until = performance.now() + budgetMs;
      let isThrough = false;
      try {
        inTransaction(false, () => {
          fold(until, options);
          if (round === undefined && mustWrite(options.mayGather ?? false)) {
            round = startRound(projector, log, { upTo: watermark, since: firstGathered, peopleAtOnce });
            gatheringSince = undefined;
          }
          isThrough = round?.write(until, options.mustYield) ?? false;
          if (isThrough) setProjected.run(String(round!.upTo));
          projector.flush();
        });
      } catch (error) {
        startAgain();
        throw explained(folder, error);
      }
      projector.committed();
      if (isThrough) {
        log.headsCommitted();
        writtenTo = round!.upTo;
        round = undefined;
      }
      return pending();
    },

    sweep(now, limit = 500) {
      try {
        const moved = inTransaction(true, () => {
          const count = projector.sweep(now, limit);
          projector.flush();
          return count;
        });
        projector.committed();
        return moved;
      } catch (error) {
        startAgain();
        throw explained(folder, error);
      }
    },

    changeSettled(work) {
      while (pending() > 0) this.project(50);
      return this.change(work);
    },

    change(work) {
      try {
        const result = inTransaction(true, () => {
          const value = work();
          projector.flush();
          return value;
        });
        projector.committed();
        arrivalsLog.reload();
        return result;
      } catch (error) {
        startAgain();
        sites.reload();
        throw explained(folder, error);
      }
    },

    startReplay(replay = {}) {
      const { notifies = false, at = 0 } = replay;
      if (db.prepare("select 1 from seal limit 1").get() !== undefined) {
        throw new SojournError(
          "conflict",
          "Retention has removed touchpoints: history cannot be computed again from the beginning",
          {
            hint: "Stages, orders and figures stay right; only rules and tables from now on can change.",
          },
        );
      }
      inTransaction(true, () => {
        // What is computed again was told before, or is no news.
        setMeta.run("quiet_to", notifies ? "0" : String(lastSeq.get() ?? 0));
        setMeta.run("quiet_until", notifies ? "0" : String(at));
        for (const table of PROJECTION_TABLES) db.exec(`delete from ${table}`);
        db.exec("update visitor set person = key where person <> key");
        setProjected.run("0");
      });
      startAgain();
    },

    projectedTo: () => watermark,
    pending,
    unfolded: tail.count,
    isWriting: () => round !== undefined,
    oldestPending: () => round?.since ?? (gatheringSince === undefined ? tail.oldest() : firstGathered),
    oldestUnfolded: tail.oldest,

    close() {
      closeWriter(db);
    },
  };
}
