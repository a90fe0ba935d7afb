/**
 * Cuts touchpoints into calls for the server door: a person's touchpoints together and in order of time, so that they are folded
 * once and not row by row.
 */
import { type EpochMs, LIMITS } from "@sojourn/sdk/wire";
import type { ImportedTouchpoint } from "./orders.ts";

/** One call. */
export interface ImportGroup {
  body: string;
  /** The line of each touchpoint, by its place in the body. */
  lines: number[];
  /** When all of them were received, if their lines say so. */
  receivedAt?: EpochMs;
}

/** Room for the brackets, and for proxies that count differently. */
const MOST_BYTES = LIMITS.serverBodyBytes - 4_096;

/** Sorts `touchpoints` in place: by person, then by what was received first, then by time. */
export function* groupsOf(touchpoints: ImportedTouchpoint[]): Generator<ImportGroup> {
  touchpoints.sort(
    (a, b) =>
      (a.person < b.person ? -1 : a.person > b.person ? 1 : 0) ||
      (a.receivedAt ?? Number.POSITIVE_INFINITY) - (b.receivedAt ?? Number.POSITIVE_INFINITY) ||
      a.touchpoint.at - b.touchpoint.at ||
      a.line - b.line,
  );
  let texts: string[] = [];
  let lines: number[] = [];
  let bytes = 0;
  let receivedAt: EpochMs | undefined;
  const group = (): ImportGroup => {
    const full = { body: `[${texts.join(",")}]`, lines, ...(receivedAt === undefined ? {} : { receivedAt }) };
    texts = [];
    lines = [];
    bytes = 0;
    return full;
  };
  const isTogether = (a: ImportedTouchpoint, b: ImportedTouchpoint) =>
    a.person === b.person && a.receivedAt === b.receivedAt;
  for (let start = 0; start < touchpoints.length; ) {
    const first = touchpoints[start]!;
    let end = start + 1;
    while (end < touchpoints.length && isTogether(first, touchpoints[end]!)) end += 1;
    // A person who does not fit into what is left begins a new call; one who fits into none is cut.
    const isFull = texts.length + (end - start) > LIMITS.touchpointsPerServerCall;
    if (texts.length > 0 && (isFull || receivedAt !== first.receivedAt)) yield group();
    receivedAt = first.receivedAt;
    for (const { touchpoint, line } of touchpoints.slice(start, end)) {
      const text = JSON.stringify(touchpoint);
      const size = Buffer.byteLength(text) + 1;
      const isLimit = texts.length === LIMITS.touchpointsPerServerCall || bytes + size > MOST_BYTES;
      if (texts.length > 0 && isLimit) yield group();
      texts.push(text);
      lines.push(line);
      bytes += size;
    }
    start = end;
  }
  if (texts.length > 0) yield group();
}
