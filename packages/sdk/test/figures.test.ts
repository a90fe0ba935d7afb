// @vitest-environment node
/**
 * What the README of the whole says about the browser script's faults and traffic is what FIGURES.md holds, and that
 * holds a row for every fault there is.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { SCENARIOS } from "../../../test/e2e/sdk/scenarios.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const rowsOf = (file: string) =>
  readFileSync(path.join(ROOT, file), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.replaceAll("**", "").trim()),
    );

const figures = rowsOf("packages/sdk/FIGURES.md");
const readme = rowsOf("README.md");
const said = (start: string) => readme.find(([name]) => name?.startsWith(start))?.[1];
const plain = (text: string | undefined) => text?.replaceAll(",", "");

describe("figures", () => {
  test("hold every fault, played twenty times, with no loss", () => {
    for (const { name, extraCopies } of SCENARIOS) {
      const row = figures.find(([fault]) => fault === name);
      expect(row?.[1], name).toBe("0 of 20");
      expect(row?.[2], name).toMatch(/^0 of /);
      expect(Number.parseInt(row?.[4] ?? "", 10), name).toBeLessThanOrEqual(extraCopies);
    }
  });

  test("are those the README states for the faults", () => {
    const all = figures.find(([fault]) => fault === "all");
    expect(all?.[1]).toBe(`0 of ${SCENARIOS.length * 20}`);
    expect(plain(said("touchpoints missing"))).toBe(all?.[2]);
    expect(said("counted twice, CORS preflights")).toBe([all?.[3], all?.[5], all?.[6]].join(", "));
  });

  test("are those the README states for the cost on the page", () => {
    const cost = figures.find(([name]) => name === "`sojourn.js`");
    expect(said("load and start")).toContain(`${cost?.[2]};`);
    expect(said("1,000 calls in one loop")).toBe(cost?.[3]?.replace(/ \(.*/, ""));
    expect(cost?.slice(4)).toEqual(["0", "0"]);
  });

  test("are those the README states for normal traffic", () => {
    const normal = figures.filter(([name]) => name?.startsWith("20 touchpoints, "));
    expect(normal).toHaveLength(2);
    const requests = normal.map((row) => Number(row[1]));
    const kilobytes = Math.max(...normal.map((row) => Number(row[2]))) / 1_000;
    expect(said("20 touchpoints in normal traffic")).toBe(
      `${Math.min(...requests)} to ${Math.max(...requests)} requests, ${kilobytes.toFixed(1)} kB`,
    );
  });
});
