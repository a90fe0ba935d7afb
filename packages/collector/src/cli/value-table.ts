/**
 * `sojourn value fit` for people: what was fitted, how sure it is, what to expect.
 */
import { textTable } from "./text-table.ts";
import type { ValueFitAnswer } from "./value-fit.ts";

/** The answer as text, ending with a line break; what was left out comes last. */
export function valueTable(answer: ValueFitAnswer): string {
  const parts = [ordersPart(answer)];
  if (answer.spend !== undefined) parts.push(spendPart(answer.spend));
  if (answer.holdout !== undefined) {
    const { until, orders, expectedOrders } = answer.holdout;
    parts.push(
      `after the calibration, until ${until}: ${orders} orders, ${expectedOrders.toFixed(1)} expected`,
    );
  }
  if (answer.expected !== undefined) parts.push(expectedPart(answer.expected, answer.unit));
  const left = answer.errors.map(({ line, reason }) => `line ${line}: ${reason}`);
  if (left.length > 0) parts.push(["left out:", ...left].join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function ordersPart(answer: ValueFitAnswer): string {
  const { model, unit, customers, repeatCustomers, parameters, logLikelihood, calibrationEnd } = answer;
  const until = calibrationEnd === undefined ? "" : ` until ${calibrationEnd}`;
  const head = `${model}: ${customers} customers${until}, ${repeatCustomers} of them bought again`;
  if (parameters === null) return `${head}\ntoo little data: ${answer.reasons.join("; ")}`;
  const { r, alpha, a, b } = parameters;
  const rows = Object.entries({ r, [`alpha (${unit})`]: alpha, a, b, "log-likelihood": logLikelihood! });
  return `${head}\n${parameterTable(rows)}`;
}

function spendPart({
  customers,
  parameters,
  logLikelihood,
  reasons,
}: NonNullable<ValueFitAnswer["spend"]>): string {
  const head = `spend per order: ${customers} customers with repeat orders`;
  if (parameters === null) return `${head}\ntoo little data: ${reasons.join("; ")}`;
  const { p, q, v } = parameters;
  const rows = Object.entries({ p, q, v, "log-likelihood": logLikelihood! });
  return `${head}\n${parameterTable(rows)}`;
}

function parameterTable(rows: readonly [string, number][]): string {
  return textTable(
    ["", ""],
    rows.map(([name, number]) => [name, number.toFixed(4)]),
  ).trimStart();
}

function expectedPart(
  { horizon, orders, perNewCustomer, value, customers }: NonNullable<ValueFitAnswer["expected"]>,
  unit: string,
): string {
  const worth = value === undefined ? "" : `, worth ${value.toFixed(2)}`;
  const head =
    `next ${Number(horizon.toFixed(2))} ${unit}: ${orders.toFixed(1)} orders expected${worth}; ` +
    `${perNewCustomer.toFixed(3)} repeats of a new customer`;
  if (customers === undefined) return head;
  const header = ["customer", "orders", "value", "alive", "repeats", "last", "age"];
  const rows = customers.map((c) => [
    c.n === undefined ? c.customer : `${c.customer} (${c.n} people)`,
    c.expectedOrders.toFixed(3),
    c.expectedValue?.toFixed(2) ?? "",
    `${(c.probabilityAlive * 100).toFixed(1)} %`,
    String(c.frequency),
    c.recency.toFixed(1),
    c.T.toFixed(1),
  ]);
  return `${head}\n${textTable(header, rows)}`;
}
