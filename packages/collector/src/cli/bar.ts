/**
 * Bars and progress for terminals.
 */
import type { Io } from "./command.ts";

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of at most `width` characters for a share of 0 to 1; anything above nothing shows at least a sliver. */
export function bar(share: number, width: number): string {
  if (!(share > 0)) return "";
  const eighths = Math.max(1, Math.round(Math.min(1, share) * width * 8));
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

export interface Progress {
  /** Says how far the work has come. */
  at(done: number): void;
  end(): void;
}

/** A line that is drawn again and again on a terminal; silent elsewhere. `total` undefined: only the count is shown. */
export function openProgress(io: Io, what: string, total: number | undefined): Progress {
  let drawnAt = 0;
  const startedAt = io.now();
  const draw = (done: number): void => {
    const count = total === undefined ? String(done) : `${done} of ${total}`;
    const seconds = Math.max(0.001, (io.now() - startedAt) / 1_000);
    const share = total === undefined || total === 0 ? undefined : done / total;
    const drawing =
      share === undefined ? "" : ` ${bar(share, 20).padEnd(20, "·")} ${Math.floor(share * 100)} %`;
    io.note(`\r${what}:${drawing} ${count}, ${Math.round(done / seconds)}/s   `);
  };
  return {
    at(done) {
      if (!io.isTerminal || io.now() - drawnAt < 100) return;
      drawnAt = io.now();
      draw(done);
    },
    end() {
      if (io.isTerminal) io.note("\r\u001b[K");
    },
  };
}
