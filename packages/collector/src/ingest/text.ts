/**
 * Makes text from outside safe to keep: well-formed, without control characters, bounded.
 *
 * Visitors, robots and attackers write these strings. Display text is cut to length; identifiers are checked
 * by the schema and refused instead.
 */

/** Printable ASCII needs no work, and nearly all text is that. */
const NEEDS_CARE = /[^\x20-\x7e]/;
// Control characters (C0, DEL, C1) carry no meaning in names and addresses, and NUL cuts text short in other tools.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are exactly what is removed here.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Well-formed Unicode in NFC without control characters, at most `limit` UTF-16 units. Lone surrogates become U+FFFD. */
export function cleanText(text: string, limit: number): string {
  // Cut first, so that a huge string costs no more than a long one.
  let clean = text.length > limit ? text.slice(0, limit) : text;
  if (!NEEDS_CARE.test(clean)) return clean;
  clean = clean.toWellFormed().replace(CONTROL, "").normalize("NFC");
  return clean.length > limit ? clean.slice(0, limit).toWellFormed() : clean;
}

/** True when the text can be used as an identifier as it is: printable, well-formed, no control characters. */
export function isPlainIdentifier(text: string): boolean {
  return !NEEDS_CARE.test(text) || (text.isWellFormed() && text.search(CONTROL) < 0);
}
