/**
 * The classification calculator: lines of `{"url","referrer"}` in, one line of answer each.
 *
 * Pure: reading files and printing is the command's work. The answers come from the very function the collector uses.
 */
import { classify, type PageVisit, type SourceOptions } from "../domain/source/classify.ts";

/**
 * Answers every line in its place. Blank lines are passed over. A line that cannot be read gets `{"error": "line 3: ..."}`,
 * and the rest goes on.
 */
export async function* classifyLines(
  lines: AsyncIterable<string>,
  options: SourceOptions = {},
): AsyncGenerator<string> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const text = number === 1 && line.startsWith("\ufeff") ? line.slice(1) : line;
    if (text.trim() === "") continue;
    const visit = readVisit(text);
    yield JSON.stringify(
      typeof visit === "string" ? { error: `line ${number}: ${visit}` } : answer(visit, options),
    );
  }
}

function answer(visit: PageVisit, options: SourceOptions): Record<string, unknown> {
  const { source, medium, campaign, channel, rule, evidence, keepsPrevious, flags } = classify(
    visit,
    options,
  );
  return { source, medium, campaign: campaign ?? null, channel, rule, evidence, keepsPrevious, flags };
}

/** The visit of one line, or what is wrong with it. */
function readVisit(text: string): PageVisit | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return "this is not JSON; expected an object with url and, if known, referrer";
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return "expected an object with url and, if known, referrer";
  const { url, referrer } = raw as { url?: unknown; referrer?: unknown };
  if (typeof url !== "string") return url === undefined ? "url is missing" : "url must be a text";
  if (referrer === undefined || referrer === null) return { url };
  return typeof referrer === "string" ? { url, referrer } : "referrer must be a text or null";
}
