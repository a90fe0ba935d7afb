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

/** Before that a rate says little: the first of it may be small. */
const RATE_AFTER_SECONDS = 2;

/** Time that is left at this rate, in words; empty while it cannot be told. */
function left(total: number | undefined, done: number, rate: number): string {
  if (total === undefined || rate <= 0 || done >= total) return "";
  const seconds = Math.ceil((total - done) / rate);
  if (seconds < 100) return `, ${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `, ${minutes} min left` : `, ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** A line that is drawn again and again on a terminal; silent elsewhere. `total` undefined: only the count is shown. */
export function openProgress(io: Io, what: string, total: number | undefined): Progress {
  let drawnAt = 0;
  const startedAt = io.now();
  /** Work that goes on where it was begins in the middle: what was done before says nothing about the rate. */
  let first: number | undefined;
  const draw = (done: number): void => {
    first ??= done;
    const count = total === undefined ? String(done) : `${done} of ${total}`;
    const seconds = Math.max(0.001, (io.now() - startedAt) / 1_000);
    const rate = (done - first) / seconds;
    const share = total === undefined || total === 0 ? undefined : done / total;
    const drawing =
      share === undefined ? "" : ` ${bar(share, 20).padEnd(20, "·")} ${Math.floor(share * 100)} %`;
    io.note(
      `\r${what}:${drawing} ${count}, ${Math.round(rate)}/s${seconds < RATE_AFTER_SECONDS ? "" : left(total, done, rate)}   `,
    );
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
