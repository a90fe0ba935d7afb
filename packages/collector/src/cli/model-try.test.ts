import { describe, expect, test } from "vitest";
import { presetModel } from "../domain/lifecycle/presets.ts";
import { isoOf, linesOf, WORKED_CASES } from "../domain/lifecycle/test/worked-cases.ts";
import { modelNamed, readTime, type TryOutcome, tryModel } from "./model-try.ts";

const noFile = (path: string): string => {
  throw new Error(`${path} was opened`);
};
const daysIn = (day: number) => Date.parse(isoOf(day));
const stageIn = (outcome: TryOutcome) =>
  outcome.kind === "answer" ? outcome.answer.stage : outcome.problems;

/** Sorted, reversed, and five shuffles that are the same in every run. */
function sequencesOf<T>(items: readonly T[]): T[][] {
  const shuffles = [1, 2, 3, 4, 5].map((seed) => {
    let state = seed * 2_654_435_761;
    const keyed = items.map((item) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return { item, key: state };
    });
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  });
  return [[...items], [...items].reverse(), ...shuffles];
}

describe("the worked histories", () => {
  test.each(WORKED_CASES)("$preset: $title", (worked) => {
    const model = modelNamed(worked.preset, noFile);
    let from: string | null = null;
    const transitions = worked.transitions.map(([day, to, cause]) => {
      const transition = {
        at: isoOf(day),
        from,
        to,
        cause,
        rule: expect.stringMatching(new RegExp(`^${to}: `)),
      };
      from = to;
      return transition;
    });
    for (const lines of sequencesOf(linesOf(worked))) {
      expect(tryModel(model, lines, { at: daysIn(worked.askedOn) })).toEqual({
        kind: "answer",
        answer: {
          stage: worked.stage,
          transitions,
          nextDue: worked.nextDue === null ? null : isoOf(worked.nextDue),
        },
      });
      for (const { on, stage } of worked.asKnown ?? []) {
        expect(stageIn(tryModel(model, lines, { at: daysIn(on), knownAt: daysIn(on) }))).toBe(stage);
      }
    }
  });

  test("are thirty", () => expect(WORKED_CASES).toHaveLength(30));
});

describe("a history to try", () => {
  const model = modelNamed("reach-loyalty", noFile);
  const good = { id: "a", kind: "page_view", at: "2025-01-01T00:00:00Z" };
  const reasonFor = (line: string) => {
    const outcome = tryModel(model, [JSON.stringify(good), "", line], { at: daysIn(9) });
    return outcome.kind === "refused" ? outcome.problems : [];
  };

  test.each<[string, string, string]>([
    ["no JSON", "{", "not JSON"],
    ["a number", "7", "JSON object"],
    ["no id", '{"kind":"share","at":1}', "id"],
    ["no kind", '{"id":"x","at":1}', "kind"],
    ["a kind in capitals", '{"id":"x","kind":"Share","at":1}', "kind"],
    ["no time", '{"id":"x","kind":"share"}', "at must be"],
    ["a day that does not exist", '{"id":"x","kind":"share","at":"2025-02-30"}', "at must be"],
    ["a wrong time of arrival", '{"id":"x","kind":"share","at":1,"receivedAt":"soon"}', "receivedAt"],
    ["a purchase without its number", '{"id":"x","kind":"purchase","at":1}', "number of its order"],
    ["a refund without its number", '{"id":"x","kind":"refund","at":1}', "number of its order"],
    ["a comma in an amount", '{"id":"x","kind":"purchase","order":"1","at":1,"value":"5,00"}', "value"],
    ["a negative amount", '{"id":"x","kind":"purchase","order":"1","at":1,"value":-5}', "value"],
    [
      "a currency in words",
      '{"id":"x","kind":"purchase","order":"1","at":1,"value":5,"currency":"euro"}',
      "currency",
    ],
    ["six stars", '{"id":"x","kind":"review","at":1,"rating":6}', "rating"],
    ["an unknown survey", '{"id":"x","kind":"survey_response","at":1,"survey":"ces","score":1}', "survey"],
    ["eleven of ten", '{"id":"x","kind":"survey_response","at":1,"survey":"nps","score":11}', "score"],
    ["nested traits", '{"id":"x","kind":"identify","at":1,"traits":{"a":{}}}', "traits"],
  ])("with %s is refused, naming the line", (_, line, reason) => {
    expect(reasonFor(line)).toEqual([{ line: 3, reason: expect.stringContaining(reason) }]);
  });

  test("names every bad line, not only the first", () => {
    const outcome = tryModel(model, ["{", JSON.stringify(good), "[]"], { at: 0 });
    expect(outcome.kind === "refused" && outcome.problems.map(({ line }) => line)).toEqual([1, 3]);
  });

  test("never repeats the visitor's data in a reason", () => {
    expect(JSON.stringify(reasonFor('{"secret":"jane@example.org"'))).not.toContain("jane");
  });

  test("of nobody has no stage", () => {
    expect(tryModel(model, [], { at: 0 })).toEqual({
      kind: "answer",
      answer: { stage: null, transitions: [], nextDue: null },
    });
  });

  test("may use epoch milliseconds, numbers as order numbers, null for what is missing, and fields of other tools", () => {
    const line =
      '{"id":7,"kind":"purchase","at":1735689600000,"order":1001,"value":"59.90","currency":"eur","rating":null,"visitor":"v","url":"https://shop.example/"}';
    const again = line.replace('"id":7', '"id":8').replace("1001", '"1001"');
    expect(stageIn(tryModel(model, [line, again], { at: daysIn(1) }))).toBe("conversion");
  });

  test("compares amounts exactly: three refunds of a third void the order", () => {
    const lines = [
      '{"id":"p","kind":"purchase","at":1,"order":"1","value":0.3,"currency":"EUR"}',
      ...["a", "b", "c"].map(
        (id) => `{"id":"${id}","kind":"refund","at":2,"order":"1","value":0.1,"currency":"EUR"}`,
      ),
    ];
    expect(stageIn(tryModel(model, lines, { at: 1 }))).toBe("conversion");
    expect(stageIn(tryModel(model, lines, { at: 2 }))).toBe("reach");
  });
});

describe("the model to try", () => {
  test("is a preset by name, and a file by its path", () => {
    const text = JSON.stringify({ ...presetModel("customer-base"), id: undefined, version: undefined });
    expect(modelNamed("customer-base", noFile).id).toBe("customer-base");
    expect(modelNamed("models/our shop.json", () => text)).toMatchObject({ id: "our-shop", version: 1 });
    expect(() => modelNamed("custmer-base", noFile)).toThrow("neither a preset nor");
  });
});

describe("a time", () => {
  test.each<[unknown, number | undefined]>([
    ["2025-01-01T00:00:00.000Z", Date.UTC(2025, 0, 1)],
    ["2025-01-01T01:00:00+01:00", Date.UTC(2025, 0, 1)],
    ["2024-12-31T19:30:00-0430", Date.UTC(2025, 0, 1)],
    ["2025-01-01", Date.UTC(2025, 0, 1)],
    ["2025-01-01T00:00", Date.UTC(2025, 0, 1)],
    ["2025-01-01 00:00:00.123456", Date.UTC(2025, 0, 1, 0, 0, 0, 123)],
    ["2025-01-01T00:00:00.5Z", Date.UTC(2025, 0, 1, 0, 0, 0, 500)],
    ["1735689600000", Date.UTC(2025, 0, 1)],
    [1_735_689_600_000, Date.UTC(2025, 0, 1)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
    ["2025-02-29", undefined],
    ["2025-13-01", undefined],
    ["2025-01-01T24:00:00Z", undefined],
    ["01.02.2025", undefined],
    ["", undefined],
    [1.5, undefined],
    [9e15, undefined],
    [null, undefined],
  ])("%j", (raw, ms) => expect(readTime(raw)).toBe(ms));
});
