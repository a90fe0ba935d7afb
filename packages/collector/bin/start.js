// Starts the collector from its sources when they are there (a clone), else from what was built (an installed package).
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

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
