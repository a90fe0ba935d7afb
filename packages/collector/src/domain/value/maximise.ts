/**
 * Finds the parameters under which a smooth function is largest, when all parameters are above 0.
 *
 * Works on their logarithms, so that none can leave its range; knows nothing of what the parameters mean.
 */

/** A function with its slopes along each parameter, both at the parameters given. */
export type Slope = (parameters: readonly number[]) => { value: number; slopes: number[] };

export interface Maximum {
  parameters: number[];
  value: number;
  /** The slopes have vanished: this is a maximum, at least a local one. */
  converged: boolean;
  /** A parameter ran off towards 0 or infinity: the data do not hold it back. */
  atBound: boolean;
  steps: number;
}

/** Parameters are kept between e^-14 and e^14 (8e-7 to 1.2e6); a maximum within a factor of e of these is said to be at a bound. */
const FARTHEST = 14;
const LONGEST_STEP = 2;
const MOST_STEPS = 300;

/**
 * BFGS with a backtracking line search (Nocedal and Wright, 2006, "Numerical Optimization", algorithms 3.1 and 6.1) on the logarithms.
 *
 * @param start every one above 0
 */
export function maximise(slope: Slope, start: readonly number[]): Maximum {
  const n = start.length;
  const evaluate = (logs: readonly number[]) => {
    const parameters = logs.map(Math.exp);
    const { value, slopes } = slope(parameters);
    // Along a logarithm the slope is p times the slope along p; the sign turns the search into a minimisation.
    return { cost: -value, gradient: slopes.map((s, i) => -s * parameters[i]!) };
  };
  let logs = start.map((p) => Math.log(p));
  let here = evaluate(logs);
  let inverse = identity(n);
  let steps = 0;
  let converged = false;
  let fresh = true;
  for (; steps < MOST_STEPS; steps++) {
    const size = Math.max(...here.gradient.map(Math.abs));
    if (size <= 1e-11 * Math.max(1, Math.abs(here.cost))) {
      converged = true;
      break;
    }
    let direction = inverse.map((row) => -dot(row, here.gradient));
    if (!(dot(direction, here.gradient) < 0)) {
      inverse = identity(n);
      fresh = true;
      direction = here.gradient.map((g) => -g);
    }
    const moved = lineSearch(evaluate, logs, here, direction);
    if (moved === null) {
      // Rounding hides further progress. Once more along the plain slope; if that fails too, this is as far as numbers go.
      if (fresh) {
        converged = size <= 1e-5 * Math.max(1, Math.abs(here.cost));
        break;
      }
      inverse = identity(n);
      fresh = true;
      continue;
    }
    const step = moved.logs.map((x, i) => x - logs[i]!);
    const change = moved.at.gradient.map((g, i) => g - here.gradient[i]!);
    inverse = updated(fresh ? scaled(inverse, step, change) : inverse, step, change);
    fresh = false;
    logs = moved.logs;
    here = moved.at;
  }
  const atBound = logs.some((x) => Math.abs(x) > FARTHEST - 1);
  return { parameters: logs.map(Math.exp), value: -here.cost, converged, atBound, steps };
}

interface Point {
  cost: number;
  gradient: number[];
}

/** Halves the step until the cost falls by a fair part of what the slope promises; null when no step does. */
function lineSearch(
  evaluate: (logs: readonly number[]) => Point,
  logs: readonly number[],
  here: Point,
  direction: readonly number[],
): { logs: number[]; at: Point } | null {
  const promised = dot(direction, here.gradient);
  const longest = Math.max(...direction.map(Math.abs));
  let t = Math.min(1, LONGEST_STEP / longest);
  for (let tries = 0; tries < 50; tries++, t /= 2) {
    const next = logs.map((x, i) => Math.min(FARTHEST, Math.max(-FARTHEST, x + t * direction[i]!)));
    const at = evaluate(next);
    if (at.cost <= here.cost + 1e-4 * t * promised && at.cost < here.cost) return { logs: next, at };
  }
  return null;
}

function identity(n: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, x, i) => total + x * b[i]!, 0);
}

/** Gives the first guess of the inverse curvature the size that the first step has measured. */
function scaled(inverse: number[][], step: readonly number[], change: readonly number[]): number[][] {
  const curvature = dot(change, step);
  if (!(curvature > 0)) return inverse;
  const factor = curvature / dot(change, change);
  return inverse.map((row) => row.map((x) => x * factor));
}

/** The BFGS update of the inverse curvature; left alone when the step shows no positive curvature. */
function updated(inverse: number[][], step: readonly number[], change: readonly number[]): number[][] {
  const curvature = dot(change, step);
  if (!(curvature > 1e-14 * Math.sqrt(dot(step, step) * dot(change, change)))) return inverse;
  const along = inverse.map((row) => dot(row, change));
  const factor = (1 + dot(change, along) / curvature) / curvature;
  return inverse.map((row, i) =>
    row.map(
      (x, j) => x + factor * step[i]! * step[j]! - (along[i]! * step[j]! + step[i]! * along[j]!) / curvature,
    ),
  );
}
