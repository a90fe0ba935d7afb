/**
 * The shelf keeps what it is told, in the browser where it can and in memory where it must.
 */
import { beforeEach, describe, expect, test, vi } from "vitest";

/** A shelf as a fresh page has it. */
async function freshShelf() {
  vi.resetModules();
  return import("../src/shelf.ts");
}

beforeEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

describe("the shelf", () => {
  test("keeps facts between pages, under names of its own", async () => {
    const first = await freshShelf();
    first.openShelf();
    first.shelf("v", "visitor-1");
    first.shelf("t", 5);
    expect(Object.keys(localStorage).sort()).toEqual(["sj_t", "sj_v"]);
    const second = await freshShelf();
    second.openShelf();
    expect([second.shelf("v"), second.shelf("t"), second.shelf("c")]).toEqual(["visitor-1", "5", undefined]);
  });

  test("removes a fact that is set to nothing, and leaves it alone when nothing is set", async () => {
    const { openShelf, shelf } = await freshShelf();
    openShelf();
    shelf("c", "denied");
    expect(shelf("c", undefined)).toBe("denied");
    expect(shelf("c", "")).toBeUndefined();
    expect(localStorage).toHaveLength(0);
  });

  test("that was never opened touches no storage", async () => {
    const { shelf } = await freshShelf();
    expect(shelf("v", "visitor-1")).toBe("visitor-1");
    expect(localStorage).toHaveLength(0);
  });

  test("goes on in memory, with what it knew, when storage is full", async () => {
    const full = { sj_c: "granted" };
    const place = new Proxy<Record<string, string>>(full, {
      set() {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    vi.stubGlobal("localStorage", place);
    const { openShelf, shelf } = await freshShelf();
    openShelf();
    expect(shelf("v", "visitor-1")).toBe("visitor-1");
    expect([shelf("v"), shelf("c")]).toEqual(["visitor-1", "granted"]);
  });
});
