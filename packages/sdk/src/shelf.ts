/**
 * The few small facts a browser keeps between pages: visitor id, last activity, consent answer, Retry-After.
 *
 * Owns where they live (localStorage, or this page's memory where storage is off, full or unwanted).
 * Touchpoints do not live here: localStorage is lost in a browser crash, see `queue.ts`.
 */

/** `v` visitor id, `t` last activity (epoch ms), `c` consent answer, `r` no request before (epoch ms), `o` own traffic. */
export type ShelfName = "v" | "t" | "c" | "r" | "o";

/** Reads a fact; with a value writes it first, with `""` removes it. Never throws. */
export type Shelf = (name: ShelfName, value?: string | number) => string | undefined;

/** Opens the shelf. With `inMemory` nothing ever reaches the browser's storage. */
export function openShelf(inMemory?: unknown): Shelf {
  let place: Record<string, string | undefined> = {};
  try {
    // The getter itself throws in sandboxed frames and with cookies blocked; some web views answer null.
    if (!inMemory) place = localStorage || place;
  } catch {
    // Memory it is: touchpoints still go out, this page is simply a visitor of its own.
  }
  return (name, value) => {
    const key = `sj_${name}`;
    try {
      if (value === "") delete place[key];
      else if (value) place[key] = `${value}`;
    } catch {
      // Storage is full: go on in memory with what is known so far.
      place = { ...place, [key]: `${value}` };
    }
    return place[key];
  };
}
