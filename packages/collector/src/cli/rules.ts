/**
 * Channel rules of the operator's own, from a file.
 */
import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { SojournError } from "../errors.ts";

/** A list of rules in a file, bare or under `rules`. Throws `bad_input` in one sentence. */
export function readRules(file: string): unknown {
  try {
    const read: unknown = parseYaml(readFileSync(file, "utf8"));
    const named = read as { rules?: unknown } | null;
    return typeof named === "object" && named !== null && "rules" in named ? named.rules : read;
  } catch (cause) {
    throw new SojournError(
      "bad_input",
      `${file} cannot be read: ${(cause as Error).message.split("\n")[0]}`,
      { cause },
    );
  }
}
