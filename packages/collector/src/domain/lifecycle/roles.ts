/**
 * Which part a stage plays on the map of a model: a step of the path, a place of silence, or a return.
 *
 * Read off the rules, so that any operator's model can be drawn without saying it twice.
 */
import { type Atom, isAtom, type LifecycleModel, type When } from "./grammar.ts";

/** `path`: reached by doing something; `quiet`: only by silence; `return`: only by coming back after silence. */
export type StageRole = "path" | "quiet" | "return";

/**
 * The role of every stage, in display order. A stage is quiet when each of its rules needs an `idle >=` test to hold, and
 * a return when each needs `sinceReturn <`.
 */
export function classifyStages(
  model: Pick<LifecycleModel, "stages" | "rules">,
): { stage: string; role: StageRole }[] {
  return model.stages.map((stage) => {
    const rules = model.rules.filter((rule) => rule.stage === stage);
    if (rules.every((rule) => needs(rule.when, isReturn))) return { stage, role: "return" };
    if (rules.every((rule) => needs(rule.when, isSilence))) return { stage, role: "quiet" };
    return { stage, role: "path" };
  });
}

const isReturn = (atom: Atom) => atom[0] === "sinceReturn";
const isSilence = (atom: Atom) => atom[0] === "idle" && atom[2] === ">=";

/** Whether the condition cannot hold without such a test holding. What a `not` needs is left open. */
function needs(when: When, isSuch: (atom: Atom) => boolean): boolean {
  if (when === true) return false;
  if (isAtom(when)) return isSuch(when);
  if ("all" in when) return when.all.some((part) => needs(part, isSuch));
  if ("any" in when) return when.any.every((part) => needs(part, isSuch));
  return false;
}
