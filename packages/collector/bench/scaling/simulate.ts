/**
 * A small simulation of collectors and an engine, minute by minute over two days: what arrives, what waits to be folded and
 * to be shipped, what an outage costs and how long it takes to catch up.
 *
 * Pure: arithmetic of queues over measured costs (docs/scaling.md says how). Everything
 * is per touchpoint.
 */

/** What one touchpoint costs. */
export interface Costs {
  /** Keeping and folding it, in the collector's writer: one thread. */
  writerMicros: number;
  /** Cutting and sending it with all that follows, in the collector's forwarder: another thread. */
  forwardMicros: number;
  /** Taking it in and merging it later, in the engine, per copy. */
  engineMicros: number;
  /** Bytes in the collector's file, in kept batches, in the engine per copy. */
  fileBytes: number;
  spoolBytes: number;
  engineBytes: number;
}

/**
 * From runs on 22 November 2026, two cores of a shared machine, 9.2 million touchpoints of a million people: time of cores, measured
 * (`npm run bench -- engine 1000000`). Several nodes and copies are an estimate: one node's cost times the copies.
 */
export const COSTS: Costs = {
  writerMicros: 42,
  forwardMicros: 8,
  engineMicros: 14,
  fileBytes: 288,
  spoolBytes: 52,
  engineBytes: 76,
};

export interface Plan {
  touchpointsPerDay: number;
  /** Share of each collector's sites in all touchpoints; adds up to 1. */
  shares: readonly number[];
  /** Touchpoints in the busiest minute over those in an average one. */
  peak: number;
  engine: { nodes: number; coresPerNode: number; copies: number };
  /** The engine is away from an hour of the first day on, for so many minutes. */
  engineAway?: { atHour: number; minutes: number };
  /** The busiest collector is gone; another machine takes its sites over after so many minutes. */
  collectorGone?: { atHour: number; minutes: number };
}

export interface Simulated {
  /** Busiest writer thread in the busiest minute; above 1 it falls behind. */
  writerLoad: number;
  forwardLoad: number;
  /** The engine's cores for taking in, in the busiest minute; questions need the rest. */
  engineLoad: number;
  /** Most touchpoints refused with 503 that browsers and servers had to keep at one time. */
  mostRefused: number;
  /** Most touchpoints kept and not yet in the engine. */
  mostUnshipped: number;
  /** Longest time from arrival to the engine, in minutes. */
  longestLagMinutes: number;
  /** Minutes after the end of an outage until nothing waits any more; null: not within the two days. */
  caughtUpAfterMinutes: number | null;
  /** Touchpoints that are nowhere at the end; zero, because whoever is refused keeps and sends again. */
  lost: number;
  /** Gigabytes a day: all files, all kept batches of three days, the engine with its copies. */
  gigabytes: { filesPerDay: number; spool: number; enginePerDay: number };
}

const MINUTES = 2 * 24 * 60;
const MINUTE_MICROS = 60e6;
/** A collector answers 503 when so many wait to be folded. */
const MOST_PENDING = 200_000;
const SPOOL_DAYS = 3;

/** Share of a day's touchpoints in a minute: a wave with its top at eight in the evening. */
const wave = (minute: number, peak: number): number => {
  const height = peak - 1;
  return (1 + height * Math.cos(((minute - 20 * 60) / (24 * 60)) * 2 * Math.PI)) / (24 * 60);
};

interface Collector {
  share: number;
  /** With the senders: refused, to come again. */
  refused: number;
  /** Kept, not folded yet; folded, not shipped yet. */
  pending: number;
  unshipped: number;
}

export function simulate(plan: Plan, costs: Costs = COSTS): Simulated {
  const { touchpointsPerDay, shares, peak, engine } = plan;
  const collectors: Collector[] = shares.map((share) => ({ share, refused: 0, pending: 0, unshipped: 0 }));
  const busiest = collectors.reduce((a, b) => (b.share > a.share ? b : a));
  const writerPerMinute = MINUTE_MICROS / costs.writerMicros;
  const forwardPerMinute = MINUTE_MICROS / costs.forwardMicros;
  const enginePerMinute =
    (MINUTE_MICROS * engine.nodes * engine.coresPerNode) / (costs.engineMicros * engine.copies);
  let arrived = 0;
  let shipped = 0;
  let mostRefused = 0;
  let mostUnshipped = 0;
  let longestLag = 0;
  let caughtUpAt: number | undefined;
  /** Arrived up to the end of each minute, for the age of what is shipped. */
  const arrivedBy: number[] = [];
  const away = spanOf(plan.engineAway);
  const gone = spanOf(plan.collectorGone);
  const outageEnds = Math.max(away.end, gone.end);

  for (let minute = 0; minute < MINUTES; minute++) {
    const fresh = touchpointsPerDay * wave(minute, peak);
    arrived += fresh;
    arrivedBy.push(arrived);
    let room = minute >= away.start && minute < away.end ? 0 : enginePerMinute;
    for (const one of collectors) {
      const isGone = one === busiest && minute >= gone.start && minute < gone.end;
      one.refused += fresh * one.share;
      if (isGone) continue;
      // Takes what it can keep: what it folds in this minute, and up to its bound beyond.
      const taken = Math.min(one.refused, Math.max(0, writerPerMinute + MOST_PENDING - one.pending));
      one.refused -= taken;
      const folded = Math.min(one.pending + taken, writerPerMinute);
      one.pending += taken - folded;
      one.unshipped += folded;
      const sent = Math.min(one.unshipped, forwardPerMinute, room);
      one.unshipped -= sent;
      room -= sent;
      shipped += sent;
    }
    const refused = sum(collectors, (one) => one.refused);
    const waiting = sum(collectors, (one) => one.pending + one.unshipped);
    mostRefused = Math.max(mostRefused, refused);
    mostUnshipped = Math.max(mostUnshipped, waiting);
    longestLag = Math.max(longestLag, minute - minuteBy(arrivedBy, shipped));
    const isClear = refused + waiting < fresh + 1;
    if (minute >= outageEnds && isClear) caughtUpAt ??= minute;
    if (!isClear && minute >= outageEnds && caughtUpAt === minute - 1) caughtUpAt = undefined;
  }
  const busiestMinute = touchpointsPerDay * wave(20 * 60, peak);
  const daily = (bytes: number): number => (touchpointsPerDay * bytes) / 1e9;
  return {
    writerLoad: (busiestMinute * busiest.share) / writerPerMinute,
    forwardLoad: (busiestMinute * busiest.share) / forwardPerMinute,
    engineLoad: busiestMinute / enginePerMinute,
    mostRefused,
    mostUnshipped,
    longestLagMinutes: longestLag,
    caughtUpAfterMinutes:
      caughtUpAt === undefined || outageEnds === 0 ? (outageEnds === 0 ? 0 : null) : caughtUpAt - outageEnds,
    lost: arrived - shipped - sum(collectors, (one) => one.refused + one.pending + one.unshipped),
    gigabytes: {
      filesPerDay: daily(costs.fileBytes),
      spool: SPOOL_DAYS * daily(costs.spoolBytes),
      enginePerDay: daily(costs.engineBytes) * engine.copies,
    },
  };
}

function spanOf(outage: { atHour: number; minutes: number } | undefined): { start: number; end: number } {
  if (outage === undefined) return { start: 0, end: 0 };
  return { start: outage.atHour * 60, end: outage.atHour * 60 + outage.minutes };
}

const sum = (collectors: readonly Collector[], of: (one: Collector) => number): number =>
  collectors.reduce((total, one) => total + of(one), 0);

/** The minute whose arrivals are all among the first `count`. */
function minuteBy(arrivedBy: readonly number[], count: number): number {
  let low = 0;
  let high = arrivedBy.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrivedBy[middle]! <= count + 1) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sizes that docs/scaling.md shows, with the smallest plan that holds each with half of every busiest thread to spare. */
export const SIZES: readonly (Plan & { name: string })[] = [
  {
    name: "1 million",
    touchpointsPerDay: 1e6,
    shares: even(1),
    peak: 2.5,
    engine: { nodes: 1, coresPerNode: 2, copies: 1 },
  },
  {
    name: "10 million",
    touchpointsPerDay: 1e7,
    shares: even(1),
    peak: 2.5,
    engine: { nodes: 1, coresPerNode: 2, copies: 1 },
  },
  {
    name: "100 million",
    touchpointsPerDay: 1e8,
    shares: even(1),
    peak: 2.5,
    engine: { nodes: 2, coresPerNode: 4, copies: 2 },
  },
  {
    name: "1,000 million",
    touchpointsPerDay: 1e9,
    shares: even(3),
    peak: 2.5,
    engine: { nodes: 6, coresPerNode: 8, copies: 2 },
  },
];

function even(count: number): number[] {
  return Array.from({ length: count }, () => 1 / count);
}
