/**
 * `sojourn completion`: a script that completes commands and options in bash, zsh or fish.
 */

import { SojournError } from "../errors.ts";
import { COMMON, type Command } from "./command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** The command, for whatever commands there are. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "A completion script for your shell.",
    usage: SHELLS.join(" | "),
    options: {},
    more: "  source <(sojourn completion bash)\n  sojourn completion fish > ~/.config/fish/completions/sojourn.fish",
    async run(words, io) {
      const shell = SHELLS.find((known) => known === words.positionals[0]);
      if (shell === undefined) throw new SojournError("bad_usage", `Say which shell: ${SHELLS.join(", ")}`);
      io.out(shell === "fish" ? fishScript(commands()) : bashScript(commands(), shell));
      return 0;
    },
  };
}

const optionsOf = (command: Command): string[] =>
  Object.keys({ ...command.options, ...COMMON }).map((name) => `--${name}`);

function bashScript(commands: readonly Command[], shell: "bash" | "zsh"): string {
  const cases = commands.map((c) => `    ${c.name}) words="${optionsOf(c).join(" ")}" ;;`);
  return [
    // zsh understands bash's completions once it is asked to.
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_sojourn() {",
    `  local word="\${COMP_WORDS[COMP_CWORD]}" words`,
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map((c) => c.name).join(" ")}"; else case "\${COMP_WORDS[1]}" in`,
    ...cases,
    "  esac; fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -o default -F _sojourn sojourn",
    "",
  ].join("\n");
}

function fishScript(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  return [
    ...commands.map(
      (c) => `complete -c sojourn -n __fish_use_subcommand -f -a ${c.name} -d ${quoted(c.summary)}`,
    ),
    ...commands.flatMap((c) =>
      Object.entries({ ...c.options, ...COMMON }).map(
        ([name, { type, help }]) =>
          `complete -c sojourn -n '__fish_seen_subcommand_from ${c.name}' -l ${name}${type === "string" ? " -r" : ""} -d ${quoted(help)}`,
      ),
    ),
    "",
  ].join("\n");
}
