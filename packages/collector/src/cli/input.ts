/**
 * The text a calculator works on: a file's, or standard input's.
 */
import { readFileSync } from "node:fs";
import { SojournError } from "../errors.ts";
import type { Io } from "./command.ts";

export async function inputText(file: string | undefined, io: Io): Promise<string> {
  if (file !== undefined && file !== "-") {
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      throw new SojournError("bad_input", `${file} cannot be read`, { cause });
    }
  }
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks).toString("utf8");
}
