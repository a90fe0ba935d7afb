/**
 * The shape of a life-cycle model: stages to show, and rules that are tried from top to bottom.
 *
 * Types and names only. `model.ts` checks a model, `compile.ts` makes it fast, `stage.ts` asks it.
 */
import type { WireValue } from "@sojourn/sdk/wire";
import type { Duration } from "./duration.ts";

export const OPERATORS = [">=", ">", "==", "!=", "<", "<="] as const;
export type Operator = (typeof OPERATORS)[number];

/** What `idle` may be asked of besides a kind: the latest valid order, or anything the person did. */
export const IDLE_SUBJECTS = ["order", "activity"] as const;

/** One test. What each one means is said in `compile.ts`. */
export type Atom =
  | ["visits" | "orders" | "ordersSinceReturn" | "advocacy" | "score", Operator, number]
  | ["count", string | string[], Operator, number]
  | ["countSinceOrder", string, Operator, number]
  | ["ordersWithin", Duration, Operator, number]
  | ["idle", string, ">=" | "<", Duration]
  | ["sinceReturn", "<", Duration]
  | ["revenue", string, Operator, number]
  | ["trait", string, Operator, WireValue];

export type When = true | { all: When[] } | { any: When[] } | { not: When } | Atom;

/** Gives the stage to everybody for whom no earlier rule holds and `when` does. */
export interface Rule {
  stage: string;
  when: When;
}

/** Points for one touchpoint of a kind; only the newest `atMost` of them count. */
export interface Weight {
  points: number;
  atMost?: number;
}

/** How the lead score of `["score", op, n]` is added up. */
export interface ScoreTable {
  /** ISO 8601 duration after which a touchpoint is worth half; without it points never fade. */
  halfLife?: string;
  /** Points per kind; negative ones are allowed. */
  weights: Record<string, number | Weight>;
}

export const LANGUAGES = ["en", "de", "da"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a stage is called, in one text for all languages or per language. */
export type StageLabel = string | Partial<Record<Language, string>>;

/** A life-cycle model: data, in a file or as a preset. */
export interface LifecycleModel {
  /** Names the model in questions and answers. */
  id: string;
  /** Whole number from 1; raise it with every change of a rule, so that histories of two versions are kept apart. */
  version: number;
  /** What the model is for, in a sentence. */
  title?: string;
  /** The stages in the sequence they are shown in. */
  stages: string[];
  /** Silence after which activity counts as a return; at least one day. */
  returnGap?: string;
  score?: ScoreTable;
  /** Names of stages for people; presets bring their own. */
  labels?: Record<string, StageLabel>;
  /** The first rule that holds gives the stage; the last one always holds. */
  rules: Rule[];
}

/** Whether a condition is a single test. */
export const isAtom = (when: When): when is Atom => Array.isArray(when);
