/**
 * Carries an error from one thread to another without losing its code and hint.
 */
import { type ErrorCode, SojournError } from "../../errors.ts";

export interface Failure {
  code: ErrorCode | undefined;
  message: string;
  hint: string | undefined;
  stack: string | undefined;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof SojournError) {
    return { code: error.code, message: error.message, hint: error.hint, stack: error.stack };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: undefined, message, hint: undefined, stack };
}

export function errorOf(failure: Failure): Error {
  if (failure.code !== undefined) {
    return new SojournError(
      failure.code,
      failure.message,
      failure.hint === undefined ? {} : { hint: failure.hint },
    );
  }
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}
