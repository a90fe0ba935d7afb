/**
 * `sojourn restore`: checks a copy, or puts it in the place of the data file.
 */
import { join } from "node:path";
import { SojournError } from "../errors.ts";
import { DATA_FILE } from "../store/data-file.ts";
import { inspectFile, restore } from "../store/sqlite/backup.ts";
import { sizeText } from "./bytes.ts";
import type { Command } from "./command.ts";
import { folderOf, runningIn } from "./data.ts";

export const restoreCommand: Command = {
  name: "restore",
  summary: "Check a copy of the data (--check), or put it in place.",
  usage: "[--check] [<file>] [--force]",
  options: {
    check: { type: "boolean", help: "only look; without a file: at the present data" },
    force: { type: "boolean", help: "replace present data; it is kept beside the new file" },
  },
  async run(words, io) {
    const folder = folderOf(words, io);
    const isCheck = words.is("check");
    const file = words.positionals[0] ?? (isCheck ? join(folder, DATA_FILE) : undefined);
    if (file === undefined) throw new SojournError("bad_usage", "Say which file to restore");
    if (!isCheck && runningIn(folder) !== undefined) {
      throw new SojournError("store_busy", "A collector is running on this folder", {
        hint: "Stop it first, or restore into another folder with --data.",
      });
    }
    const report = isCheck ? await inspectFile(file) : await restore(file, folder, words.is("force"));
    if (words.is("json")) io.out(`${JSON.stringify(report)}\n`);
    else {
      for (const problem of report.problems) io.out(`${report.file}: ${problem}\n`);
      if (report.problems.length === 0) {
        const sum = report.checksum === null ? "no checksum beside it" : "checksum fits";
        io.out(
          `${report.file}: sound, ${report.touchpoints} touchpoints of ${report.people} people, newest ${report.newestAt ?? "none"}, ${sizeText(report.bytes)}, ${sum}\n`,
        );
        if (!isCheck) io.out(`Restored to ${join(folder, DATA_FILE)}\n`);
      }
    }
    return report.problems.length === 0 ? 0 : 1;
  },
};
