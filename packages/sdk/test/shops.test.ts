// @vitest-environment node
/**
 * The helpers' script has the size the README states, and brings nothing of the tracker along.
 *
 * Reads `dist`, which the build makes before the tests run. What the helpers do is tested in a browser.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { describe, expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(path.join(ROOT, name), "utf8");

describe("the helpers' script", () => {
  const code = read("dist/sojourn.shops.js");

  test("has the size the README states after brotli 11", () => {
    const size = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    expect(size).toBeLessThanOrEqual(900);
    expect(Number(/\(([\d,]+) B after brotli; the tracker's/.exec(read("README.md"))?.[1])).toBe(size);
  });

  test("brings neither queue nor storage of the tracker along", () => {
    expect(code).not.toMatch(/indexedDB|localStorage|sj_v/);
  });

  test("has its integrity hash beside it", () => {
    const hash = createHash("sha384").update(code).digest("base64");
    expect(read("dist/sojourn.shops.js.sri").trim()).toBe(`sha384-${hash}`);
  });
});

describe("on a server", () => {
  test("the helpers can be imported, and do nothing", async () => {
    const { cartAlias, shopifyCart, typeformLink } = await import("../src/shops.ts");
    expect(await shopifyCart()).toBe(false);
    expect(await cartAlias("c-1")).toBe(false);
    expect(typeformLink("https://form.typeform.com/to/x")).toBe("https://form.typeform.com/to/x");
  });
});
