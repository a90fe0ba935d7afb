/**
 * Draws the arrows between the rooms of the house and fails on a new one.
 *
 * When it stops you, move the code rather than the arrow.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, readSource } from "./source-text.ts";

const ROOT = path.join(import.meta.dirname, "..");

/**
 * The rooms, from the inside out; the first whose prefix fits a file holds it. A room imports itself, the rooms in
 * `uses` and the packages in `packages`; of Node's own modules, those in `node`, or `"all"`.
 */
const ROOMS: readonly Room[] = [
  { name: "wire", prefix: "packages/sdk/src/wire.ts", uses: [], packages: [], node: [] },
  { name: "sdk", prefix: "packages/sdk/src/", uses: ["wire"], packages: ["idb-keyval"], node: [] },

  { name: "errors", prefix: "packages/collector/src/errors.ts", uses: [], packages: [], node: [] },
  { name: "csv", prefix: "packages/collector/src/csv.ts", uses: ["errors"], packages: [], node: [] },
  {
    name: "domain",
    prefix: "packages/collector/src/domain/",
    uses: ["wire", "errors"],
    // yaml reads models from text; node:url knows punycode. Neither does input or output.
    packages: ["tldts", "yaml"],
    node: ["node:url"],
  },
  {
    name: "store port",
    prefix: "packages/collector/src/store/port.ts",
    uses: ["domain", "wire", "errors"],
    packages: [],
    node: [],
  },
  {
    name: "store/sqlite",
    prefix: "packages/collector/src/store/sqlite/",
    uses: ["store port", "domain", "wire", "errors"],
    packages: ["better-sqlite3"],
    node: "all",
  },
  {
    name: "store/clickhouse",
    prefix: "packages/collector/src/store/clickhouse/",
    uses: ["store port", "domain", "wire", "errors"],
    packages: ["@clickhouse/client"],
    node: "all",
  },
  {
    name: "ingest",
    prefix: "packages/collector/src/ingest/",
    uses: ["store port", "domain", "wire", "errors"],
    packages: ["zod", "isbot"],
    node: "all",
  },
  {
    name: "report",
    prefix: "packages/collector/src/report/",
    uses: ["store port", "domain", "wire", "errors"],
    packages: [],
    node: "all",
  },
  {
    name: "connect",
    prefix: "packages/collector/src/connect/",
    uses: ["ingest", "report", "store port", "domain", "wire", "errors", "csv"],
    packages: ["zod"],
    node: "all",
  },
  {
    name: "http",
    prefix: "packages/collector/src/http/",
    uses: ["connect", "ingest", "report", "store port", "domain", "wire", "errors", "csv"],
    packages: ["hono", "@hono/node-server", "zod", "isbot"],
    node: "all",
  },
  {
    name: "config",
    prefix: "packages/collector/src/config.ts",
    uses: ["domain", "wire", "errors"],
    packages: ["yaml", "zod"],
    node: "all",
  },
  {
    name: "cli",
    prefix: "packages/collector/src/cli/",
    uses: ["config", "connect", "ingest", "report", "store port", "domain", "wire", "errors", "csv"],
    packages: ["yaml"],
    node: "all",
  },
  {
    name: "main",
    prefix: "packages/collector/src/",
    uses: [
      "config",
      "cli",
      "http",
      "connect",
      "ingest",
      "report",
      "store/sqlite",
      "store/clickhouse",
      "store port",
      "domain",
      "wire",
      "errors",
      "csv",
    ],
    packages: ["@hono/node-server"],
    node: "all",
  },

  { name: "dashboard", prefix: "packages/dashboard/src/", uses: ["wire"], packages: ["preact"], node: [] },
];

/** Where the outside world may be asked for the time, chance or the environment. Everything else receives them. */
const EDGES: readonly string[] = [
  "packages/collector/src/main.ts",
  "packages/collector/src/config.ts",
  "packages/sdk/src/index.ts",
  "packages/sdk/src/start.ts",
  "packages/sdk/src/tag.ts",
];

/** Files above 300 lines that hold one idea all the same, each with the reason. Folders named `tables` and `x.data.ts` hold data. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** Tests and what only tests use: `x.test.ts`, builders of random input in `arbitrary-x.ts`, test and bench folders. */
const FOR_TESTS = /\.test\.tsx?$|(^|\/)arbitrary-[\w-]+\.ts$|(^|\/)(test|bench)\//;

interface Room {
  name: string;
  prefix: string;
  uses: readonly string[];
  packages: readonly string[];
  /** Node's own modules that may be used; all of them where files, sockets or threads are the room's work. */
  node: readonly string[] | "all";
}

interface Arrow {
  file: string;
  to: string;
}

const files = ["packages/sdk/src", "packages/collector/src", "packages/dashboard/src"].flatMap(sourcesBelow);
const sources = files.map((file) => ({ file, ...readSource(readFileSync(path.join(ROOT, file), "utf8")) }));
const arrows: Arrow[] = sources.flatMap((source) =>
  importsOf(source).map((to) => ({ file: source.file, to })),
);

function sourcesBelow(folder: string): string[] {
  const place = path.join(ROOT, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name) && !FOR_TESTS.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function roomOf(file: string): Room | undefined {
  return ROOMS.find((room) => file.startsWith(room.prefix));
}

/** Why an import is not allowed, or undefined when it is. */
function objection({ file, to }: Arrow): string | undefined {
  const room = roomOf(file);
  if (room === undefined) return `${file} lies in no room`;
  if (to.startsWith("node:")) {
    const isOpen = room.node === "all" || room.node.includes(to);
    return isOpen
      ? undefined
      : `${file} (${room.name}) imports ${to}, but ${room.name} does no input or output`;
  }
  if (!to.startsWith(".") && to !== "@sojourn/sdk/wire") {
    const name = to.split("/", to.startsWith("@") ? 2 : 1).join("/");
    return room.packages.includes(name) ? undefined : `${file} (${room.name}) imports the package ${to}`;
  }
  const target = to.startsWith(".")
    ? path.posix.join(path.posix.dirname(file), to)
    : "packages/sdk/src/wire.ts";
  const other = roomOf(target);
  if (other === undefined) return `${file} imports ${to}, which lies in no room`;
  if (other === room || room.uses.includes(other.name)) return undefined;
  return `${file}: a new arrow ${room.name} -> ${other.name} (${to})`;
}

describe("the rooms", () => {
  test("import only what their row of the table allows", () => {
    expect(arrows.length).toBeGreaterThan(0);
    expect(arrows.map(objection).filter((one) => one !== undefined)).toEqual([]);
  });

  test("form no circle: every room uses only rooms above it in the table", () => {
    const order = ROOMS.map((room) => room.name);
    const upward = ROOMS.flatMap((room, index) =>
      room.uses
        .filter((name) => !order.slice(0, index).includes(name))
        .map((name) => `${room.name} -> ${name}`),
    );
    expect(upward).toEqual([]);
  });

  test("would object to the domain reading a file, asking the store or loading the SDK", () => {
    const file = "packages/collector/src/domain/lifecycle/stage.ts";
    for (const to of ["node:fs", "../../store/port.ts", "better-sqlite3", "@sojourn/sdk", "../../main.ts"]) {
      expect(objection({ file, to }), to).toBeTypeOf("string");
    }
    expect(objection({ file, to: "../touchpoint.ts" })).toBeUndefined();
    expect(objection({ file, to: "@sojourn/sdk/wire" })).toBeUndefined();
  });

  test("name relative imports with their real ending, and every one of them exists", () => {
    const wrong = arrows
      .filter(({ to }) => to.startsWith("."))
      .filter(({ file, to }) => !/\.\w+$/.test(to) || !existsSync(path.join(ROOT, path.dirname(file), to)));
    expect(wrong).toEqual([]);
  });

  test("ask for the time, chance and the environment only at the edge", () => {
    // Keys and tokens come from node:crypto, which the domain cannot import.
    const world = /\bprocess\.env\b|\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b/;
    const found = sources
      .filter(({ file }) => !EDGES.includes(file))
      .flatMap(({ file, code }) =>
        code
          .split("\n")
          .flatMap((line, index) =>
            world.test(line) ? [`${file}:${index + 1} ${world.exec(line)?.[0]}`] : [],
          ),
      );
    expect(found).toEqual([]);
  });
});

describe("a file", () => {
  test("opens with what it owns", () => {
    const silent = files.filter(
      (file) => !/^(#!.*\n)?\/[*/]/.test(readFileSync(path.join(ROOT, file), "utf8")),
    );
    expect(silent).toEqual([]);
  });

  test("can be read in one sitting, or is a table, or says why not", () => {
    const lines = (file: string) => readFileSync(path.join(ROOT, file), "utf8").trimEnd().split("\n").length;
    const long = files.filter((file) => !/\/tables\/|\.data\.ts$/.test(file) && lines(file) > 300);
    expect(
      long.filter((file) => !(file in LONG_FILES)).map((file) => `${file}: ${lines(file)} lines`),
    ).toEqual([]);
    expect(
      Object.keys(LONG_FILES).filter((file) => !long.includes(file)),
      "no longer long",
    ).toEqual([]);
  });
});
