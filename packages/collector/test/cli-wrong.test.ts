/**
 * Every command with words that are wrong on purpose: it says in plain lines what is wrong and gives the right exit code,
 * and never ends in a stack trace. Made from the list of commands, so a new one is in it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Command } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import { run } from "../src/main.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { openIo } from "./command-io.ts";
import { beacon, START } from "./house.ts";

/** They run until they are stopped; see test/process and demo.test.ts. */
const ENDLESS = new Set(["serve", "demo"]);
const RUNS_PER_COMMAND = 30;

const folder = mkdtempSync(join(tmpdir(), "sojourn-wrong-"));
const data = join(folder, "data");
const before = process.cwd();

beforeAll(() => {
  // Whatever a command writes beside the data it was given lands here.
  process.chdir(folder);
  const writer = openWriter(data);
  writer.change(() => writer.sites.add("shop", {}, presetModel("reach-loyalty")!, START));
  for (let i = 0; i < 10; i++) {
    const seen = { kind: "page_view", url: "https://shop.example/?utm_source=letter", visit: true };
    const bought = { kind: "purchase", order: `A-${i}`, value: 20, currency: "EUR" };
    const body = beacon(`visitor-${i}-00000`, START, i % 2 === 0 ? [seen, bought] : [seen]);
    writer.ingest([{ body, receivedAt: START, door: "browser" }]);
  }
  while (writer.project(100) > 0);
  writer.close();
  writeFileSync("text.txt", "this is a shopping list\n\0\u0007 and quite a long one\n".repeat(20));
  writeFileSync("empty", "");
  writeFileSync("table.csv", 'order,customer,date,amount\n1,a,2026-10-01,12\n2,b,not a date,x\n"open,1,2\n');
  writeFileSync("deep.json", "[".repeat(50_000));
  writeFileSync("model.yaml", "id: x\nstages: [a\n");
  mkdirSync("folder");
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const VALUES: readonly string[] = [
  "", " ", "-", "0", "-1", "1.5", "1e999", "NaN", "99999999999999999999", "true", "nobody", "shop", "other-site", "visitor-2-00000",
  "2026-10-01", "2026-13-45", "0000-00-00", "+275760-09-14", "yesterday", "Email", "reach-loyalty", "no-such-model", "channel", "channel=Email",
  "channel!=", "=", "__proto__", "constructor", "Mars/Phobos", "EUR", "XXXX", "https://shop.example/", "http://[::1", "javascript:alert(1)",
  "http://127.0.0.1:9/", "no-such-file.csv", "folder", "empty", "text.txt", "table.csv", "deep.json", "model.yaml", "folder/none/deeper",
  "'; drop table touchpoint; --", "\ud800", "x".repeat(3_000), "{}", "[]", '{"all":[]}', '["orders",">=",1]', "user@example.org",
]; // biome-ignore format: a list

/** Words that the usage line and the help name: subcommands and the like. */
const wordsOf = ({ usage, more = "" }: Command): string[] => [
  ...new Set(
    [...`${usage} ${more}`.matchAll(/(?<![-<\w./:])[a-z][a-z-]+(?![\w>:/.])/g)].map(([word]) => word),
  ),
];

function argvOf(command: Command): fc.Arbitrary<string[]> {
  const words = wordsOf(command);
  const value = fc.constantFrom(...VALUES);
  const positional = fc.oneof(
    { weight: 2, arbitrary: value },
    ...(words.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...words) }]),
  );
  const option = fc
    .constantFrom(...Object.entries(command.options), ["no-such-option", { type: "string" }] as const)
    .chain(
      ([name, { type }]): fc.Arbitrary<string[]> =>
        type === "boolean" ? fc.constant([`--${name}`]) : value.map((of) => [`--${name}=${of}`]),
    );
  return fc
    .tuple(
      // The first word is often the right one, so that what comes behind it is looked at.
      fc.array(positional, { maxLength: 3 }),
      fc.array(option, { maxLength: 3 }),
      fc.boolean(),
    )
    .map(([positionals, options, json]) => [...positionals, ...options.flat(), ...(json ? ["--json"] : [])]);
}

async function runWith(name: string, argv: readonly string[], folderOf = data): Promise<void> {
  const { io, out, notes } = openIo(START, {});
  const said = () => `sojourn ${name} ${argv.join(" ").slice(0, 300)}\n${notes().slice(0, 600)}`;
  let code: number;
  try {
    code = await run([name, ...argv, "--data", folderOf], io);
  } catch (error) {
    throw new Error(`${said()} ended in ${(error as Error).stack}`);
  }
  expect([0, 1, 2], said()).toContain(code);
  expect(notes(), said()).not.toMatch(/\n\s+at \S|SqliteError|\[ERR_[A-Z]|\bundefined\b|\[object /);
  // What went wrong is said; an answer that means "no" is an answer.
  if (code !== 0) expect((notes() + out()).trim(), said()).not.toBe("");
  if (code === 2) {
    expect(out(), said()).toBe("");
    expect(notes().trim().split("\n").length, said()).toBeLessThanOrEqual(3);
  }
}

describe("a command with wrong words", () => {
  test.each(
    COMMANDS.filter(({ name }) => !ENDLESS.has(name)).map((command) => [command.name, command] as const),
  )(
    "%s says what is wrong",
    async (name, command) => {
      await runWith(name, []);
      await runWith(name, ["--no-such-option"]);
      await fc.assert(
        fc.asyncProperty(argvOf(command), (argv) => runWith(name, argv)),
        { numRuns: RUNS_PER_COMMAND },
      );
    },
    60_000,
  );

  test("on a folder where nothing is, or that is a file, says so in one line", async () => {
    for (const { name } of COMMANDS) {
      if (ENDLESS.has(name)) continue;
      for (const where of ["nowhere", "text.txt", "folder"]) await runWith(name, [], join(folder, where));
    }
  });
});
