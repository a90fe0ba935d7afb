/**
 * What the page says, in the reader's language. English travels with the page; the others are fetched when asked for.
 */
import { snapshot } from "./snapshot.ts";
import type { ConditionWord } from "./words/condition-words.ts";
import type { ConnectorsWord } from "./words/connectors-words.ts";
import { type Word as BaseWord, en } from "./words/en.ts";
import type { JourneysWord } from "./words/journeys-words.ts";
import type { ModelWord } from "./words/model-words.ts";
import type { PeopleWord } from "./words/people-words.ts";
import type { RuleWord } from "./words/rule-words.ts";
import type { SegmentsWord } from "./words/segments-words.ts";
import type { SettingsWord } from "./words/settings-words.ts";
import type { TargetsWord } from "./words/targets-words.ts";

export const LANGUAGES = ["en", "de", "da"] as const;
export type Language = (typeof LANGUAGES)[number];
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", de: "Deutsch", da: "Dansk" };

/** Words of the first view, and of the pages that are fetched later. */
export type Word =
  | BaseWord
  | ConditionWord
  | ConnectorsWord
  | JourneysWord
  | ModelWord
  | PeopleWord
  | RuleWord
  | SegmentsWord
  | SettingsWord
  | TargetsWord;
/** A word with its gaps filled. `n` also chooses between `{n|one|other}`; other gaps take texts. */
export type Say = (word: Word, gaps?: Readonly<Record<string, string | number>>) => string;

type Dictionary = Readonly<Partial<Record<string, string>>>;

let dictionary: Dictionary = en;
let language: Language = "en";
let plural = new Intl.PluralRules("en");
let whole = new Intl.NumberFormat("en-GB");

export const languageNow = (): Language => language;

/** Fetches a language and speaks it from then on. */
export async function speak(wanted: Language): Promise<void> {
  // A file fetches nothing: it carries its words.
  const carried = snapshot()?.words;
  const loaded: Dictionary =
    carried !== undefined
      ? carried
      : wanted === "de"
        ? (await import("./words/de.ts")).de
        : wanted === "da"
          ? (await import("./words/da.ts")).da
          : en;
  dictionary = loaded;
  language = wanted;
  plural = new Intl.PluralRules(wanted);
  whole = new Intl.NumberFormat(wanted === "en" ? "en-GB" : wanted);
}

/** The language asked for in the address, chosen before, or set in the browser; English when we speak none of them. */
export function wantedLanguage(
  address: string | undefined,
  chosen: string | null,
  browser: readonly string[],
): Language {
  const candidates = [address, chosen ?? undefined, ...browser.map((name) => name.slice(0, 2))];
  for (const name of candidates) {
    if (name !== undefined && (LANGUAGES as readonly string[]).includes(name)) return name as Language;
  }
  return "en";
}

/** Words that pages fetched later bring along. */
export function learn(more: Readonly<Record<Language, Dictionary>>): void {
  dictionary = { ...dictionary, ...more[language] };
}

export const say: Say = (word, gaps = {}) => fill(dictionary[word] ?? en[word as BaseWord] ?? word, gaps);

/** Fills gaps: `{name}` with a value, `{n|one|other}` by the number n, whose forms may hold gaps themselves. */
function fill(text: string, gaps: Readonly<Record<string, string | number>>): string {
  const chosen = text.replace(
    /\{(\w+)\|((?:[^{}|]|\{\w+\})*)\|((?:[^{}|]|\{\w+\})*)\}/g,
    (_all, name: string, one: string, other: string) =>
      plural.select(Number(gaps[name] ?? 0)) === "one" ? one : other,
  );
  return chosen.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = gaps[name] ?? "";
    return typeof value === "number" ? whole.format(value) : value;
  });
}
