/**
 * `sojourn replay`: computes every projection again from the log.
 */

import { SojournError } from "../errors.ts";
import { openSpool } from "../store/clickhouse/spool.ts";
import { runCommand } from "../store/sqlite/commands.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import { openProgress } from "./bar.ts";
import type { Command, Io, Words } from "./command.ts";
import { folderOf, runningIn } from "./data.ts";

export const replayCommand: Command = {
  name: "replay",
  summary: "Compute people, touches and stages again from the log; or send an engine again what it lost.",
  usage: "[--notify] | --from <instant>|beginning",
  options: {
    from: {
      type: "string",
      help: "send the engine again what was shipped since then; beginning: everything",
    },
    notify: { type: "boolean", help: "send webhooks for what is news (default: none)" },
  },
  async run(words, io) {
    const folder = folderOf(words, io);
    const from = words.text("from");
    if (from !== undefined) return sendAgain(folder, from, words, io);
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

/** Lets kept batches be sent again, or everything be shipped anew; the collector does it, as soon as it runs. */
function sendAgain(folder: string, from: string, words: Words, io: Io): number {
  const spool = openSpool(folder);
  try {
    if (spool.owner() === undefined) {
      throw new SojournError("conflict", "Nothing was shipped from this folder yet", {
        hint: "Start the collector with SOJOURN_STORE, or run: sojourn move --to clickhouse://...",
      });
    }
    if (from === "beginning") {
      spool.setMeta("again", "beginning");
      const answer = { from };
      io.out(words.is("json") ? `${JSON.stringify(answer)}\n` : "everything will be shipped again\n");
      return 0;
    }
    const at = Date.parse(from);
    if (Number.isNaN(at)) {
      throw new SojournError("bad_usage", `"${from}" is no instant`, {
        hint: "Such as 2026-11-20T00:00:00Z, or the word beginning.",
      });
    }
    const kept = spool.oldestKept();
    const batches = spool.again(at);
    const keptFrom = kept === undefined ? null : new Date(kept).toISOString();
    if (words.is("json")) io.out(`${JSON.stringify({ batches, keptFrom })}\n`);
    else {
      io.out(`${batches} batches will be sent again\n`);
      if (kept === undefined || kept > at)
        io.out(`older ones are no longer kept (since ${keptFrom ?? "now"}); for more: --from beginning\n`);
    }
    return 0;
  } finally {
    spool.close();
  }
}
