/** What lies about after an erasure: names of pages only the person saw, and copies of the data file. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import { erasePerson, finishErasures } from "../src/store/erasure.ts";
import type { Unused } from "../src/store/sqlite/commands/unused.ts";
import { type CommandName, type Commands, runCommand } from "../src/store/sqlite/commands.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import type { Store } from "../src/store/store.ts";
import { beacon, START } from "./house.ts";

const SECOND = 1_000;
const SECRET = "/a-wish-only-anna-had";

let folder: string;
let writer: Writer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-remains-"));
  writer = openWriter(folder);
  writer.change(() => writer.sites.add("shop", {}, presetModel("reach-loyalty")!, START));
});
afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

const change: Store["change"] = async <N extends CommandName>(name: N, take: Commands[N]["take"]) =>
  runCommand(writer, name, take);

const visit = (visitor: string, path: string, at: number): void => {
  const seen = { kind: "page_view", url: `https://shop.example${path}`, visit: true };
  writer.ingest([{ body: beacon(visitor, at, [seen]), receivedAt: at, door: "browser" }]);
  while (writer.project(100) > 0);
};
const pages = (): string[] =>
  writer.db.prepare<[], string>("select path from page order by path").pluck().all();
const campaigns = (): string[] =>
  writer.db.prepare<[], string>("select distinct campaign from source where campaign <> ''").pluck().all();

/** Anna and a crowd around her in time; the page "/shared" is hers and the last visitor's. */
const fill = (): void => {
  for (let i = 0; i < 40; i++) visit(`visitor-${i}-00000`, "/", START + i * SECOND);
  visit("anna-browser-1", `${SECRET}?utm_source=letter&utm_campaign=for-anna`, START + 40 * SECOND);
  visit("anna-browser-1", "/shared", START + 3_600 * SECOND);
  for (let i = 41; i < 80; i++) visit(`visitor-${i}-00000`, "/", START + i * SECOND);
  visit("visitor-last-00000", "/shared", START + 90 * SECOND);
};
const anna = { site: "shop", person: "anna-browser-1", at: START + 7_200 * SECOND };

/** The next slice, of so few touches that many are needed. */
const slice = (unused: Unused, from: number | null) =>
  runCommand(writer, "dropUnused", { unused, from, most: 7 });

describe("names that only an erased person's touches used", () => {
  test("go, and those that somebody else uses too stay", async () => {
    fill();
    await erasePerson(change, folder, anna);
    expect(pages()).toEqual(["/", "/shared"]);
    expect(campaigns()).toEqual([]);
    expect(writer.db.prepare("select count(*) from meta where key = 'erasure_unused'").pluck().get()).toBe(0);
  });

  test("are looked for in slices, each of them short", () => {
    fill();
    const { unused } = runCommand(writer, "forgetPerson", anna);
    let slices = 1;
    let step = slice(unused, null);
    for (; step.next !== null; slices++) step = slice(step.unused, step.next);
    expect(slices).toBeGreaterThan(5);
    expect(pages()).toEqual(["/", "/shared"]);
  });

  test("stay when somebody comes to use them while they are looked for", () => {
    fill();
    const { unused } = runCommand(writer, "forgetPerson", anna);
    let step = slice(unused, null);
    step = slice(step.unused, step.next);
    // The touch lies where the search has been already.
    visit("visitor-late-00000", `${SECRET}?utm_source=letter&utm_campaign=for-anna`, START + SECOND);
    while (step.next !== null) step = slice(step.unused, step.next);
    expect(pages()).toContain(SECRET);
    expect(campaigns()).toEqual(["for-anna"]);
  });

  test("of two people who are erased at once go with the latter, and take no new name with them", () => {
    fill();
    visit("berta-browser-1", SECRET, START + 50 * SECOND);
    const first = runCommand(writer, "forgetPerson", anna);
    const second = runCommand(writer, "forgetPerson", { ...anna, person: "berta-browser-1" });
    let [one, other] = [slice(first.unused, null), slice(second.unused, null)];
    while (one.next !== null) one = slice(one.unused, one.next);
    // Its number is the one that has just become free.
    visit("visitor-next-00000", "/quite-new", START + 60 * SECOND);
    while (other.next !== null) other = slice(other.unused, other.next);
    expect(pages()).toEqual(["/", "/quite-new", "/shared"]);
  });

  test("go after a crash in the middle of the search", async () => {
    fill();
    const { unused } = runCommand(writer, "forgetPerson", anna);
    slice(unused, null);
    writer.close();
    writer = openWriter(folder);
    expect(pages()).toContain(SECRET);
    await finishErasures(change);
    expect(pages()).toEqual(["/", "/shared"]);
    expect(await change("unusedNames", null)).toEqual([]);
  });
});

test("copies of the data file that name an erased person are told of, others are not", async () => {
  fill();
  const before = join(folder, "sojourn.db.before-schema-3");
  writer.db.prepare("vacuum into ?").run(before);
  const { copies } = await erasePerson(change, folder, anna);
  expect(copies).toEqual(["sojourn.db.before-schema-3"]);

  writer.db.pragma("wal_checkpoint(truncate)");
  copyFileSync(join(folder, "sojourn.db"), join(folder, "sojourn.db.replaced-1"));
  const other = await erasePerson(change, folder, { ...anna, person: "visitor-3-00000" });
  expect(other.copies).toEqual(["sojourn.db.before-schema-3", "sojourn.db.replaced-1"]);
});
