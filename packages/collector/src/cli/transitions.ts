/**
 * `sojourn transitions`: the log of stage changes, each with its reason.
 */
import { SojournError } from "../errors.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { textTable } from "./text-table.ts";
import { optional } from "./typed.ts";

export const transitionsCommand: Command = {
  name: "transitions",
  summary: "The log of stage changes, each with its reason.",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--entered <stage>]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    model: { type: "string", help: "life-cycle model (default: the site's)" },
    from: { type: "string", help: "first day (default: 30 days up to today)" },
    to: { type: "string", help: "last day, inclusive" },
    entered: { type: "string", help: "only changes into this stage" },
    left: { type: "string", help: "only changes out of this stage" },
    limit: { type: "string", help: "rows, 1 to 1,000 (default 100)" },
    after: { type: "string", help: "`next` of the page before" },
  },
  async run(words, io) {
    const limit = words.text("limit");
    if (limit !== undefined && !/^\d{1,4}$/.test(limit)) {
      throw new SojournError("bad_usage", `--limit is "${limit}"`, { hint: "Use a number from 1 to 1000." });
    }
    const answer = await ask(words, io, "transitions", {
      site: siteOf(words, io),
      ...optional("model", words.text("model")),
      ...optional("from", words.text("from")),
      ...optional("to", words.text("to")),
      ...optional("entered", words.text("entered")),
      ...optional("left", words.text("left")),
      ...optional("after", words.text("after")),
      ...optional("limit", limit === undefined ? undefined : Number(limit)),
    });
    if (words.is("json")) {
      io.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const rows = answer.rows.map((t) => [t.at, t.person, t.from ?? "-", t.to, t.cause, t.rule]);
    io.out(`${textTable(["at", "person", "from", "to", "cause", "rule"], rows)}\n`);
    if (answer.hasMore) io.out(`\nMore: --after ${answer.next}\n`);
    return 0;
  },
};
