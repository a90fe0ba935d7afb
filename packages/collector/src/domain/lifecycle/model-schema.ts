/**
 * The JSON Schema of model files, so that editors complete and check them while they are written.
 *
 * Says the shape only. What rules mean together (unreachable ones, a return gap that is needed) is checked by `parseModel`.
 */
import { CUSTOM_KIND } from "@sojourn/sdk/wire";
import { KEPT_TIMES } from "./facts.ts";
import { LANGUAGES, OPERATORS } from "./grammar.ts";

type Schema = Record<string, unknown>;

// Letters of any language cannot be named in patterns that every editor understands; `parseModel` is exact about them.
const NAME: Schema = { type: "string", minLength: 1, maxLength: 40, pattern: "^[^\\s.,:;/]+$" };
const KIND: Schema = {
  type: "string",
  pattern: CUSTOM_KIND,
  description: "Kind of touchpoint, or the name of a custom one.",
};
const COUNT: Schema = { type: "integer", minimum: 0 };
const OPERATOR: Schema = { enum: [...OPERATORS] };
const DURATION = ref("duration");
const ISO: Schema = {
  type: "string",
  pattern: "^P(?=.)(\\d{1,6}W)?(\\d{1,6}D)?(T(?=.)(\\d{1,6}H)?(\\d{1,6}M)?(\\d{1,9}S)?)?$",
  description: "ISO 8601 in weeks, days, hours, minutes, seconds; P180D is 180 days of 24 hours.",
};

/** The schema of a model file (JSON Schema, draft 2020-12). A new object each time. */
export function modelJsonSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Sojourn life-cycle model",
    ...object(
      {
        $schema: { type: "string" },
        about: { description: "Notes for people; not read." },
        seed: { description: "Notes for people; not read." },
        personal: { description: "Notes for people; not read." },
        id: { ...NAME, description: "Names the model in questions and answers." },
        version: { type: "integer", minimum: 1, description: "Raise it with every change of a rule." },
        title: { type: "string" },
        stages: {
          type: "array",
          minItems: 1,
          uniqueItems: true,
          items: NAME,
          description: "In the sequence they are shown in.",
        },
        returnGap: {
          ...ISO,
          description: "Silence after which activity counts as a return; at least one day.",
        },
        score: ref("score"),
        labels: { type: "object", additionalProperties: ref("label") },
        rules: {
          type: "array",
          minItems: 1,
          items: ref("rule"),
          description: "The first that holds gives the stage; the last one is { stage, when: true }.",
        },
      },
      ["id", "version", "stages", "rules"],
    ),
    $defs: {
      rule: object({ stage: NAME, when: ref("when") }, ["stage", "when"]),
      when: {
        anyOf: [
          { const: true },
          object({ all: conditions() }, ["all"]),
          object({ any: conditions() }, ["any"]),
          object({ not: ref("when") }, ["not"]),
          ref("test"),
        ],
      },
      test: { anyOf: tests() },
      duration: { anyOf: [ISO, ref("siteLimit"), ref("ownLimit")] },
      siteLimit: {
        description: "A quantile of the site's gaps between orders, held between min and max.",
        ...object(
          { quantile: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, min: ISO, max: ISO },
          ["quantile", "min", "max"],
        ),
      },
      ownLimit: {
        description: "The person's own mean interval between orders, times `own`, held between min and max.",
        ...object(
          {
            own: { type: "number", exclusiveMinimum: 0 },
            min: ISO,
            max: ISO,
            from: { type: "integer", minimum: 2, description: "Orders from which the rhythm is trusted." },
            else: { ...ISO, description: "The limit of people with fewer orders." },
            times: { type: "number", exclusiveMinimum: 0, description: "Multiplies the result." },
          },
          ["own", "min", "max", "from", "else"],
        ),
      },
      score: object(
        {
          halfLife: ISO,
          weights: {
            type: "object",
            minProperties: 1,
            propertyNames: KIND,
            additionalProperties: ref("weight"),
          },
        },
        ["weights"],
      ),
      weight: {
        anyOf: [
          { type: "number" },
          object({ points: { type: "number" }, atMost: { type: "integer", minimum: 1 } }, ["points"]),
        ],
      },
      label: {
        anyOf: [
          LABEL_TEXT,
          object(Object.fromEntries(LANGUAGES.map((language) => [language, LABEL_TEXT])), []),
        ],
      },
    },
  };
}

const LABEL_TEXT: Schema = { type: "string", minLength: 1, maxLength: 60 };

function tests(): Schema[] {
  const kinds = { anyOf: [KIND, { type: "array", minItems: 1, items: KIND }] };
  const subject = { anyOf: [{ enum: ["order", "activity"] }, KIND] };
  const value = { type: ["string", "number", "boolean"] };
  const currency = { type: "string", pattern: "^[A-Z]{3}$" };
  return [
    tuple("Touchpoints that opened a visit.", "visits", OPERATOR, COUNT),
    tuple("Valid orders.", "orders", OPERATOR, COUNT),
    tuple("Touchpoints of a kind, or of several together.", "count", kinds, OPERATOR, COUNT),
    tuple("Touchpoints of a kind after the last valid order.", "countSinceOrder", KIND, OPERATOR, {
      ...COUNT,
      maximum: KEPT_TIMES - 1,
    }),
    tuple("Valid orders younger than the duration.", "ordersWithin", DURATION, OPERATOR, COUNT),
    tuple(
      "Time since the last touchpoint of a kind, order or activity.",
      "idle",
      subject,
      { enum: [">=", "<"] },
      DURATION,
    ),
    tuple("Time since the person came back after the return gap.", "sinceReturn", { const: "<" }, DURATION),
    tuple("Valid orders since the person came back.", "ordersSinceReturn", OPERATOR, COUNT),
    tuple("Referrals, shares, good reviews and promoters' answers.", "advocacy", OPERATOR, COUNT),
    tuple(
      "Value of valid orders after refunds, in minor units (cents).",
      "revenue",
      currency,
      OPERATOR,
      COUNT,
    ),
    tuple("The lead score.", "score", OPERATOR, { type: "number" }),
    tuple("The latest value of a trait.", "trait", { type: "string", minLength: 1 }, OPERATOR, value),
  ];
}

function tuple(description: string, name: string, ...rest: Schema[]): Schema {
  const prefixItems = [{ const: name }, ...rest];
  return { description, type: "array", prefixItems, minItems: prefixItems.length, items: false };
}

function object(properties: Record<string, Schema>, required: string[]): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

function conditions(): Schema {
  return { type: "array", minItems: 1, items: ref("when") };
}

function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}
