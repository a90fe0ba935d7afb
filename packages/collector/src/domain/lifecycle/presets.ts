/**
 * The presets: one ready model per vocabulary of the field.
 *
 * Data only, in the very grammar operators write, and checked by the same code.
 */
import type { LifecycleModel, When } from "./grammar.ts";

const HAS_ORDERED: When = ["orders", ">=", 1];

/** Five roles of a customer base, with idle limits that are the same for everybody. */
const customerBase: LifecycleModel = {
  id: "customer-base",
  version: 1,
  title: "Customer base: prospects, new, active, inactive and former customers",
  stages: ["prospect", "new", "active", "inactive", "former"],
  rules: [
    { stage: "former", when: { all: [HAS_ORDERED, ["idle", "order", ">=", "P365D"]] } },
    { stage: "inactive", when: { all: [HAS_ORDERED, ["idle", "order", ">=", "P180D"]] } },
    { stage: "active", when: ["orders", ">=", 2] },
    { stage: "new", when: HAS_ORDERED },
    { stage: "prospect", when: true },
  ],
};

const OWN_RHYTHM = { own: 3, min: "P30D", max: "P180D", from: 3, else: "P180D" };

const PRESETS = {
  "awareness-advocacy": {
    id: "awareness-advocacy",
    version: 1,
    title: "From awareness to advocacy, in five stages",
    stages: ["awareness", "consideration", "purchase", "retention", "advocacy"],
    rules: [
      { stage: "advocacy", when: { all: [HAS_ORDERED, ["advocacy", ">=", 1]] } },
      { stage: "retention", when: ["orders", ">=", 2] },
      { stage: "purchase", when: HAS_ORDERED },
      {
        stage: "consideration",
        when: {
          any: [
            ["visits", ">=", 2],
            ["count", "view_item", ">=", 3],
            ["count", "newsletter_signup", ">=", 1],
            ["count", "generate_lead", ">=", 1],
            ["count", "add_to_cart", ">=", 1],
          ],
        },
      },
      { stage: "awareness", when: true },
    ],
  },

  "customer-base": customerBase,

  "customer-base-personal": {
    ...customerBase,
    id: "customer-base-personal",
    title: "Customer base, with idle limits from each person's own rhythm",
    rules: [
      { stage: "former", when: { all: [HAS_ORDERED, ["idle", "order", ">=", { ...OWN_RHYTHM, times: 2 }]] } },
      { stage: "inactive", when: { all: [HAS_ORDERED, ["idle", "order", ">=", OWN_RHYTHM]] } },
      { stage: "active", when: ["orders", ">=", 2] },
      { stage: "new", when: HAS_ORDERED },
      { stage: "prospect", when: true },
    ],
  },

  "reach-loyalty": {
    id: "reach-loyalty",
    version: 1,
    title: "From reach to loyalty, with lapsed customers and win-back",
    stages: ["reach", "acquisition", "conversion", "retention", "loyalty", "lapsed", "winback"],
    returnGap: "P90D",
    rules: [
      {
        stage: "winback",
        when: { all: [HAS_ORDERED, ["sinceReturn", "<", "P30D"], ["ordersSinceReturn", "==", 0]] },
      },
      { stage: "lapsed", when: { all: [HAS_ORDERED, ["idle", "activity", ">=", "P90D"]] } },
      {
        stage: "loyalty",
        when: {
          any: [
            ["ordersWithin", "P365D", ">=", 3],
            {
              all: [
                ["orders", ">=", 2],
                ["advocacy", ">=", 1],
              ],
            },
          ],
        },
      },
      { stage: "retention", when: ["orders", ">=", 2] },
      { stage: "conversion", when: HAS_ORDERED },
      {
        stage: "acquisition",
        when: {
          any: [
            ["visits", ">=", 2],
            ["count", "view_item", ">=", 1],
            ["count", "newsletter_signup", ">=", 1],
            ["count", "generate_lead", ">=", 1],
            ["count", "add_to_cart", ">=", 1],
          ],
        },
      },
      { stage: "reach", when: true },
    ],
  },

  "engagement-bond": {
    id: "engagement-bond",
    version: 1,
    title: "From first engagement to a lasting bond, in six stages",
    stages: ["awareness", "engagement", "evaluation", "purchase", "post_purchase", "advocacy_retention"],
    rules: [
      {
        stage: "advocacy_retention",
        when: { any: [["orders", ">=", 2], { all: [HAS_ORDERED, ["advocacy", ">=", 1]] }] },
      },
      {
        stage: "post_purchase",
        when: {
          all: [
            HAS_ORDERED,
            {
              any: [
                ["idle", "order", ">=", "P3D"],
                ["countSinceOrder", "support_contact", ">=", 1],
                ["countSinceOrder", "survey_response", ">=", 1],
              ],
            },
          ],
        },
      },
      { stage: "purchase", when: HAS_ORDERED },
      {
        stage: "evaluation",
        when: {
          any: [
            ["count", "view_item", ">=", 3],
            ["count", "add_to_cart", ">=", 1],
            ["count", "generate_lead", ">=", 1],
            ["count", "start_trial", ">=", 1],
          ],
        },
      },
      {
        stage: "engagement",
        when: {
          any: [
            ["visits", ">=", 2],
            ["count", "newsletter_signup", ">=", 1],
          ],
        },
      },
      { stage: "awareness", when: true },
    ],
  },

  kunderejse: {
    id: "kunderejse",
    version: 1,
    title: "The Danish customer journey, which slides back and repeats",
    stages: ["bevidsthed", "overvejelse", "koeb", "fastholdelse", "fortaler"],
    rules: [
      {
        stage: "koeb",
        when: {
          all: [
            ["countSinceOrder", "add_to_cart", ">=", 1],
            ["idle", "add_to_cart", "<", "P1D"],
          ],
        },
      },
      {
        stage: "overvejelse",
        when: {
          all: [HAS_ORDERED, ["countSinceOrder", "view_item", ">=", 3], ["idle", "view_item", "<", "P14D"]],
        },
      },
      { stage: "fortaler", when: { all: [HAS_ORDERED, ["advocacy", ">=", 1]] } },
      {
        stage: "fastholdelse",
        when: { any: [["orders", ">=", 2], { all: [HAS_ORDERED, ["idle", "order", ">=", "P1D"]] }] },
      },
      { stage: "koeb", when: HAS_ORDERED },
      {
        stage: "overvejelse",
        when: {
          any: [
            ["visits", ">=", 2],
            ["count", "view_item", ">=", 2],
            ["count", "newsletter_signup", ">=", 1],
            ["count", "generate_lead", ">=", 1],
          ],
        },
      },
      { stage: "bevidsthed", when: true },
    ],
  },
} as const satisfies Record<string, LifecycleModel>;

/** Names of the presets. */
export type PresetId = keyof typeof PRESETS;

/** All presets by name, in the sequence they are offered in. */
export const PRESET_IDS = Object.keys(PRESETS) as PresetId[];

/** The preset a site gets when its operator names none. */
export const DEFAULT_PRESET: PresetId = "reach-loyalty";

/** The preset of this name as a copy free to be changed, or undefined when there is none. */
export function presetModel(id: string): LifecycleModel | undefined {
  return Object.hasOwn(PRESETS, id) ? structuredClone(PRESETS[id as PresetId]) : undefined;
}
