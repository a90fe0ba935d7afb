/**
 * `sojourn identity`: claims that were not followed, and an operator's word against one that was.
 */
import { SojournError } from "../errors.ts";
import type { Command } from "./command.ts";
import { ask, change, siteOf } from "./data.ts";
import { textTable } from "./text-table.ts";
import { needed } from "./typed.ts";

export const identityCommand: Command = {
  name: "identity",
  summary:
    "Who is who: conflicts lists claims that were not followed; unlink takes a visitor out of a person.",
  usage: "conflicts | unlink <visitor> <claim> | relink <visitor> <claim>  [--site <id>]",
  options: { site: { type: "string", help: "site id; may be left out when there is one site" } },
  more: [
    "  sojourn identity unlink 0193-… customer:42   a shared computer: this browser is not customer 42",
    "  Everybody the decision concerns is computed again from the log.",
  ].join("\n"),
  async run(words, io) {
    const verb = needed(words, 0, "of conflicts, unlink, relink");
    const site = siteOf(words, io);
    if (verb === "conflicts") {
      const { conflicts } = await ask(words, io, "conflicts", { site });
      if (words.is("json")) io.out(`${JSON.stringify(conflicts)}\n`);
      else {
        const rows = conflicts.map(({ name, visitor, owner, at }) => [name, visitor, owner ?? "nobody", at]);
        io.out(`${textTable(["claim", "claimed by", "belongs to", "at"], rows)}\n`);
      }
      return 0;
    }
    if (verb !== "unlink" && verb !== "relink") {
      throw new SojournError("bad_usage", `identity ${verb} is not known`, {
        hint: "See: sojourn identity --help",
      });
    }
    const take = {
      site,
      visitor: needed(words, 1, "visitor"),
      claim: needed(words, 2, "claim"),
      at: io.now(),
    };
    const answer = await change(words, io, verb, take);
    io.out(
      words.is("json")
        ? `${JSON.stringify(answer)}\n`
        : `${answer.visitors} visitors are now ${answer.people} people\n`,
    );
    return 0;
  },
};
