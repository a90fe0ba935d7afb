/**
 * The edge of the process: reads the words, finds the command, prints errors so that people can act on them.
 */
import { helpOf, type Io, readWords } from "./cli/command.ts";
import { COMMANDS } from "./cli/commands.ts";
import { SojournError } from "./errors.ts";
import { version } from "./version.ts";

/** Runs a command and sets the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await run(argv, {
    out: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    stdin: process.stdin,
    env: process.env,
    now: () => Date.now(),
    random: () => Math.random(),
    isTerminal: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
  });
}

export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    io.out(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "version") {
    io.out(`${version()}\n`);
    return 0;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined) {
    io.note(`There is no command "${name}". Known: ${COMMANDS.map((c) => c.name).join(", ")}.\n`);
    return 2;
  }
  try {
    if (rest.includes("--help")) {
      io.out(helpOf(command));
      return 0;
    }
    return await command.run(readWords(command, rest), io);
  } catch (caught) {
    const error = ofFile(caught) ?? caught;
    if (!(error instanceof SojournError)) throw error;
    io.note(`${error.message}.${error.hint === undefined ? "" : ` ${error.hint}`}\n`);
    return error.code === "bad_usage" ? 2 : 1;
  }
}

/** A file or folder that a command was given and the system will not open; undefined for anything else. */
function ofFile(error: unknown): SojournError | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const isFile = typeof path === "string" && typeof code === "string" && typeof syscall === "string";
  if (!isFile || syscall === "connect") return undefined;
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new SojournError("bad_input", `"${shown}" cannot be used (${code})`, {
    hint: "Check that it is there, that it is a file, and who may read and write it.",
    cause: error,
  });
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((c) => c.name.length)) + 2;
  return [
    "sojourn <command> [options]",
    "",
    ...COMMANDS.map((c) => `  ${c.name.padEnd(width)}${c.summary}`),
    "",
    "sojourn <command> --help tells more.",
    "",
  ].join("\n");
}
