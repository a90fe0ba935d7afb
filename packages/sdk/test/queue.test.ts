/**
 * The queue on a real (if in-memory) IndexedDB: what waits, in which portions it leaves, and who adopts whom.
 */
import "fake-indexeddb/auto";
import { forceCloseDatabase, IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { createStore, entries } from "idb-keyval";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Entry } from "../src/queue.ts";

const MOMENT_MS = 20;
const moment = () => new Promise((resolve) => setTimeout(resolve, MOMENT_MS));

/** The queue of a page that has just been opened, on whatever disk the browser has. */
async function openPage(cookieless = false) {
  vi.resetModules();
  const settings = await import("../src/settings.ts");
  settings.configure({ site: "shop", endpoint: "http://127.0.0.1", cookieless });
  const queue = await import("../src/queue.ts");
  queue.openQueue();
  const entry = (id: string, visitor = "visitor", at = Date.now()): Entry => [
    { id, at, kind: "login" },
    visitor,
    queue.tab,
  ];
  return { queue, entry };
}
const idsOf = (entries: Iterable<Entry>) => [...entries].map(([{ id }]) => id);

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});

describe("the queue", () => {
  test("hands out portions of one visitor each, in order, and everything exactly once", async () => {
    const { queue, entry } = await openPage(true);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        (visitors, limit) => {
          const given = visitors.map((visitor, n) => entry(`id-${n}`, visitor));
          queue.enqueue(given);
          const taken: Entry[] = [];
          while (queue.waiting.size > 0) {
            const batch = queue.takeBatch(limit);
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(limit);
            expect(new Set(batch.map(([, visitor]) => visitor)).size).toBe(1);
            taken.push(...batch);
          }
          expect(taken).toEqual(given);
        },
      ),
    );
  });

  test("keeps one record for each touchpoint, where any tool for IndexedDB finds it by its id", async () => {
    const { queue, entry } = await openPage();
    const given = [entry("one"), entry("two")];
    queue.enqueue(given);
    await moment();
    expect(await entries(createStore("sojourn", "sojourn"))).toEqual([
      ["one", given[0]],
      ["two", given[1]],
    ]);
  });

  test("puts what was not sent behind the others", async () => {
    const { queue, entry } = await openPage(true);
    queue.enqueue([entry("one"), entry("two"), entry("three")]);
    queue.put(queue.takeBatch(1));
    expect(idsOf(queue.waiting.values())).toEqual(["two", "three", "one"]);
  });

  test("drops the oldest beyond a thousand, and what is older than thirty days", async () => {
    const { queue, entry } = await openPage(true);
    queue.enqueue([entry("ancient", "visitor", Date.now() - 31 * 86_400_000)]);
    expect(queue.waiting.size).toBe(0);
    queue.enqueue(Array.from({ length: 1_001 }, (_, n) => entry(`id-${n}`)));
    expect(queue.waiting.size).toBe(1_000);
    expect(queue.waiting.has("id-0")).toBe(false);
  });

  test("gives the next page what this one could not deliver, and not what it did", async () => {
    const first = await openPage();
    first.queue.enqueue([first.entry("kept"), first.entry("delivered")]);
    await moment();
    first.queue.settle([first.entry("delivered")]);
    await moment();
    const second = await openPage();
    const onAdopted = vi.fn();
    await second.queue.adopt(onAdopted);
    expect(onAdopted).toHaveBeenCalledOnce();
    expect(idsOf(second.queue.waiting.values())).toEqual(["kept"]);
  });

  test("never adopts its own, so that what is being sent is not sent twice", async () => {
    const { queue, entry } = await openPage();
    queue.enqueue([entry("mine")]);
    queue.takeBatch(1);
    await moment();
    await queue.adopt(() => {});
    expect(queue.waiting.size).toBe(0);
  });

  test("emptied, leaves nothing in memory or on disk", async () => {
    const { queue, entry } = await openPage();
    queue.enqueue([entry("gone")]);
    queue.emptyQueue(true);
    await moment();
    expect(queue.waiting.size).toBe(0);
    const next = await openPage();
    await next.queue.adopt(() => {});
    expect(next.queue.waiting.size).toBe(0);
  });

  test("stores what is recorded after the browser has closed the connection", async () => {
    const opening = vi.spyOn(IDBFactory.prototype, "open");
    const { queue, entry } = await openPage();
    queue.enqueue([entry("1 before")]);
    await moment();
    forceCloseDatabase(opening.mock.results[0]?.value.result);
    queue.enqueue([entry("2 after")]);
    await moment();
    const next = await openPage();
    await next.queue.adopt(() => {});
    expect(idsOf(next.queue.waiting.values())).toEqual(["1 before", "2 after"]);
    opening.mockRestore();
  });

  test("without storage wanted, opens no database", async () => {
    const { queue, entry } = await openPage(true);
    queue.enqueue([entry("in memory")]);
    await moment();
    expect(queue.waiting.size).toBe(1);
    expect(await indexedDB.databases()).toEqual([]);
  });
});
