/**
 * Bundles the compiled modules into the script-tag builds, writes their integrity hashes, and keeps their size:
 * the build fails when a script outgrows its budget.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import terser from "@rollup/plugin-terser";

const minify = terser({
  ecma: 2020,
  module: true,
  toplevel: true,
  compress: {
    passes: 5,
    unsafe: true,
    pure_getters: true,
    unsafe_arrows: true,
    hoist_props: true,
    keep_fargs: false,
    booleans_as_integers: false,
  },
  format: { comments: false, semicolons: true },
});

/** Hands the compiler's source maps on, so that those of the scripts lead back to the TypeScript. */
const originalSources = {
  name: "original-sources",
  async load(id) {
    if (!id.startsWith(path.join(import.meta.dirname, "dist"))) return null;
    const map = JSON.parse(await readFile(`${id}.map`, "utf8"));
    return { code: await readFile(id, "utf8"), map };
  },
};

/**
 * `const` tells readers something, and browsers nothing: one word for all declarations compresses better.
 * Of the same length, so that the source map still fits.
 */
const plainDeclarations = {
  name: "plain-declarations",
  transform: (code) => ({ code: code.replace(/\bconst /g, "let   "), map: null }),
};

/**
 * Puts the script into a block: its names stay its own, as in a function that is called at once, for fewer bytes.
 * Everything moves by one column, and the source map with it.
 */
const block = {
  name: "block",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === "chunk") file.code = `{${file.code.trim().replace(/;$/, "")}}`;
      else file.source = String(file.source).replace('"mappings":"A', '"mappings":"C');
    }
  },
};

/** Bytes after brotli at its highest quality, which is how the collector serves the script. */
const brotliBytes = (code) =>
  brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** Refuses a bundle above its budget and writes the integrity hash beside it. */
const budget = (limit) => ({
  name: "budget",
  async writeBundle({ file }, bundle) {
    const [{ code }] = Object.values(bundle);
    const size = brotliBytes(code);
    await writeFile(`${file}.sri`, `sha384-${createHash("sha384").update(code).digest("base64")}\n`);
    console.log(`${file}: ${code.length} B, ${size} B brotli (at most ${limit})`);
    if (size > limit) this.error(`${file} is ${size} B after brotli; its budget is ${limit} B.`);
  },
});

const script = (input, file, limit) => ({
  input: `dist/${input}.js`,
  output: { file: `dist/${file}.js`, format: "es", sourcemap: "hidden" },
  plugins: [originalSources, plainDeclarations, minify, block, budget(limit)],
});

export default [
  script("tag", "sojourn", 3_072),
  script("tag-core", "sojourn.core", 2_400),
  script("tag-shops", "sojourn.shops", 900),
];
