/**
 * `sojourn sources`: where people come from, with credit for sign-ups, customers and revenue.
 */
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import { formatMinor } from "../domain/money.ts";
import { SojournError } from "../errors.ts";
import { SOURCE_DIMENSIONS } from "../store/port.ts";
import { bar } from "./bar.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { daysIn } from "./span.ts";
import { textTable } from "./text-table.ts";
import { oneOf, optional } from "./typed.ts";

export const sourcesCommand: Command = {
  name: "sources",
  summary: "Where people come from: visitors, sign-ups, new customers, orders, revenue.",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--by <dimension>]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    from: { type: "string", help: "first day, in the site's zone (default: 30 days up to today)" },
    to: { type: "string", help: "last day, inclusive" },
    by: { type: "string", help: "channel (default), source, medium, campaign, term, content or landing" },
    credit: { type: "string", help: `how credit is shared: ${CREDIT_MODELS.join(", ")}` },
    lookback: {
      type: "string",
      help: "how long before a conversion a touch counts: 7d, 30d (default), 90d, none",
    },
  },
  async run(words, io) {
    const typed = words.text("lookback");
    const lookback = typed === undefined ? undefined : typed === "none" ? null : daysIn(typed);
    if (typed !== undefined && lookback === undefined) {
      throw new SojournError("bad_usage", `--lookback is "${typed}"`, { hint: "Use 30d, 4w or none." });
    }
    const answer = await ask(words, io, "sources", {
      site: siteOf(words, io),
      ...optional("from", words.text("from")),
      ...optional("to", words.text("to")),
      ...optional("by", oneOf(words, "by", SOURCE_DIMENSIONS)),
      ...optional("credit", oneOf(words, "credit", CREDIT_MODELS)),
      ...optional("lookback", lookback),
    });
    if (words.is("json")) {
      io.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const { period, total, currency } = answer;
    io.out(
      `${answer.site}, ${period.from} to ${period.to} (${period.zone}), credit ${answer.credit}${period.isUnfinished ? ", the last day is not over" : ""}\n\n`,
    );
    const most = Math.max(1, ...answer.rows.map((row) => row.visitors));
    const cells = (value: string, row: Omit<(typeof answer.rows)[number], "value">) => [
      value,
      String(row.visitors),
      round(row.signUps),
      round(row.customers),
      round(row.orders),
      formatMinor(Math.round(row.revenue), currency),
    ];
    const rows = answer.rows.map((row) => [...cells(row.value, row), bar(row.visitors / most, 20)]);
    rows.push([...cells("all", total), ""]);
    io.out(
      `${textTable([answer.by, "visitors", "sign-ups", "customers", "orders", `revenue ${currency}`, ""], rows)}\n`,
    );
    for (const other of answer.otherCurrencies) {
      io.out(
        `Not in the revenue: ${other.orders} orders, ${formatMinor(other.revenue, other.currency)} ${other.currency}\n`,
      );
    }
    return 0;
  },
};

const round = (credit: number): string => String(Math.round(credit * 100) / 100);
