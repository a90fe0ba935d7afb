/** Exports of advertising platforms, as they really look: preambles, totals, thousands, two languages. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCostFile } from "./cost-file.ts";
import { readCostRows } from "./cost-rows.ts";
import { dayOrderOf, decimalMarkOf, readAmount, readDay } from "./cost-text.ts";

const EUR = { currency: "EUR" };
const rowsOf = (text: string, options = {}) =>
  readCostFile(text, { ...EUR, ...options }).rows.map((row) => [
    row.day,
    row.source,
    row.medium,
    row.campaign,
    row.amount,
    row.currency,
  ]);

const GOOGLE_EN = `Campaign report
"November 1, 2026 - November 2, 2026"
Campaign status,Day,Campaign,Budget,Currency code,Impr.,Clicks,Cost
Enabled,2026-11-01,Brand,20.00,EUR,"1,204",88,"1,012.50"
Enabled,2026-11-01,Kettles,20.00,EUR,90,8, --
Enabled,2026-11-02,Brand,20.00,EUR,80,8,7.00
Enabled,2026-11-02,"Kettles, and cups",20.00,EUR,80,8,x7
Total: Campaigns, --, --, --,EUR,"1,454",112,"1,019.50"
Total: Account, --, --, --,EUR,"1,454",112,"1,019.50"
`;

const GOOGLE_DE = `Kampagnenbericht
1. November 2026 - 2. November 2026
Tag;Kampagne;Währungscode;Kosten
01.11.2026;Marke;EUR;1.012,50
02.11.2026;Wasserkocher;USD;7,00
Gesamt: Kampagnen; --;EUR;1.019,50
`;

const META_DE = `Kampagnenname,Tag,Auslieferung,"Ausgegebener Betrag (CHF)",Auswertungsbeginn,Auswertungsende
,,,44.20,2026-11-01,2026-11-02
Herbst,2026-11-01,active,20.15,2026-11-01,2026-11-01
Herbst,2026-11-02,active,24.05,2026-11-02,2026-11-02
`;

const MICROSOFT_EN = `"Report Name: Campaign performance"
"Report Time: 11/1/2026,11/2/2026"
"Time Zone: GMT"

Gregorian date,Account name,Campaign name,Currency code,Impressions,Spend
11/1/2026,Shop,Brand,USD,"1,200","$1,300.50"
11/2/2026,Shop,Brand,USD,90,$4.00
11/2/2026,Shop,Brand,USD,90,$6.00
Overall total - 1 campaign,,,,"1,380","$1,310.50"
"©2026 Microsoft Corporation. All rights reserved. "
`;

describe("a file of costs", () => {
  test("from Google Ads in English: preamble, thousands, dashes, totals, and a line that cannot be read", () => {
    const file = readCostFile(GOOGLE_EN, EUR);
    expect(file.layout).toBe("google-ads");
    expect(rowsOf(GOOGLE_EN)).toEqual([
      ["2026-11-01", "google", "cpc", "Brand", 101_250, "EUR"],
      ["2026-11-02", "google", "cpc", "Brand", 700, "EUR"],
    ]);
    expect(file.refused).toEqual([{ line: 7, reason: '"x7" is no amount' }]);
    expect(file.skipped.map(({ line }) => line)).toEqual([5, 8, 9]);
  });

  test("from Google Ads in German: semicolons, decimal commas, two currencies", () => {
    expect(rowsOf(GOOGLE_DE)).toEqual([
      ["2026-11-01", "google", "cpc", "Marke", 101_250, "EUR"],
      ["2026-11-02", "google", "cpc", "Wasserkocher", 700, "USD"],
    ]);
  });

  test("from Meta in German: the currency in the header, a first line that is a total", () => {
    const file = readCostFile(META_DE, EUR);
    expect(file.layout).toBe("meta-ads");
    expect(rowsOf(META_DE)).toEqual([
      ["2026-11-01", "facebook", "paid_social", "Herbst", 2015, "CHF"],
      ["2026-11-02", "facebook", "paid_social", "Herbst", 2405, "CHF"],
    ]);
    expect(file.skipped).toEqual([{ line: 2, reason: "a total" }]);
  });

  test("from Meta without days is spread evenly over the days of the row, to the cent", () => {
    const text =
      "Campaign name,Amount spent (EUR),Reporting starts,Reporting ends\nAutumn,10.00,2026-11-01,2026-11-03\n";
    const file = readCostFile(text, EUR);
    expect(file.rows.map(({ day, amount }) => [day, amount])).toEqual([
      ["2026-11-01", 334],
      ["2026-11-02", 333],
      ["2026-11-03", 333],
    ]);
    expect(file.notes).toHaveLength(1);
  });

  test("from Microsoft Advertising: month first, dollar signs, equal rows added up, account as origin", () => {
    const file = readCostFile(MICROSOFT_EN, EUR);
    expect(file.layout).toBe("microsoft-ads");
    expect(rowsOf(MICROSOFT_EN)).toEqual([
      ["2026-11-01", "bing", "cpc", "Brand", 130_050, "USD"],
      ["2026-11-02", "bing", "cpc", "Brand", 1_000, "USD"],
    ]);
    expect(new Set(file.rows.map(({ origin }) => origin))).toEqual(new Set(["microsoft-ads: Shop"]));
    expect(file.refused).toEqual([]);
  });

  test("without a column for days takes them from the lines above the header", () => {
    const text = `Campaign report\n"November 1, 2026 - November 2, 2026"\nCampaign,Currency code,Cost\nBrand,EUR,5.01\n`;
    expect(rowsOf(text)).toEqual([
      ["2026-11-01", "google", "cpc", "Brand", 251, "EUR"],
      ["2026-11-02", "google", "cpc", "Brand", 250, "EUR"],
    ]);
    const german =
      "Kampagnenbericht\n1. November 2026 - 2. November 2026\nKampagne\tWährungscode\tKosten\nMarke\tEUR\t5,00\n";
    expect(rowsOf(german).map(([day, , , , amount]) => [day, amount])).toEqual([
      ["2026-11-01", 250],
      ["2026-11-02", 250],
    ]);
  });

  test("of the operator's own needs no platform, and is never taken for one", () => {
    const text =
      "date,channel,source,campaign,cost,currency\n2026-11-01,paid social,LinkedIn,Autumn,12.5,EUR\n2026-11-01,Paid Sozial,x,,1,\n2026-11-01,Email,,,3,\n2026-13-01,Email,,,3,\n";
    const file = readCostFile(text, EUR);
    expect(file.layout).toBe("table");
    expect(file.rows).toEqual([
      {
        day: "2026-11-01",
        channel: "Paid Social",
        source: "linkedin",
        medium: "",
        campaign: "Autumn",
        amount: 1250,
        currency: "EUR",
        origin: "table",
      },
      {
        day: "2026-11-01",
        channel: "Email",
        source: "",
        medium: "",
        campaign: "",
        amount: 300,
        currency: "EUR",
        origin: "table",
      },
    ]);
    expect(file.refused).toEqual([
      { line: 3, reason: '"Paid Sozial" is no channel; use one such as Paid Search' },
      { line: 5, reason: '"2026-13-01" is no day' },
    ]);
  });

  test("with names of its own is read by a mapping and constants", () => {
    const text = "Wann;Was;Wieviel\n1.11.2026;Herbst;1.234\n2.11.2026;Herbst;12,50\n";
    const options = {
      map: { day: "wann", campaign: "Was", amount: "WIEVIEL" },
      set: { source: "linkedin", medium: "cpc" },
    };
    expect(rowsOf(text, options)).toEqual([
      ["2026-11-01", "linkedin", "cpc", "Herbst", 123_400, "EUR"],
      ["2026-11-02", "linkedin", "cpc", "Herbst", 1_250, "EUR"],
    ]);
    expect(() => readCostFile("a,b\n1,2\n", EUR)).toThrow(/names the columns/);
  });

  test("never throws anything but a sentence, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.array(fc.string(), { maxLength: 5 }), { maxLength: 5 }),
        (text, cells) => {
          const table = `day,campaign,cost,channel\n${cells.map((row) => row.join(",")).join("\n")}`;
          for (const one of [text, table, GOOGLE_EN + text]) {
            try {
              const file = readCostFile(one, EUR);
              for (const { amount } of file.rows) expect(Number.isSafeInteger(amount)).toBe(true);
            } catch (error) {
              expect((error as { code?: string }).code).toBe("bad_input");
            }
          }
        },
      ),
    );
  });
});

describe("a cell", () => {
  test.each([
    ["1,234.56", ".", 123_456],
    ["1.234,56", ",", 123_456],
    ["1'234.50", ".", 123_450],
    ["1 234,5 €", ",", 123_450],
    ["€ 12", ".", 1_200],
    ["(3.20)", ".", -320],
    ["-3,20", ",", -320],
    ["1.234.567", ",", 123_456_700],
  ] as const)("%s is an amount", (cell, mark, minor) => {
    expect(readAmount(cell, mark, "EUR")).toBe(minor);
  });

  test.each(["", "x", "1.2.3,4,5", "--", "."])("%s is no amount", (cell) => {
    expect(readAmount(cell, ".", "EUR")).toBeUndefined();
  });

  test("tells its decimal mark where it can", () => {
    expect(decimalMarkOf(["1,234", "12,5"])).toBe(",");
    expect(decimalMarkOf(["1,234", "12.50"])).toBe(".");
    expect(decimalMarkOf(["1,234,567"])).toBe(".");
    expect(decimalMarkOf(["1.234"])).toBeUndefined();
  });

  test.each([
    ["2026-11-01", "2026-11-01"],
    ["20261101", "2026-11-01"],
    ["2026-11-01T00:00:00+0000", "2026-11-01"],
    ["01.11.2026", "2026-11-01"],
    ["11/1/2026", "2026-11-01"],
    ["Nov 1, 2026", "2026-11-01"],
    ["1. Nov. 2026", "2026-11-01"],
    ["1. März 2026", "2026-03-01"],
    ["1 de noviembre de 2026", "2026-11-01"],
    ["1 déc. 2026", "2026-12-01"],
  ])("%s is a day", (cell, day) => {
    expect(readDay(cell, "mdy")).toBe(day);
  });

  test.each(["", "x", "2026-02-30", "32.1.2026", "1 Foo 2026", "13/13/2026"])("%s is no day", (cell) => {
    expect(readDay(cell, "mdy")).toBeUndefined();
  });

  test("tells the order of day and month where it can", () => {
    expect(dayOrderOf(["1/2/2026", "13/2/2026"])).toBe("dmy");
    expect(dayOrderOf(["1/2/2026", "1/13/2026"])).toBe("mdy");
    expect(dayOrderOf(["1/2/2026"])).toBeUndefined();
  });
});

describe("rows of a program", () => {
  test("are kept, and those that cannot be are named by their place", () => {
    const { rows, refused } = readCostRows(
      [
        { day: "2026-11-01", source: "fb", campaign: "A", amount: "1.10" },
        { day: "2026-11-01", source: "Facebook", campaign: "A", amount: 2 },
        { day: "yesterday", source: "x", amount: 1 },
        { day: "2026-11-01", amount: 1 },
        { day: "2026-11-01", channel: "Email", amount: "1,5" },
      ],
      { currency: "EUR", origin: "api" },
    );
    expect(rows.map(({ source, amount }) => [source, amount])).toEqual([["facebook", 310]]);
    expect(refused.map(({ index }) => index)).toEqual([2, 3, 4]);
  });
});
