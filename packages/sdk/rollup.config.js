/**
 * Bundles the compiled modules into the script-tag builds, writes their integrity hashes, and keeps their size:
 * the build fails when a script outgrows its budget.
 */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";

/** Names shared only between our own modules, never seen by a page; everything else keeps its name. */
const internalNames = [
  "countWaiting",
  "enqueue",
  "takeBatch",
  "returner",
  "settle",
  "adopt",
  "renew",
  "empty",
  "nudge",
  "wake",
];

const minify = terser({
  ecma: 2020,
  module: true,
  toplevel: true,
  compress: {
    passes: 5,
    unsafe_arrows: true,
    unsafe_methods: true,
    hoist_props: true,
    keep_fargs: false,
    booleans_as_integers: false,
  },
  mangle: { properties: { regex: new RegExp(`^(${internalNames.join("|")})$`) } },
  format: { comments: false, semicolons: true },
});

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
  output: { file: `dist/${file}.js`, format: "iife", sourcemap: true },
  plugins: [resolve(), minify, budget(limit)],
});

export default [script("tag", "sojourn", 4_600), script("tag-core", "sojourn.core", 3_700)];
