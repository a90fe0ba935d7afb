/**
 * `sojourn retention`: removes touchpoints that are older than their site keeps them, now.
 */
import type { Command } from "./command.ts";
import { change } from "./data.ts";

export const retentionCommand: Command = {
  name: "retention",
  summary: "Remove raw touchpoints older than --retention-days of their site; stages, orders and facts stay.",
  usage: "",
  options: {},
  more: "  A running collector does this by itself. Set the days: sojourn site set shop --retention-days 400",
  async run(words, io) {
    let removed = 0;
    for (let hasMore = true; hasMore; ) {
      const slice = await change(words, io, "retain", { at: io.now() });
      removed += slice.removed;
      hasMore = slice.hasMore;
    }
    io.out(words.is("json") ? `${JSON.stringify({ removed })}\n` : `${removed} touchpoints removed\n`);
    return 0;
  },
};
