/**
 * What the writer does between groups of arrivals: folding, sweeping, building models. In short slices, so that an
 * arrival never waits long for its answer.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import { type CheckpointState, FULL_PAGES, REMAINING, ROUND_MS, WRITTEN } from "./checkpoint-state.ts";
import { reclassifying, reclassifySlice } from "./commands/reclassify.ts";
import { retain } from "./retention.ts";
import { openRetired } from "./retired.ts";
import type { Writer } from "./writer.ts";

/** Touchpoints are folded and written this soon after their commit while few arrive. */
const FOLD_AFTER_MS = 50;
/** As soon as this many wait, they are folded between two groups of arrivals. */
const FOLD_AT = 32;
/** When more than this many arrive in a stretch of time, they gather, so that a person is written once for many. */
const GATHER_AT = 200;
const STRETCH_MS = 100;
/** Share of the last group that is folded even while the next group waits: a little more than arrives, so folding keeps up. */
const SHARE_OF_GROUP = 1.25;
/** Longest stretch of folding between two groups of arrivals. */
const SLICE_MS = 8;
/** The more waits, the longer the slices, so that folding keeps up whatever the load. */
const SLICE_MS_PER_1000_WAITING = 0.5;
const LONGEST_SLICE_MS = 40;
/** Most pages of the write-ahead log the writer itself moves to start it again, a few milliseconds. */
const WAL_PAGES_LEFT = 1_024;
/** The disk is waited for meanwhile. Where that takes so long, the log may grow to 256 MiB instead, */
const SLOW_DISK_MS = 100;
const MOST_WAL_PAGES = 65_536;
/** as long as less than this share of the time goes into waiting. */
const WAL_SHARE = 1 / 200;
const SWEEP_EVERY_MS = 1_000;
const SWEEP_BATCH = 100;
const MODEL_BATCH = 200;
const RETAIN_EVERY_MS = 10 * 60_000;
/** Removing what nobody asks for leaves the writer free in between. */
const BETWEEN_SLICES_MS = 5;
/** People who will lapse are looked for this often, so many at a time. */
const LAPSES_EVERY_MS = 10 * 60_000;
const LAPSES_BATCH = 500;

/** People classified again in one slice. */
const RECLASSIFY_BATCH = 50;

export interface Duty {
  /** Does one slice of whatever is due. Returns in how many ms it wants to be called again; 0: at once. */
  step(now: EpochMs): number;
  /** How late the latest sweep was, in milliseconds. */
  sweepLagMs(): number;
}

/** @param arrivalsWait true while a group of arrivals waits for this thread */
export function openDuty(writer: Writer, checkpoint: CheckpointState, arrivalsWait: () => boolean): Duty {
  let unfoldedBefore = 0;
  let isBusy = false;
  let stretchAt = 0;
  let storedBefore = 0;
  let walBegan = performance.now();
  let sweptAt = 0;
  let sweepLag = 0;
  const retired = openRetired(writer.db);
  let lapsesAt = 0;
  let retainAt = 0;
  let retiredAt = 0;
  let reclassifyAt = 0;
  const oldestDue = writer.db
    .prepare<[], number | null>("select min(due) from person_stage where due is not null")
    .pluck();

  /** Brings a model that was just applied to the next people; true while there are more. */
  const build = (): boolean => {
    for (const site of writer.sites.all()) {
      for (const row of site.models) {
        if (row.state !== "building") continue;
        writer.change(() => {
          const builtTo = writer.db
            .prepare("select built_to from model where key = ?")
            .pluck()
            .get(row.key) as number;
          const last = writer.projector.addModel(
            site.key,
            row.key,
            builtTo,
            MODEL_BATCH,
            writer.projectedTo(),
          );
          if (last !== undefined) {
            writer.sites.setBuiltTo(row.key, last);
            return;
          }
          for (const before of site.models) {
            if (before.id === row.id && before.key !== row.key && before.state !== "retired") {
              writer.sites.setModelState(before.key, "retired");
            }
          }
          writer.sites.setModelState(row.key, "active");
        });
        return true;
      }
    }
    return false;
  };

  /** When the other thread has moved nearly everything, moves the rest, so that the next commit overwrites the log. */
  const startWalAgain = (): void => {
    const pages = Atomics.load(checkpoint, WRITTEN);
    if (pages < FULL_PAGES || Atomics.load(checkpoint, REMAINING) > WAL_PAGES_LEFT) return;
    const waits = Atomics.load(checkpoint, ROUND_MS);
    const start = performance.now();
    if (waits >= SLOW_DISK_MS && pages < MOST_WAL_PAGES && start - walBegan < waits / WAL_SHARE) return;
    Atomics.store(checkpoint, WRITTEN, 0);
    writer.db.pragma("wal_checkpoint(passive)");
    walBegan = start;
  };

  return {
    step(now) {
      startWalAgain();
      const pending = writer.pending();
      const waiting = writer.unfolded();
      if (now - stretchAt >= STRETCH_MS) {
        const { stored } = writer.totals;
        isBusy = (stored - storedBefore) * STRETCH_MS > GATHER_AT * (now - stretchAt);
        storedBefore = stored;
        stretchAt = now;
      }
      const isLate = pending > 0 && now - (writer.oldestPending() ?? 0) >= FOLD_AFTER_MS;
      if (waiting >= FOLD_AT || isLate || writer.isWriting()) {
        writer.project(Math.min(LONGEST_SLICE_MS, SLICE_MS + (waiting / 1_000) * SLICE_MS_PER_1000_WAITING), {
          least: Math.ceil(Math.max(FOLD_AT, waiting - unfoldedBefore) * SHARE_OF_GROUP),
          mustYield: arrivalsWait,
          mayGather: isBusy,
        });
        unfoldedBefore = writer.unfolded();
        if ((unfoldedBefore >= FOLD_AT || writer.isWriting()) && now - sweptAt < SWEEP_EVERY_MS) return 0;
      }
      if (now - sweptAt >= SWEEP_EVERY_MS) {
        const due = oldestDue.get();
        sweepLag = due == null || due > now ? 0 : now - due;
        sweptAt = now;
        // Time passes for nobody beyond what is folded: in a replay, what comes next may still belong before it.
        const until = Math.min(now, writer.oldestUnfolded() ?? now);
        if (due != null && due <= until && writer.sweep(until, SWEEP_BATCH) === SWEEP_BATCH) {
          sweptAt = 0;
          return 0;
        }
      }
      if (now >= lapsesAt && writer.unfolded() === 0) {
        const hasMore = writer.change(() => writer.projector.lapses(now, LAPSES_BATCH));
        if (hasMore) return 0;
        lapsesAt = now + LAPSES_EVERY_MS;
      }
      if (build()) return 0;
      if (now >= reclassifyAt && writer.unfolded() === 0) {
        for (const site of reclassifying(writer)) {
          if (reclassifySlice(writer, site, RECLASSIFY_BATCH, now) > 0) return 0;
        }
        reclassifyAt = now + SWEEP_EVERY_MS;
      }
      if (now >= retainAt && writer.unfolded() === 0) {
        if (retain(writer, now).hasMore) return BETWEEN_SLICES_MS;
        retainAt = now + RETAIN_EVERY_MS;
      }
      if (now >= retiredAt) {
        if (writer.change(() => retired.clear())) return BETWEEN_SLICES_MS;
        retiredAt = now + SWEEP_EVERY_MS;
      }
      return writer.pending() > 0 ? FOLD_AFTER_MS : SWEEP_EVERY_MS;
    },

    sweepLagMs: () => sweepLag,
  };
}
