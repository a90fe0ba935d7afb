/** The page in German. */
import type { Word } from "./en.ts";

export const de: Partial<Record<Word, string>> = {};
