/**
 * Opens the data file: checks that it is ours, not newer than we are, not unexpectedly empty; migrates it after a copy.
 *
 * Every way a file can be wrong ends in one sentence with a hint, never in a stack trace or a half-open store.
 */
import { closeSync, existsSync, mkdirSync, openSync, statSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { SojournError } from "../../errors.ts";
import { DATA_FILE } from "../data-file.ts";
import { MIGRATIONS } from "./schema.ts";
import { settleKeys } from "./seal.ts";
import { lossIn, type WalLoss } from "./wal-check.ts";

export type Db = Database.Database;

/** "SOJR": marks the file as ours in SQLite's header, so that another program's database is never taken over. */
export const APPLICATION_ID = 0x534f4a52;

export interface OpenOptions {
  /** Accept a file without tables although the folder was in use before. */
  allowEmpty?: boolean;
  /** Told when the write-ahead log was damaged and its end had to be dropped. */
  onLoss?: (loss: SojournError) => void;
}

/** Up to this size an unclean stop is followed by a look at every page before the start; larger files are looked at after it. */
const CHECKED_AT_START_BYTES = 64 * 1024 * 1024;

/** True when the last writer had no time to tidy up: it was killed, or the machine was. */
export const wasLeftUnclean = (folder: string): boolean =>
  (statSync(join(folder, `${DATA_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0) > 0;

/** What a quick look at every page finds wrong; undefined when nothing is. */
export function damageIn(db: Db): string | undefined {
  const found = db.pragma("quick_check(1)") as { quick_check: string }[];
  return found.find((row) => row.quick_check !== "ok")?.quick_check;
}

function checkAfterUncleanStop(db: Db, path: string): void {
  if (statSync(path).size > CHECKED_AT_START_BYTES) return;
  const damage = damageIn(db);
  if (damage === undefined) return;
  throw new SojournError(
    "store_damaged",
    `${path} is damaged (${damage.replaceAll("\n", " ").slice(0, 120)})`,
    {
      hint: "Restore the latest backup: sojourn restore <file> --force. The damaged file is kept beside it.",
    },
  );
}

/** Opens the file for the one writer. Creates the folder and the file on first use. Throws SojournError. */
export function openForWriting(folder: string, options: OpenOptions = {}): Db {
  const path = join(folder, DATA_FILE);
  prepareFolder(folder);
  const loss = lossIn(path);
  const isUnclean = wasLeftUnclean(folder);
  const db = guarded(path, () => new Database(path, { timeout: 2_000 }));
  try {
    return guarded(path, () => {
      db.pragma("journal_mode = wal");
      // better-sqlite3 builds SQLite with NORMAL in WAL mode, which loses commits in a power cut.
      db.pragma("synchronous = full");
      // The checkpoint runs beside the writer (see checkpoint-thread.ts), so that it never delays an answer.
      db.pragma("wal_autocheckpoint = 0");
      db.pragma("cache_size = -16384");
      db.pragma("temp_store = memory");
      // Whatever is deleted is overwritten, so that an erased person cannot be read from the file's unused parts.
      db.pragma("secure_delete = on");
      // A limit on the log file keeps it from staying at its largest size for ever.
      db.pragma("journal_size_limit = 67108864");
      takeTheOnlyWriterPlace(db, path);
      if (isUnclean) checkAfterUncleanStop(db, path);
      migrate(db, path, options);
      if (!settleKeys(db)) options.onLoss?.(otherSecret(path));
      if (loss !== undefined) options.onLoss?.(damagedLog(path, loss));
      return db;
    });
  } catch (error) {
    closeWriter(db);
    throw error;
  }
}

/** Opens the file for questions; never writes. */
export function openForReading(folder: string): Db {
  const path = join(folder, DATA_FILE);
  if (!existsSync(path)) {
    throw new SojournError("not_found", `There is no data file at ${path}`, {
      hint: "Start the collector once (sojourn serve), or name another folder with --data.",
    });
  }
  return guarded(path, () => {
    const db = new Database(path, { readonly: true, timeout: 2_000 });
    // Small: the system's own cache holds the file already, and every reader has one of these.
    db.pragma("cache_size = -8192");
    db.pragma("temp_store = memory");
    return db;
  });
}

/** Step by step: Node's recursive mkdir never returns where a parent says that it is not there, as below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
}

function prepareFolder(folder: string): void {
  try {
    makeFolder(folder);
    const probe = join(folder, `.probe-${process.pid}`);
    const file = openSync(probe, "w");
    writeSync(file, "x");
    closeSync(file);
    unlinkSync(probe);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOSPC") throw fullDisk(folder, cause);
    throw new SojournError("store_unwritable", `The data folder ${folder} cannot be written (${code})`, {
      hint: "Give the user that runs the collector the right to write there, or name another folder with --data.",
      cause,
    });
  }
}

/** One writer a file: a second collector on the same file would answer from stale memory. */
function takeTheOnlyWriterPlace(db: Db, path: string): void {
  // A lock of its own file, held by SQLite itself: it goes when the process goes, however it ends.
  const lock = new Database(join(dirname(path), "writer.lock"), { timeout: 0 });
  try {
    lock.pragma("journal_mode = memory");
    lock.exec("begin exclusive");
  } catch (cause) {
    lock.close();
    throw new SojournError("store_busy", `Another collector is using ${path}`, {
      hint: "Stop the other process first; one file has one writer.",
      cause,
    });
  }
  locks.set(db, lock);
}

const locks = new WeakMap<Db, Db>();

/** Closes a writer's connection and gives its place free. */
export function closeWriter(db: Db): void {
  db.close();
  locks.get(db)?.close();
}

function migrate(db: Db, path: string, options: OpenOptions): void {
  const applicationId = db.pragma("application_id", { simple: true });
  const tables = db.prepare("select count(*) from sqlite_schema").pluck().get() as number;
  const version = db.pragma("user_version", { simple: true }) as number;
  const usedBefore = existsSync(join(dirname(path), "secret"));

  if (tables > 0 && applicationId !== APPLICATION_ID) {
    throw new SojournError("store_damaged", `${path} is a database of another program`, {
      hint: "Name another folder with --data.",
    });
  }
  if (tables === 0 && usedBefore && options.allowEmpty !== true) {
    throw new SojournError("store_damaged", `${path} is empty, but this folder was in use before`, {
      hint: "Restore a backup (sojourn restore), or start with --allow-empty if the data is meant to be gone.",
    });
  }
  if (version > MIGRATIONS.length) {
    throw new SojournError("store_newer", `${path} was written by a newer version (schema ${version})`, {
      hint: `This version knows schema ${MIGRATIONS.length}. Install the newer version again.`,
    });
  }
  if (version === MIGRATIONS.length) return;

  if (tables > 0) copyBeforeMigrating(db, path, version);
  for (let next = version; next < MIGRATIONS.length; next++) {
    const before = countTouchpoints(db);
    db.transaction(() => {
      db.exec(MIGRATIONS[next]!.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${next + 1}`);
      if (countTouchpoints(db) !== before && before > 0) {
        throw new SojournError(
          "store_damaged",
          `Migration "${MIGRATIONS[next]!.name}" would change the log`,
          {
            hint: "Nothing was changed. Please report this; the copy made before is beside the data file.",
          },
        );
      }
    })();
  }
  // The tables are in the data file itself from the beginning, whatever becomes of the log beside it.
  db.pragma("wal_checkpoint(truncate)");
}

function copyBeforeMigrating(db: Db, path: string, version: number): void {
  const copy = `${path}.before-schema-${version + 1}`;
  if (existsSync(copy)) unlinkSync(copy);
  db.prepare("vacuum into ?").run(copy);
  const check = new Database(copy, { readonly: true });
  const same =
    check.prepare("select count(*) from touchpoint").pluck().get() ===
    db.prepare("select count(*) from touchpoint").pluck().get();
  check.close();
  if (!same || statSync(copy).size === 0) {
    throw new SojournError("store_damaged", `The copy ${copy} does not match the data file`, {
      hint: "Nothing was changed. Check the disk, then start again.",
    });
  }
}

function countTouchpoints(db: Db): number {
  const exists = db.prepare("select 1 from sqlite_schema where name = 'touchpoint'").get();
  return exists === undefined ? 0 : (db.prepare("select count(*) from touchpoint").pluck().get() as number);
}

/** Says what SQLite's error means for the operator. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explained(path, error);
  }
}

/** The error as one of ours when it is SQLite's; anything else as it is. */
export function explained(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (error instanceof SojournError || typeof code !== "string" || !code.startsWith("SQLITE_")) return error;
  if (code.startsWith("SQLITE_FULL")) return fullDisk(path, error);
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) {
    return new SojournError("store_damaged", `${path} is damaged (${code})`, {
      hint: "Stop the collector and run: sojourn restore --check. Then restore the latest backup.",
      cause: error,
    });
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new SojournError("store_busy", `${path} is locked by another process`, {
      hint: "Stop the other process that has the file open for writing.",
      cause: error,
    });
  }
  return new SojournError("store_unwritable", `${path} cannot be used (${code})`, {
    hint: "Check the file's owner and rights, and that the disk is mounted for writing.",
    cause: error,
  });
}

function damagedLog(path: string, { pages }: WalLoss): SojournError {
  const what =
    pages === undefined
      ? "was unreadable and could not be used"
      : `was damaged: its last ${pages} pages were dropped`;
  return new SojournError("store_damaged", `The write-ahead log of ${path} ${what}`, {
    hint: "The file is consistent and the collector goes on, but touchpoints of the last moments may be missing. Check the disk.",
  });
}

function otherSecret(path: string): SojournError {
  return new SojournError("bad_config", `${path} was kept with another secret than the one beside it`, {
    hint: "People are not recognised by addresses from before, and kept addresses cannot be read. Copy the file secret of the old folder into this one.",
  });
}

function fullDisk(path: string, cause: unknown): SojournError {
  return new SojournError("store_full", `The disk that holds ${path} is full`, {
    hint: "Make room; the collector goes on by itself, and browsers keep what was refused.",
    cause,
  });
}
