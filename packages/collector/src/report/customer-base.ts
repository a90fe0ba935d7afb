/**
 * The base of customers: who was in it at both ends of a period, who was quiet, and who came back.
 */
import { type Atom, isAtom, type LifecycleModel, type When } from "../domain/lifecycle/grammar.ts";
import { classifyStages } from "../domain/lifecycle/roles.ts";
import type { FigureSubject } from "./figures.ts";
import type { Period } from "./period.ts";
import { stageCountsAt } from "./series.ts";

/** The base of customers at both ends, and those who were quiet. */
export async function baseOf(
  { reads, site, model, who, now }: FigureSubject,
  period: Period,
  customers: number,
) {
  const roles = new Map(classifyStages(model.model).map(({ stage, role }) => [stage, role]));
  const ordered = customerStages(model.model);
  const inBase = (stage: string) => ordered.has(stage) && roles.get(stage) !== "quiet";
  const isQuiet = (stage: string) => roles.get(stage) === "quiet";
  const sumOf = (counts: Map<string, number>, test: (stage: string) => boolean) =>
    [...counts].reduce((sum, [stage, people]) => sum + (test(stage) ? people : 0), 0);

  const counts = await stageCountsAt(reads, site, model, period.fromAt - 1, who);
  const atEnd = await stageCountsAt(reads, site, model, period.toAt > now ? null : period.toAt - 1, who);
  const ends = new Map<number, { from: string | null; to: string }>();
  const reactivated = new Set<number>();
  for (const [person, from, to] of await reads.eachMove(
    site,
    model,
    { from: period.fromAt, to: period.toAt },
    who,
    model.model.stages.filter((stage) => inBase(stage) || isQuiet(stage)),
  )) {
    let end = ends.get(person);
    if (end === undefined) {
      end = { from, to };
      ends.set(person, end);
    } else end.to = to;
    if (end.from !== null && isQuiet(end.from) && !isQuiet(to)) reactivated.add(person);
  }
  let lost = 0;
  for (const { from, to } of ends.values()) if (from !== null && inBase(from) && !inBase(to)) lost += 1;
  const everybody = [...atEnd.values()].reduce((sum, people) => sum + people, 0);
  return {
    start: sumOf(counts, inBase),
    end: sumOf(atEnd, inBase),
    lost,
    quiet: sumOf(counts, isQuiet),
    reactivated: reactivated.size,
    neverOrdered: Math.max(0, everybody - customers),
  };
}

/** Stages that nobody reaches without an order. */
export function customerStages(model: Pick<LifecycleModel, "stages" | "rules">): Set<string> {
  const needsOrder = (when: When): boolean => {
    if (when === true) return false;
    if (isAtom(when)) return isAboutOrders(when);
    if ("all" in when) return when.all.some(needsOrder);
    if ("any" in when) return when.any.every(needsOrder);
    return false;
  };
  return new Set(
    model.stages.filter((stage) =>
      model.rules.filter((rule) => rule.stage === stage).every((rule) => needsOrder(rule.when)),
    ),
  );
}

function isAboutOrders(atom: Atom): boolean {
  switch (atom[0]) {
    case "orders":
    case "ordersSinceReturn":
      return isAtLeastOne(atom[1], atom[2]);
    case "ordersWithin":
    case "revenue":
      return isAtLeastOne(atom[2], atom[3]);
    case "idle":
      return atom[1] === "order";
    default:
      return false;
  }
}

const isAtLeastOne = (op: string, n: number): boolean =>
  ((op === ">=" || op === "==") && n >= 1) || (op === ">" && n >= 0) || (op === "!=" && n === 0);
