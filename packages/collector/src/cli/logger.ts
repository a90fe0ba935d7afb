/**
 * One line per event: JSON for machines, words for a terminal. Never a visitor's data, never a secret.
 */
import type { Io } from "./command.ts";

export type Level = "info" | "warn" | "error";
export type Log = (level: Level, message: string, fields: Record<string, unknown>) => void;

export function openLogger(form: "auto" | "json" | "text", io: Pick<Io, "note" | "now" | "isTerminal">): Log {
  const isText = form === "text" || (form === "auto" && io.isTerminal);
  return (level, message, fields) => {
    const time = new Date(io.now()).toISOString();
    if (!isText) {
      io.note(`${JSON.stringify({ time, level, message, ...fields })}\n`);
      return;
    }
    if (level === "info") return; // On a terminal the welcome says it.
    io.note(
      `${time} ${level}: ${message}${fields["reason"] === undefined ? "" : ` (${String(fields["reason"])})`}\n`,
    );
  };
}
