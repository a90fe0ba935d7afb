/**
 * Rules an operator writes for their own site: checked when configured, run before the channel table.
 *
 * A rule is plain data, so that it can be stored, shown and sent between threads:
 * `{ "id": "club", "when": { "all": [{ "field": "referrerHost", "is": "club.example" }] }, "set": { "channel": "Affiliates" } }`
 */
import { SojournError } from "../../errors.ts";
import { CHANNELS, type Channel } from "./channel.ts";

export const RULE_FIELDS = ["source", "medium", "campaign", "referrerHost", "landing"] as const;
export type RuleField = (typeof RULE_FIELDS)[number];
export const RULE_TESTS = ["is", "in", "contains", "startsWith", "endsWith", "matches"] as const;

/** One look at one field; case never matters. An absent field is the empty text. `matches` is a regular expression. */
export type RuleTest = { field: RuleField } & (
  | { is: string }
  | { in: readonly string[] }
  | { contains: string }
  | { startsWith: string }
  | { endsWith: string }
  | { matches: string }
);
export type RuleCondition =
  | { all: readonly RuleCondition[] }
  | { any: readonly RuleCondition[] }
  | { not: RuleCondition }
  | RuleTest;

export interface OperatorRule {
  /** Stored with each decision as `operator:<id>`. */
  readonly id: string;
  readonly when: RuleCondition;
  readonly set: {
    readonly channel: Channel;
    readonly source?: string;
    readonly medium?: string;
    readonly campaign?: string;
  };
}

export type RuleFacts = Readonly<Record<RuleField, string>>;

const MAX_RULES = 500;
const MAX_DEPTH = 8;
const MAX_TEXT = 256;
const ID = /^[a-z0-9][a-z0-9_.-]{0,63}$/i;

/**
 * Checks an operator's rules, as read from JSON or YAML.
 *
 * @throws SojournError `bad_config` that names the rule, the place in it, and what was expected.
 */
export function parseOperatorRules(raw: unknown): readonly OperatorRule[] {
  if (!Array.isArray(raw)) throw wrong("rules", `is ${kindOf(raw)}`, "Give a list of rules, [] for none.");
  if (raw.length > MAX_RULES)
    throw wrong("rules", `has ${raw.length} entries`, `Keep at most ${MAX_RULES} rules.`);
  const seen = new Set<string>();
  return raw.map((rule: unknown, index) => {
    const parsed = parseRule(rule, `rules[${index}]`);
    if (seen.has(parsed.id))
      throw wrong(`rules[${index}].id`, `"${parsed.id}" is used twice`, "Give each rule an id of its own.");
    seen.add(parsed.id);
    return parsed;
  });
}

/** The first rule that applies, or `undefined`. */
export function matchOperatorRule(
  rules: readonly OperatorRule[],
  facts: RuleFacts,
): OperatorRule | undefined {
  return rules.find((rule) => holds(rule.when, facts));
}

function holds(condition: RuleCondition, facts: RuleFacts): boolean {
  if ("all" in condition) return condition.all.every((c) => holds(c, facts));
  if ("any" in condition) return condition.any.some((c) => holds(c, facts));
  if ("not" in condition) return !holds(condition.not, facts);
  const value = facts[condition.field].toLowerCase();
  if ("is" in condition) return value === condition.is.toLowerCase();
  if ("in" in condition) return condition.in.some((text) => value === text.toLowerCase());
  if ("contains" in condition) return value.includes(condition.contains.toLowerCase());
  if ("startsWith" in condition) return value.startsWith(condition.startsWith.toLowerCase());
  if ("endsWith" in condition) return value.endsWith(condition.endsWith.toLowerCase());
  return patternOf(condition).test(value);
}

/** Compiled once per rule, and forgotten with it. */
const patterns = new WeakMap<object, RegExp>();

function patternOf(test: { matches: string }): RegExp {
  let pattern = patterns.get(test);
  if (pattern === undefined) {
    pattern = new RegExp(test.matches, "iu");
    patterns.set(test, pattern);
  }
  return pattern;
}

function parseRule(raw: unknown, at: string): OperatorRule {
  const rule = record(raw, at, ["id", "when", "set"]);
  const id = rule.id;
  if (typeof id !== "string" || !ID.test(id)) {
    throw wrong(`${at}.id`, `is ${shown(id)}`, "Use 1 to 64 letters, digits, dots, hyphens or underscores.");
  }
  const when = parseCondition(rule.when, `${at}.when`, 0);
  const given = record(rule.set, `${at}.set`, ["channel", "source", "medium", "campaign"]);
  const channel = CHANNELS.find((c) => c.toLowerCase() === String(given.channel).toLowerCase());
  if (channel === undefined) {
    throw wrong(`${at}.set.channel`, `is ${shown(given.channel)}`, `Use one of: ${CHANNELS.join(", ")}.`);
  }
  const set: { channel: Channel; source?: string; medium?: string; campaign?: string } = { channel };
  if (given.source !== undefined) set.source = text(given.source, `${at}.set.source`).toLowerCase();
  if (given.medium !== undefined) set.medium = text(given.medium, `${at}.set.medium`).toLowerCase();
  if (given.campaign !== undefined) set.campaign = text(given.campaign, `${at}.set.campaign`);
  return { id, when, set };
}

function parseCondition(raw: unknown, at: string, depth: number): RuleCondition {
  if (depth > MAX_DEPTH)
    throw wrong(at, "is nested too deep", `Nest all, any and not at most ${MAX_DEPTH} deep.`);
  const condition = record(raw, at, ["all", "any", "not", "field", ...RULE_TESTS]);
  for (const group of ["all", "any"] as const) {
    if (!(group in condition)) continue;
    alone(condition, group, at);
    const parts = condition[group];
    if (!Array.isArray(parts) || parts.length === 0) {
      throw wrong(`${at}.${group}`, `is ${shown(parts)}`, "Give a list with at least one condition.");
    }
    const parsed = parts.map((part: unknown, i) => parseCondition(part, `${at}.${group}[${i}]`, depth + 1));
    return group === "all" ? { all: parsed } : { any: parsed };
  }
  if ("not" in condition) {
    alone(condition, "not", at);
    return { not: parseCondition(condition.not, `${at}.not`, depth + 1) };
  }
  return parseTest(condition, at);
}

function parseTest(condition: Record<string, unknown>, at: string): RuleTest {
  const field = RULE_FIELDS.find((f) => f === condition.field);
  if (field === undefined)
    throw wrong(`${at}.field`, `is ${shown(condition.field)}`, `Use one of: ${RULE_FIELDS.join(", ")}.`);
  const tests = RULE_TESTS.filter((test) => test in condition);
  const test = tests[0];
  if (test === undefined || tests.length > 1) {
    throw wrong(
      at,
      tests.length === 0 ? "compares with nothing" : `has ${tests.join(" and ")}`,
      `Use exactly one of: ${RULE_TESTS.join(", ")}.`,
    );
  }
  const given = condition[test];
  if (test === "in") {
    if (!Array.isArray(given) || given.length === 0)
      throw wrong(`${at}.in`, `is ${shown(given)}`, "Give a list of texts.");
    return { field, in: given.map((one: unknown, i) => text(one, `${at}.in[${i}]`, true)) };
  }
  const value = text(given, `${at}.${test}`, test === "is");
  if (test !== "matches") return { field, [test]: value } as RuleTest;
  try {
    new RegExp(value, "iu");
  } catch (cause) {
    throw wrong(
      `${at}.matches`,
      `is ${shown(value)}, which is no regular expression`,
      "Escape special characters with a backslash.",
      cause,
    );
  }
  return { field, matches: value };
}

function record(raw: unknown, at: string, allowed: readonly string[]): Record<string, unknown> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw wrong(at, `is ${shown(raw)}`, `Give an object with ${allowed.slice(0, 4).join(", ")}.`);
  }
  const unknown = Object.keys(raw).find((key) => !allowed.includes(key));
  if (unknown !== undefined)
    throw wrong(`${at}.${unknown}`, "is not known", `Known here: ${allowed.join(", ")}.`);
  return raw as Record<string, unknown>;
}

function alone(condition: Record<string, unknown>, key: string, at: string): void {
  const other = Object.keys(condition).find((k) => k !== key);
  if (other !== undefined)
    throw wrong(
      at,
      `has ${key} and ${other}`,
      "Put the second one inside the first, or in a condition of its own.",
    );
}

function text(raw: unknown, at: string, mayBeEmpty = false): string {
  const trimmed = typeof raw === "string" ? raw.trim() : undefined;
  if (trimmed === undefined || trimmed.length > MAX_TEXT || (trimmed === "" && !mayBeEmpty)) {
    throw wrong(
      at,
      `is ${shown(raw)}`,
      `Give a text of ${mayBeEmpty ? "at most" : "1 to"} ${MAX_TEXT} characters.`,
    );
  }
  return trimmed;
}

function wrong(at: string, what: string, hint: string, cause?: unknown): SojournError {
  return new SojournError(
    "bad_config",
    `Source rules: ${at} ${what}`,
    cause === undefined ? { hint } : { hint, cause },
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "string"
    ? `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`
    : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `${typeof value} ${String(value).slice(0, 60)}`;
}
