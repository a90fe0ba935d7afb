/**
 * Bundles the compiled modules into the page: one script for the first view, further pages on demand, one style sheet.
 * Names carry a hash of the contents, so browsers may keep them for ever; beside each file lies the same compressed, so that a
 * collector that just began need not do it before the first answer. The build fails when the first view outgrows its budget.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";

const here = import.meta.dirname;
/** What a browser loads before the first figure, after brotli: HTML, style sheet and script together. */
const FIRST_VIEW_BYTES = 40_000;

const hashOf = (text) => createHash("sha256").update(text).digest("base64url").slice(0, 10);
const brotli = (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

/** Style sheets say little between their words; comments and indents are dropped. */
const smaller = (css) =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s*\n\s*/g, "")
    .replace(/\s*([{};,>])\s*/g, "$1")
    .replace(/:\s+/g, ":")
    .replaceAll(";}", "}");

/** Writes the style sheet, the icon and index.html, and weighs the first view. */
const page = () => ({
  name: "page",
  buildStart() {
    rmSync(path.join(here, "dist"), { recursive: true, force: true });
  },
  generateBundle(_options, bundle) {
    const folder = path.join(here, "src/styles");
    const css = smaller(
      readdirSync(folder)
        .sort()
        .map((name) => readFileSync(path.join(folder, name), "utf8"))
        .join("\n"),
    );
    const icon = readFileSync(path.join(here, "src/icon.svg"), "utf8");
    const main = Object.values(bundle).find((chunk) => chunk.isEntry);
    const names = { css: `assets/sojourn-${hashOf(css)}.css`, icon: `assets/icon-${hashOf(icon)}.svg` };
    this.emitFile({ type: "asset", fileName: names.css, source: css });
    this.emitFile({ type: "asset", fileName: names.icon, source: icon });
    const html = readFileSync(path.join(here, "src/index.html"), "utf8")
      .replace("{{css}}", `/${names.css}`)
      .replace("{{icon}}", `/${names.icon}`)
      .replace("{{script}}", `/${main.fileName}`)
      .replace(/\n\s*/g, "\n");
    this.emitFile({ type: "asset", fileName: "index.html", source: html });
    const texts = { [names.css]: css, [names.icon]: icon, "index.html": html };
    for (const chunk of Object.values(bundle)) if (chunk.type === "chunk") texts[chunk.fileName] = chunk.code;
    const packed = Object.entries(texts).map(([name, text]) => [name, brotli(text)]);
    for (const [name, source] of packed) this.emitFile({ type: "asset", fileName: `${name}.br`, source });
    const first = ["index.html", names.css, main.fileName, ...main.imports];
    const size = packed.reduce((sum, [name, { length }]) => sum + (first.includes(name) ? length : 0), 0);
    console.log(`first view: ${size} B brotli (at most ${FIRST_VIEW_BYTES})`);
    if (size > FIRST_VIEW_BYTES) {
      this.error(`The first view is ${size} B after brotli; its budget is ${FIRST_VIEW_BYTES} B.`);
    }
  },
});

export default {
  input: "node_modules/.cache/modules/main.js",
  output: {
    dir: "dist",
    format: "es",
    entryFileNames: "assets/[name]-[hash].js",
    chunkFileNames: "assets/[name]-[hash].js",
  },
  plugins: [
    resolve(),
    terser({
      ecma: 2022,
      module: true,
      compress: { passes: 3, unsafe_arrows: true },
      format: { comments: false },
    }),
    page(),
  ],
};
