/**
 * `sojourn export`: everything that is kept about a person, as JSON.
 */
import { SojournError } from "../errors.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { needed } from "./typed.ts";

export const exportCommand: Command = {
  name: "export",
  summary: "Everything that is kept about a person, as JSON.",
  usage: "person <visitor, customer or alias> [--site <id>]",
  options: { site: { type: "string", help: "site id; may be left out when there is one site" } },
  async run(words, io) {
    const what = needed(words, 0, "of person");
    if (what !== "person") {
      throw new SojournError("bad_usage", `export ${what} is not known`, {
        hint: "See: sojourn export --help",
      });
    }
    const answer = await ask(words, io, "export", {
      site: siteOf(words, io),
      person: needed(words, 1, "person"),
    });
    io.out(`${JSON.stringify(answer, null, words.is("json") ? 0 : 2)}\n`);
    return 0;
  },
};
