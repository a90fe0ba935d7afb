import { describe, expect, test } from "vitest";
import { accelerate, type Flow, lostVisits, systemOf } from "./lost-flow.ts";
import { seededRandom } from "./seeded-random.ts";

/** Random walks of the given mean length over `states` states that prefer their neighbours, so that they mix slowly. */
function wanderingFlow(states: number, walks: number, meanLength: number, seed: number): Flow {
  const random = seededRandom(seed);
  const counts = Array.from({ length: states }, () => new Map<number, number>());
  const start = new Float64Array(states);
  for (let w = 0; w < walks; w++) {
    let at = Math.floor(random() * states);
    start[at]! += 1;
    while (random() > 1 / meanLength) {
      const to = (at + Math.floor(random() * 5) - 2 + states) % states;
      counts[to]!.set(at, (counts[to]!.get(at) ?? 0) + 1);
      at = to;
    }
  }
  const first = new Int32Array(states + 1);
  const from: number[] = [];
  const count: number[] = [];
  counts.forEach((sources, j) => {
    for (const [i, n] of [...sources].sort((a, b) => a[0] - b[0])) {
      from.push(i);
      count.push(n);
    }
    first[j + 1] = from.length;
  });
  return { states, start, first, from: Int32Array.from(from), count: Float64Array.from(count) };
}

/** Dense Gaussian elimination with pivots, from the equation in the module's head. */
function solveDensely(flow: Flow, removed: Uint8Array): number[] {
  const n = flow.states;
  const rows = Array.from({ length: n }, (_, j) => {
    const row = new Float64Array(n + 1);
    if (removed[j] === 1) {
      row[j] = 1;
      row[n] = 1;
      return row;
    }
    row[j] = flow.start[j]!;
    for (let e = flow.first[j]!; e < flow.first[j + 1]!; e++) {
      row[j]! += flow.count[e]!;
      row[flow.from[e]!]! -= flow.count[e]!;
    }
    return row;
  });
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k; i < n; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      if (factor !== 0) for (let c = k; c <= n; c++) rows[i]![c]! -= factor * rows[k]![c]!;
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let value = rows[k]![n]!;
    for (let c = k + 1; c < n; c++) value -= rows[k]![c]! * x[c]!;
    x[k] = value / rows[k]![k]!;
  }
  return x;
}

describe("lost visits", () => {
  test.each([
    { states: 40, meanLength: 5, way: "elimination" },
    { states: 300, meanLength: 5, way: "sweeps" },
    { states: 300, meanLength: 400, way: "acceleration" },
  ])("agree with a dense solve when $way does it", ({ states, meanLength }) => {
    const flow = wanderingFlow(states, 3_000, meanLength, 3);
    const removed = new Uint8Array(states);
    for (let j = 0; j < states; j += 37) removed[j] = 1;
    const found = lostVisits(flow, removed, 1e-11);
    const wanted = solveDensely(flow, removed);
    found.forEach((lost, j) => {
      expect(lost).toBeCloseTo(wanted[j]!, 11);
    });
  });

  test("are reached by acceleration alone, from any start, in a chain that sweeps would take ages to settle", () => {
    const flow = wanderingFlow(300, 3_000, 400, 5);
    const removed = new Uint8Array(300);
    removed[0] = 1;
    const wanted = solveDensely(flow, removed);
    for (const guess of [0, 1]) {
      const lost = new Float64Array(300).fill(guess);
      lost[0] = 1;
      expect(accelerate(systemOf(flow, removed), lost, 1e-8)).toBe(true);
      lost.forEach((part, j) => {
        expect(part).toBeCloseTo(wanted[j]!, 9);
      });
    }
  });

  test("are nothing where nobody goes", () => {
    const flow = {
      states: 2,
      start: Float64Array.of(1, 0),
      first: Int32Array.of(0, 0, 0),
      from: new Int32Array(),
      count: new Float64Array(),
    };
    expect([...lostVisits(flow, Uint8Array.of(0, 0), 1e-12)]).toEqual([0, 0]);
    expect([...lostVisits(flow, Uint8Array.of(1, 0), 1e-12)]).toEqual([1, 0]);
  });
});
