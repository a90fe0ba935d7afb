/**
 * Checks the parts of a model one by one: conditions, tests, durations, the score table.
 *
 * Collects every problem with its place instead of stopping at the first, and hands back a clean copy of what it read.
 * Whether the rules make sense together is the work of `reach.ts`.
 */
import { CUSTOM_KIND } from "@sojourn/sdk/wire";
import { isCurrency } from "../money.ts";
import { type Duration, parseDuration } from "./duration.ts";
import { KEPT_TIMES } from "./facts.ts";
import { type Atom, IDLE_SUBJECTS, OPERATORS, type ScoreTable, type Weight, type When } from "./grammar.ts";
import { JOIN_MS } from "./runs.ts";

/** Something wrong in a model: where (`rules[2].when.all[0]`) and what. */
export interface Problem {
  path: string;
  message: string;
}

/** Collects problems while a model is read. */
export type Report = (path: string, message: string) => void;

/** What the tests of a model may rely on. */
export interface Allowed {
  returnGap: boolean;
  score: { fades: boolean } | null;
}

const ATOMS: Readonly<Record<Atom[0], string>> = {
  visits: '["visits", op, number]',
  orders: '["orders", op, number]',
  count: '["count", kind or [kinds], op, number]',
  countSinceOrder: '["countSinceOrder", kind, op, number]',
  ordersWithin: '["ordersWithin", duration, op, number]',
  idle: '["idle", kind or "order" or "activity", ">=" or "<", duration]',
  sinceReturn: '["sinceReturn", "<", duration]',
  ordersSinceReturn: '["ordersSinceReturn", op, number]',
  advocacy: '["advocacy", op, number]',
  revenue: '["revenue", currency, op, minor units]',
  score: '["score", op, number]',
  trait: '["trait", key, op, value]',
};

const DEEPEST = 20;
const KIND = new RegExp(CUSTOM_KIND);

export const isObject = (raw: unknown): raw is Record<string, unknown> =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw);

/** Reads a condition; problems go to `report`, and a condition with problems comes back as undefined. */
export function readWhen(
  raw: unknown,
  path: string,
  allowed: Allowed,
  report: Report,
  depth = 0,
): When | undefined {
  if (raw === true) return true;
  if (depth > DEEPEST) {
    report(path, `is nested more than ${DEEPEST} deep`);
    return undefined;
  }
  if (Array.isArray(raw)) return readAtom(raw, path, allowed, report);
  if (!isObject(raw)) {
    report(path, 'must be true, a test such as ["orders", ">=", 1], or one of { all }, { any }, { not }');
    return undefined;
  }

  const keys = Object.keys(raw);
  const key = keys[0];
  if (keys.length !== 1 || (key !== "all" && key !== "any" && key !== "not")) {
    report(path, `must have exactly one of the keys all, any, not; it has ${keys.join(", ") || "none"}`);
    return undefined;
  }
  if (key === "not") {
    const part = readWhen(raw.not, `${path}.not`, allowed, report, depth + 1);
    return part === undefined ? undefined : { not: part };
  }
  const parts = raw[key];
  if (!Array.isArray(parts) || parts.length === 0) {
    report(`${path}.${key}`, "must be a list with at least one condition");
    return undefined;
  }
  const read = parts.map((part, i) => readWhen(part, `${path}.${key}[${i}]`, allowed, report, depth + 1));
  const whole = read.filter((part) => part !== undefined);
  if (whole.length < read.length) return undefined;
  return key === "all" ? { all: whole } : { any: whole };
}

function readAtom(raw: unknown[], path: string, allowed: Allowed, report: Report): Atom | undefined {
  let sound = true;
  const wrong = (place: number, message: string) => {
    sound = false;
    report(`${path}[${place}]`, message);
  };

  const name = raw[0];
  if (typeof name !== "string" || !Object.hasOwn(ATOMS, name)) {
    wrong(0, `${quoted(name)} is no test; there are ${Object.keys(ATOMS).join(", ")}`);
    return undefined;
  }
  const shape = ATOMS[name as Atom[0]];
  const length = shape.split(", ").length;
  if (raw.length !== length) {
    report(path, `has ${raw.length} parts; write ${shape}`);
    return undefined;
  }

  const operator = (place: number, ops: readonly string[] = OPERATORS) => {
    if (!ops.includes(raw[place] as string)) wrong(place, `${quoted(raw[place])} must be ${oneOf(ops)}`);
  };
  const count = (place: number, most = Number.MAX_SAFE_INTEGER) => {
    const n = raw[place];
    if (!Number.isSafeInteger(n) || (n as number) < 0)
      wrong(place, `${quoted(n)} must be a whole number from 0`);
    else if ((n as number) > most) wrong(place, `${n} is more than ${most}, the most this test can count`);
  };
  const kind = (place: number, value: unknown = raw[place]) => {
    if (typeof value !== "string" || !KIND.test(value))
      wrong(place, `${quoted(value)} is no kind of touchpoint`);
  };
  const duration = (place: number) => {
    if (readDuration(raw[place], `${path}[${place}]`, report) === undefined) sound = false;
  };
  const needsReturnGap = () => {
    if (!allowed.returnGap) wrong(0, `${name} needs a returnGap in the model, for example returnGap: P90D`);
  };

  switch (name as Atom[0]) {
    case "visits":
    case "orders":
    case "advocacy":
      operator(1);
      count(2);
      break;
    case "ordersSinceReturn":
      needsReturnGap();
      operator(1);
      count(2);
      break;
    case "score":
      if (allowed.score === null) wrong(0, "score needs a score section with weights in the model");
      // A fading score passes through every value and stays at none, so equality would hold for no time at all.
      operator(1, allowed.score?.fades ? [">=", ">", "<", "<="] : OPERATORS);
      if (!Number.isFinite(raw[2])) wrong(2, `${quoted(raw[2])} must be a number`);
      break;
    case "count":
      if (Array.isArray(raw[1]) && raw[1].length > 0) for (const k of raw[1]) kind(1, k);
      else kind(1);
      operator(2);
      count(3);
      break;
    case "countSinceOrder":
      kind(1);
      operator(2);
      count(3, KEPT_TIMES - 1);
      break;
    case "ordersWithin":
      duration(1);
      operator(2);
      count(3);
      break;
    case "idle":
      if (!IDLE_SUBJECTS.some((subject) => subject === raw[1])) kind(1);
      operator(2, [">=", "<"]);
      duration(3);
      break;
    case "sinceReturn":
      needsReturnGap();
      operator(1, ["<"]);
      duration(2);
      break;
    case "revenue":
      if (typeof raw[1] !== "string" || !isCurrency(raw[1])) {
        wrong(1, `${quoted(raw[1])} must be a currency code such as EUR`);
      }
      operator(2);
      count(3);
      break;
    case "trait": {
      if (typeof raw[1] !== "string" || raw[1] === "")
        wrong(1, `${quoted(raw[1])} must be the name of a trait`);
      const value = raw[3];
      if (typeof value !== "string" && typeof value !== "boolean" && !Number.isFinite(value)) {
        wrong(3, `${quoted(value)} must be a text, a number, true or false`);
      }
      operator(2, typeof value === "boolean" ? ["==", "!="] : OPERATORS);
      break;
    }
  }
  // Every part has been checked against the very member of Atom that `name` selects.
  return sound ? (structuredClone(raw) as Atom) : undefined;
}

/** Reads a duration in any of its three forms. */
export function readDuration(raw: unknown, path: string, report: Report): Duration | undefined {
  let sound = true;
  const wrong = (place: string, message: string) => {
    sound = false;
    report(path + place, message);
  };
  const fixed = (value: unknown, place = ""): number | undefined => {
    const ms = typeof value === "string" ? parseDuration(value) : undefined;
    if (ms === undefined)
      wrong(
        place,
        `${quoted(value)} is no duration; write P180D, P2W or PT36H (months and years have no fixed length)`,
      );
    return ms;
  };
  const positive = (value: unknown, place: string) => {
    if (!(typeof value === "number" && Number.isFinite(value) && value > 0))
      wrong(place, `${quoted(value)} must be a number above 0`);
  };

  if (!isObject(raw)) return fixed(raw) === undefined ? undefined : (raw as string);
  const isOwn = "own" in raw;
  if (isOwn === "quantile" in raw) {
    wrong(
      "",
      "must be a text such as P180D, { quantile, min, max } or { own, min, max, from, else, times? }",
    );
    return undefined;
  }
  const known = isOwn ? ["own", "min", "max", "from", "else", "times"] : ["quantile", "min", "max"];
  for (const key of Object.keys(raw))
    if (!known.includes(key)) wrong(`.${key}`, `is unknown here; there are ${known.join(", ")}`);

  const min = fixed(raw.min, ".min");
  const max = fixed(raw.max, ".max");
  if (min !== undefined && max !== undefined && min > max)
    wrong("", `min ${raw.min} is longer than max ${raw.max}`);
  if (isOwn) {
    fixed(raw.else, ".else");
    positive(raw.own, ".own");
    if ("times" in raw) positive(raw.times, ".times");
    if (!Number.isSafeInteger(raw.from) || (raw.from as number) < 2)
      wrong(".from", `${quoted(raw.from)} must be a whole number from 2: one order has no rhythm`);
  } else {
    const q = raw.quantile;
    if (!(typeof q === "number" && q > 0 && q < 1))
      wrong(".quantile", `${quoted(q)} must be a number between 0 and 1`);
  }
  return sound ? (structuredClone(raw) as unknown as Duration) : undefined;
}

/** Reads the gap that makes a return; runs of activity cannot tell shorter ones than {@link JOIN_MS}. */
export function readReturnGap(raw: unknown, report: Report): string | undefined {
  const ms = typeof raw === "string" ? parseDuration(raw) : undefined;
  if (ms === undefined) report("returnGap", `${quoted(raw)} is no duration; write for example P90D`);
  else if (ms < JOIN_MS)
    report("returnGap", `${raw} is shorter than a day, the shortest gap that makes a return`);
  else return raw as string;
  return undefined;
}

/** Reads the weights and the half-life of the lead score. */
export function readScore(raw: unknown, report: Report): ScoreTable | undefined {
  let sound = true;
  const wrong = (path: string, message: string) => {
    sound = false;
    report(`score${path}`, message);
  };
  if (!isObject(raw) || !isObject(raw.weights) || Object.keys(raw.weights).length === 0) {
    wrong("", "must have weights: points per kind of touchpoint");
    return undefined;
  }
  for (const key of Object.keys(raw))
    if (key !== "weights" && key !== "halfLife")
      wrong(`.${key}`, "is unknown here; there are weights, halfLife");
  const fades = raw.halfLife !== undefined;
  if (fades && (typeof raw.halfLife !== "string" || parseDuration(raw.halfLife) === undefined)) {
    wrong(".halfLife", `${quoted(raw.halfLife)} is no duration; write for example P30D`);
  }

  const weights: [string, number | Weight][] = [];
  for (const [kind, weight] of Object.entries(raw.weights)) {
    const path = `.weights.${kind}`;
    if (!KIND.test(kind)) wrong(path, "is no kind of touchpoint");
    const points = isObject(weight) ? weight.points : weight;
    if (!Number.isFinite(points)) wrong(path, `${quoted(points)} must be points, or { points, atMost }`);
    if (!isObject(weight)) {
      weights.push([kind, points as number]);
      continue;
    }
    for (const key of Object.keys(weight))
      if (key !== "points" && key !== "atMost")
        wrong(`${path}.${key}`, "is unknown here; there are points, atMost");
    const most = fades ? KEPT_TIMES : Number.MAX_SAFE_INTEGER;
    const atMost = weight.atMost;
    if (
      atMost !== undefined &&
      !(Number.isSafeInteger(atMost) && (atMost as number) >= 1 && (atMost as number) <= most)
    ) {
      wrong(
        `${path}.atMost`,
        fades ? `must be a whole number from 1 to ${most} when points fade` : "must be a whole number from 1",
      );
    }
    weights.push([
      kind,
      { points: points as number, ...(atMost === undefined ? {} : { atMost: atMost as number }) },
    ]);
  }
  if (!sound) return undefined;
  const table: ScoreTable = { weights: Object.fromEntries(weights) };
  if (fades) table.halfLife = raw.halfLife as string;
  return table;
}

/** A value as a reader of the file would recognise it, kept short. */
export function quoted(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const oneOf = (ops: readonly string[]) => ops.map((op) => `"${op}"`).join(" or ");
