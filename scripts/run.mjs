/**
 * Runs the long programs that are no tests: benchmarks, which print figures, and torture, which prints zeros.
 *
 * `npm run bench` runs each file directly in a bench folder, one after the other, so that they do not disturb each
 * other; `npm run bench -- classify` only those whose path contains the word. The same for `npm run torture`.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";

/** What each kind consists of: paths or patterns, each with the arguments of a full run. */
const PROGRAMS = {
  bench: [{ files: "packages/*/bench/*.ts", args: [] }],
  torture: [
    { files: "test/e2e/sdk/faults.ts", args: ["--rounds", "20"] },
    { files: "test/torture/*.ts", args: [] },
  ],
};

const [kind, word = "", ...more] = process.argv.slice(2);
const programs = PROGRAMS[kind];
if (programs === undefined) {
  console.error(
    `usage: node scripts/run.mjs ${Object.keys(PROGRAMS).join("|")} [part of a path] [arguments]`,
  );
  process.exit(1);
}
process.chdir(path.join(import.meta.dirname, ".."));

const chosen = programs.flatMap(({ files, args }) =>
  globSync(files)
    .filter((file) => file.includes(word) && !/\.(test|d)\.ts$/.test(file))
    .sort()
    .map((file) => ({ file, args: more.length > 0 ? more : args })),
);
if (chosen.length === 0) {
  console.error(`there is no ${kind} whose path contains "${word}"`);
  process.exit(1);
}
for (const { file, args } of chosen) {
  console.log(`\n== ${[file, ...args].join(" ")}`);
  const run = spawnSync(process.execPath, ["--conditions=@sojourn/source", file, ...args], {
    stdio: "inherit",
  });
  if (run.status !== 0) process.exitCode = 1;
}
