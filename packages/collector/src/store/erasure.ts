/**
 * Makes sure that an erased person is gone from the disk, not only from the tables.
 *
 * Deleted content is overwritten (`secure_delete`), and the write-ahead log is emptied. What SQLite moves when it splits
 * a page can leave a copy in the unused middle of the old one; so the files are searched for the erased names, and
 * written anew when one is found.
 */
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DATA_FILE } from "./data-file.ts";
import type { Forgotten } from "./sqlite/commands/erasure.ts";
import type { Unused } from "./sqlite/commands/unused.ts";
import type { Store } from "./store.ts";

export interface Erased extends Omit<Forgotten, "names" | "unused"> {
  /** True when none of the person's ids is left in the data file and its write-ahead log. */
  isClean: boolean;
  /** True when remains were found and the file was written anew. */
  wasRewritten: boolean;
  /** Copies of the data file in its folder, made before a migration or a restore, that still name the person. */
  copies: string[];
}

/** While this much is written anew, arrivals wait (about a second for 256 MB); larger files are left to the operator. */
export const MOST_REWRITTEN_BYTES = 256 * 1024 * 1024;
const WAL_TRIES = 100;
const WAL_PAUSE_MS = 100;

/** Erases a person and cleans the files behind them. Rejects with `not_found` when nobody is known by that id. */
export async function erasePerson(
  change: Store["change"],
  folder: string,
  take: { site: string; person: string; at: number },
  mostRewritten = MOST_REWRITTEN_BYTES,
): Promise<Erased> {
  const { names, unused, ...counts } = await change("forgetPerson", take);
  await dropUnused(change, unused);
  await emptyWal(change);
  let isClean = !(await isAnyIn(folder, names));
  let wasRewritten = false;
  if (!isClean && statSync(join(folder, DATA_FILE)).size <= mostRewritten) {
    await change("rewriteFile", null);
    await emptyWal(change);
    wasRewritten = true;
    isClean = !(await isAnyIn(folder, names));
  }
  return { ...counts, isClean, wasRewritten, copies: await copiesWith(folder, names) };
}

/** Finishes erasures that a crash interrupted: the person is gone, names of pages only they saw may not be. */
export async function finishErasures(change: Store["change"]): Promise<void> {
  for (const unused of await change("unusedNames", null)) await dropUnused(change, unused);
}

async function dropUnused(change: Store["change"], names: Unused): Promise<void> {
  let unused = names;
  for (let from: number | null = null; ; ) {
    const slice: { unused: Unused; next: number | null } = await change("dropUnused", { unused, from });
    if (slice.next === null) return;
    unused = slice.unused;
    from = slice.next;
  }
}

async function emptyWal(change: Store["change"]): Promise<void> {
  for (let tries = 0; tries < WAL_TRIES; tries++) {
    const { isEmpty } = await change("emptyWal", null);
    if (isEmpty) return;
    // A long report still reads an older state; it ends.
    await sleep(WAL_PAUSE_MS);
  }
}

/** True when one of these texts is in the data file or its write-ahead log. */
export async function isAnyIn(folder: string, names: readonly string[]): Promise<boolean> {
  for (const file of [DATA_FILE, `${DATA_FILE}-wal`]) {
    if (await holdsAny(join(folder, file), names)) return true;
  }
  return false;
}

async function copiesWith(folder: string, names: readonly string[]): Promise<string[]> {
  const copies: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith(`${DATA_FILE}.`) && (await holdsAny(join(folder, name), names))) copies.push(name);
  }
  return copies;
}

async function holdsAny(path: string, names: readonly string[]): Promise<boolean> {
  if (!existsSync(path)) return false;
  const wanted = names.map((name) => Buffer.from(name));
  const longest = Math.max(0, ...wanted.map((name) => name.length));
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.concat([tail, chunk as Buffer]);
    if (wanted.some((name) => bytes.includes(name))) return true;
    tail = bytes.subarray(Math.max(0, bytes.length - longest));
  }
  return false;
}
