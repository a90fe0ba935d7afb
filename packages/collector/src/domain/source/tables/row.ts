/**
 * How a row of the source tables is written.
 *
 * Owns the notation only. The rows live in the files beside it, one file per category; `../host-table.ts` reads them.
 */

/** What kind of place a source is. A source without a category is a plain referral. */
export const SOURCE_CATEGORIES = [
  "search",
  "social",
  "video",
  "shopping",
  "ai",
  "email",
  "ads",
  "payment",
  "login",
  "shortener",
  "spam",
] as const;
export type SourceCategory = (typeof SOURCE_CATEGORIES)[number];

/**
 * One source: key, display name, places, aliases.
 *
 * - key: the brand in lower case as people write it; this is what reports show as source.
 * - places, separated by spaces: `facebook.com` covers the host and everything below it; `=google.com` covers that host alone
 *   (a leading `www.` never counts); `google.*` stands for every country ending (`google.de`, `google.co.uk`, `google.com.au`);
 *   `app:com.facebook.katana` is an Android package.
 * - aliases, separated by commas: other spellings of the key in campaign tags.
 */
export type SourceRow = readonly [key: string, name: string, places: string, aliases?: string];
