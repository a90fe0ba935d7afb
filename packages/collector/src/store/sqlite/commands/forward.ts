/**
 * Notes of changes for an engine that holds copies of the file's rows (see capture.ts): beginning, and removing
 * what was shipped.
 */
import { beginCapture, endCapture, isCapturing } from "../capture.ts";
import type { HandlersOf } from "./handler.ts";

export interface ForwardCommands {
  /** From now on every change is noted, also by commands that know nothing of the engine. */
  beginForward: { take: null; give: null };
  /** Changes are no longer noted; what was noted is dropped. */
  endForward: { take: null; give: null };
  /** Removes notes up to one, a slice at a time; `hasMore` says whether to call again. */
  dropForwarded: { take: { upTo: number }; give: { hasMore: boolean } };
}

/** A few milliseconds, with what is overwritten. */
const SLICE = 5_000;

export const forwardHandlers: HandlersOf<ForwardCommands> = {
  beginForward(writer) {
    beginCapture(writer.db);
    return null;
  },

  endForward(writer) {
    endCapture(writer.db);
    return null;
  },

  dropForwarded(writer, { upTo }) {
    if (!isCapturing(writer.db)) return { hasMore: false };
    return writer.change(() => {
      const { changes } = writer.db
        .prepare(
          "delete from forward_change where n in (select n from forward_change where n <= ? order by n limit ?)",
        )
        .run(upTo, SLICE);
      return { hasMore: changes === SLICE };
    });
  },
};
