/**
 * Life-cycle models as operators write them: checked, with every problem named at once.
 *
 * The entry to models: reading a file or an object, checking it, and what an editor needs to help with writing one.
 */
import { parse as parseYaml, YAMLParseError } from "yaml";
import { SojournError } from "../../errors.ts";
import { isObject, type Problem, quoted, type Report, readReturnGap, readScore, readWhen } from "./check.ts";
import { nameOf } from "./describe.ts";
import { LANGUAGES, type LifecycleModel, type Rule, type StageLabel } from "./grammar.ts";
import { type Unreachable, unreachableRules } from "./reach.ts";

export { compile } from "./compile.ts";
export { parseDuration } from "./duration.ts";
export type { LifecycleModel } from "./grammar.ts";
export { modelJsonSchema } from "./model-schema.ts";

/** The longest model file that is read, in UTF-16 code units. */
export const MODEL_FILE_MAX = 256 * 1024;

/** The most rules, and the most stages, a model may have. */
const RULES_MAX = 100;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$/u;
const KNOWN_KEYS = ["id", "version", "title", "stages", "returnGap", "score", "labels", "rules"];
// Notes for people and editors; not read. `seed` and `personal` say where the presets come from.
const NOTES = ["$schema", "about", "seed", "personal"];

/**
 * Checks a model and hands back a clean copy.
 *
 * @throws SojournError `bad_model` whose message lists every problem with its place, one a line
 */
export function parseModel(raw: unknown): LifecycleModel {
  const { model, problems } = checkModel(raw);
  if (model !== undefined) return model;
  throw new SojournError("bad_model", `The model has ${said(problems)}`, {
    hint: "Correct the lines named above; `sojourn model show reach-loyalty` prints a model that works.",
  });
}

/** As {@link parseModel}, with the problems as a list instead of an error. Exactly one of the two comes back filled. */
export function checkModel(raw: unknown): { model?: LifecycleModel; problems: Problem[] } {
  const problems: Problem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  if (!isObject(raw)) {
    report("model", `must be an object with id, version, stages and rules; it is ${quoted(raw)}`);
    return { problems };
  }
  for (const key of Object.keys(raw)) {
    if (!KNOWN_KEYS.includes(key) && !NOTES.includes(key)) {
      report(key, `is unknown here; there are ${KNOWN_KEYS.join(", ")}`);
    }
  }

  const { id, version, title } = raw;
  if (typeof id !== "string" || !NAME.test(id))
    report("id", `${quoted(id)} must be a name of letters, digits, _ and -, at most 40`);
  if (!Number.isSafeInteger(version) || (version as number) < 1)
    report("version", `${quoted(version)} must be a whole number from 1`);
  if (title !== undefined && typeof title !== "string") report("title", "must be a text");

  const stages = readStages(raw.stages, report);
  const returnGap = raw.returnGap === undefined ? undefined : readReturnGap(raw.returnGap, report);
  const score = raw.score === undefined ? undefined : readScore(raw.score, report);
  const labels = raw.labels === undefined ? undefined : readLabels(raw.labels, stages, report);
  const rules = readRules(raw, stages, report);
  if (rules !== undefined) reportUnreachable(rules, report);
  if (problems.length > 0 || rules === undefined) return { problems };

  const model: LifecycleModel = { id: id as string, version: version as number, stages, rules };
  if (title !== undefined) model.title = title as string;
  if (returnGap !== undefined) model.returnGap = returnGap;
  if (score !== undefined) model.score = score;
  if (labels !== undefined) model.labels = labels;
  return { model, problems };
}

/**
 * Reads a model file: YAML, or JSON, which is YAML too.
 *
 * @param fallback id for a file that names none (its file name, say); such a file may leave out the version too, which then is 1
 * @throws SojournError `bad_model` with the line of a mistake in the notation, or with every problem of the model
 */
export function loadModelText(text: string, fallback?: { id: string }): LifecycleModel {
  if (text.length > MODEL_FILE_MAX) {
    throw new SojournError("bad_model", `The model file has ${text.length} characters`, {
      hint: `A model is at most ${MODEL_FILE_MAX} characters long.`,
    });
  }
  const raw = parseNotation(text);
  if (fallback === undefined || !isObject(raw)) return parseModel(raw);
  return parseModel({ id: fallback.id, version: 1, ...raw });
}

function parseNotation(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    const where = cause instanceof YAMLParseError && cause.linePos ? ` in line ${cause.linePos[0].line}` : "";
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new SojournError("bad_model", `The model file cannot be read${where}: ${why}`, {
      hint: 'Write it as YAML or JSON. In YAML an operator such as ">=" has to stand in quotes.',
      cause,
    });
  }
}

function readStages(raw: unknown, report: Report): string[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    report("stages", "must list the stages in the sequence they are shown in");
    return [];
  }
  if (raw.length > RULES_MAX) {
    report("stages", `are ${raw.length}; a model has at most ${RULES_MAX}`);
    return [];
  }
  for (const [i, stage] of raw.entries()) {
    if (typeof stage !== "string" || !NAME.test(stage)) {
      report(`stages[${i}]`, `${quoted(stage)} must be a name of letters, digits, _ and -, at most 40`);
    } else if (raw.indexOf(stage) < i) report(`stages[${i}]`, `"${stage}" is listed twice`);
  }
  return raw.filter((stage) => typeof stage === "string");
}

function readRules(
  raw: Record<string, unknown>,
  stages: readonly string[],
  report: Report,
): Rule[] | undefined {
  if (!Array.isArray(raw.rules) || raw.rules.length === 0) {
    report("rules", "must list the rules; the first that holds gives the stage");
    return undefined;
  }
  if (raw.rules.length > RULES_MAX) {
    report("rules", `are ${raw.rules.length}; a model has at most ${RULES_MAX}`);
    return undefined;
  }
  const score = isObject(raw.score) ? { fades: raw.score.halfLife !== undefined } : null;
  const allowed = { returnGap: raw.returnGap !== undefined, score };
  const rules: Rule[] = [];
  for (const [i, rule] of raw.rules.entries()) {
    const path = `rules[${i}]`;
    if (!isObject(rule)) {
      report(path, "must be { stage, when }");
      continue;
    }
    for (const key of Object.keys(rule))
      if (key !== "stage" && key !== "when")
        report(`${path}.${key}`, "is unknown here; there are stage, when");
    const isListed = typeof rule.stage === "string" && stages.includes(rule.stage);
    if (!isListed)
      report(`${path}.stage`, `${quoted(rule.stage)} is not among the stages ${stages.join(", ")}`);
    const when = readWhen(rule.when, `${path}.when`, allowed, report);
    if (isListed && when !== undefined) rules.push({ stage: rule.stage as string, when });
  }
  if (isObject(raw.rules.at(-1)) && (raw.rules.at(-1) as { when?: unknown }).when !== true) {
    report(
      `rules[${raw.rules.length - 1}]`,
      "is the last rule and must be { stage, when: true }, so that everybody has a stage",
    );
  }
  if (rules.length < raw.rules.length) return undefined;

  for (const [i, stage] of stages.entries()) {
    if (!rules.some((rule) => rule.stage === stage)) report(`stages[${i}]`, `no rule leads to "${stage}"`);
  }
  return rules;
}

function reportUnreachable(rules: readonly Rule[], report: Report): void {
  for (const [i, reason] of unreachableRules(rules)) {
    report(`rules[${i}]`, `(${nameOf(rules[i] as Rule)}) ${whyUnreachable(reason, rules)}`);
  }
}

function whyUnreachable(reason: Unreachable, rules: readonly Rule[]): string {
  if (reason.why === "contradiction") return "can never hold: its tests exclude each other";
  if (reason.why === "covered") return "is never reached: whenever it holds, one of the rules before it does";
  const earlier = rules[reason.by] as Rule;
  if (earlier.when === true) return `is never reached: rules[${reason.by}] before it always holds`;
  return `is never reached: whenever it holds, rules[${reason.by}] (${nameOf(earlier)}) before it holds too; put the narrower rule, or the longer duration, first`;
}

function readLabels(
  raw: unknown,
  stages: readonly string[],
  report: Report,
): Record<string, StageLabel> | undefined {
  if (!isObject(raw)) {
    report("labels", "must give names per stage, such as { lapsed: { en: Lapsed, de: Inaktiv } }");
    return undefined;
  }
  const labels: [string, StageLabel][] = [];
  for (const [stage, label] of Object.entries(raw)) {
    const path = `labels.${stage}`;
    if (!stages.includes(stage)) report(path, "is not among the stages");
    const byLanguage = isObject(label) ? Object.entries(label) : [["en", label] as const];
    for (const [language, text] of byLanguage) {
      if (!LANGUAGES.some((l) => l === language))
        report(`${path}.${language}`, `is no language we have; there are ${LANGUAGES.join(", ")}`);
      if (typeof text !== "string" || text.trim() === "" || text.length > 60)
        report(`${path}.${language}`, "must be a text of 1 to 60 characters");
    }
    labels.push([stage, label as StageLabel]);
  }
  return Object.fromEntries(labels);
}

function said(problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message }) => `\n  ${path} ${message}`).join("");
  return `${problems.length === 1 ? "a problem" : `${problems.length} problems`}:${lines}`;
}
