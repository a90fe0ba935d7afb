/**
 * `sojourn sources`: where people come from, with credit for sign-ups, customers and revenue, and what was spent.
 */
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import { largestRemainder } from "../domain/attribution/exact.ts";
import { formatMinor } from "../domain/money.ts";
import type { SourcesAnswer } from "../report/sources.ts";
import { bar } from "./bar.ts";
import type { Command } from "./command.ts";
import { CREDIT_OPTIONS, creditOf, modelOf, SUBJECT_OPTIONS, subjectOf } from "./credit-words.ts";
import { ask, siteOf } from "./data.ts";
import { COMPARE_OPTIONS, comparedOf } from "./question.ts";
import { textTable } from "./text-table.ts";

export const sourcesCommand: Command = {
  name: "sources",
  summary: "Where people come from: visitors, sign-ups, new customers, orders, revenue, cost.",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--by <dimension>]",
  options: {
    ...SUBJECT_OPTIONS,
    credit: { type: "string", help: `how credit is shared: ${CREDIT_MODELS.join(", ")}` },
    ...CREDIT_OPTIONS,
    ...COMPARE_OPTIONS,
    compare: { type: "string", help: "adds what was before: previous, year, custom or none (default)" },
  },
  more: "  sojourn sources --by campaign --within channel='Paid Search' --compare previous",
  async run(words, io) {
    const answer = await ask(words, io, "sources", {
      site: siteOf(words, io),
      ...subjectOf(words),
      ...modelOf(words),
      ...creditOf(words),
      ...comparedOf(words),
    });
    io.out(words.is("json") ? `${JSON.stringify(answer)}\n` : textOf(answer));
    return 0;
  },
};

function textOf(answer: SourcesAnswer): string {
  const { period, currency, rows, total } = answer;
  const hasCost = total.cost !== null || rows.some((row) => row.cost !== null);
  const hasConversions = answer.conversion !== "first_order" && answer.conversion !== "order";
  const lines = [
    `${answer.site}, ${period.from} to ${period.to} (${period.zone}), credit ${answer.credit}${period.isUnfinished ? ", the last day is not over" : ""}`,
    "",
  ];
  // Rounded so that each column adds up to its total.
  const column = (pick: (row: SourcesAnswer["total"]) => number, digits: number): number[] => {
    const amounts = rows.map(pick);
    const all = amounts.reduce((sum, amount) => sum + amount, 0);
    return [...largestRemainder(amounts, all, digits), Math.round(pick(total) * 10 ** digits) / 10 ** digits];
  };
  const signUps = column((row) => row.signUps, 2);
  const customers = column((row) => row.customers, 2);
  const orders = column((row) => row.orders, 2);
  const revenue = column((row) => row.revenue, 0);
  const conversions = column((row) => row.conversions, 2);
  const most = Math.max(1, ...rows.map((row) => row.visitors));
  const money = (amount: number | null) =>
    amount === null ? "–" : formatMinor(Math.round(amount), currency);
  const change = (now: number, before: number | undefined) =>
    before === undefined || before === 0
      ? "–"
      : `${now >= before ? "+" : ""}${Math.round((now / before - 1) * 100)} %`;
  const cells = [...rows, { value: "all", ...total }].map((row, i) => [
    row.value,
    String(row.visitors),
    String(row.newVisitors),
    String(signUps[i]),
    String(customers[i]),
    String(orders[i]),
    money(revenue[i]!),
    ...(hasConversions ? [String(conversions[i])] : []),
    ...(hasCost ? [money(row.cost), money(row.cac), row.roas === null ? "–" : row.roas.toFixed(2)] : []),
    ...(answer.before === null
      ? []
      : [change(row.visitors, row.before?.visitors), change(row.revenue, row.before?.revenue)]),
    i < rows.length ? bar(row.visitors / most, 20) : "",
  ]);
  lines.push(
    textTable(
      [
        answer.by,
        "visitors",
        "new",
        "sign-ups",
        "customers",
        "orders",
        `revenue ${currency}`,
        ...(hasConversions ? [answer.conversion] : []),
        ...(hasCost ? ["cost", "per customer", "return"] : []),
        ...(answer.before === null ? [] : ["visitors +/-", "revenue +/-"]),
        "",
      ],
      cells,
    ),
  );
  for (const other of answer.otherCurrencies) {
    lines.push(
      `Not in the revenue: ${other.orders} orders, ${formatMinor(other.revenue, other.currency)} ${other.currency}`,
    );
  }
  for (const currencyWithout of answer.missingRates) {
    lines.push(`No rate for ${currencyWithout}: sojourn site set ${answer.site} --rate ${currencyWithout}=…`);
  }
  if (answer.unmatchedCosts.length > 0) {
    lines.push(`${answer.unmatchedCosts.length} costs without a touch: sojourn cost list --unmatched`);
  }
  return `${lines.join("\n")}\n`;
}
