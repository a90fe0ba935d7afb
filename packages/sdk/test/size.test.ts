// @vitest-environment node
/**
 * The sizes the README states are the sizes of what was built, and within their goals.
 *
 * Reads `dist`, which the build makes before the tests run.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapping } from "node:module";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terserPlugin from "@rollup/plugin-terser";
import { type Plugin, rollup } from "rollup";
import { describe, expect, test } from "vitest";

// Its types describe the CommonJS build; what arrives is the function itself.
const terser = terserPlugin as unknown as (options: object) => Plugin;

const ROOT = path.join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(path.join(ROOT, name), "utf8");
const brotli = (code: string) =>
  brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** What an npm user ships who imports `start` alone and calls `track`. */
async function treeShaken(): Promise<string> {
  const entry = "\0entry";
  const bundle = await rollup({
    input: entry,
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) =>
          id === entry
            ? `import { start } from ${JSON.stringify(path.join(ROOT, "dist/index.js"))};
               start({ site: "shop", endpoint: "https://stats.shop.example" }).track("login");`
            : null,
      },
      nodeResolve(),
      terser({ module: true, toplevel: true, compress: { passes: 3 } }),
    ],
  });
  const { output } = await bundle.generate({ format: "es" });
  return output[0].code;
}

/** The sizes that the package's README and that of the whole state, in the rows that begin with these cells. */
function stated(row: string, rowOfTheWhole: string): number[] {
  return [
    { text: read("README.md"), row },
    { text: read("../../README.md"), row: rowOfTheWhole },
  ].map(({ text, row }) => {
    const line = text.split("\n").find((each) => each.startsWith(`| ${row}`));
    return Number(/([\d,]+) B/.exec(line ?? "")?.[1]?.replaceAll(",", ""));
  });
}

describe("sizes after brotli 11", () => {
  test("everything fits into 3,000 bytes, as the READMEs state", () => {
    const size = brotli(read("dist/sojourn.js"));
    expect(size).toBeLessThanOrEqual(3_000);
    expect(stated("`sojourn.js`", "everything")).toEqual([size, size]);
  });

  test("the core fits into 2,400 bytes, as the READMEs state", () => {
    const size = brotli(read("dist/sojourn.core.js"));
    expect(size).toBeLessThanOrEqual(2_400);
    expect(stated("`sojourn.core.js`", "without the two")).toEqual([size, size]);
  });

  test("an npm import of start leaves out what it does not use, as the READMEs state", async () => {
    const code = await treeShaken();
    expect(code).not.toContain("data-sojourn");
    expect(code).not.toContain("dataLayer");
    expect(stated("npm", "npm import")).toEqual([brotli(code), brotli(code)]);
  });

  test("the integrity hashes are those of the scripts", () => {
    for (const name of ["dist/sojourn.js", "dist/sojourn.core.js"]) {
      const hash = createHash("sha384")
        .update(readFileSync(path.join(ROOT, name)))
        .digest("base64");
      expect(read(`${name}.sri`).trim()).toBe(`sha384-${hash}`);
    }
  });

  test("source maps lead back to the sources", () => {
    const map = JSON.parse(read("dist/sojourn.js.map")) as { sources: string[] };
    expect(map.sources.filter((source) => source.endsWith("src/delivery.ts"))).toHaveLength(1);
  });

  test("source maps name the very place", () => {
    for (const name of ["dist/sojourn.js", "dist/sojourn.core.js"]) {
      const map = JSON.parse(read(`${name}.map`));
      const column = read(name).indexOf("sendBeacon");
      const { originalSource, originalLine } = new SourceMap(map).findEntry(0, column) as SourceMapping;
      const source: string = map.sourcesContent[map.sources.indexOf(originalSource)];
      expect(originalSource).toMatch(/delivery\.ts$/);
      expect(source.split("\n")[originalLine]).toContain("sendBeacon");
    }
  });
});
