/**
 * A life-cycle model while it is edited: stages and rules added, moved, renamed and taken away so that it stays a whole one.
 * Pure.
 */
import { isWhen, type Model, uses, type When } from "../conditions/condition.ts";
import type { Language } from "../words.ts";

export type ModelRule = Model["rules"][number];
type Labels = NonNullable<Model["labels"]>;

/** What silence makes a return, and how a score begins, where a rule asks for one and the model has none. */
const RETURN_GAP = "P90D";
const SCORE: NonNullable<Model["score"]> = {
  halfLife: "P30D",
  weights: { view_item: 1, add_to_cart: 5, newsletter_signup: 5 },
};

/** Something typed as a model when fields can be drawn for it; whether it makes sense is the collector's to say. */
export function asModel(raw: unknown): Model | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { id, stages, rules, score, labels, returnGap } = raw as Record<string, unknown>;
  const isWhole =
    typeof id === "string" &&
    Array.isArray(stages) &&
    stages.length > 0 &&
    stages.every((stage) => typeof stage === "string") &&
    Array.isArray(rules) &&
    rules.length > 0 &&
    rules.every((rule: Partial<ModelRule> | null) => typeof rule?.stage === "string" && isWhen(rule.when)) &&
    (returnGap === undefined || typeof returnGap === "string") &&
    (labels === undefined || (typeof labels === "object" && labels !== null)) &&
    (score === undefined || typeof (score as { weights?: unknown } | null)?.weights === "object");
  return isWhole ? (raw as Model) : undefined;
}

/** The list with the part at `place` moved by so many places. */
export function moved<T>(list: readonly T[], place: number, by: number): T[] {
  const part = list[place];
  const to = place + by;
  if (part === undefined || to < 0 || to >= list.length) return [...list];
  return list.toSpliced(place, 1).toSpliced(to, 0, part);
}

/** One more stage at the end, with a rule that leads to it: a stage without one would be refused. */
export function withStage(model: Model, label: string): Model {
  const stage = nameFor(label, model.stages);
  return {
    ...model,
    stages: [...model.stages, stage],
    labels: { ...model.labels, [stage]: label },
    rules: withRule(model.rules, stage),
  };
}

/** Without a stage and its rules. Who would have been left over goes to the first stage that remains. */
export function withoutStage(model: Model, stage: string): Model {
  const stages = model.stages.filter((name) => name !== stage);
  const last = model.rules.at(-1)!;
  const rules = model.rules.slice(0, -1).filter((rule) => rule.stage !== stage);
  const { [stage]: _gone, ...labels } = model.labels ?? {};
  return withLabels(
    { ...model, stages, rules: [...rules, last.stage === stage ? { ...last, stage: stages[0]! } : last] },
    labels,
  );
}

/** The stage under another name in this language; the name it has without a label takes the label away. */
export function renamed(
  model: Model,
  stage: string,
  language: Language,
  text: string,
  standard: string,
): Model {
  const own = model.labels?.[stage];
  const { [stage]: _old, ...others } = model.labels ?? {};
  if (text === standard || text === "") return withLabels(model, others);
  const isForAll = own === undefined || typeof own === "string";
  return withLabels(model, { ...others, [stage]: isForAll ? text : { ...own, [language]: text } });
}

/** What the model itself calls a stage; undefined when it leaves that to others. */
export function ownName(model: Model, stage: string, language: Language): string | undefined {
  const own = model.labels?.[stage];
  return typeof own === "string" ? own : (own?.[language] ?? own?.en);
}

/** A new rule on top, where no other one can have taken everybody before it; so narrow that it takes few from the others. */
export const withRule = (rules: readonly ModelRule[], stage: string): ModelRule[] => [
  { stage, when: ["orders", ">=", 10] },
  ...rules,
];

/** The model with what its rules rely on: a gap that makes a return, points for a score. */
export function completed(model: Model): Model {
  const needs = (tests: Parameters<typeof uses>[1]): boolean =>
    model.rules.some(({ when }) => uses(when, tests));
  return {
    ...model,
    ...(model.returnGap === undefined && needs(["sinceReturn", "ordersSinceReturn"])
      ? { returnGap: RETURN_GAP }
      : {}),
    ...(model.score === undefined && needs(["score"]) ? { score: SCORE } : {}),
  };
}

/** Stages no rule leads to. */
export const unreached = (model: Model): string[] =>
  model.stages.filter((stage) => !model.rules.some((rule) => rule.stage === stage));

/** The rule with another condition. */
export const ruled = (rules: readonly ModelRule[], place: number, when: When): ModelRule[] =>
  rules.with(place, { ...rules[place]!, when });

/** A name for programs made of one for people, which none of `taken` has. */
export function nameFor(label: string, taken: readonly string[]): string {
  const words = label
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  const name = words.slice(0, 36) || "stage";
  let free = name;
  for (let n = 2; taken.includes(free); n++) free = `${name}_${n}`;
  return free;
}

function withLabels(model: Model, labels: Labels): Model {
  const { labels: _before, ...rest } = model;
  return Object.keys(labels).length === 0 ? rest : { ...rest, labels };
}

/** What is wrong with a draft, told rule by rule; `rest` is what cannot be laid at a rule. */
export interface Troubles {
  rules: ReadonlyMap<number, { isNeverReached: boolean; text: string }>;
  rest: string;
}

/**
 * The collector's complaints about a model by the rule they are about.
 *
 * @example troublesIn("The model has a problem:\n  rules[6] (x: orders >= 1) is never reached: …") // rule 6 is never reached
 */
export function troublesIn(title: string): Troubles {
  const rules = new Map<number, { isNeverReached: boolean; text: string }>();
  const rest: string[] = [];
  const [, ...lines] = title.split("\n");
  for (const line of lines) {
    const [, place, text] = /^\s*rules\[(\d+)\]\S*\s+(?:\(.*?\) )?(.*)$/.exec(line) ?? [];
    if (place === undefined || text === undefined) rest.push(line.trim());
    else rules.set(Number(place), { isNeverReached: text.startsWith("is never reached"), text });
  }
  return { rules, rest: lines.length === 0 ? title : rest.join("\n") };
}
