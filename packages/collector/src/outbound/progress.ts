/**
 * How far a message came at its target, as it is kept with it: what was answered step by step, so that a restart goes on
 * at the step. Holds no address and no body.
 */

export interface Progress {
  /** Steps that were answered well, in order. */
  done: { step: string; status: number; at: number }[];
  /** Addresses under which the system knew nobody, as they are remembered. */
  missed: string[];
  /** The address the done steps were made with. */
  via?: string;
  /** An operator asked for it again: it is sent however old it is. */
  byHand?: true;
}

export function readProgress(text: string): Progress {
  const { done = [], missed = [], ...rest } = JSON.parse(text) as Partial<Progress>;
  return { done, missed, ...rest };
}

export const progressText = (progress: Progress): string => JSON.stringify(progress);
