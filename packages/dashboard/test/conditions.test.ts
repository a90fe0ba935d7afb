import { TOUCHPOINT_KINDS } from "@sojourn/sdk/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkModel } from "../../collector/src/domain/lifecycle/model.ts";
import { PRESET_IDS, presetModel } from "../../collector/src/domain/lifecycle/presets.ts";
import {
  type Atom,
  extended,
  groupOf,
  isWhen,
  type Model,
  newAtom,
  rejoined,
  TESTS,
  type When,
  without,
} from "../src/conditions/condition.ts";
import { isoOf, measured, spanOf } from "../src/conditions/time.ts";
import {
  asModel,
  completed,
  moved,
  nameFor,
  ownName,
  renamed,
  troublesIn,
  unreached,
  withoutStage,
  withRule,
  withStage,
} from "../src/settings/model-draft.ts";
import { KINDS } from "../src/words/condition-words.ts";

const presets = PRESET_IDS.map((id) => presetModel(id)!);
const model = (): Model => structuredClone(presetModel("reach-loyalty")!);
const problemsOf = (draft: Model): string[] =>
  checkModel(draft).problems.map(({ path, message }) => `${path} ${message}`);

const orders: Atom = ["orders", ">=", 1];
const visits: Atom = ["visits", ">=", 2];

describe("a condition in fields", () => {
  test("every test one can choose begins as one that the collector takes", () => {
    for (const name of TESTS) {
      const rules: Model["rules"] = [
        { stage: "b", when: newAtom(name, "EUR") },
        { stage: "a", when: true },
      ];
      const draft = completed({ id: "m", version: 1, stages: ["a", "b"], rules });
      expect([name, problemsOf(draft)]).toEqual([name, []]);
    }
  });

  test("fields can be drawn for every rule of every ready-made model", () => {
    for (const preset of presets) {
      expect(asModel(JSON.parse(JSON.stringify(preset)))).toEqual(preset);
    }
  });

  test("no fields are drawn for what is no condition", () => {
    const wrong = [
      null,
      false,
      1,
      "orders",
      {},
      { all: [] },
      { some: [orders] },
      { all: [orders], any: [orders] },
      { not: [] },
      [],
      ["orders"],
      ["nothing", ">=", 1],
      { any: [orders, { all: ["x"] }] },
    ];
    for (const raw of wrong) expect([raw, isWhen(raw)]).toEqual([raw, false]);
  });

  test("one more test makes a group, and taking it away leaves what was there", () => {
    expect(extended(orders, visits)).toEqual({ all: [orders, visits] });
    expect(extended({ any: [orders] }, visits)).toEqual({ any: [orders, visits] });
    expect(extended({ not: orders }, visits)).toEqual({ all: [{ not: orders }, visits] });
    expect(extended(true, visits)).toEqual(visits);
    expect(without({ all: [orders, visits] }, 1)).toEqual(orders);
    expect(without({ any: [orders, visits, orders] }, 0)).toEqual({ any: [visits, orders] });
    expect(without({ not: orders }, 0)).toBeUndefined();
  });

  test("a group keeps its parts whichever way they are joined", () => {
    const group = { all: [orders, visits] };
    expect(rejoined(group, "any")).toEqual({ any: [orders, visits] });
    const denied = rejoined(group, "not") as Exclude<When, true | Atom>;
    expect(denied).toEqual({ not: { all: [orders, visits] } });
    expect(rejoined(denied, "any")).toEqual({ any: [orders, visits] });
    expect(rejoined({ any: [orders] }, "not")).toEqual({ not: orders });
    expect(groupOf("not", [orders])).toEqual({ not: orders });
  });

  test("every kind of touchpoint has a name for people", () => {
    expect([...KINDS].sort()).toEqual([...TOUCHPOINT_KINDS].sort());
  });
});

describe("a time in fields", () => {
  test.each([
    ["P180D", { n: 180, unit: "days" }],
    ["P2W", { n: 2, unit: "weeks" }],
    ["P1W1D", { n: 8, unit: "days" }],
    ["PT36H", { n: 36, unit: "hours" }],
    ["P1DT12H", { n: 36, unit: "hours" }],
    ["PT24H", { n: 1, unit: "days" }],
    ["PT90M", { n: 90, unit: "minutes" }],
  ] as const)("%s is shown exactly", (iso, span) => {
    expect(spanOf(iso)).toEqual(span);
  });

  test("is written as it is read", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999 }),
        fc.constantFrom("days" as const, "weeks" as const, "hours" as const, "minutes" as const),
        (n, unit) => {
          const iso = isoOf({ n, unit });
          expect(isoOf(spanOf(iso)) === iso || spanOf(iso).unit !== unit).toBe(true);
          const minutes = { days: 1_440, weeks: 10_080, hours: 60, minutes: 1 };
          const shown = spanOf(iso);
          expect(shown.n * minutes[shown.unit]).toBe(n * minutes[unit]);
        },
      ),
    );
  });

  test("keeps its limits when it is measured by another rhythm", () => {
    const own = { own: 2, min: "P10D", max: "P90D", from: 3, else: "P60D" };
    expect(measured(own, "own")).toBe(own);
    expect(measured(own, "fixed")).toBe("P90D");
    expect(measured(own, "quantile")).toEqual({ quantile: 0.9, min: "P10D", max: "P90D" });
    expect(measured("P180D", "own")).toMatchObject({ max: "P180D", else: "P180D" });
  });
});

describe("a draft of a life cycle", () => {
  test("stays one the collector takes, whatever stages are added, moved and taken away", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("add" as const),
        name: fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
      }),
      fc.record({ kind: fc.constant("remove" as const), place: fc.nat(20) }),
      fc.record({ kind: fc.constant("move" as const), place: fc.nat(20), by: fc.constantFrom(-1, 1) }),
      fc.record({
        kind: fc.constant("rename" as const),
        place: fc.nat(20),
        name: fc.constantFrom("Freunde", "Venner", ""),
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...presets), fc.array(step, { maxLength: 8 }), (preset, steps) => {
        let draft: Model = structuredClone(preset);
        let isNew = 0;
        for (const one of steps) {
          if (one.kind === "add" && one.name.trim() !== "" && isNew === 0) {
            draft = withStage(draft, one.name.trim());
            isNew += 1;
          } else if (one.kind === "remove" && draft.stages.length > 1) {
            draft = withoutStage(draft, draft.stages[one.place % draft.stages.length]!);
          } else if (one.kind === "move") {
            draft = { ...draft, stages: moved(draft.stages, one.place % draft.stages.length, one.by) };
          } else if (one.kind === "rename") {
            draft = renamed(draft, draft.stages[one.place % draft.stages.length]!, "de", one.name, "x");
          }
        }
        // Taking a stage away may leave a stage without a rule when the rule for everybody goes to another; nothing else.
        const others = problemsOf(draft).filter(
          (problem) => !/no rule leads to|is never reached/.test(problem),
        );
        expect(others).toEqual([]);
        expect(draft.rules.at(-1)!.when).toBe(true);
        expect(new Set(draft.stages).size).toBe(draft.stages.length);
        expect(problemsOf(draft).filter((problem) => /no rule leads to/.test(problem))).toHaveLength(
          unreached(draft).length,
        );
      }),
    );
  });

  test("a new stage comes with a rule that can be reached", () => {
    const draft = withStage(model(), "Friends & family");
    expect(draft.stages.at(-1)).toBe("friends_family");
    expect(ownName(draft, "friends_family", "da")).toBe("Friends & family");
    expect(problemsOf(draft)).toEqual([]);
    expect(problemsOf({ ...draft, rules: withRule(model().rules, "loyalty") })[0]).toContain(
      "no rule leads to",
    );
  });

  test("who was left over goes to the first stage that remains", () => {
    const draft = withoutStage(model(), "reach");
    expect(draft.rules.at(-1)).toEqual({ stage: "acquisition", when: true });
  });

  test("a name is changed in one language, for all when there was one name for all, and taken back", () => {
    const named = renamed(model(), "loyalty", "de", "Freunde", "Loyalität");
    expect(ownName(named, "loyalty", "en")).toBe("Freunde");
    const perLanguage = { ...model(), labels: { loyalty: { en: "Friends", de: "Freunde" } } };
    expect(renamed(perLanguage, "loyalty", "de", "Kumpel", "Loyalität").labels).toEqual({
      loyalty: { en: "Friends", de: "Kumpel" },
    });
    expect(renamed(named, "loyalty", "de", "Loyalität", "Loyalität")).toEqual(model());
  });

  test("names for programs are free, and of letters the collector takes", () => {
    expect(nameFor("Stamm-Kunden!", [])).toBe("stamm_kunden");
    expect(nameFor("Købere", ["købere"])).toBe("købere_2");
    expect(nameFor("???", [])).toBe("stage");
    expect(nameFor("عملاء دائمون", [])).toBe("عملاء_دائمون");
  });

  test("complaints are laid at the rule they are about", () => {
    const draft = { ...model(), rules: [{ stage: "reach", when: orders }, ...model().rules] };
    const { problems } = checkModel(draft);
    const title = `The model has problems:${problems.map(({ path, message }) => `\n  ${path} ${message}`).join("")}`;
    const troubles = troublesIn(title);
    expect(troubles.rest).toBe("");
    expect(troubles.rules.size).toBe(problems.length);
    expect([...troubles.rules.values()].every(({ isNeverReached }) => isNeverReached)).toBe(true);
    expect(troublesIn("The model has a problem:\n  id is wrong").rest).toBe("id is wrong");
    expect(troublesIn("")).toEqual({ rules: new Map(), rest: "" });
  });
});
