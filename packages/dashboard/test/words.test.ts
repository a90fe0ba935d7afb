import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { da } from "../src/words/da.ts";
import { de } from "../src/words/de.ts";
import { en } from "../src/words/en.ts";
import { say, speak, wantedLanguage } from "../src/words.ts";

/** Names of the gaps in a text, sorted. */
const gapsOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name!))].sort();

describe("words", () => {
  test("have the same gaps in every language", () => {
    for (const [word, text] of Object.entries(en)) {
      for (const other of [de, da]) {
        const translated = other[word as keyof typeof en];
        expect([word, translated.length > 0]).toEqual([word, true]);
        // A language may do without a number it says another way, but never with one that is not given.
        expect(gapsOf(text), word).toEqual(expect.arrayContaining(gapsOf(translated)));
      }
    }
  });

  test("choose by number, also around a name", async () => {
    expect(say("leadThrough", { n: 1, name: "Email" })).toBe("person became a customer through Email");
    expect(say("leadThrough", { n: 2, name: "Email" })).toBe("people became customers through Email");
    expect(say("beforePrevious", { n: 30 })).toBe("the 30 days before");
    await speak("de");
    expect(say("kept", { n: "1.234" })).toBe("1.234 Kontakte aufbewahrt");
    await speak("en");
  });

  test("are spoken as asked for, as chosen before, or as the browser is set", () => {
    expect(wantedLanguage("da", "de", ["en"])).toBe("da");
    expect(wantedLanguage(undefined, "de", ["en"])).toBe("de");
    expect(wantedLanguage(undefined, null, ["fr-FR", "da-DK"])).toBe("da");
    expect(wantedLanguage("xx", null, ["fr"])).toBe("en");
  });
});

describe("the page", () => {
  test("writes text nodes only: nothing in it sets HTML", () => {
    const folder = path.join(import.meta.dirname, "../src");
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!/\.tsx?$/.test(name)) continue;
      const source = readFileSync(path.join(folder, name), "utf8");
      expect(source, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
    }
  });
});
