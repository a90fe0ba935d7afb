import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromJSONSchema } from "zod";
import { SojournError } from "../../errors.ts";
import type { Touchpoint } from "../touchpoint.ts";
import { BEGIN, checked, histories, models, ruleLists } from "./arbitrary-histories.ts";
import { limitOf } from "./duration.ts";
import { LANGUAGES, type LifecycleModel } from "./grammar.ts";
import { historyOf } from "./history.ts";
import { label, modelLabel } from "./labels.ts";
import { checkModel, compile, loadModelText, modelJsonSchema, parseDuration, parseModel } from "./model.ts";
import { DEFAULT_PRESET, PRESET_IDS, presetModel } from "./presets.ts";
import { unreachableRules } from "./reach.ts";
import { classifyStages } from "./roles.ts";
import { referenceStage } from "./test/reference.ts";

const DAY_MS = 86_400_000;
const reachLoyalty = () => presetModel("reach-loyalty") as LifecycleModel;
const problemsOf = (change: Record<string, unknown>) =>
  checkModel({ id: "mine", version: 1, stages: ["a", "b"], rules: [], ...change }).problems.map(
    ({ path, message }) => `${path} ${message}`,
  );
const problemsOfTest = (atom: unknown, more: Record<string, unknown> = {}) =>
  problemsOf({
    rules: [
      { stage: "a", when: atom },
      { stage: "b", when: true },
    ],
    ...more,
  });

describe("presets", () => {
  test.each(PRESET_IDS)("%s passes the check and comes back from it unchanged", (id) => {
    expect(parseModel(presetModel(id))).toEqual(presetModel(id));
  });

  test.each(PRESET_IDS)("%s has a label of its own for every stage and itself in every language", (id) => {
    const model = presetModel(id) as LifecycleModel;
    for (const language of LANGUAGES) {
      const labels = model.stages.map((stage) => label(stage, language));
      expect(new Set(labels).size).toBe(model.stages.length);
      expect(modelLabel(model, language)).not.toBe(model.id);
    }
  });

  test("are given out as copies, and only by their own names", () => {
    const copy = reachLoyalty();
    copy.stages.push("changed");
    expect(reachLoyalty().stages).not.toContain("changed");
    expect(presetModel("constructor")).toBeUndefined();
    expect(presetModel(DEFAULT_PRESET)?.id).toBe("reach-loyalty");
  });

  test("show which stages are silence and which are a return", () => {
    const roles = (id: string) =>
      Object.fromEntries(
        classifyStages(presetModel(id) as LifecycleModel).map(({ stage, role }) => [stage, role]),
      );
    expect(roles("reach-loyalty")).toEqual({
      reach: "path",
      acquisition: "path",
      conversion: "path",
      retention: "path",
      loyalty: "path",
      lapsed: "quiet",
      winback: "return",
    });
    expect(roles("customer-base")).toMatchObject({ active: "path", inactive: "quiet", former: "quiet" });
    expect(new Set(Object.values(roles("kunderejse")))).toEqual(new Set(["path"]));
  });
});

describe("labels", () => {
  test("of the operator go before those of the presets, and fall back to English, then to the name", () => {
    const labels = { lapsed: { en: "Gone quiet" }, winback: "Wieder da" };
    expect(label("lapsed", "de", labels)).toBe("Gone quiet");
    expect(label("winback", "da", labels)).toBe("Wieder da");
    expect(label("reach", "de", labels)).toBe("Reichweite");
    expect(label("very_loyal", "de", labels)).toBe("Very loyal");
    expect(label("constructor", "en", labels)).toBe("Constructor");
  });
});

describe("the check of a model", () => {
  test("lists every problem with its place, in one error", () => {
    const bad = {
      id: "two words",
      version: 0,
      stages: ["a", "b", "b"],
      rulez: [],
      rules: [
        { stage: "z", when: ["orders", ">=", 1] },
        {
          stage: "a",
          when: {
            all: [
              ["ordrs", ">=", 1],
              ["visits", "=>", 2],
            ],
          },
        },
        { stage: "a", when: ["orders", ">=", 1] },
      ],
    };
    const thrown = (() => {
      try {
        return parseModel(bad);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(SojournError);
    expect((thrown as SojournError).code).toBe("bad_model");
    for (const place of [
      "id ",
      "version ",
      "rulez ",
      "stages[2] ",
      "rules[0].stage ",
      "rules[1].when.all[0][0] ",
      "rules[1].when.all[1][1] ",
      "rules[2] ",
    ]) {
      expect((thrown as SojournError).message).toContain(`\n  ${place}`);
    }
  });

  test.each<[string, unknown, string]>([
    ["no model at all", "orders", "must be an object"],
    ["nothing", null, "must be an object"],
    ["a list", [], "must be an object"],
  ])("refuses %s", (_, raw, message) => {
    expect(() => parseModel(raw)).toThrow(message);
  });

  test.each<[string, unknown, string]>([
    ["an unknown test", ["age", ">=", 1], "is no test"],
    ["a property of objects as a test", ["constructor", ">=", 1], "is no test"],
    ["too few parts", ["orders", ">="], 'write ["orders", op, number]'],
    ["an unknown operator", ["orders", "=", 1], 'must be ">="'],
    ["a fraction of an order", ["orders", ">=", 1.5], "whole number"],
    ["a number in quotes", ["orders", ">=", "1"], "whole number"],
    ["a kind nobody can record", ["count", "Page View", ">=", 1], "no kind"],
    ["an empty list of kinds", ["count", [], ">=", 1], "no kind"],
    ["months", ["idle", "order", ">=", "P6M"], "months and years"],
    ["zero time", ["idle", "order", ">=", "P0D"], "no duration"],
    ["an operator idle does not have", ["idle", "order", ">", "P6D"], 'must be ">=" or "<"'],
    [
      "a limit turned round",
      ["idle", "order", ">=", { quantile: 0.9, min: "P90D", max: "P30D" }],
      "longer than max",
    ],
    [
      "a quantile of 90",
      ["idle", "order", ">=", { quantile: 90, min: "P1D", max: "P30D" }],
      "between 0 and 1",
    ],
    [
      "a rhythm of one order",
      ["idle", "order", ">=", { own: 3, min: "P1D", max: "P30D", from: 1, else: "P9D" }],
      "from 2",
    ],
    [
      "a misspelt part of a limit",
      ["ordersWithin", { own: 3, min: "P1D", max: "P2D", from: 2, else: "P9D", time: 2 }, ">=", 1],
      ".time is unknown",
    ],
    ["a return without a gap", ["sinceReturn", "<", "P30D"], "needs a returnGap"],
    ["orders since a return without a gap", ["ordersSinceReturn", "==", 0], "needs a returnGap"],
    ["a score without weights", ["score", ">=", 5], "needs a score section"],
    ["more than can be counted since an order", ["countSinceOrder", "page_view", ">=", 50], "more than 49"],
    ["a currency in words", ["revenue", "euro", ">=", 1], "currency code"],
    ["a larger truth", ["trait", "vip", ">", true], 'must be "==" or "!="'],
    ["a trait that is a list", ["trait", "tags", "==", []], "must be a text"],
    ["an empty group", { all: [] }, "at least one"],
    ["two groups in one", { all: [true], any: [true] }, "exactly one of the keys"],
    ["false", false, "must be true"],
    ["nothing to ask", undefined, "must be true"],
  ])("explains %s", (_, atom, message) => {
    expect(problemsOfTest(atom).join("\n")).toContain(message);
  });

  test("refuses equality of a score that fades, and a return gap below a day", () => {
    const score = { halfLife: "P7D", weights: { view_item: 1 } };
    expect(problemsOfTest(["score", "==", 5], { score }).join()).toContain("rules[0].when[1]");
    expect(problemsOfTest(["score", ">=", 5], { score })).toEqual([]);
    expect(problemsOfTest(["orders", ">=", 1], { returnGap: "PT12H" }).join()).toContain(
      "shorter than a day",
    );
    expect(
      problemsOfTest(["score", ">=", 5], {
        score: { weights: { view_item: { points: 1, atMost: 0 } } },
      }).join(),
    ).toContain("atMost");
  });

  test("demands a last rule for everybody, known stages, and a rule for each stage", () => {
    expect(problemsOf({ rules: [{ stage: "a", when: ["orders", ">=", 1] }] }).join()).toContain("last rule");
    expect(problemsOf({ rules: [{ stage: "c", when: true }] }).join()).toContain("not among the stages a, b");
    expect(problemsOf({ rules: [{ stage: "a", when: true }] }).join()).toContain('no rule leads to "b"');
    expect(problemsOf({ rules: "none" }).join()).toContain("must list the rules");
  });

  test("refuses more rules than anybody could read", () => {
    const rules = Array.from({ length: 101 }, () => ({ stage: "a", when: true }));
    expect(problemsOf({ rules })).toEqual(["rules are 101; a model has at most 100"]);
  });

  test("accepts a hundred rules of two branches that are all within reach", () => {
    const rules = Array.from({ length: 99 }, (_, i) => ({
      stage: i % 2 ? "a" : "b",
      when: {
        any: [
          {
            all: [
              ["visits", "==", i],
              ["orders", "==", i],
            ],
          },
          {
            all: [
              ["advocacy", "==", i],
              ["count", "share", ">=", 1],
            ],
          },
        ],
      },
    }));
    expect(problemsOf({ rules: [...rules, { stage: "a", when: true }] })).toEqual([]);
  });

  test("survives anything", () => {
    fc.assert(
      fc.property(fc.anything(), fc.jsonValue(), (anything, json) => {
        for (const raw of [
          anything,
          json,
          { id: "x", version: 1, stages: ["a"], rules: [{ stage: "a", when: json }] },
        ]) {
          const { model, problems } = checkModel(raw);
          expect(model === undefined).toBe(problems.length > 0);
        }
      }),
    );
  });
});

describe("a rule that is never reached", () => {
  const reasons = (...whens: LifecycleModel["rules"][number]["when"][]) => [
    ...unreachableRules([...whens, true as const].map((when) => ({ stage: "a", when }))),
  ];

  test.each<[string, LifecycleModel["rules"][number]["when"][], unknown]>([
    ["after one that always holds", [true, ["orders", ">=", 1]], [1, { why: "shadowed", by: 0 }]],
    [
      "said twice",
      [
        ["visits", ">=", 2],
        ["visits", ">", 1],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "narrower than an earlier one",
      [
        ["orders", ">=", 1],
        ["orders", ">=", 2],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "with the longer silence behind the shorter",
      [
        ["idle", "order", ">=", "P180D"],
        ["idle", "order", ">=", "P365D"],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "with a longer silence in other units",
      [
        ["idle", "order", ">=", "P1W"],
        ["idle", "order", ">=", "P7D"],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "inside one branch of an earlier any",
      [
        {
          any: [
            ["visits", ">=", 2],
            ["advocacy", ">=", 1],
          ],
        },
        {
          all: [
            ["orders", ">=", 1],
            ["advocacy", "==", 2],
          ],
        },
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "with silence that runs backwards",
      [
        {
          all: [
            ["idle", "order", ">=", "P90D"],
            ["idle", "order", "<", "P30D"],
          ],
        },
      ],
      [0, { why: "contradiction" }],
    ],
    ["with fewer than no orders", [["orders", "<", 0]], [0, { why: "contradiction" }]],
    [
      "asking for young orders of people without any",
      [
        {
          all: [
            ["orders", "==", 0],
            ["ordersWithin", "P30D", ">=", 1],
          ],
        },
      ],
      [0, { why: "contradiction" }],
    ],
    [
      "asking for a silence after nothing",
      [
        {
          all: [
            ["orders", "==", 0],
            ["idle", "order", "<", "P30D"],
          ],
        },
      ],
      [0, { why: "contradiction" }],
    ],
    [
      "covered by two others together",
      [
        ["orders", ">=", 1],
        ["orders", "<", 1],
        ["visits", ">=", 1],
      ],
      [2, { why: "covered" }],
    ],
    [
      "with the longer own rhythm behind the shorter",
      [
        ["idle", "order", ">=", { own: 3, min: "P1D", max: "P9D", from: 3, else: "P9D" }],
        ["idle", "order", ">=", { own: 3, min: "P1D", max: "P9D", from: 3, else: "P9D", times: 2 }],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "with the lower score limit first",
      [
        ["score", ">=", 20],
        ["score", ">=", 50],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
    [
      "counting one kind behind several",
      [
        ["count", ["a", "b"], ">=", 2],
        ["count", "a", ">=", 2],
      ],
      [1, { why: "shadowed", by: 0 }],
    ],
  ])("is found: %s", (_, whens, expected) => {
    expect(reasons(...whens)).toContainEqual(expected);
  });

  test.each<[string, LifecycleModel["rules"][number]["when"][]]>([
    [
      "the longer silence first",
      [
        ["idle", "order", ">=", "P365D"],
        ["idle", "order", ">=", "P180D"],
      ],
    ],
    [
      "what never happened fails both directions",
      [
        ["idle", "order", ">=", "P30D"],
        ["idle", "order", "<", "P30D"],
      ],
    ],
    [
      "and satisfies both opposites",
      [{ all: [{ not: ["idle", "share", ">=", "P30D"] }, { not: ["idle", "share", "<", "P30D"] }] }],
    ],
    ["refunds are no activity", [{ not: ["idle", "activity", ">=", "PT1H"] }, ["orders", ">=", 0]]],
    [
      "different kinds",
      [
        ["count", "a", ">=", 1],
        ["count", "b", ">=", 1],
      ],
    ],
    [
      "different traits",
      [
        ["trait", "tier", "==", "gold"],
        ["trait", "tier", "==", "tin"],
      ],
    ],
  ])("is not seen where there is none: %s", (_, whens) => {
    expect(reasons(...whens)).toEqual([]);
  });

  test("really never gives its stage to anybody", () => {
    const people = fc.sample(histories(8), { numRuns: 150, seed: 7 });
    fc.assert(
      fc.property(ruleLists, fc.integer({ min: 0, max: 2_600 }), (rules, tick) => {
        const numbered = rules.map((rule, i) => ({ ...rule, stage: `s${i}` }));
        const unreachable = new Set([...unreachableRules(numbered).keys()].map((i) => `s${i}`));
        if (unreachable.size === 0) return;
        const model: LifecycleModel = {
          id: "m",
          version: 1,
          stages: [],
          returnGap: "P2D",
          score: { weights: { view_item: 1 } },
          rules: numbered,
        };
        for (const person of people.slice(0, 15)) {
          expect(unreachable).not.toContain(referenceStage(model, person, BEGIN + tick * 21_600_000));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("durations", () => {
  test.each([
    ["P180D", 180 * DAY_MS],
    ["P2W", 14 * DAY_MS],
    ["PT1H", 3_600_000],
    ["P1DT12H", 1.5 * DAY_MS],
    ["PT90M", 5_400_000],
    ["PT30S", 30_000],
    ["P36500D", 36_500 * DAY_MS],
  ])("%s is %i milliseconds", (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each([
    "",
    "P",
    "PT",
    "P1DT",
    "180D",
    "P6M",
    "P1Y",
    "P-1D",
    "P1.5D",
    "p1d",
    "P0D",
    "PT0S",
    "P36501D",
    "P1D ",
  ])("%j is none", (text) => expect(parseDuration(text)).toBeUndefined());

  test("of a site are its quantile held between the limits, and the longest while it is not known", () => {
    const limit = { quantile: 0.9, min: "P30D", max: "P180D" };
    const days = (measured?: number) =>
      limitOf(limit, () => (measured === undefined ? undefined : measured * DAY_MS))([]) / DAY_MS;
    expect([days(5), days(110), days(400), days()]).toEqual([30, 110, 180, 180]);
    expect(limitOf(limit)([])).toBe(180 * DAY_MS);
  });

  test("of a person are rounded up to the first millisecond at which they have run out", () => {
    const own = { own: 1, min: "PT1S", max: "P180D", from: 3, else: "P180D" };
    expect(limitOf(own)([0, 5_000, 20_001])).toBe(10_001);
    expect(limitOf(own)([0, 5_000])).toBe(180 * DAY_MS);
    expect(limitOf({ ...own, times: 1.5 })([0, 5_000, 20_001])).toBe(15_001);
  });
});

describe("a model file", () => {
  const yaml = `
id: members
version: 3
stages: [guest, member, quiet]
rules:
  - stage: quiet
    when: { all: [[count, sign_up, ">=", 1], [idle, activity, ">=", P60D]] }
  - stage: member
    when: [count, sign_up, ">=", 1]
  - { stage: guest, when: true }
labels:
  quiet: { en: Quiet, de: Still }
`;

  test("in YAML moves people", () => {
    const model = loadModelText(yaml);
    const history: Touchpoint[] = [
      { id: "a", at: BEGIN, kind: "page_view" },
      { id: "b", at: BEGIN + DAY_MS, kind: "sign_up" },
    ];
    const { transitions } = historyOf(compile(model), history, BEGIN + 90 * DAY_MS);
    expect(transitions.map(({ at, to }) => [(at - BEGIN) / DAY_MS, to])).toEqual([
      [0, "guest"],
      [1, "member"],
      [61, "quiet"],
    ]);
  });

  test("reads the same as YAML and as JSON", () => {
    const model = loadModelText(yaml);
    expect(loadModelText(JSON.stringify(model))).toEqual(model);
  });

  test("may leave id and version to its name while it is only tried", () => {
    const text = yaml.replace(/id: .*\nversion: .*\n/, "");
    expect(() => loadModelText(text)).toThrow("id nothing must be a name");
    expect(loadModelText(text, { id: "members" })).toMatchObject({ id: "members", version: 1 });
  });

  test("with a mistake in the notation is refused with its line", () => {
    expect(() => loadModelText("id: x\nrules:\n - { stage: a, when: [orders, >=, 1] }")).toThrow("in line 3");
    expect(() => loadModelText("{")).toThrow("cannot be read");
    expect(() => loadModelText("")).toThrow("must be an object");
    expect(() => loadModelText("x".repeat(300_000))).toThrow("300000 characters");
  });
});

describe("the JSON Schema", () => {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter type of zod's reader is narrower than JSON Schema
  const schema = fromJSONSchema(modelJsonSchema() as any);

  test("accepts every preset and every model that passes the check", () => {
    for (const id of PRESET_IDS) expect(schema.safeParse(presetModel(id)).success).toBe(true);
    fc.assert(
      fc.property(models, (random) => {
        const model = checked(random);
        if (model !== undefined) expect(schema.safeParse(model).success).toBe(true);
      }),
    );
  });

  test.each<[string, unknown]>([
    ["an unknown test", ["age", ">=", 1]],
    ["an unknown operator", ["orders", "=", 1]],
    ["too many parts", ["orders", ">=", 1, 2]],
    ["months", ["idle", "order", ">=", "P6M"]],
    ["an empty group", { all: [] }],
    ["two groups in one", { all: [true], any: [true] }],
  ])("refuses %s as the check does", (_, when) => {
    const model = {
      id: "m",
      version: 1,
      stages: ["a", "b"],
      rules: [
        { stage: "a", when },
        { stage: "b", when: true },
      ],
    };
    expect(schema.safeParse(model).success).toBe(false);
    expect(checkModel(model).problems).not.toEqual([]);
  });
});
