/**
 * The checks that need no run of the product: format and lint, types, unused code, packages, byte budgets.
 *
 * `npm run check` runs all of them and fails when one does; `npm test` begins with them.
 */
import { spawnSync } from "node:child_process";

/** Each check with its command line; cheap ones first. */
export const CHECKS = [
  {
    name: "format, lint, cycles (biome)",
    command: ["biome", "check", "--diagnostic-level=warn", "--error-on-warnings"],
  },
  { name: "types (tsc)", command: ["tsc", "--noEmit"] },
  { name: "unused code (knip)", command: ["knip", "--no-progress"] },
  { name: "package @sojourn/sdk (publint)", command: ["publint", "packages/sdk", "--strict"] },
  { name: "package @sojourn/collector (publint)", command: ["publint", "packages/collector", "--strict"] },
  { name: "byte budgets (size-limit)", command: ["size-limit"] },
];

/** Runs one check, shows what it says only when it fails, and answers whether it passed. */
export function runCheck({ name, command }) {
  const begin = performance.now();
  const [program, ...args] = command;
  const run = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const passed = run.status === 0;
  console.log(`${passed ? "ok  " : "FAIL"} ${name}, ${seconds} s`);
  if (!passed) console.log([run.error?.message, run.stdout, run.stderr].filter(Boolean).join("\n"));
  return passed;
}

if (import.meta.main) {
  const failed = CHECKS.filter((check) => !runCheck(check)).length;
  process.exitCode = failed === 0 ? 0 : 1;
}
