/**
 * `sojourn config`: every setting with its value and where it comes from.
 */
import { flagOf, readConfig, SETTINGS } from "../config.ts";
import type { Command } from "./command.ts";
import { printConfig } from "./serve.ts";

export const configCommand: Command = {
  name: "config",
  summary: "Every setting with its value and where it comes from: flag, environment, file or default.",
  usage: "[options of serve]",
  options: Object.fromEntries(
    Object.entries(SETTINGS)
      .filter(([name]) => name !== "data")
      .map(([name, setting]) => [
        flagOf(name),
        {
          type: setting.default === false ? ("boolean" as const) : ("string" as const),
          help: setting.allowed,
        },
      ]),
  ),
  async run(words, io) {
    io.out(printConfig(readConfig(words.flags, io.env), words.is("json")));
    return 0;
  },
};
