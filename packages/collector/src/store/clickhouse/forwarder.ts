/**
 * Ships what changed in the file to the engine: cuts batches, sends them in their order until the engine has them, and keeps
 * them for a while.
 *
 * Nothing here can lose or double a row: a batch is on disk before its notes go, rows carry versions, and a batch whose
 * answer was lost is sent again as it is. While the engine is away, batches wait up to a bound, and further changes wait as
 * notes in the file, where many changes of one row become one.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import { SojournError } from "../../errors.ts";
import { type Cutter, openCutter } from "../sqlite/cut.ts";
import type { Db } from "../sqlite/open.ts";
import { SHIPPED } from "../sqlite/shipped.ts";
import type { ForwardStatus } from "../store.ts";
import { shownAddress } from "./address.ts";
import { claimSite } from "./claims.ts";
import type { EngineClient } from "./client.ts";
import { EngineError } from "./client-errors.ts";
import {
  assertOwner,
  forgetDeleted,
  noteAgain,
  register,
  SEEN_EVERY_MS,
  sayAlive,
  sweepOlder,
} from "./owner.ts";
import { ensureSchema } from "./schema.ts";
import { send, sweepStragglers, watchStragglers } from "./sending.ts";
import type { Spool } from "./spool.ts";

export interface ForwarderOptions {
  /** A connection to the data file of its own, for reading. */
  db: Db;
  spool: Spool;
  client: EngineClient;
  /** The same engine, without a database: for making one. */
  admin: EngineClient;
  now(): EpochMs;
  /** A name for a collector that has none yet, unlike any other. */
  newName: string;
  /** Where other collectors reach this one; left out: nowhere. */
  url?: string;
  /** Removes notes up to this one from the file; the writer's work. */
  forgetNotes(upTo: number): Promise<void>;
  /** How long delivered batches are kept, so that they can be sent again. */
  keepMs: number;
  takesOver?: boolean;
  /** Touchpoints in one batch; a few times as many other changes. */
  most?: number;
}

export interface Forwarder {
  /** Reaches the engine, makes or checks its tables, and registers. Throws what stands in the way; may be called again. */
  open(): Promise<void>;
  /** Cuts the next batch, if something changed and not too many wait; false when there is nothing to cut. */
  cut(): boolean;
  /** Sends the oldest batch; false when none waits. Throws when the engine does not take it now. */
  deliver(): Promise<boolean>;
  /** What is due besides: saying that we live, erasing, removing old batches. */
  tidy(): Promise<void>;
  /** Takes a site for this collector, before it makes it. Throws `conflict` when another one has it. */
  claim(site: string): Promise<void>;
  /** Ships everything the file holds by now. Throws when the engine does not take it. */
  drain(): Promise<void>;
  /** Ships every row of the file again, and removes what else the engine has of this collector. */
  copy(): void;
  /** Rows that the copy under way has cut so far; undefined when none is. */
  copied(): number | undefined;
  status(): ForwardStatus;
  /** Why the last call failed; cleared by success. */
  setTrouble(error: Error | null): void;
  /** After a failure that says that tables are gone: the next open() looks at the engine from the beginning. */
  lookAgain(error: EngineError): void;
  /** Takes what the file holds now as a goal; the answer says whether the engine has come to it. */
  goal(): () => boolean;
}

const MOST_PER_BATCH = 20_000;
/** Changes of projections that come with a touchpoint, about. */
const CHANGES_PER_TOUCHPOINT = 6;
/** Batches that may wait; then changes gather in the file instead. */
const MOST_WAITING = 16;
/** A batch that the engine calls wrong is tried this often before it is put aside. */
const TRIES = 3;
const PRUNE_EVERY_MS = 60_000;

/** Where a copy of everything has come to: a table and a place in it. */
interface CopyPlace {
  table: number;
  after: unknown[] | null;
  /** Rows that were cut before. */
  rows: number;
}

export function openForwarder(options: ForwarderOptions): Forwarder {
  const { db, spool, client, now, url = "" } = options;
  const most = options.most ?? MOST_PER_BATCH;
  let cutter: Cutter | undefined;
  let isReady = false;
  let trouble: string | null = null;
  let refusals = 0;
  let prunedAt = 0;
  let doneTo = 0;
  let saidAt = 0;
  const done = { batches: 0, rows: 0, touchpoints: 0, retries: 0 };

  const ownerOf = () => {
    const owner = spool.owner();
    if (owner === undefined) throw new SojournError("unavailable", "The engine was not reached yet");
    return owner;
  };

  const startCopy = (): void => {
    // What changes from now on is shipped beside the copy; whichever is newer stands.
    spool.setMeta("copy", JSON.stringify({ table: 0, after: null, rows: 0 } satisfies CopyPlace));
    spool.setWatermark(cutter!.newest());
  };

  const cutCopy = (place: CopyPlace): boolean => {
    const table = SHIPPED[place.table]!;
    const { rows, next } = cutter!.copy(table, place.after, most);
    const isLast = next === undefined && place.table === SHIPPED.length - 1;
    const follows: CopyPlace =
      next === undefined
        ? { table: place.table + 1, after: null, rows: place.rows + rows.count }
        : { table: place.table, after: next, rows: place.rows + rows.count };
    const note: [string, string | null] = ["copy", isLast ? null : JSON.stringify(follows)];
    if (isLast) spool.setMeta("sweep", "yes");
    if (rows.count === 0) {
      spool.setMeta(...note);
      return true;
    }
    const touchpoints = table.isLog === true ? rows.count : 0;
    spool.add({ rows: [rows], to: spool.watermark()!, touchpoints, forgets: false }, now(), note);
    return true;
  };

  const forwarder: Forwarder = {
    async open() {
      if (isReady) return;
      await ensureSchema(client, options.admin);
      // An operator said to fill the engine again: it may not know us any more.
      const isAgain = spool.meta("again") !== undefined;
      if (isAgain) await noteAgain(client, spool, url, now());
      const sites = db.prepare<[], string>("select id from site").pluck().all();
      const probe = openCutter(db, { number: 0, epoch: 0 });
      const registration = await register(
        client,
        spool,
        { newest: probe.newest(), sites },
        {
          now: now(),
          newName: options.newName,
          url,
          // Once it has taken over, it has.
          ...(options.takesOver === true && cutter === undefined ? { takesOver: true } : {}),
        },
      );
      saidAt = now();
      cutter = openCutter(db, registration.owner);
      if (registration.mustCopy || isAgain || spool.watermark() === undefined) startCopy();
      spool.setMeta("again", null);
      spool.setMeta("engine", shownAddress(client.address));
      isReady = true;
    },

    cut() {
      if (spool.meta("again") !== undefined) isReady = false;
      if (!isReady) return false;
      if (cutter === undefined || spool.counts().waiting >= MOST_WAITING) return false;
      const place = spool.meta("copy");
      if (place !== undefined) return cutCopy(JSON.parse(place) as CopyPlace);
      const batch = cutter.cut(spool.watermark()!, most, most * CHANGES_PER_TOUCHPOINT);
      if (batch === undefined) return false;
      if (batch.rows.length === 0) spool.setWatermark(batch.to);
      else spool.add(batch, now());
      return true;
    },

    async deliver() {
      const batch = spool.next();
      if (batch === undefined) return false;
      try {
        await send(client, spool, batch, now);
      } catch (error) {
        done.retries += 1;
        if (!(error instanceof EngineError) || !error.isAboutRows) throw error;
        refusals += 1;
        if (refusals < TRIES) throw error;
        // Later batches do not depend on this one: rows carry versions.
        spool.quarantine(batch.n, error.message, now());
        refusals = 0;
        return true;
      }
      refusals = 0;
      spool.delivered(batch.n, now());
      if (batch.forgets) spool.setMeta("erase", "yes");
      done.batches += 1;
      done.rows += batch.rows;
      done.touchpoints += batch.touchpoints;
      return true;
    },

    async claim(site) {
      await claimSite(client, ownerOf().number, site, now);
    },

    async tidy() {
      if (now() - saidAt >= SEEN_EVERY_MS) {
        const owner = ownerOf();
        await assertOwner(client, owner, spool.meta("name") ?? "");
        await sayAlive(client, owner, { name: spool.meta("name") ?? "", url }, now());
        saidAt = now();
      }
      const to = spool.watermark();
      if (to !== undefined && to.change > doneTo) {
        await options.forgetNotes(to.change);
        doneTo = to.change;
      }
      if (
        spool.meta("sweep") !== undefined &&
        spool.meta("copy") === undefined &&
        spool.counts().waiting === 0
      ) {
        await sweepOlder(client, ownerOf());
        spool.setMeta("sweep", null);
        watchStragglers(spool, now());
      }
      await sweepStragglers(client, spool, now());
      if (spool.meta("erase") !== undefined) {
        // Batches of before name the person too. They go first: none of them may be sent again afterwards. What the engine
        // had refused is shipped as it is now.
        if (spool.purge() > 0) startCopy();
        if (spool.counts().waiting === 0) {
          await forgetDeleted(client, ownerOf());
          spool.setMeta("erase", null);
        }
      }
      if (now() - prunedAt >= PRUNE_EVERY_MS) {
        if (spool.prune(now() - options.keepMs) === 0) prunedAt = now();
      }
    },

    async drain() {
      await this.open();
      const isDone = this.goal();
      while (!isDone()) {
        this.cut();
        await this.deliver();
      }
      await this.tidy();
    },

    goal() {
      if (cutter === undefined) return () => false;
      const { change, seq } = cutter.newest();
      return () => {
        const to = spool.watermark();
        const isCut = to !== undefined && to.change >= change && to.seq >= seq;
        return isCut && spool.meta("copy") === undefined && spool.counts().waiting === 0;
      };
    },

    lookAgain({ engineCode }) {
      // 60: no such table; 81: no such database. Whoever emptied the engine is told by the registration.
      if (engineCode === 60 || engineCode === 81) isReady = false;
    },

    copy: startCopy,

    copied() {
      const place = spool.meta("copy");
      if (place === undefined) return undefined;
      return (JSON.parse(place) as CopyPlace).rows;
    },

    status() {
      const { waiting, quarantined, bytes, oldestAt } = spool.counts();
      const uncut = cutter?.waiting(spool.watermark() ?? { change: 0, seq: 0 });
      const inBatches = spool.waitingTouchpoints();
      const oldest = oldestAt ?? uncut?.oldestAt ?? null;
      return {
        isReady,
        trouble,
        batches: { waiting, quarantined },
        waiting: { touchpoints: inBatches + (uncut?.touchpoints ?? 0), changes: uncut?.changes ?? 0 },
        oldestMs: oldest === null ? 0 : Math.max(0, now() - oldest),
        shipped: { ...done },
        bytes,
      };
    },

    setTrouble(error) {
      trouble = error === null ? null : error.message;
    },
  };
  return forwarder;
}
