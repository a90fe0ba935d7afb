import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText, isPlainIdentifier } from "./text.ts";

describe("text from outside", () => {
  test.each([
    ["control characters go", "a\u0000b\u0007c\u009fd\ne", "abcde"],
    ["a lone surrogate becomes the replacement character", "a\ud800b", "a\ufffdb"],
    ["the same letter is written one way", "Zu\u0308rich", "Zürich"],
    ["emoji stay", "☕ mug 🫖", "☕ mug 🫖"],
  ])("%s", (_what, from, to) => {
    expect(cleanText(from, 100)).toBe(to);
  });

  test("is always well-formed, without control characters, within its limit, and stays as it is when cleaned again", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.integer({ min: 0, max: 200 }),
        (text, limit) => {
          const clean = cleanText(text, limit);
          expect(clean.isWellFormed()).toBe(true);
          expect(clean.length).toBeLessThanOrEqual(limit);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there.
          expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          expect(cleanText(clean, limit)).toBe(clean);
        },
      ),
    );
  });

  test("a huge string costs no more than a long one", () => {
    expect(cleanText("x".repeat(50_000_000), 1_024)).toHaveLength(1_024);
  });

  test("identifiers are refused rather than mended", () => {
    expect(isPlainIdentifier("Größe-42")).toBe(true);
    expect(isPlainIdentifier("a\u0000b")).toBe(false);
    expect(isPlainIdentifier("a\udfff")).toBe(false);
  });
});
