// Starts the collector from its sources when they are there (a clone), else from what was built (an installed package).
import { existsSync } from "node:fs";
import { enableCompileCache, getCompileCacheDir, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

// What Node made of the sources is kept for the next start: it halves the time to be ready, and the threads (which look
// in the environment) need no compiler in their memory. Where no cache can be kept, nothing happens.
enableCompileCache();
process.env.NODE_COMPILE_CACHE ??= getCompileCacheDir() ?? "";

const source = new URL("../src/main.ts", import.meta.url);
// Node runs TypeScript as it is, but not below node_modules: an installed package always runs what was built.
const runsSource = existsSync(source) && !fileURLToPath(source).includes("/node_modules/");

if (runsSource) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "@sojourn/source"] }),
  });
}

const { main } = await import(runsSource ? source.href : new URL("../dist/main.js", import.meta.url).href);
await main(process.argv.slice(2));
