/** The tables in the documentation of connectors: an operator pastes them, so the collector must take them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readTable } from "../src/connect/table.ts";
import { TARGET_SYSTEMS } from "../src/connect/target.ts";

const DOCS = join(import.meta.dirname, "../../../docs/connectors");
const pages = readdirSync(DOCS).filter((name) => name.endsWith(".md"));

/** The tables of a page: blocks that begin with an entry. */
const tablesIn = (page: string): string[] =>
  [...readFileSync(join(DOCS, page), "utf8").matchAll(/```yaml\n(- name: [\s\S]*?)```/g)].map(
    ([, text]) => text!,
  );

describe.each(pages)("%s", (page) => {
  test("shows tables that the collector takes", () => {
    const tables = tablesIn(page);
    expect(tables.length).toBeGreaterThan(0);
    for (const table of tables) expect(readTable(parse(table), page).length, table).toBeGreaterThan(0);
  });
});

test.each(TARGET_SYSTEMS)("the page of %s shows how to tell it", (system) => {
  const entries = tablesIn(`${system}.md`).flatMap((table) => readTable(parse(table), system));
  expect(entries.some(({ send }) => send !== undefined)).toBe(true);
});

test("the example table is one that the collector takes, for shops and targets", () => {
  const file = join(DOCS, "../../examples/connectors/connectors.yml");
  const entries = readTable(parse(readFileSync(file, "utf8")), "connectors.yml");
  expect(entries.filter(({ send }) => send !== undefined)).toHaveLength(4);
  expect(entries.filter(({ receives }) => receives)).toHaveLength(3);
});
