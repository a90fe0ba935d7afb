/**
 * The linear algebra of a removed channel: which part of the traffic through each state came through removed states.
 *
 * Owns the exact solve. What states, flows and channels mean is the work of `markov.ts`.
 *
 * A flow network: `start[j]` walkers begin in state j and `count` of them go from i to j, so
 * `out[j] = start[j] + sum of flows into j`. With `lost[j] = 1` for removed states, the others obey
 *
 *     out[j] * lost[j] = sum over i of flow(i, j) * lost[i]
 *
 * This is the usual system (I - Q) x = r of an absorbing chain, seen from its visits and for what is lost instead of what is left:
 * every term is positive, so nothing cancels and small removal effects keep all their digits.
 */

/** Flows between states, listed by the state they lead to: those into j are at `first[j] .. first[j + 1] - 1`. */
export interface Flow {
  states: number;
  /** Walkers that begin in each state. */
  start: Float64Array;
  first: Int32Array;
  from: Int32Array;
  count: Float64Array;
}

/** States up to which elimination (n^3 / 3 steps) is as quick as iterating. */
const ELIMINATE_BELOW = 160;
/** States up to which elimination still fits in memory and patience when iterating does not settle. */
const ELIMINATE_AT_MOST = 2_500;
const SWEEPS = 200_000;
const KRYLOV_STEPS = 400;
const PLAIN_SWEEPS = 60;

/**
 * The lost part of each state's visits, from 0 to 1; 1 for removed states, 0 for states nobody visits.
 *
 * `tolerance` bounds the error of any weighted sum of lost visits, in walkers: for weights w of at most 1 per departure (such as
 * conversions per visit) |error| <= tolerance, because a residual of one walker can at most become one conversion.
 */
export function lostVisits(flow: Flow, removed: Uint8Array, tolerance: number): Float64Array {
  const kept: number[] = [];
  for (let j = 0; j < flow.states; j++) if (removed[j] === 0) kept.push(j);
  if (kept.length <= ELIMINATE_BELOW) return eliminate(flow, removed, kept);
  const lost = Float64Array.from(removed);
  const system = systemOf(flow, removed);
  // Rounding alone leaves about one unit in the last place of every visit.
  const target = Math.max(tolerance, 2 * Number.EPSILON * system.diagonal.reduce((a, b) => a + b, 0));
  if (sweepUntil(system, lost, target, PLAIN_SWEEPS)) return lost;
  if (accelerate(system, lost, target)) return lost;
  if (kept.length <= ELIMINATE_AT_MOST) return eliminate(flow, removed, kept);
  // Sweeps from 0 only ever rise towards the answer, so this ends; the limit is a fuse.
  sweepUntil(system, lost, target, SWEEPS);
  return lost;
}

/**
 * State elimination without subtraction (Grassmann, Taksar and Heyman, 1985, "Regenerative analysis and steady state distributions
 * for Markov chains"), walking backwards: from j to where its visitors came from, until the start (0) or a removed state (1).
 * Every number is a sum of products of positive numbers, so each answer is right to the last digits however slow the chain is.
 */
function eliminate(flow: Flow, removed: Uint8Array, kept: readonly number[]): Float64Array {
  const n = kept.length;
  const place = new Int32Array(flow.states).fill(-1);
  kept.forEach((state, i) => {
    place[state] = i;
  });
  const width = n + 2; // columns n and n + 1: came from the start, came from a removed state
  const m = new Float64Array(n * width);
  kept.forEach((state, row) => {
    m[row * width + n] = flow.start[state]!;
    for (let e = flow.first[state]!; e < flow.first[state + 1]!; e++) {
      const source = flow.from[e]!;
      const column = removed[source] === 1 ? n + 1 : place[source]!;
      m[row * width + column]! += flow.count[e]!;
    }
  });
  const pivots = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const pivotRow = k * width;
    let pivot = m[pivotRow + n]! + m[pivotRow + n + 1]!;
    for (let i = 0; i < k; i++) pivot += m[pivotRow + i]!;
    pivots[k] = pivot;
    if (pivot === 0) continue;
    for (let j = 0; j < k; j++) {
      const row = j * width;
      const factor = m[row + k]! / pivot;
      if (factor === 0) continue;
      for (let i = 0; i < k; i++) m[row + i]! += factor * m[pivotRow + i]!;
      m[row + n]! += factor * m[pivotRow + n]!;
      m[row + n + 1]! += factor * m[pivotRow + n + 1]!;
    }
  }
  const lost = Float64Array.from(removed);
  kept.forEach((state, k) => {
    let came = m[k * width + n + 1]!;
    for (let i = 0; i < k; i++) came += m[k * width + i]! * lost[kept[i]!]!;
    lost[state] = pivots[k] === 0 ? 0 : came / pivots[k]!;
  });
  return lost;
}

/** One row per state: diagonal (visits without those from the state itself) and the flows from others. */
export interface System {
  flow: Flow;
  removed: Uint8Array;
  diagonal: Float64Array;
}

/** The equations of a flow with these states removed. */
export function systemOf(flow: Flow, removed: Uint8Array): System {
  const diagonal = new Float64Array(flow.states);
  for (let j = 0; j < flow.states; j++) {
    let others = flow.start[j]!;
    for (let e = flow.first[j]!; e < flow.first[j + 1]!; e++)
      if (flow.from[e] !== j) others += flow.count[e]!;
    diagonal[j] = others;
  }
  return { flow, removed, diagonal };
}

/** Gauss-Seidel sweeps in the order of the states; true when the residual came below the target. */
function sweepUntil(system: System, lost: Float64Array, target: number, limit: number): boolean {
  for (let sweep = 0; sweep < limit; sweep++) {
    sweepOnce(system, lost);
    if (sweep % 4 === 3 && residualOf(system, lost, null) <= target) return true;
  }
  return false;
}

function sweepOnce({ flow, removed, diagonal }: System, lost: Float64Array): void {
  const { first, from, count } = flow;
  for (let j = 0; j < flow.states; j++) {
    if (removed[j] === 1 || diagonal[j] === 0) continue;
    let came = 0;
    for (let e = first[j]!; e < first[j + 1]!; e++) if (from[e] !== j) came += count[e]! * lost[from[e]!]!;
    lost[j] = came / diagonal[j]!;
  }
}

/** Sum of the absolute residuals; written to `into` when given. */
function residualOf(
  { flow, removed, diagonal }: System,
  lost: Float64Array,
  into: Float64Array | null,
): number {
  let total = 0;
  for (let j = 0; j < flow.states; j++) {
    let r = 0;
    if (removed[j] === 0 && diagonal[j] !== 0) {
      r = -diagonal[j]! * lost[j]!;
      for (let e = flow.first[j]!; e < flow.first[j + 1]!; e++)
        if (flow.from[e] !== j) r += flow.count[e]! * lost[flow.from[e]!]!;
    }
    if (into !== null) into[j] = r;
    total += Math.abs(r);
  }
  return total;
}

/**
 * BiCGSTAB (van der Vorst, 1992), preconditioned by one Gauss-Seidel sweep, for chains that sweeps alone settle too slowly
 * (long paths). Improves `lost` in place; false when it does not reach the target, `lost` then being the best found.
 */
export function accelerate(system: System, lost: Float64Array, target: number): boolean {
  const n = system.flow.states;
  const best = Float64Array.from(lost);
  let bestResidual = Number.POSITIVE_INFINITY;
  // Restarting from the true residual repairs what rounding has taken from the recurrences.
  for (let round = 0; round < 4; round++) {
    const r = new Float64Array(n);
    const residual = residualOf(system, lost, r);
    if (!(residual < bestResidual)) break;
    best.set(lost);
    bestResidual = residual;
    if (residual <= target) return true;
    runBicgstab(system, lost, r, target);
    for (let j = 0; j < n; j++) lost[j] = Math.min(1, Math.max(0, lost[j]!));
    sweepOnce(system, lost);
  }
  lost.set(best);
  return false;
}

function runBicgstab(system: System, x: Float64Array, r: Float64Array, target: number): void {
  const n = r.length;
  const shadow = Float64Array.from(r);
  const p = new Float64Array(n);
  const v = new Float64Array(n);
  const pHat = new Float64Array(n);
  const sHat = new Float64Array(n);
  const t = new Float64Array(n);
  let rho = 1;
  let alpha = 1;
  let omega = 1;
  for (let step = 0; step < KRYLOV_STEPS; step++) {
    const rhoNext = dot(shadow, r);
    if (rhoNext === 0 || omega === 0) return;
    const beta = (rhoNext / rho) * (alpha / omega);
    rho = rhoNext;
    for (let j = 0; j < n; j++) p[j] = r[j]! + beta * (p[j]! - omega * v[j]!);
    precondition(system, p, pHat);
    multiply(system, pHat, v);
    const along = dot(shadow, v);
    if (along === 0) return;
    alpha = rho / along;
    for (let j = 0; j < n; j++) r[j] = r[j]! - alpha * v[j]!; // r is now the half-step residual
    precondition(system, r, sHat);
    multiply(system, sHat, t);
    const tt = dot(t, t);
    omega = tt === 0 ? 0 : dot(t, r) / tt;
    let size = 0;
    for (let j = 0; j < n; j++) {
      x[j] = x[j]! + alpha * pHat[j]! + omega * sHat[j]!;
      r[j] = r[j]! - omega * t[j]!;
      size += Math.abs(r[j]!);
    }
    if (size <= target / 2 || !Number.isFinite(size)) return;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Solves with the lower triangle only: states before j in the order. */
function precondition({ flow, removed, diagonal }: System, right: Float64Array, into: Float64Array): void {
  for (let j = 0; j < flow.states; j++) {
    if (removed[j] === 1 || diagonal[j] === 0) {
      into[j] = 0;
      continue;
    }
    let value = right[j]!;
    for (let e = flow.first[j]!; e < flow.first[j + 1]!; e++) {
      const i = flow.from[e]!;
      if (i < j) value += flow.count[e]! * into[i]!;
    }
    into[j] = value / diagonal[j]!;
  }
}

function multiply({ flow, removed, diagonal }: System, x: Float64Array, into: Float64Array): void {
  for (let j = 0; j < flow.states; j++) {
    if (removed[j] === 1 || diagonal[j] === 0) {
      into[j] = 0;
      continue;
    }
    let value = diagonal[j]! * x[j]!;
    for (let e = flow.first[j]!; e < flow.first[j + 1]!; e++) {
      const i = flow.from[e]!;
      if (i !== j) value -= flow.count[e]! * x[i]!;
    }
    into[j] = value;
  }
}
