/**
 * Reads campaign tags and click ids from the query of a landing page, or from its fragment when the query has none.
 *
 * Owns the query keys and the cleaning of values. What a value means is decided elsewhere.
 */
import { LIMITS } from "@sojourn/sdk/wire";
import { CLICK_ID_RANK } from "./click-ids.ts";

export const TAG_FIELDS = [
  "source",
  "medium",
  "campaign",
  "term",
  "content",
  "id",
  "platform",
  "creativeFormat",
  "tactic",
] as const;
export type TagField = (typeof TAG_FIELDS)[number];

export interface Tag {
  value: string;
  /** The query key it came from, in lower case. */
  from: string;
}

export interface Tags {
  readonly fields: ReadonlyMap<TagField, Tag>;
  /** `ref=`, which counts only when it names a known source. */
  readonly ref?: string;
  /** Places in `CLICK_IDS`, strongest first. */
  readonly clickIds: readonly number[];
  /** `empty-tag` and `unexpanded-macro`. */
  readonly flags: readonly string[];
}

/** Matomo's tags come after Google's: a field that both carry is Google's. */
const KEYS: ReadonlyMap<string, TagField> = new Map([
  ["utm_source", "source"],
  ["utm_medium", "medium"],
  ["utm_campaign", "campaign"],
  ["utm_term", "term"],
  ["utm_content", "content"],
  ["utm_id", "id"],
  ["utm_source_platform", "platform"],
  ["utm_creative_format", "creativeFormat"],
  ["utm_marketing_tactic", "tactic"],
  ["mtm_source", "source"],
  ["mtm_medium", "medium"],
  ["mtm_campaign", "campaign"],
  ["mtm_keyword", "term"],
  ["mtm_kwd", "term"],
  ["mtm_content", "content"],
  ["mtm_cid", "id"],
]);

/** What ad tools leave behind when they forget to fill in a value, as whole value: {x} {{x}} ${x} [x] __x__ %x% %%x%% *|x|* <x>. */
const MACRO = /^(\$?\{.*\}|\$\(.*\)|\[.*\]|__.*__|%[^%\s]+%|%%.*%%|\*\|.*\|\*|<.*>)$/s;
const NOTHING = /^(null|undefined)$/i;

const NO_TAGS: Tags = { fields: new Map(), clickIds: [], flags: [] };

/** Reads the tags of a page. Never throws. */
export function readTags(url: URL): Tags {
  const inQuery = url.search.length > 1 ? readParameters(url.search) : undefined;
  if (inQuery !== undefined && (inQuery.fields.size > 0 || inQuery.ref !== undefined)) return inQuery;
  if (url.hash.length < 2 || !url.hash.includes("=")) return inQuery ?? NO_TAGS;
  // A hash router keeps its own query behind its own question mark: #/cart?utm_source=crm.
  const question = url.hash.indexOf("?");
  const inFragment = readParameters(url.hash.slice(question === -1 ? 1 : question + 1));
  if (inQuery === undefined) return inFragment;
  return {
    ...inFragment,
    clickIds: [...new Set([...inQuery.clickIds, ...inFragment.clickIds])].sort((a, b) => a - b),
    flags: [...new Set([...inQuery.flags, ...inFragment.flags])],
  };
}

function readParameters(text: string): Tags {
  const utm = new Map<TagField, Tag>();
  const mtm = new Map<TagField, Tag>();
  const clickIds = new Set<number>();
  const flags = new Set<string>();
  let ref: string | undefined;
  for (const [rawKey, rawValue] of new URLSearchParams(text)) {
    let key = rawKey.toLowerCase();
    // "&amp;utm_medium=" is what a link in badly escaped HTML turns into.
    while (key.startsWith("amp;")) key = key.slice(4);
    const field = KEYS.get(key);
    const rank = field === undefined ? CLICK_ID_RANK.get(key) : undefined;
    if (field === undefined && rank === undefined && key !== "ref") continue;
    const value = cleanValue(rawValue);
    if (value === "" || NOTHING.test(value)) {
      if (field !== undefined) flags.add("empty-tag");
      continue;
    }
    if (MACRO.test(value)) {
      if (key !== "ref") flags.add("unexpanded-macro");
      continue;
    }
    if (rank !== undefined) clickIds.add(rank);
    else if (field === undefined) ref ??= value;
    else {
      const family = key.startsWith("utm_") ? utm : mtm;
      // The first occurrence that says something wins.
      if (!family.has(field)) family.set(field, { value, from: key });
    }
  }
  for (const [field, tag] of mtm) if (!utm.has(field)) utm.set(field, tag);
  const tags = { fields: utm, clickIds: [...clickIds].sort((a, b) => a - b), flags: [...flags] };
  return ref === undefined ? tags : { ...tags, ref };
}

/** One line, trimmed, well-formed, at most `LIMITS.textMax` code units. */
function cleanValue(value: string): string {
  const line = /\p{Cc}/u.test(value) ? value.replace(/\p{Cc}+/gu, " ") : value;
  const short = line.trim();
  return short.length > LIMITS.textMax ? short.slice(0, LIMITS.textMax).toWellFormed().trim() : short;
}
