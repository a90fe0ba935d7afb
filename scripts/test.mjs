/**
 * Everything `npm test` promises: the checks first, because they are quick, then every vitest project.
 *
 * A failing step does not hide the next one. The last line counts all tests; each check counts as one. The last of the
 * checks looks at what the tests left behind: their folder for temporary files is one that is made here and removed.
 * `npm test -- some/path` hands the rest to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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
  // A short name: sockets lie below it, and their paths have a limit of about a hundred characters.
  const temporary = path.join(folder, "t");
  mkdirSync(temporary);
  const run = spawnSync(
    "vitest",
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...args],
    { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, TMPDIR: temporary } },
  );
  const counted = countOf(file);
  if (isTidy(temporary)) counted.passed += 1;
  else counted.failed += 1;
  rmSync(folder, { recursive: true, force: true });
  // An error outside of every test fails the run without failing a test.
  if (run.status !== 0 && counted.failed === 0) counted.failed = 1;
  return counted;
}

/** Says which folders of ours the tests did not remove. What browsers and tools keep there is their own affair. */
function isTidy(temporary) {
  const left = readdirSync(temporary).filter((name) => name.startsWith("sojourn-"));
  console.log(`${left.length === 0 ? "ok  " : "FAIL"} nothing left in the folder for temporary files`);
  if (left.length > 0) console.log(`  left there: ${left.join(", ")}`);
  return left.length === 0;
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
