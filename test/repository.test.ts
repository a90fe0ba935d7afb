/**
 * What a fresh clone relies on: a lock file that `npm ci` takes on every system, and set-up scripts an old Node can read.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fakeMachine, prepare, smallClone } from "./small-clone.ts";
import { readSource } from "./source-text.ts";

const ROOT = path.join(import.meta.dirname, "..");

interface LockEntry {
  version?: string;
  resolved?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

interface Manifest {
  name: string;
  private?: boolean;
  workspaces?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
const root = readJson("package.json") as Manifest;
const manifests = ["package.json", ...(root.workspaces ?? []).map((one) => `${one}/package.json`)].map(
  (file) => readJson(file) as Manifest,
);
const { packages } = readJson("package-lock.json") as { packages: Record<string, LockEntry> };

describe("the lock file", () => {
  test("knows every package it names, those for other systems included (else: node scripts/complete-lock.mjs)", () => {
    const missing = Object.entries(packages).flatMap(([place, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
        .filter((name) => !resolves(place, name))
        .map((name) => `${name}, named by ${place || "the root"}`),
    );
    expect(missing).toEqual([]);
  });

  test("names no registry", () => {
    const addresses = Object.values(packages)
      .map((entry) => entry.resolved)
      .filter((resolved) => resolved !== undefined && /^\w+:/.test(resolved));
    expect(addresses).toEqual([]);
  });

  test("is as package.json says, with exact versions only", () => {
    for (const manifest of manifests) {
      const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const [name, version] of Object.entries(wanted)) {
        expect(version, `${name} in ${manifest.name}`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
        if (!name.startsWith("@sojourn/")) {
          expect(packages[`node_modules/${name}`]?.version, `${name} in package-lock.json`).toBe(version);
        }
      }
    }
  });

  function resolves(place: string, name: string): boolean {
    for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
      if (packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`]) return true;
      if (at === "") return false;
    }
  }
});

describe("the set-up", () => {
  test("is written in JavaScript that a Node of 2019 reads", () => {
    const younger = /\?\.(?!\d)|\?\?|\|\|=|&&=|\.at\(|\.replaceAll\(|\bstructuredClone\b|\bawait\b|\d_\d/;
    const scripts = readdirSync(path.join(ROOT, "scripts")).filter((name) => name.endsWith(".cjs"));
    expect(scripts).toContain("prepare.cjs");
    for (const name of scripts) {
      const { code, uncommented } = readSource(readFileSync(path.join(ROOT, "scripts", name), "utf8"));
      expect(younger.exec(code)?.[0], name).toBeUndefined();
      expect(uncommented, `${name}: require("fs"), not require("node:fs")`).not.toContain('"node:');
    }
  });

  test("builds what changed since its last build, says so in one line, and is silent when all is there", () => {
    const clone = smallClone();
    const start = () => {
      const run = prepare("start", clone);
      expect(run.status, run.stderr).toBe(0);
      return run.stdout;
    };
    try {
      expect(start()).toBe("prepare: building packages/page\n");
      expect(start()).toBe("");
      writeFileSync(path.join(clone, "packages/page/src/a.txt"), "second");
      expect(start()).toBe("prepare: building packages/page\n");
      expect(readFileSync(path.join(clone, "packages/page/dist/a.txt"), "utf8")).toBe("second");
      rmSync(path.join(clone, "packages/page/dist"), { recursive: true });
      expect(start()).toBe("prepare: building packages/page\n");
      expect(start()).toBe("");
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  test("installs the browsers that are missing with apt-get, those only, and then finds them", () => {
    const clone = smallClone();
    const bin = fakeMachine(clone, { hasApt: true });
    try {
      writeFileSync(path.join(bin, "chromium"), "", { mode: 0o755 });
      const run = prepare("test", clone, bin);
      expect(run.stderr).toBe("");
      expect(run.stdout).toBe(
        "prepare: building packages/page\nprepare: installing what the browser tests drive: Firefox, WebKitGTK, Xvfb\n",
      );
      expect(run.status).toBe(0);
      const calls = readFileSync(path.join(clone, "apt.log"), "utf8").trim().split("\n");
      expect(calls).toEqual(["update", "firefox-esr", "webkit2gtk-driver", "xvfb"]);
      expect(prepare("test", clone, bin)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  test("says in one line what to run when it cannot install a browser, and fails rather than skips", () => {
    const clone = smallClone();
    const bin = fakeMachine(clone, { hasApt: false });
    try {
      const run = prepare("test", clone, bin);
      expect(run.status).toBe(1);
      expect(run.stderr).toBe(
        "prepare: the tests need Chromium, Firefox, WebKitGTK, Xvfb; on Debian or Ubuntu run: " +
          "sudo apt-get install -y chromium firefox-esr webkit2gtk-driver xvfb\n",
      );
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  test("is all that continuous integration calls", () => {
    const lines = readFileSync(path.join(ROOT, ".ci/run"), "utf8").split("\n");
    expect(lines).toContain("set -euo pipefail");
    expect(lines.filter((line) => /\bnpm\b/.test(line))).toEqual(["exec npm test"]);
  });

  test("names in package.json only scripts that exist", () => {
    for (const command of Object.values(root.scripts ?? {})) {
      for (const [, file] of command.matchAll(/\bnode (?:--\S+ )*(\S+\.[cm]?[jt]s)\b/g)) {
        expect(existsSync(path.join(ROOT, file as string)), command).toBe(true);
      }
    }
  });
});

describe("the dependencies", () => {
  test("of the collector are at most eight, besides our own", () => {
    const collector = manifests.find((manifest) => manifest.name === "@sojourn/collector");
    const theirs = Object.keys(collector?.dependencies ?? {}).filter((name) => !name.startsWith("@sojourn/"));
    expect(theirs.length).toBeGreaterThan(0);
    expect(theirs.length).toBeLessThanOrEqual(8);
  });

  test("each have their reason in CONTRIBUTING.md", () => {
    const text = readFileSync(path.join(ROOT, "CONTRIBUTING.md"), "utf8");
    const names = new Set(
      manifests.flatMap((manifest) => Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })),
    );
    const unexplained = [...names].filter(
      (name) => !name.startsWith("@sojourn/") && !text.includes(`| \`${name}\` |`),
    );
    expect(unexplained).toEqual([]);
  });
});
