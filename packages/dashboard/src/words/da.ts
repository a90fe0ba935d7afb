/** The page in Danish. */
import type { Word } from "./en.ts";

export const da: Partial<Record<Word, string>> = {};
