/**
 * `sojourn forget`: erases a person, from the data file and its log.
 */
import { erasePerson } from "../store/erasure.ts";
import type { Command } from "./command.ts";
import { change, folderOf, siteOf } from "./data.ts";
import { needed } from "./typed.ts";

export const forgetCommand: Command = {
  name: "forget",
  summary: "Erase a person: touchpoints, stages, orders, names, everything.",
  usage: "<visitor, customer or alias> [--site <id>]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    rewrite: { type: "boolean", help: "write the file anew whatever its size, if remains are found" },
  },
  more: [
    "  A hash of the visitor's id stays, so that a late beacon cannot bring them back.",
    "  Backups made before still hold the person; let them expire, or make new ones.",
  ].join("\n"),
  async run(words, io) {
    const erased = await erasePerson(
      (name, take) => change(words, io, name, take),
      folderOf(words, io),
      { site: siteOf(words, io), person: needed(words, 0, "person"), at: io.now() },
      words.is("rewrite") ? Number.POSITIVE_INFINITY : undefined,
    );
    if (words.is("json")) io.out(`${JSON.stringify(erased)}\n`);
    else {
      const { visitors, touchpoints, orders, transitions } = erased;
      io.out(
        `Erased: ${visitors} visitors, ${touchpoints} touchpoints, ${orders} orders, ${transitions} stage changes\n`,
      );
    }
    if (!erased.isClean) {
      io.note(
        "Some id of the person is still somewhere in the data file: in an unused part of a page, or because somebody else has the same text. " +
          "To write the file anew, run this again with --rewrite while little is going on.\n",
      );
    }
    if (erased.copies.length > 0) {
      io.note(
        `Older copies in the data folder still name the person: ${erased.copies.join(", ")}. ` +
          "Delete them as soon as nobody wants to go back to them.\n",
      );
    }
    return 0;
  },
};
