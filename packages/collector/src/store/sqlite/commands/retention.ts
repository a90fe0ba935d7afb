/**
 * Retention by hand; the writer's duty does the same by itself.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { type Retained, retain } from "../retention.ts";
import type { HandlersOf } from "./handler.ts";

export interface RetentionCommands {
  /** Removes a slice of what is older than its site keeps it. */
  retain: { take: { at: EpochMs }; give: Retained };
}

export const retentionHandlers: HandlersOf<RetentionCommands> = {
  retain: (writer, { at }) => retain(writer, at),
};
