/**
 * Every answer as one flat table: what a spreadsheet, a script that reads lines, or a terminal gets.
 *
 * Dates are ISO 8601, money is in minor units beside its currency, rates are plain numbers, what is not known is empty.
 */
import { CREDIT_TABLES } from "./credit-tables.ts";
import { FIGURE_SHAPES } from "./figure-shapes.ts";
import { DAILY_FIGURES, FIGURES, type Figure, type FigureId } from "./kpis.ts";
import type { QuestionName, Questions } from "./questions.ts";

export type Cell = string | number | boolean | null;

export interface Table {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

type Tables = { [N in QuestionName]?: (answer: Questions[N]["give"]) => Table };

const TABLES: Tables = {
  ...CREDIT_TABLES,

  health: ({ newestAt, kept, recent: { since, filtered, ...counts }, refused }) => ({
    columns: ["what", "value"],
    rows: [
      ["newestAt", newestAt],
      ["kept", kept],
      ["since", since],
      ...Object.entries(counts),
      ["filtered", filtered],
      ["refused", refused.total],
      ...refused.codes.map(({ code, n }): Cell[] => [`refused:${code}`, n]),
    ],
  }),

  sites: ({ sites }) => ofRows(sites, ["id", "name", "zone", "currency", "model"]),

  stages(answer) {
    if (answer.rows === undefined) return ofRows(answer.stages, ["stage", "people", "role"]);
    const stages = answer.stages.map(({ stage }) => stage);
    return {
      columns: [answer.by!, "people", ...stages],
      rows: answer.rows.map((row) => [
        row.value,
        row.people,
        ...stages.map((stage) => row.stages[stage] ?? 0),
      ]),
    };
  },

  series(answer) {
    return {
      columns: ["day", "stage", "people", "entered", "left"],
      rows: answer.days.flatMap((day, place) =>
        answer.stages.map(({ stage, people, entered, left }): Cell[] => [
          day,
          stage,
          people[place]!,
          entered[place]!,
          left[place]!,
        ]),
      ),
    };
  },

  flow(answer) {
    return {
      columns: ["flow", "from", "to", "people", "moves", "rate"],
      rows: [
        ...answer.net.map(({ from, to, people }): Cell[] => ["net", from, to, people, null, null]),
        ...answer.gross.map(({ from, to, people, moves, rate }): Cell[] => [
          "gross",
          from,
          to,
          people,
          moves,
          rate,
        ]),
      ],
    };
  },

  stays(answer) {
    return ofRows(answer.stages, ["stage", "role", "closed", "closedMedianDays", "open", "openMedianDays"]);
  },

  velocity: ({ steps }) =>
    ofRows(steps, ["from", "to", "entered", "moved", "rate", "closed", "soFar", "open", "medianDays"]),

  transitions: ({ rows }) =>
    ofRows(rows, [
      "at",
      "person",
      "customer",
      "from",
      "to",
      "cause",
      "rule",
      "touchpoint",
      "entry",
      "recordedAt",
    ]),

  cohorts({ rows, currency }) {
    return {
      columns: ["cohort", "size", "index", "people", "share", "orders", "revenue", "currency", "unfinished"],
      rows: rows.flatMap((row) =>
        row.cells.map(({ index, people, share, orders, revenue, soFar }): Cell[] => [
          row.cohort,
          row.people,
          index,
          people,
          share,
          orders,
          revenue,
          currency,
          soFar !== undefined,
        ]),
      ),
    };
  },

  funnel: ({ steps }) => ofRows(steps, ["kind", "people", "reached", "rate", "dropOff"]),

  carts: ({ rows, currency }) =>
    withColumn(
      ofRows(rows, ["person", "customer", "state", "openedAt", "changedAt", "closedAt", "value"]),
      "currency",
      currency,
    ),

  headline: (answer) => figuresTable(DAILY_FIGURES, answer),
  kpis: (answer) => figuresTable(FIGURES, answer),

  findings: ({ findings }) => ofRows(findings, ["rule", "count", "unit", "text", "reason"]),

  people: ({ rows, currency }) => withColumn(ofRows(rows, PERSON_COLUMNS), "currency", currency),

  lapsing: ({ rows, currency }) =>
    withColumn(ofRows(rows, ["due", "becomes", ...PERSON_COLUMNS]), "currency", currency),

  segments: ({ rows }) => ofRows(rows, ["name", "people", "share", "words", "rule", "createdAt"]),

  segmentPreview: ({ rows }) => ofRows(rows, PERSON_COLUMNS),

  rfm: ({ rows, currency }) =>
    withColumn(
      ofRows(rows, ["person", "customer", "r", "f", "m", "group", "daysSince", "orders", "revenue"]),
      "currency",
      currency,
    ),

  scores: ({ rows, currency }) =>
    withColumn(ofRows(rows, ["score", ...PERSON_COLUMNS]), "currency", currency),

  targets: ({ rows }) =>
    ofRows(rows, ["figure", "name", "unit", "goal", "value", "share", "expected", "projected", "state"]),

  value: ({ rows, currency }) =>
    withColumn(
      ofRows(
        rows.map((row) => ({ expectedOrderValue: null, expectedValue: null, ...row })),
        [
          "person",
          "customer",
          "frequency",
          "recency",
          "T",
          "expectedOrders",
          "probabilityAlive",
          "expectedOrderValue",
          "expectedValue",
        ],
      ),
      "currency",
      currency,
    ),

  live: ({ transitions }) => ofRows(transitions, ["at", "person", "customer", "from", "to", "cause", "rule"]),
};

const PERSON_COLUMNS = [
  "id",
  "customer",
  "firstAt",
  "lastAt",
  "stage",
  "since",
  "channel",
  "source",
  "medium",
  "campaign",
  "lastChannel",
  "orders",
  "revenue",
] as const;

/** The table of an answer; undefined for a question that gives none. */
export function tableOf<N extends QuestionName>(name: N, answer: Questions[N]["give"]): Table | undefined {
  const table = TABLES[name] as ((answer: Questions[N]["give"]) => Table) | undefined;
  return table?.(answer);
}

function ofRows<T extends object>(rows: readonly T[], columns: readonly (keyof T & string)[]): Table {
  return {
    columns,
    rows: rows.map((row) =>
      columns.map((column) => {
        const value = row[column];
        const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
        return isPlain ? value : value == null ? null : JSON.stringify(value);
      }),
    ),
  };
}

function withColumn({ columns, rows }: Table, name: string, value: Cell): Table {
  return { columns: [...columns, name], rows: rows.map((row) => [...row, value]) };
}

/** One row a figure. */
function figuresTable<Id extends FigureId>(
  ids: readonly Id[],
  { figures, currency }: { figures: Readonly<Record<Id, Figure>>; currency: string },
): Table {
  return {
    columns: [
      "figure",
      "value",
      "unit",
      "reason",
      "before",
      "change",
      "numerator",
      "denominator",
      "unfinished",
    ],
    rows: ids.map((id): Cell[] => {
      const figure = figures[id];
      return [
        id,
        figure.value,
        figure.unit === "money" ? currency : FIGURE_SHAPES[id].unit,
        figure.reason ?? null,
        figure.before?.value ?? null,
        figure.change ?? null,
        figure.numerator ?? null,
        figure.denominator ?? null,
        figure.isUnfinished,
      ];
    }),
  };
}
