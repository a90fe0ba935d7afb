/**
 * `sojourn backup`: a copy of the data, made while the collector runs.
 */
import { constants, setPriority } from "node:os";
import { backUp } from "../store/sqlite/backup.ts";
import { sizeText } from "./bytes.ts";
import type { Command } from "./command.ts";
import { folderOf } from "./data.ts";
import { needed } from "./typed.ts";

export const backupCommand: Command = {
  name: "backup",
  summary: "Copy the data file while the collector runs, with a checksum, and check the copy.",
  usage: "<file>",
  options: { force: { type: "boolean", help: "replace the file if it exists" } },
  more: [
    "  sojourn backup /backups/sojourn-$(date +%F).db",
    "  The copy is one consistent state. Bring it to another machine; beside it lies <file>.sha256.",
  ].join("\n"),
  async run(words, io) {
    // Whoever sends is answered first.
    setPriority(constants.priority.PRIORITY_LOW);
    const report = await backUp(folderOf(words, io), needed(words, 0, "file to write"), words.is("force"));
    io.out(
      words.is("json")
        ? `${JSON.stringify(report)}\n`
        : `${report.file}: ${report.touchpoints} touchpoints of ${report.people} people, ${sizeText(report.bytes)}, checked\n`,
    );
    return 0;
  },
};
