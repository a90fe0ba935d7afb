/**
 * The few small facts a browser keeps between pages: visitor id, last activity, consent answer, Retry-After.
 *
 * Owns where they live (localStorage, or this page's memory where storage is off, full or unwanted).
 * Touchpoints do not live here: localStorage is lost in a browser crash, see `queue.ts`.
 */

/** `v` visitor id, `t` last activity (epoch ms), `c` consent answer, `r` no request before (epoch ms), `o` own traffic. */
export type ShelfName = "v" | "t" | "c" | "r" | "o";

let place: Record<string, string | number | undefined> = {};

/** Moves the shelf to the browser's storage; without this call it stays in memory. Throws where storage is off. */
export const openShelf = (): void => {
  // Some web views answer null.
  place = localStorage || place;
};

/** Reads a fact; with a value writes it first, with `""` removes it. Never throws. */
export const shelf = (name: ShelfName, value?: string | number): string | undefined => {
  const key = `sj_${name}`;
  try {
    if (value === "") delete place[key];
    else if (value) place[key] = value;
  } catch {
    // Storage is full: go on in memory with what is known so far.
    place = { ...place, [key]: value };
  }
  return place[key] as string;
};
