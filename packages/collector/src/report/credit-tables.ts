/**
 * Answers about sources, credit and costs as flat tables, for spreadsheets and scripts.
 */
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import type { AttributionAnswer } from "./attribution.ts";
import type { CostsAnswer } from "./costs.ts";
import type { SourceFigures } from "./source-figures.ts";
import type { SourcesAnswer } from "./sources.ts";
import type { Cell, Table } from "./table.ts";
import type { ConversionsAnswer, TouchesAnswer } from "./why.ts";

const FIGURES = [
  "visitors",
  "newVisitors",
  "returningVisitors",
  "signUps",
  "customers",
  "orders",
  "revenue",
  "conversions",
  "conversionValue",
  "rate",
  "assisted",
  "cost",
  "cac",
  "roas",
] as const satisfies readonly (keyof SourceFigures)[];

const REASON = ["channel", "source", "medium", "campaign", "term", "content", "landing", "rule"] as const;

export const CREDIT_TABLES = {
  /** One row a value, the figures of the period before beside them when they were asked for. */
  sources({ by, rows, before, currency }: SourcesAnswer): Table {
    const earlier = before === null ? [] : FIGURES.map((figure) => `${figure}Before`);
    return {
      columns: [by, ...FIGURES, "currency", ...earlier],
      rows: rows.map((row): Cell[] => [
        row.value,
        ...FIGURES.map((figure) => row[figure]),
        currency,
        ...(before === null ? [] : FIGURES.map((figure) => row.before?.[figure] ?? null)),
      ]),
    };
  },

  /** One row a value and model. */
  attribution({ by, rows, currency }: AttributionAnswer): Table {
    return {
      columns: [by, "model", "conversions", "value", "currency"],
      rows: rows.flatMap((row) =>
        CREDIT_MODELS.flatMap((model): Cell[][] => {
          const credit = row.credit[model];
          return credit === undefined ? [] : [[row.value, model, credit.conversions, credit.value, currency]];
        }),
      ),
    };
  },

  /** One row a touch; a conversion without any has one row with empty cells. */
  conversions({ rows, currency }: ConversionsAnswer): Table {
    return {
      columns: ["name", "at", "person", "customer", "value", "currency", "touchAt", "share", ...REASON],
      rows: rows.flatMap((row) => {
        const head: Cell[] = [row.name, row.at, row.person, row.customer, row.value, currency];
        if (row.touches.length === 0) return [[...head, null, null, ...REASON.map(() => null)]];
        return row.touches.map((touch): Cell[] => [
          ...head,
          touch.at,
          touch.share,
          ...REASON.map((field) => touch[field]),
        ]);
      }),
    };
  },

  touches({ rows }: TouchesAnswer): Table {
    return {
      columns: ["at", "person", "customer", "opensVisit", ...REASON],
      rows: rows.map((row): Cell[] => [
        row.at,
        row.person,
        row.customer,
        row.opensVisit,
        ...REASON.map((field) => row[field]),
      ]),
    };
  },

  costs({ rows }: CostsAnswer): Table {
    const columns = [
      "channel",
      "source",
      "medium",
      "campaign",
      "amount",
      "currency",
      "days",
      "origin",
      "isMatched",
    ] as const;
    return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
  },
};
