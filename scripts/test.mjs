/**
 * Everything `npm test` promises: the checks first, because they are quick, then every vitest project.
 *
 * A failing step does not hide the next one. The last line counts all tests; each check counts as one.
 * `npm test -- some/path` hands the rest to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CHECKS, runCheck } from "./check.mjs";

const count = { passed: 0, failed: 0, skipped: 0 };

for (const check of CHECKS) {
  if (runCheck(check)) count.passed += 1;
  else count.failed += 1;
}
add(vitest(process.argv.slice(2)));

const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
process.exitCode = count.failed === 0 ? 0 : 1;

function add(more) {
  for (const key of Object.keys(count)) count[key] += more[key];
}

/** Runs all vitest projects and answers how many tests passed, failed and were skipped. */
function vitest(args) {
  const folder = mkdtempSync(path.join(tmpdir(), "sojourn-test-"));
  const file = path.join(folder, "results.json");
  const run = spawnSync(
    "vitest",
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...args],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const counted = countOf(file);
  rmSync(folder, { recursive: true, force: true });
  // An error outside of every test fails the run without failing a test.
  if (run.status !== 0 && counted.failed === 0) counted.failed = 1;
  return counted;
}

function countOf(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    console.error(`vitest left no results: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that could not be loaded, or whose set-up broke, fails without a failed test; it counts as one.
  const broken = results.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((one) => one.status !== "failed"),
  ).length;
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
