/**
 * Reads TypeScript and JavaScript as text: which modules a file imports, and its code without comments and strings.
 *
 * A scan, not a parser: it knows comments, strings, templates and regular expressions, which is all that the
 * architecture test needs.
 */

/** A file's text in two readings of equal length, so that positions stay true. */
export interface SourceText {
  /** Comments blanked; strings as they are. */
  uncommented: string;
  /** Comments and the insides of strings, templates and regular expressions blanked. */
  code: string;
}

/** Blanks what is not code. Code inside `${...}` of a template stays code. */
export function readSource(text: string): SourceText {
  const uncommented = [...text];
  const code = [...text];
  const blank = (list: string[], from: number, to: number) => {
    for (let i = from; i < to; i++) if (list[i] !== "\n") list[i] = " ";
  };
  const closings: ("}" | "${")[] = [];
  let at = 0;
  // Characters, not code units: `text` is walked through the same list that is blanked.
  const chars = [...text];
  const startsWith = (word: string, from: number) => chars.slice(from, from + word.length).join("") === word;
  const find = (word: string, from: number) => {
    let i = from;
    while (i < chars.length && !startsWith(word, i)) i++;
    return i;
  };
  const template = (from: number) => {
    let i = from;
    while (i < chars.length && chars[i] !== "`" && !startsWith("${", i)) i += chars[i] === "\\" ? 2 : 1;
    blank(code, from, Math.min(i, chars.length));
    if (chars[i] === "`") return i + 1;
    closings.push("${");
    return i + 2;
  };
  while (at < chars.length) {
    const char = chars[at] as string;
    if (startsWith("//", at) || (at === 0 && startsWith("#!", at))) {
      const end = find("\n", at);
      blank(uncommented, at, end);
      blank(code, at, end);
      at = end;
    } else if (startsWith("/*", at)) {
      const end = Math.min(chars.length, find("*/", at + 2) + 2);
      blank(uncommented, at, end);
      blank(code, at, end);
      at = end;
    } else if (char === '"' || char === "'") {
      let end = at + 1;
      while (end < chars.length && chars[end] !== char && chars[end] !== "\n")
        end += chars[end] === "\\" ? 2 : 1;
      blank(code, at + 1, end);
      at = end + 1;
    } else if (char === "`") {
      at = template(at + 1);
    } else if (char === "{") {
      closings.push("}");
      at += 1;
    } else if (char === "}") {
      at = closings.pop() === "${" ? template(at + 1) : at + 1;
    } else if (char === "/" && beginsRegExp(code, at)) {
      const end = endOfRegExp(chars, at);
      blank(code, at + 1, end - 1);
      at = end;
    } else at += 1;
  }
  return { uncommented: uncommented.join(""), code: code.join("") };
}

/** A slash divides after a value, and opens a regular expression anywhere else. */
function beginsRegExp(code: readonly string[], at: number): boolean {
  let i = at - 1;
  while (i >= 0 && /\s/.test(code[i] as string)) i--;
  if (i < 0) return true;
  if (/[\w$)\]"'`}]/.test(code[i] as string)) {
    const word = /[a-z]+$/.exec(code.slice(Math.max(0, i - 10), i + 1).join(""))?.[0] ?? "";
    return ["return", "typeof", "case", "in", "of", "await", "yield"].includes(word);
  }
  return true;
}

function endOfRegExp(chars: readonly string[], at: number): number {
  let inClass = false;
  let i = at + 1;
  for (; i < chars.length && chars[i] !== "\n"; i++) {
    if (chars[i] === "\\") i++;
    else if (chars[i] === "[") inClass = true;
    else if (chars[i] === "]") inClass = false;
    else if (chars[i] === "/" && !inClass) return i + 1;
  }
  return i;
}

const IMPORTS =
  /\b(?:import|export)\b[^"'`;()]*?\bfrom\s*["']([^"']+)["']|\bimport\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']|\bnew URL\(\s*["'](\.[^"']*\.[cm]?[jt]sx?)["']\s*,\s*import\.meta\.url/g;

/** Every module the text imports, re-exports, loads later or starts as a worker, in order, as written. */
export function importsOf(source: SourceText): string[] {
  return [...source.uncommented.matchAll(IMPORTS)]
    .filter((m) => /^\w/.test(source.code.slice(m.index))) // Not a word inside a string: `"import"`.
    .map((m) => (m[1] ?? m[2] ?? m[3] ?? m[4]) as string);
}
