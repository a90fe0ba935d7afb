/**
 * `sojourn stages`: how many people are in each stage, now or then, as a whole or by where they came from.
 */
import { label } from "../domain/lifecycle/labels.ts";
import { SOURCE_DIMENSIONS } from "../store/port.ts";
import { bar } from "./bar.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { FILTER_OPTION, filterOf } from "./question.ts";
import { textTable } from "./text-table.ts";
import { oneOf, optional } from "./typed.ts";

export const stagesCommand: Command = {
  name: "stages",
  summary: "People in each life-cycle stage, now or at a past instant.",
  usage: "[--site <id>] [--at <date>] [--by <dimension>]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    model: { type: "string", help: "life-cycle model (default: the site's)" },
    at: { type: "string", help: "2026-10-01 (its end, in the site's zone) or an ISO instant; default now" },
    by: { type: "string", help: "channel, source, medium, campaign, term or content" },
    ...FILTER_OPTION,
    touch: { type: "string", help: "first (default) or last: the touch that tells where a person came from" },
  },
  more: "  sojourn stages --site shop --by channel\n  sojourn stages --site shop --at 2026-10-01",
  async run(words, io) {
    const answer = await ask(words, io, "stages", {
      site: siteOf(words, io),
      ...optional("model", words.text("model")),
      ...optional("at", words.text("at")),
      ...optional(
        "by",
        oneOf(
          words,
          "by",
          SOURCE_DIMENSIONS.filter((d) => d !== "landing"),
        ),
      ),
      ...filterOf(words),
      ...optional("touch", oneOf(words, "touch", ["first", "last"] as const)),
    });
    if (words.is("json")) {
      io.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const stages = answer.stages.map(({ stage }) => stage);
    io.out(`${answer.site}, model ${answer.model}, ${answer.at} (${answer.zone}), ${answer.total} people\n`);
    if (answer.building !== undefined) {
      io.out(
        `Version ${answer.building.version} is being built: ${Math.floor(answer.building.progress * 100)} %\n`,
      );
    }
    io.out("\n");
    if (answer.rows === undefined) {
      const most = Math.max(1, ...answer.stages.map(({ people }) => people));
      const rows = answer.stages.map(({ stage, people }) => [
        label(stage, "en"),
        String(people),
        bar(people / most, 30),
      ]);
      io.out(`${textTable(["stage", "people", ""], rows)}\n`);
      return 0;
    }
    const rows = answer.rows.map((row) => [
      row.value,
      String(row.people),
      ...stages.map((s) => String(row.stages[s] ?? 0)),
    ]);
    rows.push(["all", String(answer.total), ...answer.stages.map(({ people }) => String(people))]);
    io.out(`${textTable([answer.by!, "people", ...stages.map((s) => label(s, "en"))], rows)}\n`);
    return 0;
  },
};
