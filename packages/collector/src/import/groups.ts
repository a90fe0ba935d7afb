/**
 * Cuts touchpoints into calls for the server door: a person's touchpoints together and in order of time, so that they are folded
 * once and not row by row.
 */
import { LIMITS } from "@sojourn/sdk/wire";
import type { ImportedTouchpoint } from "./orders.ts";

/** One call. */
export interface ImportGroup {
  body: string;
  /** The line of each touchpoint, by its place in the body. */
  lines: number[];
}

/** Room for the brackets, and for proxies that count differently. */
const MOST_BYTES = LIMITS.serverBodyBytes - 4_096;

/** Sorts `touchpoints` in place. */
export function* groupsOf(touchpoints: ImportedTouchpoint[]): Generator<ImportGroup> {
  touchpoints.sort(
    (a, b) =>
      (a.person < b.person ? -1 : a.person > b.person ? 1 : 0) ||
      a.touchpoint.at - b.touchpoint.at ||
      a.line - b.line,
  );
  let texts: string[] = [];
  let lines: number[] = [];
  let bytes = 0;
  const group = (): ImportGroup => {
    const full = { body: `[${texts.join(",")}]`, lines };
    texts = [];
    lines = [];
    bytes = 0;
    return full;
  };
  for (let start = 0; start < touchpoints.length; ) {
    let end = start + 1;
    while (end < touchpoints.length && touchpoints[end]!.person === touchpoints[start]!.person) end += 1;
    // A person who does not fit into what is left begins a new call; one who fits into none is cut.
    if (texts.length > 0 && texts.length + (end - start) > LIMITS.touchpointsPerServerCall) yield group();
    for (const { touchpoint, line } of touchpoints.slice(start, end)) {
      const text = JSON.stringify(touchpoint);
      const size = Buffer.byteLength(text) + 1;
      if (texts.length > 0 && (texts.length === LIMITS.touchpointsPerServerCall || bytes + size > MOST_BYTES))
        yield group();
      texts.push(text);
      lines.push(line);
      bytes += size;
    }
    start = end;
  }
  if (texts.length > 0) yield group();
}
