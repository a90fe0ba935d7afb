/**
 * `sojourn replay`: computes every projection again from the log.
 */

import { SojournError } from "../errors.ts";
import { runCommand } from "../store/sqlite/commands.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import { openProgress } from "./bar.ts";
import type { Command } from "./command.ts";
import { folderOf, runningIn } from "./data.ts";

export const replayCommand: Command = {
  name: "replay",
  summary: "Compute people, touches and stages again from the log.",
  usage: "",
  options: { notify: { type: "boolean", help: "send webhooks for what is news (default: none)" } },
  async run(words, io) {
    const folder = folderOf(words, io);
    if (runningIn(folder) !== undefined) {
      throw new SojournError("store_busy", "A collector is running on this folder", {
        hint: "Stop it first: while a replay runs, answers would be of half a history.",
      });
    }
    const writer = openWriter(folder);
    try {
      runCommand(writer, "replay", { at: io.now(), notifies: words.is("notify") });
      const total = writer.pending();
      const progress = openProgress(io, "Replaying", total);
      let left = total;
      while (left > 0) {
        left = writer.project(200);
        progress.at(total - left);
      }
      while (writer.sweep(io.now(), 5_000) > 0);
      progress.end();
      io.out(
        words.is("json") ? `${JSON.stringify({ touchpoints: total })}\n` : `${total} touchpoints replayed\n`,
      );
      return 0;
    } finally {
      writer.close();
    }
  },
};
