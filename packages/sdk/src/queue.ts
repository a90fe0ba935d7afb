/**
 * Touchpoints that wait for the collector: in memory for speed, in IndexedDB so that they outlive tab and browser.
 *
 * Owns which tab answers for which touchpoint. A tab holds a Web Lock named after itself; whoever obtains the lock
 * of another name knows that its tab is gone, and answers for its touchpoints from then on. Sending is `delivery.ts`.
 */
import { createStore, promisifyRequest } from "idb-keyval";
import { touchpointId } from "./touchpoint-id.ts";
import type { EpochMs } from "./wire.ts";

/** One waiting touchpoint: `<tab> <id>`, opening of its beacon (without closing brace), its JSON, when it happened. */
export type Entry = readonly [key: string, head: string, json: string, at: EpochMs];

/** Oldest are dropped beyond these: count, characters of JSON, age. */
const MAX_WAITING = 1_000;
const MAX_CHARACTERS = 512 * 1024;
const MAX_AGE_MS = 30 * 86_400_000;

// Well below the 64 KiB of keepalive requests a page may have in flight, so that the host page's own still fit.
const BATCH_CHARACTERS = 15 * 1024;

export interface Queue {
  /** Number of touchpoints nobody is sending right now. */
  countWaiting(): number;
  /** Takes responsibility for a touchpoint: memory at once, disk in the same task. */
  enqueue(head: string, id: string, json: string, at: EpochMs): void;
  /** Takes up to `limit` touchpoints that share one beacon head out of the waiting ones; they stay on disk. */
  takeBatch(limit: number): Entry[];
  /** Returns a function that puts entries back, unless the queue was emptied or renewed in between. */
  returner(): (entries: readonly Entry[]) => void;
  /** Forgets entries for good: delivered, or refused for a reason that will not go away. */
  settle(entries: readonly Entry[]): void;
  /** Looks for touchpoints of tabs that are gone; calls back for each tab whose touchpoints were taken over. */
  adopt(onAdopted: () => void): void;
  /** Lets go of every name, so that the page may enter the back/forward cache. */
  release(): void;
  /** After a return from that cache: a new name, and memory only of what no other tab has taken over. */
  renew(): void;
  /** Deletes everything that waits, also what other tabs wrote to disk; opens no disk that was never `used`. */
  empty(wasUsed: boolean): void;
}

/**
 * Opens the queue.
 * @param durable whether touchpoints may be written to disk; asked at each write
 * @param log told what was dropped and why
 */
export function openQueue(durable: boolean, log: (what: string, about?: unknown) => void): Queue {
  const store = durable ? createStore("sojourn", "queue") : undefined;
  let tab = "";
  let waiting = new Map<string, Entry>();
  let characters = 0;
  let unsaved: Entry[] = [];
  let isStored = false;
  const releases: (() => void)[] = [];
  const names = new Set<string>();

  const write = (work: (objects: IDBObjectStore) => void) =>
    store?.("readwrite", (objects) => {
      work(objects);
      // Without an explicit commit, a tab that dies now takes the transaction with it.
      objects.transaction.commit?.();
      return promisifyRequest(objects.transaction);
    }).then(
      () => {
        isStored = true;
      },
      (reason) => log("not stored", reason),
    );

  const put = (entry: Entry) => {
    waiting.set(entry[0], entry);
    characters += entry[2].length;
    while (waiting.size > MAX_WAITING || characters > MAX_CHARACTERS) {
      const dropped = takeBatch(1);
      log("dropped: queue full", dropped);
      settle(dropped);
    }
  };

  const takeBatch = (limit: number) => {
    const batch: Entry[] = [];
    let size = 0;
    for (const entry of waiting.values()) {
      size += entry[2].length;
      if (batch.length >= limit || (batch[0] && (size > BATCH_CHARACTERS || batch[0][1] !== entry[1]))) break;
      batch.push(entry);
      waiting.delete(entry[0]);
      characters -= entry[2].length;
    }
    return batch;
  };

  const settle = (entries: readonly Entry[]) => {
    write((objects) => {
      for (const [key] of entries) objects.delete(key);
    });
  };

  /** Holds a name until `release`; `then` runs once it is held. Without Web Locks every name counts as free. */
  const hold = (name: string, then: () => void) => {
    names.add(name);
    const locks = navigator.locks;
    if (!locks) return then();
    locks
      .request(`sojourn ${name}`, { ifAvailable: true }, (lock) => {
        if (!lock) {
          names.delete(name);
          return;
        }
        then();
        return new Promise<void>((resolve) => releases.push(resolve));
      })
      .catch(() => {
        // Sandboxed frames refuse locks, and IndexedDB with them: nothing to guard.
      });
  };

  const renew = () => {
    // What reached the disk comes back by adoption; what could not be stored must not be forgotten.
    if (isStored) {
      waiting = new Map();
      characters = 0;
    }
    names.clear();
    tab = touchpointId(Date.now());
    hold(tab, () => {});
  };
  renew();

  return {
    countWaiting: () => waiting.size,
    takeBatch,
    settle,
    renew,
    enqueue(head, id, json, at) {
      const entry: Entry = [`${tab} ${id}`, head, json, at];
      put(entry);
      // One transaction for all calls of this task, committed before the task's page can be left.
      if (unsaved.push(entry) < 2)
        Promise.resolve().then(() => {
          const entries = unsaved;
          unsaved = [];
          write((objects) => {
            for (const entry of entries) objects.put(entry, entry[0]);
          });
        });
    },
    returner() {
      const origin = waiting;
      return (entries) => {
        if (origin === waiting) entries.forEach(put);
      };
    },
    adopt(onAdopted) {
      store?.("readonly", (objects) => promisifyRequest<Entry[]>(objects.getAll())).then(
        (entries) => {
          for (const owner of new Set(entries.map(([key]) => key.split(" ")[0] as string)))
            if (!names.has(owner))
              hold(owner, () => {
                for (const entry of entries)
                  if (entry[0].startsWith(owner))
                    if (Date.now() - entry[3] > MAX_AGE_MS) settle([entry]);
                    else put(entry);
                onAdopted();
              });
        },
        () => {
          // Storage is off or hangs: there is nothing to adopt.
        },
      );
    },
    release() {
      for (const letGo of releases.splice(0)) letGo();
    },
    empty(wasUsed) {
      waiting = new Map();
      characters = 0;
      unsaved.length = 0;
      if (wasUsed || isStored) write((objects) => objects.clear());
    },
  };
}
