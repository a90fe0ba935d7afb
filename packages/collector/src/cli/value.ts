/**
 * `sojourn value fit`: what customers will buy, fitted on orders. Needs no data file.
 */
import { SojournError } from "../errors.ts";
import type { Command } from "./command.ts";
import { inputText } from "./input.ts";
import { optional } from "./typed.ts";
import { valueFit, valueOptions } from "./value-fit.ts";
import { valueTable } from "./value-table.ts";

export const valueCommand: Command = {
  name: "value",
  summary: "Fits MBG/NBD or BG/NBD (and Gamma-Gamma) on orders; expected orders and value.",
  usage: "fit [file] [--model mbg-nbd|bg-nbd] [--spend] [--calibration-end <date>]",
  options: {
    model: { type: "string", help: "mbg-nbd (default) or bg-nbd" },
    spend: { type: "boolean", help: "fit Gamma-Gamma on the order values too" },
    "calibration-end": { type: "string", help: "orders after this day only check the fit" },
    unit: { type: "string", help: "days, weeks (default), months or years" },
    expect: { type: "string", help: "expected orders (and value) this far ahead: 39w, 90d" },
    customers: {
      type: "boolean",
      help: "with --expect: everybody's own outlook, most expected orders first",
    },
  },
  more: "  Reads orders `customer,date,value` or tallies `frequency,recency,T,n` (CSV) from a file or standard input.",
  async run(words, io) {
    if (words.positionals[0] !== "fit") {
      throw new SojournError("bad_usage", "Say what to do", { hint: "sojourn value fit orders.csv --spend" });
    }
    const options = valueOptions({
      ...optional("model", words.text("model")),
      ...optional("unit", words.text("unit")),
      ...optional("calibrationEnd", words.text("calibration-end")),
      ...optional("expect", words.text("expect")),
      spend: words.is("spend"),
      customers: words.is("customers"),
    });
    const answer = valueFit(await inputText(words.positionals[1], io), options);
    io.out(words.is("json") || !io.isTerminal ? `${JSON.stringify(answer)}\n` : `${valueTable(answer)}\n`);
    for (const { line, reason } of answer.errors) io.note(`line ${line}: ${reason}\n`);
    return 0;
  },
};
