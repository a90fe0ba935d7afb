/**
 * An operator's channel rule in words, and the parts a rule can be made of. Pure.
 */
import type { Site } from "../api-shapes.ts";
import { say } from "../words.ts";

export type Rule = Site["settings"]["rules"][number];
type Condition = Rule["when"];
type Test = Extract<Condition, { field: string }>;
type Channel = Rule["set"]["channel"];

// Records, so that a field, a test or a channel the collector learns does not compile until it is here.
const FIELDS: Record<Test["field"], true> = {
  source: true,
  medium: true,
  campaign: true,
  referrerHost: true,
  landing: true,
};
const TESTS: Record<Exclude<KeyOf<Test>, "field" | "in">, true> = {
  is: true,
  contains: true,
  startsWith: true,
  endsWith: true,
  matches: true,
};
const ALL_CHANNELS: Record<Channel, true> = {
  Direct: true,
  "Cross-network": true,
  "Paid Shopping": true,
  "Paid Search": true,
  "Paid Social": true,
  "Paid Video": true,
  Display: true,
  "Paid Other": true,
  "Organic Shopping": true,
  "Organic Social": true,
  "Organic Video": true,
  "Organic Search": true,
  "AI Assistant": true,
  Referral: true,
  Email: true,
  Affiliates: true,
  Audio: true,
  SMS: true,
  "Mobile Push Notifications": true,
  Unassigned: true,
};
type KeyOf<T> = T extends unknown ? keyof T : never;

export const RULE_FIELDS = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
export const RULE_TESTS = Object.keys(TESTS) as (keyof typeof TESTS)[];
export const CHANNELS = Object.keys(ALL_CHANNELS) as Channel[];

/** A rule of one condition. Its id is made of what it says, and is none of `taken`. */
export function simpleRule(
  field: keyof typeof FIELDS,
  test: keyof typeof TESTS,
  value: string,
  channel: Channel,
  taken: readonly string[],
): Rule {
  const stem =
    `${channel}-${value}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 48) || "rule";
  let id = stem;
  for (let n = 2; taken.includes(id); n += 1) id = `${stem}-${n}`;
  return { id, when: { field, [test]: value } as Test, set: { channel } };
}

/** "Source is “club” and landing page begins with “/shop”". */
export function conditionWords(condition: Condition): string {
  if ("all" in condition) return condition.all.map(inner).join(` ${say("rule.and")} `);
  if ("any" in condition) return condition.any.map(inner).join(` ${say("rule.or")} `);
  if ("not" in condition) return `${say("rule.not")} (${conditionWords(condition.not)})`;
  const name = say(`rule.field.${condition.field}`);
  if ("in" in condition) return `${name} ${say("rule.in")} ${condition.in.map(quoted).join(", ")}`;
  const test = RULE_TESTS.find((one) => one in condition)!;
  return `${name} ${say(`rule.test.${test}`)} ${quoted((condition as Record<string, string>)[test]!)}`;
}

const inner = (condition: Condition): string =>
  "all" in condition || "any" in condition ? `(${conditionWords(condition)})` : conditionWords(condition);

const quoted = (text: string): string => `“${text}”`;
