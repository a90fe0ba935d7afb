/**
 * Touchpoints that wait for the collector: in memory for speed, in IndexedDB so that they outlive tab and browser.
 *
 * Owns which tab answers for which touchpoint. A tab holds a Web Lock named after itself; whoever obtains the lock
 * of another name knows that its tab is gone, and answers for its touchpoints from then on. Sending is `delivery.ts`.
 *
 * Speaks to IndexedDB itself: a tab may die at the end of the task in which it recorded, so each write must be committed
 * in that task, and be done again where the connection turns out to be gone. Helpers for IndexedDB do neither, and the
 * smallest (idb-keyval) costs 60 bytes more.
 */
import { log, options } from "./settings.ts";
import type { WireTouchpoint } from "./wire.ts";

/** One waiting touchpoint, the visitor it belongs to, and the name of the tab that recorded it. */
export type Entry = readonly [touchpoint: WireTouchpoint, visitor: string | undefined, tab: number];

/** The oldest are dropped beyond these: count, characters of JSON, age. */
const MAX_WAITING = 1_000;
const MAX_CHARACTERS = 512 * 1024;
const MAX_AGE_MS = 30 * 86_400_000;

// Well below the 64 KiB of keepalive requests a page may have in flight, so that the host page's own still fit.
const BATCH_CHARACTERS = 15 * 1024;

const sizeOf = (entry: Entry) => JSON.stringify(entry).length;

/** Resolves to the result of a request; to nothing when it failed. */
const resultOf = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve) => {
    request.onsuccess = request.onerror = () => resolve(request.result);
  });

let database: Promise<IDBDatabase> | undefined;

const openDatabase = () => {
  const request = indexedDB.open("sojourn");
  // Named like the database: a word that is there already costs nothing.
  request.onupgradeneeded = () => request.result.createObjectStore("sojourn");
  return resultOf(request);
};

/** Touchpoints that nobody is sending, by id, in the order in which they will be sent. */
export const waiting = new Map<string, Entry>();

/** The name under which this page records. */
export let tab: number;

/** Works on what is stored, in one transaction. Nothing comes back where there is no storage, or it fails. */
const onDisk = async <T>(
  work: (objects: IDBObjectStore) => T,
  isAgain?: true,
): Promise<Awaited<T> | undefined> => {
  try {
    if (options.cookieless) return;
    database ??= openDatabase();
    const transaction = (await database).transaction("sojourn", "readwrite");
    const result = work(transaction.objectStore("sojourn"));
    // Without an explicit commit, a tab that dies now takes the transaction with it.
    transaction.commit();
    return await result;
  } catch (reason) {
    // Safari closes connections now and then, and opening may fail: once more, on a new one.
    database = undefined;
    log(reason);
    if (!isAgain) return onDisk(work, true);
  }
};

/** Works under a Web Lock; without one where there are none, or they are refused (sandboxed frames). */
export const lock = <T>(name: string | number, how: LockOptions, work: (lockOrRefusal?: unknown) => T) =>
  navigator.locks?.request(name as string, how, work).catch(work) ?? work(name);

/** Holds a name until the page is left; `then` runs once it is held. Without Web Locks every name counts as free. */
const hold = (name: number, then?: () => void) => {
  lock(
    name,
    { ifAvailable: true },
    // A refusal (sandboxed frames) counts as well: storage is refused there too, and nothing can be adopted twice.
    (lockOrRefusal) =>
      lockOrRefusal &&
      // Let go when the page is left: a page that holds a lock may not enter the back/forward cache.
      new Promise((resolve) => {
        addEventListener("pagehide", resolve);
        then?.();
      }),
  );
};

/** Adds entries behind the others, so that none which fails again and again can block the rest. */
export const put = (entries: readonly Entry[]): void => {
  for (const entry of entries) waiting.set(entry[0].id, entry);
  let room = MAX_CHARACTERS;
  const dropped = [...waiting.values()].reverse().filter((entry, i) => {
    room -= sizeOf(entry);
    return room < 0 || i >= MAX_WAITING || Date.now() - entry[0].at > MAX_AGE_MS;
  });
  if (dropped[0]) {
    log("dropped", dropped);
    settle(dropped);
  }
};

/** Opens the queue, or opens it anew after the back/forward cache: under a new name, with what is on disk to be adopted. */
export const openQueue = (): void => {
  waiting.clear();
  tab = Math.random();
  hold(tab);
};

/** Takes responsibility for touchpoints: memory at once, disk in the same task. */
export const enqueue = (entries: readonly Entry[]): void => {
  put(entries);
  onDisk((objects) => {
    for (const entry of entries) objects.put(entry, entry[0].id);
  });
};

/** Takes out up to `limit` (at least one) touchpoints of one visitor; on disk they stay. */
export const takeBatch = (limit: number): Entry[] => {
  const batch: Entry[] = [];
  let room = BATCH_CHARACTERS;
  for (const entry of waiting.values()) {
    room -= sizeOf(entry);
    if (batch[0] && (batch.length >= limit || room < 0 || batch[0][1] !== entry[1])) break;
    batch.push(entry);
    waiting.delete(entry[0].id);
  }
  return batch;
};

/** Forgets entries for good: delivered, or refused for a reason that will not go away. */
export const settle = (entries: readonly Entry[]): void => {
  for (const entry of entries) waiting.delete(entry[0].id);
  onDisk((objects) => {
    for (const entry of entries) objects.delete(entry[0].id);
  });
};

/** Looks for touchpoints of tabs that are gone; calls back for each tab whose touchpoints were taken over. */
export const adopt = async (onAdopted: () => void): Promise<void> => {
  const entries = await onDisk((objects) => resultOf<Entry[]>(objects.getAll()));
  for (const owner of new Set(entries?.map((entry) => entry[2])))
    if (owner !== tab)
      hold(owner, () => {
        put(entries!.filter((entry) => entry[2] === owner));
        onAdopted();
      });
};

/** Deletes everything that waits; where the disk `isUsed` also what other tabs stored. */
export const emptyQueue = (isUsed: boolean): void => {
  if (isUsed) onDisk((objects) => objects.clear());
  openQueue();
};
