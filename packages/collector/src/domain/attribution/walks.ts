/**
 * Distinct paths as columns of numbers: what a Markov chain is made of when there are hundreds of thousands of them.
 *
 * A path is a list of channel numbers. Equal lists share a row, found again by a hash over their numbers; nothing is an object or a
 * text per path.
 */
import type { Path } from "./path.ts";

/** Distinct paths with their weights. Those of row r are `ids[starts[r]] .. ids[starts[r + 1] - 1]`, oldest first. */
export interface Walks {
  /** Names by number. */
  channels: readonly string[];
  rows: number;
  starts: Uint32Array;
  ids: Uint32Array;
  conversions: Float64Array;
  value: Float64Array;
  nulls: Float64Array;
}

/** Gives every distinct path a row, in the order in which they are first seen. */
export interface WalkBook {
  /** The row of the path made of the first `length` numbers of `path`. */
  row(path: ArrayLike<number>, length: number): number;
  /** How many rows there are. */
  rows(): number;
  /** The rows so far; later rows do not change them. */
  paths(): Pick<Walks, "rows" | "starts" | "ids">;
}

export function openWalkBook(): WalkBook {
  let rows = 0;
  let starts = new Uint32Array(1_025);
  let hashes = new Uint32Array(1_024);
  let ids = new Uint32Array(4_096);
  // Open addressing: a row's number plus one where its hash says, or in the next free place after it.
  let slots = new Uint32Array(4_096);

  const isAt = (row: number, path: ArrayLike<number>, length: number): boolean => {
    const start = starts[row]!;
    if (starts[row + 1]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (ids[start + i] !== path[i]) return false;
    return true;
  };

  const growSlots = (): void => {
    slots = new Uint32Array(slots.length * 2);
    const mask = slots.length - 1;
    for (let row = 0; row < rows; row++) {
      let place = hashes[row]! & mask;
      while (slots[place] !== 0) place = (place + 1) & mask;
      slots[place] = row + 1;
    }
  };

  return {
    row(path, length) {
      let hash = length;
      for (let i = 0; i < length; i++) {
        hash = Math.imul(hash ^ path[i]!, 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      hash >>>= 0;
      const mask = slots.length - 1;
      let place = hash & mask;
      for (let held = slots[place]!; held !== 0; held = slots[place]!) {
        if (hashes[held - 1] === hash && isAt(held - 1, path, length)) return held - 1;
        place = (place + 1) & mask;
      }
      const row = rows++;
      const start = starts[row]!;
      if (rows >= starts.length) {
        starts = grown(starts, starts.length * 2);
        hashes = grown(hashes, hashes.length * 2);
      }
      if (start + length > ids.length) ids = grown(ids, Math.max(ids.length * 2, start + length));
      for (let i = 0; i < length; i++) ids[start + i] = path[i]!;
      starts[rows] = start + length;
      hashes[row] = hash;
      slots[place] = rows;
      if (rows * 2 > slots.length) growSlots();
      return row;
    },
    rows: () => rows,
    paths: () => ({ rows, starts: starts.subarray(0, rows + 1), ids: ids.subarray(0, starts[rows]) }),
  };
}

/** Paths with names as walks: equal ones added up, channels numbered by name. Paths nobody walked are left out. */
export function walksOf(paths: readonly Path[]): Walks {
  const names = new Set<string>();
  for (const path of paths) for (const channel of path.channels) names.add(channel);
  const channels = [...names].sort();
  const idOf = new Map(channels.map((channel, id) => [channel, id]));
  const book = openWalkBook();
  const walked = paths.filter(({ conversions, nulls }) => conversions + nulls > 0);
  const rowOf = walked.map(({ channels: path }) =>
    book.row(
      path.map((channel) => idOf.get(channel)!),
      path.length,
    ),
  );
  const walks: Walks = { channels, ...book.paths(), ...noWeights(book.rows()) };
  walked.forEach(({ conversions, value, nulls }, i) => {
    const row = rowOf[i]!;
    walks.conversions[row]! += conversions;
    walks.value[row]! += value;
    walks.nulls[row]! += nulls;
  });
  return walks;
}

/** Weights of so many rows, all zero. */
export function noWeights(rows: number): Pick<Walks, "conversions" | "value" | "nulls"> {
  return {
    conversions: new Float64Array(rows),
    value: new Float64Array(rows),
    nulls: new Float64Array(rows),
  };
}

function grown(held: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(held);
  return larger;
}
