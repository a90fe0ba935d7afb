/**
 * The one error type of the collector: a stable code, what was wrong, and what to do about it.
 */

/** Stable codes, snake_case. Messages may improve at any time; codes never change their meaning. */
export type ErrorCode =
  | "bad_config"
  | "bad_input"
  | "bad_model"
  | "bad_usage"
  | "conflict"
  | "forbidden"
  | "not_found"
  | "old_node"
  | "password_needed"
  | "port_taken"
  | "store_busy"
  | "store_damaged"
  | "store_full"
  | "store_newer"
  | "store_unwritable"
  | "too_many_tries"
  | "unauthorized"
  | "unavailable";

export class SojournError extends Error {
  readonly code: ErrorCode;
  /** What the reader can do next; one sentence. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SojournError";
    this.code = code;
    this.hint = options.hint;
  }
}
