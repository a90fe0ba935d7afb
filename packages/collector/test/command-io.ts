/** The surroundings of a command in a test: a clock that stands, and everything it says. */
import type { Io } from "../src/cli/command.ts";

export interface Heard {
  io: Io;
  /** What was printed so far. */
  out(): string;
  /** What was said beside it. */
  notes(): string;
}

export function openIo(now: number, env: Io["env"] = {}): Heard {
  let out = "";
  let notes = "";
  const io: Io = {
    out: (text) => {
      out += text;
    },
    note: (text) => {
      notes += text;
    },
    stdin: (async function* () {})(),
    env,
    now: () => now,
    random: () => 0.5,
    isTerminal: false,
    columns: 80,
  };
  return { io, out: () => out, notes: () => notes };
}
