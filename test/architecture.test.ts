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
  { name: "sdk", prefix: "packages/sdk/src/", uses: ["wire"], packages: [], node: [] },

  { name: "errors", prefix: "packages/collector/src/errors.ts", uses: [], packages: [], node: [] },
  { name: "version", prefix: "packages/collector/src/version.ts", uses: [], packages: [], node: "all" },
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
    // The door: pure, and knows no database. It runs in the writer's thread, beside the log it fills.
    name: "ingest",
    prefix: "packages/collector/src/ingest/",
    uses: ["domain", "wire", "errors"],
    packages: ["zod"],
    node: "all",
  },
  {
    name: "store port",
    prefix: /^packages\/collector\/src\/store\/(port|groups|bytes|data-file)\.ts$/,
    uses: ["domain", "wire", "errors"],
    packages: [],
    node: "all",
  },
  {
    name: "report",
    prefix: "packages/collector/src/report/",
    uses: ["store port", "domain", "ingest", "wire", "errors", "csv"],
    packages: [],
    node: "all",
  },
  {
    // Inbound: what other systems send, as touchpoints. Outbound: what happened, as signed messages.
    name: "connect",
    prefix: "packages/collector/src/connect/",
    uses: ["ingest", "report", "store port", "domain", "wire", "errors", "csv"],
    packages: ["zod", "yaml"],
    node: "all",
  },
  {
    // One file, one writer: also the durable inbox of every other engine, so its commands are the store's commands.
    name: "store/sqlite",
    prefix: /^packages\/collector\/src\/store\/sqlite\/(?!(engine|readers|[a-z]+-thread)\.ts)/,
    uses: ["store port", "report", "connect", "ingest", "domain", "wire", "errors"],
    packages: ["better-sqlite3"],
    node: "all",
  },
  {
    // The store as the rest of the collector sees it: keep, ask, change, erase.
    name: "store",
    prefix: /^packages\/collector\/src\/store\/[^/]+\.ts$/,
    uses: ["store/sqlite", "store port", "report", "connect", "ingest", "domain", "wire", "errors"],
    packages: [],
    node: "all",
  },
  {
    // Copies of the file's rows in ClickHouse: shipping them, and answering from them.
    name: "store/clickhouse",
    prefix: /^packages\/collector\/src\/store\/clickhouse\/(?!(engine|[a-z]+-thread)\.ts)/,
    uses: ["store", "store/sqlite", "store port", "ingest", "domain", "wire", "errors"],
    packages: ["@clickhouse/client", "better-sqlite3"],
    node: "all",
  },
  {
    // Threads: the door runs in the writer's, the reports in the readers'.
    name: "engine",
    prefix: "packages/collector/src/store/sqlite/",
    uses: ["store", "store/sqlite", "store port", "report", "connect", "ingest", "domain", "wire", "errors"],
    packages: ["better-sqlite3"],
    node: "all",
  },
  {
    // The same beside an engine: the file is its inbox.
    name: "engine with copies",
    prefix: "packages/collector/src/store/clickhouse/",
    uses: [
      "engine",
      "store/clickhouse",
      "store",
      "store/sqlite",
      "store port",
      "report",
      "domain",
      "wire",
      "errors",
    ],
    packages: [],
    node: "all",
  },
  {
    name: "outbound",
    prefix: "packages/collector/src/outbound/",
    uses: ["store", "store/sqlite", "connect", "domain", "errors"],
    packages: [],
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
    name: "http",
    prefix: "packages/collector/src/http/",
    uses: [
      "store",
      "store port",
      "outbound",
      "connect",
      "ingest",
      "report",
      "config",
      "domain",
      "wire",
      "errors",
      "csv",
    ],
    packages: ["hono", "@hono/node-server", "zod", "isbot"],
    node: "all",
  },
  {
    name: "import",
    prefix: "packages/collector/src/import/",
    uses: ["connect", "ingest", "domain", "wire", "errors", "csv"],
    packages: [],
    node: "all",
  },
  {
    name: "demo",
    prefix: "packages/collector/src/demo/",
    uses: ["store/sqlite", "store", "store port", "ingest", "domain", "wire", "errors"],
    packages: [],
    node: "all",
  },
  {
    // Each command is a process of its own: it opens what it needs and puts the parts together.
    name: "cli",
    prefix: "packages/collector/src/cli/",
    uses: [
      "version",
      "config",
      "http",
      "import",
      "demo",
      "outbound",
      "connect",
      "ingest",
      "report",
      "engine with copies",
      "store/clickhouse",
      "engine",
      "store/sqlite",
      "store",
      "store port",
      "domain",
      "wire",
      "errors",
      "csv",
    ],
    packages: ["yaml"],
    node: "all",
  },
  {
    name: "main",
    prefix: "packages/collector/src/main.ts",
    uses: ["cli", "version", "errors"],
    packages: [],
    node: "all",
  },

  {
    // The shapes of answers, and nothing that runs: the page asks over HTTP.
    name: "answers",
    prefix: "packages/dashboard/src/api-shapes.ts",
    uses: ["report"],
    packages: [],
    node: [],
  },
  { name: "dashboard", prefix: "packages/dashboard/src/", uses: ["answers"], packages: ["preact"], node: [] },
];

/** Where the outside world may be asked for the time, chance or the environment. Everything else receives them. */
const EDGES: readonly string[] = [
  "packages/collector/src/main.ts",
  "packages/collector/src/config.ts",
  // A thread is a process in small: its entry is where its clock comes in.
  "packages/collector/src/store/sqlite/writer-thread.ts",
  "packages/collector/src/store/clickhouse/forward-thread.ts",
  "packages/collector/src/store/clickhouse/relay-thread.ts",
  // The browser's packages live on the page; handing a clock through every call would be paid for in bytes.
  "packages/sdk/src/",
  "packages/dashboard/src/",
];

/** Files above 300 lines that hold one idea all the same, each with the reason. Folders named `tables` and `x.data.ts` hold data. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "packages/collector/src/store/port.ts": "the contract of every read, in comments beside its signature",
  "packages/collector/src/store/sqlite/schema.ts": "the tables of one engine, whole in one place",
  "packages/collector/src/ingest/accept.ts":
    "the door: both ways in share its checks of clock, origin and traffic",
  "packages/collector/src/store/sqlite/announce.ts": "one message per kind of news, side by side",
  "packages/collector/src/store/sqlite/log.ts": "appending and reading back are two halves of one format",
  "packages/collector/src/domain/source/classify.ts": "the order of precedence reads from top to bottom",
  "packages/collector/src/http/operations.ts": "every call over HTTP, described in one list",
  "packages/collector/src/domain/lifecycle/check.ts": "one check per way a model can be wrong",
};

/** Tests and what only tests use: `x.test.ts`, builders of random input in `arbitrary-x.ts`, test and bench folders. */
const FOR_TESTS = /\.test\.tsx?$|(^|\/)arbitrary-[\w-]+\.ts$|(^|\/)(test|bench)\//;

interface Room {
  name: string;
  /** Where its files begin, or a pattern they fit. */
  prefix: string | RegExp;
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
  return ROOMS.find(({ prefix }) =>
    typeof prefix === "string" ? file.startsWith(prefix) : prefix.test(file),
  );
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
      .filter(({ file }) => !EDGES.some((edge) => file.startsWith(edge)))
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
