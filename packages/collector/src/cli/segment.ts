/**
 * `sojourn segment`: groups of people by a rule; counted, listed, written out.
 */
import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { writeCsv } from "../csv.ts";
import { SojournError } from "../errors.ts";
import { tableOf } from "../report/table.ts";
import { type Command, type Io, linesOf, type Words } from "./command.ts";
import { ask, change, siteOf } from "./data.ts";
import { barTable, percent } from "./question.ts";
import { needed } from "./typed.ts";

export const segmentCommand: Command = {
  name: "segment",
  summary: "Groups of people by a rule: list, try, save, export, remove.",
  usage: "list | try <rule> | save <name> <rule> | export <name> | remove <name>",
  options: { site: { type: "string", help: "site id; may be left out when there is one site" } },
  more: [
    "  <rule> is JSON, a YAML or JSON file, or - for standard input.",
    `  sojourn segment save "one order, then silence" '{"all":[["orders","==",1],["idle","order",">=","P60D"]]}'`,
  ].join("\n"),
  async run(words, io) {
    const verb = needed(words, 0, "of list, try, save, export, remove");
    const site = siteOf(words, io);
    switch (verb) {
      case "list": {
        const answer = await ask(words, io, "segments", { site });
        if (words.is("json")) io.out(`${JSON.stringify(answer)}\n`);
        else if (answer.rows.length === 0) io.out("There is no segment yet. See: sojourn segment --help\n");
        else {
          const table = barTable(
            ["segment", "people", "share", "rule"],
            answer.rows,
            (row) => [row.name, String(row.people), percent(row.share), row.words],
            (row) => row.people,
          );
          io.out(`${table}\n`);
        }
        return 0;
      }
      case "try": {
        const answer = await ask(words, io, "segmentPreview", { site, rule: await ruleOf(words, io, 1) });
        if (words.is("json")) io.out(`${JSON.stringify(answer)}\n`);
        else io.out(`${answer.people} of ${answer.total} people: ${answer.words}\n`);
        return 0;
      }
      case "save": {
        const name = needed(words, 1, "name").trim();
        if (name === "" || name.length > 100)
          throw new SojournError("bad_usage", "A name has 1 to 100 characters");
        const {
          rule,
          people,
          words: text,
        } = await ask(words, io, "segmentPreview", {
          site,
          rule: await ruleOf(words, io, 2),
        });
        await change(words, io, "saveSegment", { site, name, rule: JSON.stringify(rule), at: io.now() });
        if (words.is("json")) io.out(`${JSON.stringify({ name, rule, words: text, people })}\n`);
        else io.out(`${name}: ${people} people, ${text}\n`);
        return 0;
      }
      case "export":
        await exportMembers(words, io, site, needed(words, 1, "name"));
        return 0;
      case "remove": {
        const name = needed(words, 1, "name");
        const { removed } = await change(words, io, "removeSegment", { site, name });
        if (!removed) throw new SojournError("not_found", `There is no segment "${name}"`);
        io.out(words.is("json") ? `${JSON.stringify({ removed: name })}\n` : `${name} is removed\n`);
        return 0;
      }
      default:
        throw new SojournError("bad_usage", `segment ${verb} is not known`, {
          hint: "See: sojourn segment --help",
        });
    }
  },
};

/** Everybody in a segment, as CSV or one JSON object a line. */
async function exportMembers(words: Words, io: Io, site: string, name: string): Promise<void> {
  let after: string | undefined;
  let isFirst = true;
  do {
    const page = await ask(words, io, "people", {
      site,
      filter: [{ field: "segment", is: true, values: [name] }],
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    if (words.is("json")) for (const row of page.rows) io.out(`${JSON.stringify(row)}\n`);
    else {
      const { columns, rows } = tableOf("people", page)!;
      const text = writeCsv(columns, rows);
      io.out(isFirst ? text : text.slice(text.indexOf("\n") + 1));
    }
    isFirst = false;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** The rule that is typed, or in the file that is named, or on standard input. */
async function ruleOf(words: Words, io: Io, place: number): Promise<unknown> {
  const typed = needed(words, place, "rule");
  let text = typed;
  if (typed === "-") {
    const lines: string[] = [];
    for await (const line of linesOf(io.stdin)) lines.push(line);
    text = lines.join("\n");
  } else if (!/^\s*[[{]/.test(typed)) {
    try {
      text = readFileSync(typed, "utf8");
    } catch (cause) {
      throw new SojournError("bad_usage", `${typed} is no JSON and no file that can be read`, { cause });
    }
  }
  try {
    return parseYaml(text) as unknown;
  } catch (cause) {
    throw new SojournError("bad_input", "The rule is neither JSON nor YAML", { cause });
  }
}
