/**
 * What the checkpointing thread tells the writer, in shared memory.
 */

/** Numbers at {@link WRITTEN}, {@link REMAINING} and {@link ROUND_MS}. */
export type CheckpointState = Int32Array;

/** Pages in the write-ahead log after the latest round. */
export const WRITTEN = 0;
/** Those of them that are not in the data file yet. */
export const REMAINING = 1;
/** Milliseconds of the latest round, with its two fsyncs. */
export const ROUND_MS = 2;

/** A log of so many pages (16 MiB) is started again. */
export const FULL_PAGES = 4_096;

export const newCheckpointState = (): CheckpointState => new Int32Array(new SharedArrayBuffer(12));
