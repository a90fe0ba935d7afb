/**
 * Who belongs to a segment: everybody for whom a rule of the life-cycle grammar holds now.
 */
import { type Allowed, type Problem, readReturnGap, readScore, readWhen } from "../domain/lifecycle/check.ts";
import { compile, viewOf } from "../domain/lifecycle/compile.ts";
import type { Facts } from "../domain/lifecycle/facts.ts";
import type { LifecycleModel, ScoreTable, When } from "../domain/lifecycle/grammar.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, Reads, SiteView, Who } from "../store/port.ts";

/** A rule as it is saved: a condition, with the return gap and the score table it may need (else the model's). */
export interface SegmentRule {
  when: When;
  returnGap?: string;
  score?: ScoreTable;
}

/** People are judged in pages of so many. */
const PAGE = 1_000;

/** Checks a rule from outside, `{ when, returnGap?, score? }` or the condition alone. Throws `bad_input` that lists every problem. */
export function parseSegmentRule(raw: unknown, model: ModelView): SegmentRule {
  const isWhole = typeof raw === "object" && raw !== null && !Array.isArray(raw) && "when" in raw;
  const source = (isWhole ? raw : { when: raw }) as { when: unknown; returnGap?: unknown; score?: unknown };
  const problems: Problem[] = [];
  const report = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  const returnGap = source.returnGap === undefined ? undefined : readReturnGap(source.returnGap, report);
  const score = source.score === undefined ? undefined : readScore(source.score, report);
  const table = score ?? model.model.score;
  const allowed: Allowed = {
    returnGap: (returnGap ?? model.model.returnGap) !== undefined,
    score: table === undefined ? null : { fades: table.halfLife !== undefined },
  };
  const when = readWhen(source.when, "when", allowed, report);
  if (when === undefined || problems.length > 0) {
    throw new SojournError(
      "bad_input",
      `The rule is not sound: ${problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
      { hint: 'For example {"all": [["orders", ">=", 1], ["idle", "order", ">=", "P90D"]]}.' },
    );
  }
  return {
    when,
    ...(returnGap === undefined ? {} : { returnGap }),
    ...(score === undefined ? {} : { score }),
  };
}

/** The rule of a saved segment. Throws `not_found`. */
export async function savedRule(reads: Reads, site: SiteView, name: string): Promise<SegmentRule> {
  const found = (await reads.segments(site)).find((segment) => segment.name === name);
  if (found === undefined) {
    throw new SojournError("not_found", `Site "${site.id}" has no segment "${name.slice(0, 100)}"`, {
      hint: "List them: sojourn segment list.",
    });
  }
  return JSON.parse(found.rule) as SegmentRule;
}

/** Keys of the people for whom the rule holds at `now`, ascending. */
export async function membersOf(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  rule: SegmentRule,
  now: EpochMs,
): Promise<number[]> {
  const [members] = await membersOfAll(reads, site, model, [rule], now);
  return members!;
}

/** The same for several rules in one pass over everybody. */
export async function membersOfAll(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  rules: readonly SegmentRule[],
  now: EpochMs,
): Promise<number[][]> {
  const tests = rules.map((rule) => testOf(model, rule));
  const members: number[][] = rules.map(() => []);
  for await (const page of everybody(reads, site, null)) {
    for (const { person, facts } of page) {
      for (let place = 0; place < tests.length; place++) {
        if (tests[place]!(facts, now)) members[place]!.push(person);
      }
    }
  }
  return members;
}

/** Everybody's facts, page by page, by ascending key. */
export async function* everybody(
  reads: Reads,
  site: SiteView,
  who: Who | null,
): AsyncGenerator<readonly { person: number; facts: Facts }[]> {
  let after = 0;
  for (;;) {
    const page = await reads.factsAfter(site, after, PAGE, who);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.person;
  }
}

function testOf(model: ModelView, rule: SegmentRule): (facts: Facts, now: EpochMs) => boolean {
  const returnGap = rule.returnGap ?? model.model.returnGap;
  const score = rule.score ?? model.model.score;
  const asModel: LifecycleModel = {
    id: "segment",
    version: 1,
    stages: ["in", "out"],
    ...(returnGap === undefined ? {} : { returnGap }),
    ...(score === undefined ? {} : { score }),
    rules: [
      { stage: "in", when: rule.when },
      { stage: "out", when: true },
    ],
  };
  const compiled = compile(asModel, (quantile) => model.calibration[quantile.toFixed(2)]);
  const { holds } = compiled.rules[0]!;
  return (facts, now) => facts.n > 0 && holds(viewOf(compiled, facts), now);
}
