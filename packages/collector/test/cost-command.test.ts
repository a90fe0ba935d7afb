/** `sojourn cost`, `sojourn sources` and `sojourn reclassify` as they are typed, on a data folder without a running collector. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attributionCommand } from "../src/cli/attribution.ts";
import { type Command, readWords } from "../src/cli/command.ts";
import { costCommand } from "../src/cli/cost.ts";
import { reclassifyCommand } from "../src/cli/reclassify.ts";
import { siteCommand } from "../src/cli/site.ts";
import { sourcesCommand } from "../src/cli/sources.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { openIo } from "./command-io.ts";
import { beacon } from "./house.ts";

const NOW = Date.UTC(2026, 9, 20, 12);
let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-cost-"));
  data = join(folder, "data");
  mkdirSync(data);
  const writer = openWriter(data);
  runCommand(writer, "addSite", { id: "shop", settings: {}, at: NOW });
  const url = "https://shop.example/cups?utm_source=google&utm_medium=cpc&utm_campaign=Brand";
  const body = beacon("visitor-0001", NOW, [
    { kind: "page_view", visit: true, url },
    { kind: "purchase", order: "1", value: 30, at: NOW },
  ]);
  writer.ingest([{ body, receivedAt: NOW, door: "browser" }]);
  while (writer.project(100) > 0);
  writer.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

async function type(command: Command, ...argv: string[]): Promise<{ code: number; out: string }> {
  const { io, out } = openIo(NOW);
  const code = await command.run(readWords(command, [...argv, "--data", data]), io);
  return { code, out: out() };
}

const GOOGLE = `Campaign report
Day,Campaign,Currency code,Cost
2026-10-20,Brand,EUR,10.00
2026-10-20,Nobody,EUR,1.00
soon,Brand,EUR,1.00
Total: Account, --,EUR,12.00
`;

describe("sojourn cost", () => {
  test("imports an export once, names bad lines and costs without a touch, and lists and removes them", async () => {
    const path = file("google.csv", GOOGLE);
    const first = await type(costCommand, "import", path);
    expect(first.code).toBe(1);
    expect(first.out).toContain("Layout google-ads: 2 rows, 2026-10-20");
    expect(first.out).toContain("2 added, 0 changed, 0 were there already");
    expect(first.out).toContain('Line 5: "soon" is no day');
    expect(first.out).toMatch(/Nobody .* no touch/);
    const again = JSON.parse((await type(costCommand, "import", path, "--json")).out);
    expect(again).toMatchObject({ added: 0, changed: 0, unchanged: 2, unmatched: [{ campaign: "Nobody" }] });
    expect((await type(sourcesCommand)).out).toMatch(/Paid Search .*11\.00 +11\.00 +2\.73/);
    expect((await type(costCommand, "list", "--unmatched")).out).toContain("Nobody");
    expect((await type(costCommand, "remove", "--origin", "google-ads")).out).toBe("2 rows removed\n");
    await expect(type(costCommand, "remove")).rejects.toThrow(/which costs/);
  });

  test("tries a file without changing anything, also one in UTF-16 with names of its own", async () => {
    const text = "\ufeffWann\tWas\tWieviel\n20.10.2026\tBrand\t1.000,50\n";
    const path = file("own.csv", Buffer.from(text, "utf16le"));
    const mapping = ["--map", "day=Wann,campaign=Was,amount=Wieviel", "--set", "source=google,medium=cpc"];
    const dry = await type(costCommand, "import", path, ...mapping, "--dry-run");
    expect(dry.out).toContain("1000.50 EUR");
    expect(dry.out).toContain("Nothing was changed");
    expect((await type(costCommand, "list")).out).toContain("none");
    await expect(type(costCommand, "import", path, "--map", "colour=x")).rejects.toThrow(/colour/);
  });

  test("needs a rate for another currency, and says how to set it", async () => {
    const path = file("usd.csv", GOOGLE.replaceAll("EUR", "USD"));
    await type(costCommand, "import", path);
    expect((await type(sourcesCommand)).out).toContain("No rate for USD: sojourn site set shop --rate USD=");
    await type(siteCommand, "set", "shop", "--rate", "USD=0.5");
    expect((await type(sourcesCommand)).out).toMatch(/Paid Search .*5\.50/);
  });
});

describe("sojourn attribution", () => {
  test("shows all models, and leads to the conversions and touches behind them", async () => {
    expect((await type(attributionCommand)).out).toMatch(/Paid Search +1 +1 +1 +1 +1 +1 +1 +1 +0/);
    expect((await type(attributionCommand, "conversions", "--within", "channel=Paid Search")).out).toContain(
      "100 %",
    );
    expect((await type(attributionCommand, "touches")).out).toContain("/cups");
    await expect(type(attributionCommand, "--within", "colour=red")).rejects.toThrow(/--within/);
    await expect(type(attributionCommand, "--conversion", "luck")).rejects.toThrow(/--conversion/);
  });
});

describe("sojourn reclassify", () => {
  test("shows what would move, and does it when told to", async () => {
    const rules = file(
      "rules.yaml",
      "- id: brand\n  when: { field: campaign, is: brand }\n  set: { channel: Affiliates }\n",
    );
    const shown = await type(reclassifyCommand, "--rules", rules);
    expect(shown.out).toContain("1 of 1 touches of 1 people would change");
    expect(shown.out).toMatch(/Paid Search \(google, Brand\) +Affiliates \(google, Brand\) +1 +1 +1 +30\.00/);
    expect((await type(sourcesCommand)).out).toContain("Paid Search");
    expect((await type(reclassifyCommand, "--rules", rules, "--apply")).out).toContain("Applied.");
    expect((await type(sourcesCommand)).out).toContain("Affiliates");
    expect(JSON.parse((await type(reclassifyCommand, "--json")).out)).toMatchObject({
      moved: 0,
      isStale: false,
    });
    await expect(type(reclassifyCommand, "--rules", file("bad.yaml", "rules: 3"))).rejects.toThrow(/rules/);
  });
});
