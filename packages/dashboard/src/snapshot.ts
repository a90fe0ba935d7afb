/**
 * A page that was written into a file with its answers (`sojourn report`): it asks nobody and changes nothing.
 */

export interface Snapshot {
  /** What stands for the address. */
  params: Record<string, string>;
  /** Answers by the question's path. */
  answers: Record<string, unknown>;
  /** Words of its language; absent when it is English. */
  words?: Record<string, string>;
}

let held: Snapshot | null | undefined;

/** What the file carries; undefined on a live page. */
export function snapshot(): Snapshot | undefined {
  if (held === undefined) {
    const text = document.getElementById("snapshot")?.textContent;
    held = text ? (JSON.parse(text) as Snapshot) : null;
  }
  return held ?? undefined;
}
