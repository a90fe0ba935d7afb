/** Costs, comparison, all models side by side, and the touches behind figures: small histories with answers worked out by hand. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCostRows, type SentCost } from "../src/connect/cost-rows.ts";
import { creditAll } from "../src/domain/attribution/credit.ts";
import { tableOf } from "../src/report/table.ts";
import { openVisitedSite, type VisitedSite } from "./visited-site.ts";

const DAY = 86_400_000;
const at = (day: number, hour = 12) => Date.UTC(2026, 9, day, hour);
const PERIOD = { site: "shop", from: "2026-10-10", to: "2026-10-19" } as const;

const GOOGLE = "https://shop.example/kettles?utm_source=google&utm_medium=cpc&utm_campaign=Brand";
const BING = "https://shop.example/kettles?utm_source=bing&utm_medium=cpc&utm_campaign=Brand";
const INSTAGRAM = "https://shop.example/cups?utm_source=instagram&utm_medium=paid_social&utm_campaign=Autumn";
const FACEBOOK = "https://shop.example/cups?utm_source=facebook&utm_medium=paid_social&utm_campaign=Autumn";
const LETTER = "https://shop.example/news?utm_source=newsletter&utm_medium=email&utm_campaign=October";
const HOME = "https://shop.example/";
const SEARCH = "https://www.google.com/";

let site: VisitedSite;
beforeEach(() => {
  site = openVisitedSite({ rates: { USD: 0.5 } }, at(1));
});
afterEach(() => site.close());

const spend = (rows: SentCost[], origin = "api") => {
  const read = readCostRows(rows, { currency: "EUR", origin });
  expect(read.refused).toEqual([]);
  return site.change("importCosts", { site: "shop", rows: read.rows });
};
const sources = (params = {}) => site.ask("sources", { ...PERIOD, ...params }, at(25));
const row = async (value: string, params = {}) =>
  (await sources(params)).rows.find((one) => one.value === value);

describe("costs", () => {
  test("come to the channel, source and campaign of their touches, and give cost per customer and return", async () => {
    site.visit("a", at(11), GOOGLE);
    site.buy("a", at(11, 13), "1", 60);
    site.visit("b", at(12), GOOGLE);
    site.visit("c", at(12), BING);
    spend([
      { day: "2026-10-11", source: "google", medium: "cpc", campaign: "Brand", amount: "10.00" },
      {
        day: "2026-10-12",
        source: "google",
        medium: "cpc",
        campaign: "brand",
        amount: "20.00",
        currency: "USD",
      },
      { day: "2026-10-20", source: "google", medium: "cpc", campaign: "Brand", amount: "99" },
    ]);
    expect(await row("Paid Search")).toMatchObject({
      visitors: 3,
      customers: 1,
      cost: 2_000,
      cac: 2_000,
      roas: 3,
    });
    expect(await row("google", { by: "source" })).toMatchObject({ cost: 2_000, visitors: 2 });
    expect(await row("bing", { by: "source" })).toMatchObject({ cost: null, cac: null, roas: null });
    expect(await row("Brand", { by: "campaign" })).toMatchObject({ cost: 2_000, visitors: 3 });
    expect(await row("(not set)", { by: "landing" })).toMatchObject({ cost: 2_000, visitors: 0 });
    expect((await sources()).unmatchedCosts).toEqual([]);
  });

  test("of one house are split over the sources its campaign ran on, to the cent", async () => {
    site.visit("a", at(11), INSTAGRAM);
    site.visit("b", at(12), INSTAGRAM);
    site.visit("c", at(12), FACEBOOK);
    spend([
      { day: "2026-10-11", source: "facebook", medium: "paid_social", campaign: "Autumn", amount: "10.00" },
    ]);
    // All touches of the named source agree first: the line says facebook, and facebook had touches.
    expect(await row("facebook", { by: "source" })).toMatchObject({ cost: 1_000 });
    site.change("removeCosts", { site: "shop", origin: "api" });
    spend([{ day: "2026-10-11", campaign: "Autumn", amount: "10.00" }]);
    expect(await row("instagram", { by: "source" })).toMatchObject({ cost: 667 });
    expect(await row("facebook", { by: "source" })).toMatchObject({ cost: 333 });
    expect((await sources({ by: "source" })).total.cost).toBe(1_000);
  });

  test("with only a channel count in the channel, and as not set below it", async () => {
    site.visit("a", at(11), LETTER);
    spend([{ day: "2026-10-11", channel: "Email", amount: 7 }]);
    expect(await row("Email")).toMatchObject({ cost: 700, visitors: 1 });
    expect(await row("(not set)", { by: "source" })).toMatchObject({ cost: 700, visitors: 0 });
    expect(await row("newsletter", { by: "source" })).toMatchObject({ cost: null });
  });

  test("that no touch answers to are listed, kept, and counted in the channel their tags make", async () => {
    site.visit("a", at(11), HOME, SEARCH);
    spend([
      { day: "2026-10-11", source: "google", medium: "cpc", campaign: "Nobody", amount: 3 },
      { day: "2026-10-11", campaign: "Unknown", amount: 2 },
    ]);
    const answer = await sources();
    expect(answer.unmatchedCosts.map(({ campaign, amount }) => [campaign, amount])).toEqual([
      ["Nobody", 300],
      ["Unknown", 200],
    ]);
    expect(answer.total.cost).toBe(500);
    expect(await row("Paid Search")).toMatchObject({ cost: 300, visitors: 0 });
    expect(await row("(not set)")).toMatchObject({ cost: 200 });
    expect(await row("Organic Search")).toMatchObject({ cost: null });
    const listed = await site.ask("costs", { ...PERIOD, unmatched: true }, at(25));
    expect(listed.rows).toHaveLength(2);
  });

  test("in a currency without a rate have no total, and say which rate is missing", async () => {
    site.visit("a", at(11), GOOGLE);
    spend([
      { day: "2026-10-11", source: "google", campaign: "Brand", amount: 1, currency: "GBP" },
      { day: "2026-10-11", channel: "Email", amount: 1 },
    ]);
    const answer = await sources();
    expect(answer.missingRates).toEqual(["GBP"]);
    expect(answer.total.cost).toBeNull();
    expect(await row("Paid Search")).toMatchObject({ cost: null });
    expect(await row("Email")).toMatchObject({ cost: 100 });
  });

  test("brought twice change nothing; with another amount they are corrected; another origin adds", async () => {
    const rows: SentCost[] = [
      { day: "2026-10-11", campaign: "Brand", amount: 5 },
      { day: "2026-10-11", channel: "Email", amount: 6 },
    ];
    expect(spend(rows)).toEqual({ added: 2, changed: 0, unchanged: 0 });
    expect(spend(rows)).toEqual({ added: 0, changed: 0, unchanged: 2 });
    expect(spend([{ ...rows[0]!, amount: 4 }, rows[1]!])).toEqual({ added: 0, changed: 1, unchanged: 1 });
    expect(spend(rows, "second account")).toEqual({ added: 2, changed: 0, unchanged: 0 });
    const { rows: kept } = await site.ask("costs", PERIOD, at(25));
    expect(kept.reduce((sum, { amount }) => sum + amount, 0)).toBe(400 + 600 + 500 + 600);
    expect(site.change("removeCosts", { site: "shop", origin: "second account" })).toEqual({ removed: 2 });
  });
});

describe("the report of sources", () => {
  test("puts the same days before, and the year before, beside each row", async () => {
    site.visit("a", at(2), LETTER);
    site.visit("b", at(3), HOME, SEARCH);
    site.visit("c", at(12), LETTER);
    site.visit("d", at(13), LETTER);
    const answer = await sources({ compare: "previous" });
    expect([answer.before?.from, answer.before?.to]).toEqual(["2026-09-30", "2026-10-09"]);
    const figures = answer.rows.map((r) => [r.value, r.visitors, r.before?.visitors]);
    expect(figures).toEqual([
      ["Email", 2, 1],
      ["Organic Search", 0, 1],
    ]);
    expect(answer.total.before?.visitors).toBe(2);
    expect((await sources({ compare: "year" })).before?.from).toBe("2025-10-10");
    expect((await sources()).rows[0]).not.toHaveProperty("before");
  });

  test("looks into one channel without changing its credit: campaigns add up to the channel", async () => {
    for (const [i, url] of [GOOGLE, BING, LETTER, INSTAGRAM, GOOGLE].entries())
      site.visit("a", at(10 + i), url);
    site.buy("a", at(15), "1", 100);
    for (const credit of ["linear", "decay", "position", "last", "markov"] as const) {
      const whole = await row("Paid Search", { credit });
      const inside = await sources({
        credit,
        by: "source",
        within: [{ field: "channel", values: ["Paid Search"] }],
      });
      expect(inside.rows.map(({ value }) => value).sort()).toEqual(["bing", "google"]);
      if (credit !== "markov") {
        const sum = inside.rows.reduce((all, { revenue }) => all + revenue, 0);
        expect(sum).toBeCloseTo(whole!.revenue, 9);
        expect(inside.total.revenue).toBeCloseTo(whole!.revenue, 9);
      }
    }
  });

  test("takes direct for direct by its channel, whatever the landing page is called", async () => {
    site.visit("a", at(11), "https://shop.example/direct?utm_source=newsletter&utm_medium=email");
    site.visit("a", at(12), HOME);
    site.buy("a", at(12, 13), "1", 10);
    expect(await row("/direct", { by: "landing" })).toMatchObject({ customers: 1, revenue: 1_000 });
    expect(await row("/", { by: "landing", credit: "last", direct: "keep" })).toMatchObject({ customers: 1 });
  });

  test("credits leads, newsletter sign-ups and entries of a stage", async () => {
    site.visit("a", at(11), LETTER);
    site.send("a", at(11, 13), { kind: "newsletter_signup" });
    site.visit("b", at(12), GOOGLE);
    site.send("b", at(12, 13), { kind: "generate_lead" });
    site.buy("b", at(12, 14), "1", 10);
    expect(await row("Email", { conversion: "newsletter_signup" })).toMatchObject({
      conversions: 1,
      rate: 1,
    });
    expect(await row("Paid Search", { conversion: "lead" })).toMatchObject({ conversions: 1 });
    expect((await sources({ conversion: "sign_up" })).total.conversions).toBe(2);
    const { model, stages } = await site.ask("stages", { site: "shop" }, at(25));
    expect(model).toBe("reach-loyalty");
    const bought = stages.find(({ people, stage }) => people === 1 && stage !== "interested")!.stage;
    const entries = await sources({ conversion: `stage:${bought}` });
    expect(entries.total.conversions).toBeGreaterThan(0);
    await expect(sources({ conversion: "stage:nowhere" })).rejects.toThrow(/has no stage/);
  });

  test("keeps only people a filter chooses, and only costs it can narrow", async () => {
    site.visit("a", at(11), LETTER);
    site.visit("a", at(12), GOOGLE);
    site.visit("b", at(12), GOOGLE);
    spend([
      { day: "2026-10-11", channel: "Paid Search", amount: 7 },
      { day: "2026-10-11", channel: "Email", amount: 2 },
    ]);
    const filter = [{ field: "channel", is: true, values: ["Email"] }] as const;
    expect(await row("Paid Search", { filter })).toMatchObject({ visitors: 1, cost: null });
    expect(await row("Email", { filter })).toMatchObject({ visitors: 1, cost: 200 });
    expect(await row("Paid Search")).toMatchObject({ visitors: 2, cost: 700 });
    const { stages } = await site.ask("stages", { site: "shop" }, at(25));
    const stage = stages.find(({ people }) => people > 0)!.stage;
    const ofStage = [{ field: "stage", is: true, values: [stage] }] as const;
    expect((await sources({ filter: ofStage })).total.cost).toBeNull();
  });
});

describe("attribution", () => {
  test("gives what the calculator gives on the same paths, for all eight models, nulls included", async () => {
    site.visit("a", at(10), GOOGLE);
    site.visit("a", at(11), LETTER);
    site.visit("a", at(12), HOME);
    site.buy("a", at(12, 13), "1", 60);
    site.visit("b", at(11), LETTER);
    site.buy("b", at(11, 13), "2", 40);
    site.visit("c", at(11), GOOGLE);
    site.visit("d", at(12), HOME, SEARCH);
    site.visit("d", at(13), LETTER);
    site.visit("e", at(12), HOME);
    site.settle();
    const answer = await site.ask("attribution", PERIOD, at(25));
    const wanted = creditAll([
      {
        channels: ["Paid Search", "Email"],
        times: [at(10), at(11)],
        convertedAt: at(12, 13),
        conversions: 1,
        value: 6_000,
        nulls: 0,
      },
      {
        channels: ["Email"],
        times: [at(11)],
        convertedAt: at(11, 13),
        conversions: 1,
        value: 4_000,
        nulls: 0,
      },
      { channels: ["Paid Search"], conversions: 0, value: 0, nulls: 1 },
      { channels: ["Organic Search", "Email"], conversions: 0, value: 0, nulls: 1 },
      { channels: ["Direct"], conversions: 0, value: 0, nulls: 1 },
    ]);
    for (const { model, rows } of wanted.models) {
      for (const { channel, conversions, value, removalEffect } of rows) {
        const found = answer.rows.find((one) => one.value === channel);
        expect(found?.credit[model]?.conversions ?? 0, `${model} ${channel}`).toBeCloseTo(conversions, 9);
        expect(found?.credit[model]?.value ?? 0).toBeCloseTo(value, 6);
        if (removalEffect !== undefined && found) expect(found.removalEffect).toBeCloseTo(removalEffect, 9);
      }
    }
    expect(answer.refused).toEqual([]);
    expect(answer.markov).toMatchObject({ tooLittleData: true });
    expect(answer.total).toEqual({ conversions: 2, value: 10_000 });
    expect(answer.paths).toEqual([
      { path: ["Paid Search", "Email"], conversions: 1, value: 6_000, nulls: 0 },
      { path: ["Email"], conversions: 1, value: 4_000, nulls: 0 },
    ]);
    expect(answer.lengths).toMatchObject({ conversions: 2, touches: { median: 1.5 } });
    expect(answer.lengths.days.median).toBeCloseTo((2 + 1 / 24 + 1 / 24) / 2, 9);
  });

  test("refuses a Markov chain over hundreds of values in words, and goes on with the other models", async () => {
    for (let i = 0; i < 301; i++) site.visit(`v${i}`, at(11), `https://shop.example/page-${i}`);
    for (let i = 0; i < 301; i++) site.buy(`v${i}`, at(12), String(i), 1);
    const answer = await site.ask("attribution", { ...PERIOD, by: "landing" }, at(25));
    expect(answer.refused.map(({ model }) => model)).toEqual(["markov"]);
    expect(answer.rows).toHaveLength(301);
    expect(answer).not.toHaveProperty("markov");
    await expect(sources({ by: "landing", credit: "markov" })).rejects.toThrow(/markov over 301 values/);
  });

  test("lists conversions with the share of each touch and its reason, page by page", async () => {
    site.visit("a", at(10), GOOGLE);
    site.visit("a", at(11), LETTER);
    site.buy("a", at(12), "1", 60);
    site.buy("a", at(13), "2", 40);
    site.buy("b", at(13), "3", 40);
    const first = await site.ask("conversions", { ...PERIOD, credit: "linear", limit: 2 }, at(25));
    expect(first.rows.map(({ name, touches }) => [name, touches.map(({ share }) => share)])).toEqual([
      ["1", [0.5, 0.5]],
      ["2", [0.5, 0.5]],
    ]);
    expect(first.rows[0]!.touches[0]).toMatchObject({
      channel: "Paid Search",
      landing: "/kettles",
      campaign: "Brand",
    });
    expect(first.rows[0]!.touches[0]!.rule).not.toBe("");
    const second = await site.ask("conversions", { ...PERIOD, limit: 2, after: first.next! }, at(25));
    expect(second.rows.map(({ name, touches }) => [name, touches])).toEqual([["3", []]]);
    expect(second.hasMore).toBe(false);
    const within = [{ field: "channel", values: ["Email"] }] as const;
    const emails = await site.ask("conversions", { ...PERIOD, within, conversions: "reset" }, at(25));
    expect(emails.rows.map(({ name }) => name)).toEqual(["1"]);
    expect(emails.rows[0]!.touches.map(({ isWithin }) => isWithin)).toEqual([false, true]);
    expect(tableOf("conversions", first)?.rows).toHaveLength(4);
  });

  test("lists the touches behind a number of visitors, page by page", async () => {
    for (let i = 0; i < 5; i++) site.visit(`v${i}`, at(11, i), i % 2 === 0 ? GOOGLE : LETTER);
    const within = [{ field: "source", values: ["google"] }] as const;
    const first = await site.ask("touches", { ...PERIOD, within, limit: 2 }, at(25));
    const second = await site.ask("touches", { ...PERIOD, within, limit: 2, after: first.next! }, at(25));
    expect([...first.rows, ...second.rows].map(({ at: when }) => new Date(when).getUTCHours())).toEqual([
      0, 2, 4,
    ]);
    expect(second.next).toBeNull();
    const pages = await site.ask(
      "touches",
      { ...PERIOD, within: [{ field: "landing", values: ["/news"] }] },
      at(25),
    );
    expect(pages.rows).toHaveLength(2);
  });
});

test("a credit is final: a later visit does not rewrite what was shared", async () => {
  site.visit("a", at(10), GOOGLE);
  site.buy("a", at(10, 13), "1", 60);
  const before = (await site.ask("conversions", { ...PERIOD, credit: "position" }, at(25))).rows;
  site.visit("a", at(11), LETTER);
  site.buy("a", at(11) + DAY, "2", 10);
  const after = (await site.ask("conversions", { ...PERIOD, credit: "position" }, at(25))).rows;
  expect(after[0]).toEqual(before[0]);
});
