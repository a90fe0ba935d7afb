import { describe, expect, test } from "vitest";
import { importsOf, readSource } from "./source-text.ts";

const imports = (text: string) => importsOf(readSource(text));

describe("reading source text", () => {
  test("finds every way of importing", () => {
    expect(
      imports(`
        import a from "./a.ts";
        import type { B } from './b.ts';
        import {
          c,
          type D,
        } from "./c.ts";
        import "./side-effect.ts";
        export { e } from "./e.ts";
        export * from "./f.ts";
        const g = await import("./g.ts");
        new Worker(new URL("./worker.ts", import.meta.url));
      `),
    ).toEqual([
      "./a.ts",
      "./b.ts",
      "./c.ts",
      "./side-effect.ts",
      "./e.ts",
      "./f.ts",
      "./g.ts",
      "./worker.ts",
    ]);
  });

  test("takes nothing from comments, and no other string for an import", () => {
    expect(
      imports(`
        // import a from "./a.ts";
        /* export { b } from "./b.ts"; */
        export const from = "./c.ts";
        export function f() { return Array.from("./d.ts"); }
        const url = new URL("./picture.svg", import.meta.url);
      `),
    ).toEqual([]);
  });

  test("keeps code and blanks comments, strings, templates and regular expressions", () => {
    const { code } = readSource(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test is source text with a template in it
      'const a = "Date.now()"; // Date.now()\nconst b = `Date.now() ${Date.now()} {`;\nconst c = /[/"]Date.now()/.test(b) / 2; const d = 4 / 2; /* " */ Date.now();',
    );
    expect(code.match(/Date\.now\(\)/g)).toHaveLength(2);
    expect(code).toContain("const d = 4 / 2;");
    expect(code.split("\n")).toHaveLength(3);
  });

  test("keeps the length of every line, characters outside the basic plane included", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test is source text with a template in it
    const text = 'const a = "🫖"; /* 🫖 */ const b = `${"🫖"}`;\nlet c;';
    const { code, uncommented } = readSource(text);
    for (const reading of [code, uncommented]) {
      expect([...reading].length).toBe([...text].length);
      expect(reading.endsWith("\nlet c;")).toBe(true);
    }
  });
});
