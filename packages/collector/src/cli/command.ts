/**
 * What a command of `sojourn` is, and how its words are read.
 */
import { parseArgs } from "node:util";
import { SojournError } from "../errors.ts";

/** An option of a command. */
export interface Option {
  type: "string" | "boolean";
  /** What it is for, in a few words; with the form of its value. */
  help: string;
  /** May be given several times. */
  multiple?: true;
}

/** What a command may touch of the world. */
export interface Io {
  out(text: string): void;
  /** For people: progress, remarks. Never part of the answer. */
  note(text: string): void;
  stdin: AsyncIterable<string | Buffer>;
  env: NodeJS.ProcessEnv;
  now(): number;
  /** Chance, between 0 and 1; never for secrets. */
  random(): number;
  /** True when `note` is read on a terminal, so that progress can be drawn. */
  isTerminal: boolean;
  /** Width of the terminal in columns. */
  columns: number;
}

export interface Words {
  positionals: string[];
  /** The value of a string option; undefined when it was not given. */
  text(name: string): string | undefined;
  list(name: string): string[];
  is(name: string): boolean;
  /** All string options, for the configuration. */
  flags: Record<string, string | undefined>;
}

export interface Command {
  name: string;
  summary: string;
  /** What follows the name, such as "<url> [--referrer <url>]". */
  usage: string;
  options: Record<string, Option>;
  /** Further lines of help: examples. */
  more?: string;
  /** Returns the exit code: 0 done, 1 an answer that means failure, 2 wrong usage. */
  run(words: Words, io: Io): Promise<number>;
}

/** Options every command has. */
export const COMMON: Record<string, Option> = {
  data: { type: "string", help: "folder of the data file (default ./data, or SOJOURN_DATA)" },
  config: { type: "string", help: "file with settings (YAML or JSON)" },
  json: { type: "boolean", help: "print JSON" },
  help: { type: "boolean", help: "print this" },
};

/** Reads a command's words. Throws `bad_usage` that names what is wrong. */
export function readWords(command: Command, argv: readonly string[]): Words {
  const words = wordsIn(command, argv);
  const [first] = words.positionals;
  // A command whose usage names options alone would pass over them, and do something else than was meant.
  const takesNone = command.usage.replace(/\[--[^\]]*\]…?/g, "").trim() === "";
  if (takesNone && first !== undefined) {
    throw new SojournError("bad_usage", `"${first.slice(0, 80)}" means nothing to sojourn ${command.name}`, {
      hint: `Options begin with two dashes. See: sojourn ${command.name} --help`,
    });
  }
  return words;
}

function wordsIn(command: Command, argv: readonly string[]): Words {
  const options = { ...COMMON, ...command.options };
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, multiple }]) => [
          name,
          { type, multiple: multiple ?? false },
        ]),
      ),
      allowPositionals: true,
    });
    const all = values as Record<string, string | boolean | string[] | undefined>;
    return {
      positionals,
      text: (name) => {
        const value = all[name];
        return typeof value === "string" ? value : undefined;
      },
      list: (name) => {
        const value = all[name];
        return Array.isArray(value) ? value : [];
      },
      is: (name) => all[name] === true,
      flags: Object.fromEntries(
        Object.entries(all).map(([name, value]) => [
          name,
          value === true ? "true" : typeof value === "string" ? value : undefined,
        ]),
      ),
    };
  } catch (cause) {
    const reason = (cause as Error).message.split(/\. |\n/)[0]!.replace(/\.$/, "");
    const hint = /ambiguous/.test(reason)
      ? "A value that begins with a dash is written behind an equals sign, as in --name=-1."
      : `See: sojourn ${command.name} --help`;
    throw new SojournError("bad_usage", reason, { hint, cause });
  }
}

export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON });
  const width = Math.max(...options.map(([name]) => name.length)) + 4;
  return [
    `sojourn ${command.name} ${command.usage}`.trimEnd(),
    "",
    command.summary,
    "",
    ...options.map(([name, { help }]) => `  ${`--${name}`.padEnd(width)}${help}`),
    ...(command.more === undefined ? [] : ["", command.more]),
    "",
  ].join("\n");
}

/** Lines of a stream, without their line ends; the last one may have none. */
export async function* linesOf(stream: AsyncIterable<string | Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    let end = rest.indexOf("\n");
    while (end >= 0) {
      yield rest.slice(0, rest.endsWith("\r", end) ? end - 1 : end).replace(/\r$/, "");
      rest = rest.slice(end + 1);
      end = rest.indexOf("\n");
    }
  }
  rest += decoder.decode();
  if (rest !== "") yield rest.replace(/\r$/, "");
}
