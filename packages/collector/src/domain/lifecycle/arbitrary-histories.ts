/**
 * Random histories and random models for property tests.
 *
 * Times are drawn from few whole quarter days, so that instants coincide, durations run out exactly on events, and runs
 * touch; order numbers are few, so that orders are repeated, refunded, cancelled and refunded before they are known.
 */
import fc from "fast-check";
import type { Touchpoint } from "../touchpoint.ts";
import type { Duration } from "./duration.ts";
import type { Atom, LifecycleModel, Rule, When } from "./grammar.ts";
import { checkModel } from "./model.ts";
import { PRESET_IDS, presetModel } from "./presets.ts";

/** The grid that times lie on: a quarter of a day, in milliseconds. */
export const TICK_MS = 21_600_000;
/** Histories begin here or later. */
export const BEGIN = Date.UTC(2025, 0, 1);

const KINDS = ["page_view", "view_item", "add_to_cart", "newsletter_signup", "support_contact", "tried_on"];

const order = fc.constantFrom("1", "2", "3", "4", "__proto__");
const value = fc.constantFrom(0, 1_000, 2_500, 5_000);
const currency = fc.constantFrom("EUR", "EUR", "EUR", "USD");

const fieldsByKind = [
  fc.record(
    { kind: fc.constantFrom(...KINDS), visit: fc.constant(true as const) },
    { requiredKeys: ["kind"] },
  ),
  fc.record(
    { kind: fc.constant("purchase"), order, value, currency, visit: fc.constant(true as const) },
    { requiredKeys: ["kind", "order"] },
  ),
  fc.record({ kind: fc.constant("refund"), order, value, currency }, { requiredKeys: ["kind", "order"] }),
  fc.record(
    {
      kind: fc.constant("refund"),
      order,
      value,
      currency,
      props: fc.constant({ so_far: true }),
    },
    { requiredKeys: ["kind", "order", "props"] },
  ),
  fc.record({ kind: fc.constant("cancel_order"), order }),
  fc.record({ kind: fc.constant("review"), rating: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constantFrom("share", "referral", "constructor") }),
  fc.record({
    kind: fc.constant("survey_response"),
    survey: fc.constantFrom("nps" as const, "csat" as const),
    score: fc.integer({ min: 0, max: 10 }),
  }),
  fc.record({
    kind: fc.constant("identify"),
    traits: fc.dictionary(
      fc.constantFrom("tier", "age", "__proto__"),
      fc.oneof(fc.constantFrom("gold", "tin"), fc.integer({ min: 0, max: 3 }), fc.boolean()),
    ),
  }),
];

/** Touchpoints with distinct ids in random sequence, over at most a year and a half. */
export const histories = (maxLength = 14): fc.Arbitrary<Touchpoint[]> =>
  fc
    .array(
      fc.tuple(
        // Purchases are common enough that refunds find something to refund.
        fc.oneof(...fieldsByKind, fieldsByKind[0]!, fieldsByKind[1]!, fieldsByKind[1]!),
        fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2_200 })),
      ),
      { maxLength },
    )
    .chain((rows) => {
      const touchpoints = rows.map(
        ([fields, tick], i): Touchpoint => ({
          ...fields,
          id: `t${(i * 7) % 97}`,
          at: BEGIN + tick * TICK_MS,
        }),
      );
      return fc.shuffledSubarray(touchpoints, {
        minLength: touchpoints.length,
        maxLength: touchpoints.length,
      });
    });

const fixed = fc.constantFrom("PT6H", "P1D", "P3D", "P14D", "P30D", "P90D", "P180D");
const duration: fc.Arbitrary<Duration> = fc.oneof(
  { weight: 4, arbitrary: fixed },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        own: fc.constantFrom(1, 2, 3, 0.7),
        min: fc.constantFrom("P1D", "P3D"),
        max: fc.constantFrom("P60D", "P120D"),
        from: fc.constantFrom(2, 3),
        else: fc.constantFrom("P20D", "P90D"),
        times: fc.constantFrom(2, 0.5, 1.1),
      },
      { requiredKeys: ["own", "min", "max", "from", "else"] },
    ),
  },
  { weight: 1, arbitrary: fc.constant({ quantile: 0.9, min: "P10D", max: "P100D" }) },
);
const op = fc.constantFrom(">=", ">", "==", "!=", "<", "<=" as const);
const small = fc.integer({ min: 0, max: 3 });
const kind = fc.constantFrom(...KINDS, "purchase", "refund", "identify");

const atom: fc.Arbitrary<Atom> = fc.oneof(
  fc.tuple(fc.constantFrom("visits", "orders", "ordersSinceReturn", "advocacy" as const), op, small),
  fc.tuple(
    fc.constant("count" as const),
    fc.oneof(kind, fc.array(kind, { minLength: 1, maxLength: 3 })),
    op,
    small,
  ),
  fc.tuple(fc.constant("countSinceOrder" as const), kind, op, small),
  fc.tuple(fc.constant("ordersWithin" as const), duration, op, small),
  fc.tuple(
    fc.constant("idle" as const),
    fc.oneof(kind, fc.constantFrom("order", "activity")),
    fc.constantFrom(">=", "<" as const),
    duration,
  ),
  fc.tuple(fc.constant("sinceReturn" as const), fc.constant("<" as const), duration),
  fc.tuple(
    fc.constant("revenue" as const),
    fc.constantFrom("EUR", "USD"),
    op,
    fc.constantFrom(0, 1_000, 3_500),
  ),
  fc.tuple(
    fc.constant("score" as const),
    fc.constantFrom(">=", ">", "<", "<=" as const),
    fc.constantFrom(-1.03, 0, 2.07, 4.51),
  ),
  fc.tuple(
    fc.constant("trait" as const),
    fc.constantFrom("tier", "age", "__proto__"),
    op,
    fc.oneof(fc.constantFrom("gold", "iron"), small),
  ),
);

const when: fc.Arbitrary<When> = fc.letrec<{ when: When }>((tie) => ({
  when: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    fc.record({ all: fc.array(tie("when"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("when"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("when") }),
  ),
})).when;

const STAGES = ["one", "two", "three", "four"];

/** Rules of random models, unreachable ones included. */
export const ruleLists: fc.Arbitrary<Rule[]> = fc
  .array(fc.record({ stage: fc.constantFrom(...STAGES), when }), { minLength: 1, maxLength: 5 })
  .map((rules) => [...rules, { stage: "one", when: true as const }]);

const randomModels: fc.Arbitrary<LifecycleModel> = fc
  .record({
    rules: ruleLists,
    halfLife: fc.constantFrom(undefined, "P5D", "P20D"),
    returnGap: fc.constantFrom("P1D", "P2D", "P30D"),
  })
  .map(({ rules, halfLife, returnGap }) => ({
    id: "random",
    version: 1,
    stages: STAGES,
    returnGap,
    score: {
      ...(halfLife === undefined ? {} : { halfLife }),
      weights: { view_item: 1, add_to_cart: { points: 3, atMost: 2 }, support_contact: -2, purchase: 0.5 },
    },
    rules,
  }));

/** Presets and random models alike; random ones may hold rules that are never reached, which evaluation does not mind. */
export const models: fc.Arbitrary<LifecycleModel> = fc.oneof(
  fc.constantFrom(...PRESET_IDS).map((id) => presetModel(id) as LifecycleModel),
  randomModels,
  randomModels,
);

/** Random models that pass the check of `parseModel`, or nothing. */
export const checked = (model: LifecycleModel): LifecycleModel | undefined =>
  checkModel({
    ...model,
    stages: model.stages.filter((stage) => model.rules.some((rule) => rule.stage === stage)),
  }).model;
