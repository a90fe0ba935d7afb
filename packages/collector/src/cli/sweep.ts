/**
 * `sojourn sweep`: applies every stage change that time alone has brought by now.
 *
 * A running collector does this every second; the command is for a file nobody serves.
 */
import { SojournError } from "../errors.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import type { Command } from "./command.ts";
import { folderOf, runningIn } from "./data.ts";

const BATCH = 5_000;

export const sweepCommand: Command = {
  name: "sweep",
  summary: "Apply stage changes that are due, dated when they were due.",
  usage: "",
  options: {},
  async run(words, io) {
    const folder = folderOf(words, io);
    if (runningIn(folder) !== undefined) {
      throw new SojournError("store_busy", "A collector is running on this folder, and sweeps every second", {
        hint: "Nothing to do.",
      });
    }
    const writer = openWriter(folder);
    try {
      while (writer.project(200) > 0);
      let people = 0;
      for (let moved = writer.sweep(io.now(), BATCH); moved > 0; moved = writer.sweep(io.now(), BATCH))
        people += moved;
      io.out(words.is("json") ? `${JSON.stringify({ people })}\n` : `${people} people moved\n`);
      return 0;
    } finally {
      writer.close();
    }
  },
};
