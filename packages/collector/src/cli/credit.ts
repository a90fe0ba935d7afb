/**
 * `sojourn credit`: shares conversions over the touches before them. Needs no data file.
 */
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import type { Command } from "./command.ts";
import { creditLines, creditOptions } from "./credit-lines.ts";
import { creditTable } from "./credit-table.ts";
import { inputText } from "./input.ts";
import { optional } from "./typed.ts";

export const creditCommand: Command = {
  name: "credit",
  summary: "Credit per channel for paths or journeys, by any model.",
  usage: "[file] [--model <name or all>]",
  options: {
    model: { type: "string", help: `${CREDIT_MODELS.join(", ")}, or all (default last-non-direct)` },
    order: { type: "string", help: "markov: how many channels make a state, 1 (default), 2 or 3" },
    lookback: {
      type: "string",
      help: "how long before a conversion a touch counts: 30d (default), 12h, none",
    },
    "half-life": { type: "string", help: "decay: a touch this old counts half (default 7d)" },
    direct: { type: "string", help: "drop-unless-alone (default, for paths too) or keep" },
    conversions: {
      type: "string",
      help: "overlap (default), or reset: only touches after the conversion before",
    },
  },
  more: [
    "  Reads a file or standard input, either",
    "    path,conversions,value,nulls    (CSV, channels joined by ' > ')",
    '    {"visitor":"v1","touches":[["email","2026-01-01T10:00:00Z"]],"conversions":[["2026-01-02T10:00:00Z",80]]}',
  ].join("\n"),
  async run(words, io) {
    const options = creditOptions({
      ...optional("model", words.text("model")),
      ...optional("order", words.text("order")),
      ...optional("lookback", words.text("lookback")),
      ...optional("halfLife", words.text("half-life")),
      ...optional("direct", words.text("direct")),
      ...optional("conversions", words.text("conversions")),
    });
    const answer = creditLines(await inputText(words.positionals[0], io), options);
    io.out(words.is("json") || !io.isTerminal ? `${JSON.stringify(answer)}\n` : `${creditTable(answer)}\n`);
    for (const error of answer.errors) {
      io.note(
        "line" in error ? `line ${error.line}: ${error.reason}\n` : `${error.model}: ${error.reason}\n`,
      );
    }
    return 0;
  },
};
