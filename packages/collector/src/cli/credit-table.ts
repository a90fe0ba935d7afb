/**
 * `sojourn credit` for people: tables with a bar, rounded so that the shown numbers add up.
 */
import { largestRemainder } from "../domain/attribution/exact.ts";
import type { CreditAnswer, CreditLinesAnswer } from "./credit-lines.ts";
import { textTable } from "./text-table.ts";

const BAR = 20;

/** The answer as text, ending with a line break; what was left out comes last. */
export function creditTable(answer: CreditLinesAnswer): string {
  const parts = "models" in answer ? sideBySide(answer) : oneModel(answer);
  const left = answer.errors.map((error) =>
    "line" in error ? `line ${error.line}: ${error.reason}` : `${error.model}: ${error.reason}`,
  );
  if (left.length > 0) parts.push(["left out:", ...left].join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function oneModel({ model, order, total, credit, base, tooLittleData, reasons }: CreditAnswer): string[] {
  const title = order === undefined ? model : `${model}, order ${order}, base probability ${percent(base!)}`;
  const conversions = shown(credit, "conversions", total.conversions);
  const value = shown(credit, "value", total.value);
  const largest = Math.max(...credit.map((row) => row.conversions));
  const rows = credit.map((row, i) => [
    row.channel,
    conversions[i]!,
    percent(total.conversions === 0 ? 0 : row.conversions / total.conversions),
    value[i]!,
    ...(order === undefined ? [] : [row.removalEffect === undefined ? "" : percent(row.removalEffect)]),
    "█".repeat(largest > 0 ? Math.round((row.conversions / largest) * BAR) : 0),
  ]);
  const header = [
    "channel",
    "conversions",
    "share",
    "value",
    ...(order === undefined ? [] : ["removal"]),
    "",
  ];
  const sum = ["total", total.conversions.toFixed(2), "", total.value.toFixed(2)];
  const parts = [`${title}\n${textTable(header, [...rows, sum])}`];
  if (tooLittleData === true) parts.push(`too little data: ${reasons!.join("; ")}`);
  return parts;
}

function sideBySide({ models, spread }: Extract<CreditLinesAnswer, { models: unknown }>): string[] {
  const columns = models.map((answer) => {
    const numbers = shown(answer.credit, "conversions", answer.total.conversions);
    return new Map(answer.credit.map((row, i) => [row.channel, numbers[i]!]));
  });
  const rows = spread.map(({ channel, spread: width }) => [
    channel,
    ...columns.map((column) => column.get(channel) ?? "0.00"),
    width.toFixed(2),
  ]);
  const header = ["channel", ...models.map((m) => m.model), "spread"];
  return [`conversions by model\n${textTable(header, rows)}`];
}

function shown(rows: CreditAnswer["credit"], key: "conversions" | "value", total: number): string[] {
  const amounts = rows.map((row) => row[key]);
  return largestRemainder(amounts, total, 2).map((n) => n.toFixed(2));
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
