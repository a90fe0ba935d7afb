/**
 * The commands that ask figures, flow and people: tables for people, JSON and CSV for programs.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Command } from "../src/cli/command.ts";
import { readWords } from "../src/cli/command.ts";
import { figureCommands } from "../src/cli/figures.ts";
import { flowCommands } from "../src/cli/flow.ts";
import { peopleCommands } from "../src/cli/people.ts";
import { segmentCommand } from "../src/cli/segment.ts";
import { targetCommand } from "../src/cli/target.ts";
import { readCsv } from "../src/csv.ts";
import { openIo } from "./command-io.ts";
import { inventHistory, openShop, type Shop } from "./shop-history.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 30);

describe("figures on the command line", () => {
  let shop: Shop;
  const run = async (command: Command, ...argv: string[]): Promise<string> => {
    const { io, out } = openIo(NOW);
    const words = readWords(command, [...argv, "--data", shop.folder]);
    expect(await command.run(words, io)).toBe(0);
    return out();
  };

  beforeAll(() => {
    shop = openShop(inventHistory(3, 60, NOW, 90), NOW);
  });
  afterAll(() => shop.close());

  test.each(
    [...figureCommands, ...flowCommands, ...peopleCommands].map(
      (command) => [command.name, command] as const,
    ),
  )("%s shows a table, and prints the same as JSON and CSV", async (_, command) => {
    expect((await run(command)).trim().length).toBeGreaterThan(10);
    expect(JSON.parse(await run(command, "--json"))).toMatchObject({ site: "shop" });
    const [header, ...rows] = readCsv(await run(command, "--csv"));
    for (const row of rows) expect(row.cells.length).toBe(header!.cells.length);
  });

  test("filters are typed as is and is not, and a wrong one is named", async () => {
    const people = peopleCommands[0]!;
    const total = async (...argv: string[]) =>
      (JSON.parse(await run(people, "--json", ...argv)) as { total: number }).total;
    const all = await total();
    const email = await total("--filter", "channel=Email");
    expect(email).toBeGreaterThan(0);
    expect(await total("--filter", "channel!=Email")).toBe(all - email);
    await expect(total("--filter", "mood=good")).rejects.toMatchObject({ code: "bad_usage" });
  });

  test("a segment's rule is tried and a wrong one says what is wrong", async () => {
    expect(await run(segmentCommand, "try", '["orders",">=",1]')).toMatch(
      /^\d+ of 60 people: orders >= 1\n$/,
    );
    expect(await run(segmentCommand, "list")).toContain("no segment yet");
    await expect(run(segmentCommand, "try", '["orders",">=","many"]')).rejects.toMatchObject({
      code: "bad_input",
    });
    expect(await run(targetCommand, "list")).toContain("no target yet");
  });
});
