/**
 * `sojourn model try`: runs one person's history, line by line, through a life-cycle model.
 *
 * Pure: lines in, answer out. Reading the file, printing and the exit code are the caller's work. It calls the very
 * functions the collector uses, so operators can try a rule before they apply it and analysts can check us.
 */
import { CUSTOM_KIND, type EpochMs, SURVEYS, type WireValue } from "@sojourn/sdk/wire";
import { compile } from "../domain/lifecycle/compile.ts";
import type { LifecycleModel } from "../domain/lifecycle/grammar.ts";
import { historyOf } from "../domain/lifecycle/history.ts";
import { loadModelText } from "../domain/lifecycle/model.ts";
import { PRESET_IDS, presetModel } from "../domain/lifecycle/presets.ts";
import { isCurrency, parseMinor } from "../domain/money.ts";
import type { Touchpoint } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";

/** What is printed; times are ISO 8601 in UTC with milliseconds. */
export interface TryAnswer {
  /** null when nothing had happened by then. */
  stage: string | null;
  transitions: { at: string; from: string | null; to: string; cause: "event" | "time"; rule: string }[];
  nextDue: string | null;
}

/** A line that could not be used. */
export interface BadLine {
  /** Counted from 1, as editors do. */
  line: number;
  reason: string;
}

export type TryOutcome = { kind: "answer"; answer: TryAnswer } | { kind: "refused"; problems: BadLine[] };

/**
 * The stage, every transition, and the next due instant of one person.
 *
 * Every line is read even when an earlier one is bad, so that all problems are named at once; one bad line refuses the
 * whole answer, because a history with holes has another answer. Blank lines are passed over, fields this calculator does
 * not know (`visitor`, `url`, ...) are left alone.
 *
 * @param lines JSON objects `{"id","kind","at","visit"?,"order"?,"value"?,"currency"?,"rating"?,"survey"?,"score"?,"traits"?,"receivedAt"?}`
 * @param at the instant asked about
 * @param knownAt leaves out what was received later (`receivedAt`, or `at` where there is none)
 */
export function tryModel(
  model: LifecycleModel,
  lines: Iterable<string>,
  { at, knownAt }: { at: EpochMs; knownAt?: EpochMs },
): TryOutcome {
  const touchpoints: Touchpoint[] = [];
  const problems: BadLine[] = [];
  let line = 0;
  for (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const read = readLine(text);
    if (typeof read === "string") problems.push({ line, reason: read });
    else if (knownAt === undefined || read.receivedAt <= knownAt) touchpoints.push(read.touchpoint);
  }
  if (problems.length > 0) return { kind: "refused", problems };

  const { stage, transitions, due } = historyOf(compile(model), touchpoints, at);
  return {
    kind: "answer",
    answer: {
      stage,
      transitions: transitions.map(({ at, from, to, cause, rule }) => ({
        at: iso(at),
        from,
        to,
        cause,
        rule,
      })),
      nextDue: due === null ? null : iso(due),
    },
  };
}

/**
 * The model of a preset's name, or of a file's text.
 *
 * @param name as typed: a preset, or the path of a file
 * @param readText reads the file; only called when `name` is no preset
 * @throws SojournError `bad_model`, and whatever `readText` throws
 */
export function modelNamed(name: string, readText: (path: string) => string): LifecycleModel {
  const preset = presetModel(name);
  if (preset !== undefined) return preset;
  const file = name.split(/[\\/]/).at(-1) ?? name;
  if (file === name && !/\.(ya?ml|json)$/i.test(name)) {
    throw new SojournError("bad_model", `"${name}" is neither a preset nor a .yaml, .yml or .json file`, {
      hint: `Presets are ${PRESET_IDS.join(", ")}.`,
    });
  }
  const id = file.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-");
  return loadModelText(readText(name), { id: id.slice(0, 40) || "model" });
}

// Date alone, or date and time; without a zone, UTC. Date.parse would read a time without a zone in the machine's own.
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;
// The end of year 9999: what falls due after a touchpoint of that time can still be written as a date.
const LATEST_DATE = 253_402_300_799_999;

/**
 * Milliseconds of an ISO 8601 time or of epoch milliseconds; undefined when it is neither. A time without a zone is
 * UTC; what is finer than a millisecond is cut off.
 */
export function readTime(raw: unknown): EpochMs | undefined {
  if (typeof raw === "number")
    return Number.isSafeInteger(raw) && Math.abs(raw) <= LATEST_DATE ? raw : undefined;
  if (typeof raw !== "string") return undefined;
  const text = raw.trim();
  if (/^-?\d{9,16}$/.test(text)) return readTime(Number(text));
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isOnCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isOnCalendar || hour > 23 || minute > 59 || second > 59) return undefined;
  date.setUTCHours(hour, minute, second, ms);

  const zone = parts[8];
  if (zone === undefined || zone.toUpperCase() === "Z") return date.getTime();
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  return date.getTime() - (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

const KIND = new RegExp(CUSTOM_KIND);
const ABOUT_ORDER = ["purchase", "refund", "cancel_order"];

/** The touchpoint of one line and when it was received, or the reason why it cannot be read. */
function readLine(text: string): { touchpoint: Touchpoint; receivedAt: EpochMs } | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // The parser's own message quotes the line, which may hold a visitor's data.
    return "is not JSON";
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return "must be a JSON object";
  const row = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));

  const id = nameIn(row.id);
  if (id === undefined) return "id must be a text";
  const { kind } = row;
  if (typeof kind !== "string" || !KIND.test(kind)) return "kind must be a kind of touchpoint";
  const at = readTime(row.at);
  if (at === undefined) return "at must be an ISO time or epoch milliseconds";
  const receivedAt = row.receivedAt === undefined ? at : readTime(row.receivedAt);
  if (receivedAt === undefined) return "receivedAt must be an ISO time or epoch milliseconds";

  const touchpoint: Touchpoint = { id, at, kind };
  if (row.visit === true) touchpoint.visit = true;

  const problem =
    addOrder(touchpoint, row) ??
    addMoney(touchpoint, row) ??
    addOpinion(touchpoint, row) ??
    addTraits(touchpoint, row);
  return problem ?? { touchpoint, receivedAt };
}

type Row = Readonly<Record<string, unknown>>;

function addOrder(touchpoint: Touchpoint, row: Row): string | undefined {
  if (row.order === undefined) {
    return ABOUT_ORDER.includes(touchpoint.kind)
      ? `${touchpoint.kind} needs the number of its order`
      : undefined;
  }
  const order = nameIn(row.order);
  if (order === undefined) return "order must be a text";
  touchpoint.order = order;
  return undefined;
}

function addMoney(touchpoint: Touchpoint, row: Row): string | undefined {
  if (row.currency !== undefined) {
    const currency = typeof row.currency === "string" ? row.currency.trim().toUpperCase() : "";
    if (!isCurrency(currency)) return "currency must be a code of three letters";
    touchpoint.currency = currency;
  }
  if (row.value === undefined) return undefined;
  const { value } = row;
  const isAmount = typeof value === "number" || typeof value === "string";
  const minor = isAmount ? parseMinor(value, touchpoint.currency) : undefined;
  if (minor === undefined || minor < 0) return "value must be a decimal amount from 0";
  touchpoint.value = minor;
  return undefined;
}

function addOpinion(touchpoint: Touchpoint, row: Row): string | undefined {
  if (row.rating !== undefined) {
    if (!isWithin(row.rating, 1, 5)) return "rating must be a number from 1 to 5";
    touchpoint.rating = row.rating;
  }
  if (row.survey !== undefined) {
    const survey = SURVEYS.find((name) => name === row.survey);
    if (survey === undefined) return `survey must be ${SURVEYS.join(" or ")}`;
    touchpoint.survey = survey;
  }
  if (row.score !== undefined) {
    const [least, most] = touchpoint.survey === "csat" ? [1, 5] : [0, 10];
    if (!isWithin(row.score, least, most)) return `score must be a number from ${least} to ${most}`;
    touchpoint.score = row.score;
  }
  return undefined;
}

function addTraits(touchpoint: Touchpoint, row: Row): string | undefined {
  if (row.traits === undefined) return undefined;
  const { traits } = row;
  const isFlat =
    typeof traits === "object" &&
    !Array.isArray(traits) &&
    Object.values(traits as object).every(isTraitValue);
  if (!isFlat) return "traits must be an object of texts, numbers, true and false";
  touchpoint.traits = traits as Record<string, WireValue>;
  return undefined;
}

const isTraitValue = (value: unknown): value is WireValue =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

const isWithin = (value: unknown, least: number, most: number): value is number =>
  typeof value === "number" && value >= least && value <= most;

function nameIn(raw: unknown): string | undefined {
  if (typeof raw === "string" && raw !== "") return raw;
  return Number.isSafeInteger(raw) ? String(raw) : undefined;
}
