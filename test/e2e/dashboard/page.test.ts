/**
 * The page as a marketer uses it: a real browser, the demo's data, figures compared with the API and with the data file.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, openDemo } from "./demo.ts";

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo(["--days", "60", "--seed", "7"]);
});
afterAll(() => demo?.close());

const FULL = "[data-panel=sources] tbody tr";
const figure = (page: Page, id: string): Promise<number> =>
  page.locator(`[data-figure=${id}] [data-value]`).getAttribute("data-value").then(Number);
const ready = async (page: Page): Promise<void> => {
  await page.locator(FULL).first().waitFor();
  await page.locator("[data-figure=new_customers] [data-value]").waitFor();
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
};

describe("the overview", () => {
  test("shows the figures that the API gives", async () => {
    const page = await demo.open("/");
    await ready(page);
    const kpis = await demo.api<{ figures: Record<string, { value: number }> }>("/api/v1/kpis?site=shop");
    for (const id of ["visitors", "sign_ups", "new_customers", "revenue", "repeat_rate"]) {
      expect([id, await figure(page, id)]).toEqual([id, kpis.figures[id]!.value]);
    }
    const stages = await demo.api<{ stages: { stage: string; people: number }[] }>(
      "/api/v1/stages?site=shop",
    );
    for (const { stage, people } of stages.stages) {
      const shown = await page.locator(`.path [data-stage=${stage}]`).getAttribute("data-people");
      expect([stage, Number(shown)]).toEqual([stage, people]);
    }
  });

  test("counts new customers and revenue as a calculation on the data file does", async () => {
    const page = await demo.open("/");
    await ready(page);
    // The period the page shows, as instants of Berlin's days; the demo has no change of clocks in its last 30 days.
    const { period } = await demo.api<{ period: { fromAt: number; toAt: number } }>("/api/v1/kpis?site=shop");
    const db = new DatabaseSync(path.join(demo.folder, "sojourn.db"), { readOnly: true });
    const orders = (
      db.prepare("select person, at, value, refunded, void_at from purchase").all() as {
        person: number;
        at: number;
        value: number;
        refunded: number;
        void_at: number | null;
      }[]
    ).filter((order) => order.void_at === null);
    db.close();
    const first = new Map<number, number>();
    for (const { person, at } of orders) first.set(person, Math.min(at, first.get(person) ?? at));
    const isIn = (at: number): boolean => at >= period.fromAt && at < period.toAt;
    const customers = [...first.values()].filter(isIn).length;
    const revenue = orders.filter(({ at }) => isIn(at)).reduce((sum, o) => sum + o.value - o.refunded, 0);
    expect(customers).toBeGreaterThan(20);
    expect(await figure(page, "new_customers")).toBe(customers);
    expect(await figure(page, "revenue")).toBe(revenue);
  });

  test("filters by a click on a channel, keeps the table's rows, and Back takes it away", async () => {
    const page = await demo.open("/");
    await ready(page);
    const rows = await page.locator(FULL).count();
    const before = await figure(page, "new_customers");
    await page.locator("[data-panel=sources] [data-value=Email]").click();
    await page.locator(".chip").waitFor();
    expect(new URL(page.url()).searchParams.get("channel")).toBe("Email");
    await expect.poll(() => figure(page, "new_customers")).toBeLessThan(before);
    expect(await page.locator(FULL).count()).toBe(rows);
    const row = page.locator("[data-panel=sources] tr.sel [data-column=customers]");
    expect(await figure(page, "new_customers")).toBeCloseTo(Number(await row.getAttribute("data-exact")), 6);
    await page.goBack();
    await expect.poll(() => figure(page, "new_customers")).toBe(before);
    expect(await page.locator(".chip").count()).toBe(0);
  });

  test("excludes by Alt and a click, and Escape clears", async () => {
    const page = await demo.open("/");
    await ready(page);
    await page.locator("[data-panel=sources] [data-value=Direct]").click({ modifiers: ["Alt"] });
    await expect.poll(() => new URL(page.url()).searchParams.get("channel.not")).toBe("Direct");
    await page.keyboard.press("Escape");
    await expect.poll(() => new URL(page.url()).search).not.toContain("channel");
  });

  test("moves credit between channels and keeps the total when the model is switched", async () => {
    const page = await demo.open("/");
    await ready(page);
    const total = (): Promise<number> =>
      page.locator("[data-total] [data-column=customers]").getAttribute("data-exact").then(Number);
    const email = (): Promise<number> =>
      page
        .locator("tr", { has: page.locator("[data-value=Email]") })
        .locator("[data-column=customers]")
        .getAttribute("data-exact")
        .then(Number);
    const [totalBefore, emailBefore] = [await total(), await email()];
    await page.getByRole("button", { name: "First touch" }).click();
    await expect.poll(email).not.toBe(emailBefore);
    expect(await total()).toBeCloseTo(totalBefore, 6);
  });

  test("is all in its address: opened anew it shows the same", async () => {
    const address = "/?site=shop&period=7d&credit=linear&by=source&compare=none&sort=visitors";
    const page = await demo.open(address);
    await ready(page);
    const again = await demo.open(address);
    await ready(again);
    const read = (p: Page): Promise<string[]> => p.locator(FULL).allInnerTexts();
    expect(await read(again)).toEqual(await read(page));
    expect(await page.getByText("Last 7 days").first().isVisible()).toBe(true);
  });

  test("is led by keys, which are silent while somebody types", async () => {
    const page = await demo.open("/");
    await ready(page);
    await page.keyboard.press("w");
    await expect.poll(() => new URL(page.url()).searchParams.get("period")).toBe("7d");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("channel")).not.toBeNull();
    await page.keyboard.press("?");
    expect(await page.locator("#keys").evaluate((box: HTMLDialogElement) => box.open)).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.locator("#people-search").waitFor();
    await page.locator("#people-search").focus();
    await page.keyboard.type("ydx");
    expect(new URL(page.url()).searchParams.get("period")).toBe("7d");
  });

  test("gives each table as a file with the same figures", async () => {
    const page = await demo.open("/");
    await ready(page);
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.locator("[data-panel=sources] [data-csv]").click(),
    ]);
    const stream = await file.createReadStream();
    const text = await new Response(stream as never).text();
    const sources = await demo.api<{ rows: { value: string; visitors: number }[] }>(
      "/api/v1/sources?site=shop",
    );
    const first = sources.rows[0]!;
    expect(text.split("\r\n")).toHaveLength(sources.rows.length + 1);
    expect(text).toContain(`"${first.value}",${first.visitors},`);
  });
});

describe("behind a figure", () => {
  /** Share of credit, over every page of the list, that belongs to what is looked into. */
  async function creditShown(page: Page): Promise<number> {
    let sum = 0;
    for (;;) {
      await page.locator("[data-panel=why] .whys > li").first().waitFor();
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
      const shares = await page
        .locator("[data-panel=why] [data-share]")
        .evaluateAll((all) => all.map((one) => Number(one.getAttribute("data-share"))));
      sum += shares.reduce((a, b) => a + b, 0);
      const next = page.getByRole("button", { name: "Next page" });
      if ((await next.count()) === 0) return sum;
      const before = page.url();
      await next.click();
      await page.waitForFunction((was) => location.href !== was, before);
    }
  }

  test("stand the conversions it counts, with shares that add up to it under every model", async () => {
    for (const credit of ["last-non-direct", "linear", "first"]) {
      const page = await demo.open(`/?credit=${credit}`);
      await ready(page);
      const cell = page
        .locator("tr", { has: page.locator("[data-value=Email]") })
        .locator("[data-column=customers]");
      const customers = Number(await cell.getAttribute("data-exact"));
      expect(customers).toBeGreaterThan(3);
      await cell.locator("a").click();
      await page.locator(".chip", { hasText: "Email" }).waitFor();
      expect(await creditShown(page)).toBeCloseTo(customers, 6);
    }
  });

  test("stand the touches of its visitors, each with the rule it is known by", async () => {
    const page = await demo.open("/");
    await ready(page);
    const cell = page
      .locator("tr", { has: page.locator("[data-value=Referral]") })
      .locator("[data-column=visitors]");
    const visitors = Number(await cell.getAttribute("data-exact"));
    await cell.locator("a").click();
    const people = new Set<string>();
    for (;;) {
      await page.locator("[data-touch]").first().waitFor();
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
      for (const row of await page.locator("[data-touch]").all()) {
        people.add((await row.getAttribute("data-touch"))!);
        expect(await row.textContent()).toContain("Referral");
      }
      const next = page.getByRole("button", { name: "Next page" });
      if ((await next.count()) === 0) break;
      const before = page.url();
      await next.click();
      await page.waitForFunction((was) => location.href !== was, before);
    }
    expect(people.size).toBe(visitors);
  });

  test("of a finding stand the people it counted", async () => {
    const page = await demo.open("/");
    await ready(page);
    const finding = page.locator("[data-rule=second_order_overdue]");
    const count = Number(await finding.locator(".n").textContent());
    expect(count).toBeGreaterThan(2);
    await finding.getByRole("link", { name: "Open list" }).click();
    await page.getByText("First order 23 to 30 days ago").waitFor();
    await expect.poll(() => page.locator("[data-panel=people] h2").textContent()).toContain(String(count));
  });
});

describe("the comparison", () => {
  const change = (page: Page) => page.locator("[data-figure=new_customers] .d").textContent();

  test("may be with dates of one's own, which the address keeps", async () => {
    const page = await demo.open("/?period=7d");
    await ready(page);
    const { period } = await demo.api<{ period: { from: string } }>("/api/v1/kpis?site=shop");
    const day = (back: number) =>
      new Date(Date.parse(period.from) + back * 86_400_000).toISOString().slice(0, 10);
    await page.locator(".bar summary", { hasText: "vs previous" }).click();
    const box = page.locator(".bar details[open]");
    await box.getByLabel("From").fill(day(0));
    await box.getByLabel("To").fill(day(9));
    await box.getByRole("button", { name: "Apply" }).click();
    await ready(page);
    const [from, to] = [day(0), day(9)];
    expect(new URL(page.url()).searchParams.get("compareFrom")).toBe(from);
    const alone = await demo.api<{ figures: Record<string, { value: number }> }>(
      `/api/v1/kpis?site=shop&from=${from}&to=${to}`,
    );
    const now = await figure(page, "new_customers");
    const was = alone.figures.new_customers!.value;
    const expected = `${Math.abs((now / was - 1) * 100).toFixed(1)}%`;
    await expect.poll(() => change(page)).toContain(expected);
    const again = await demo.open(page.url().slice(demo.url.length));
    await ready(again);
    expect(await change(again)).toBe(await change(page));
  });

  test("may be with the same weekdays", async () => {
    const page = await demo.open("/?period=30d");
    await ready(page);
    await page.locator(".bar summary", { hasText: "vs previous" }).click();
    await page.getByLabel("Match the day of the week").check();
    await expect.poll(() => new URL(page.url()).searchParams.get("weekdays")).toBe("true");
    const { figures } = await demo.api<{
      figures: Record<string, { value: number; before: { value: number } }>;
    }>("/api/v1/kpis?site=shop&weekdays=true");
    const { value, before } = figures.visitors!;
    const expected = `${Math.abs((value / before.value - 1) * 100).toFixed(1)}%`;
    await expect.poll(() => page.locator("[data-figure=visitors] .d").textContent()).toContain(expected);
  });
});

describe("the data health line", () => {
  test("says what was filtered and refused, as the API does", async () => {
    const page = await demo.open("/");
    await ready(page);
    const health = await demo.api<{ recent: { filtered: number }; refused: { total: number } }>(
      "/api/v1/health?site=shop",
    );
    const of = (name: string) =>
      page.locator(`.foot [data-${name}]`).getAttribute(`data-${name}`).then(Number);
    expect(await of("filtered")).toBe(health.recent.filtered);
    expect(health.recent.filtered).toBeGreaterThan(0);
    expect(await of("refused")).toBe(health.refused.total);
  });

  test("splits the quiet by how long they have been quiet, and the parts make the whole", async () => {
    const page = await demo.open("/");
    await ready(page);
    const bank = page.locator(".path [data-stage=lapsed]");
    await bank.getByText("over 180 days").waitFor();
    const texts = await bank.locator("g .r1").allTextContents();
    const parts = texts.map((text) => Number(text.replaceAll(",", "")));
    expect(parts).toHaveLength(4);
    expect(parts.reduce((a, b) => a + b, 0)).toBe(Number(await bank.getAttribute("data-people")));
  });
});

describe("the other pages", () => {
  test("lead from a stage to its people, and to one person's reasons", async () => {
    const page = await demo.open("/people?stage=loyalty");
    await page.locator("[data-person]").first().waitFor();
    const answer = await demo.api<{ rows: { id: string }[] }>(
      "/api/v1/people?site=shop&stage=loyalty&limit=50",
    );
    expect(await page.locator("[data-person]").first().getAttribute("data-person")).toBe(answer.rows[0]!.id);
    await page.locator("[data-person] a").first().click();
    await page.locator(".changes li").first().waitFor();
    const person = await demo.api<{ changes: unknown[] }>(`/api/v1/people/${answer.rows[0]!.id}?site=shop`);
    expect(await page.locator(".changes li").count()).toBe(person.changes.length);
  });

  test("erase a person only after the id was typed", async () => {
    const list = await demo.api<{ rows: { id: string }[] }>("/api/v1/people?site=shop&stage=reach&limit=1");
    const id = list.rows[0]!.id;
    const page = await demo.open(`/people/${id}`);
    await page.getByRole("button", { name: "Erase" }).click();
    const really = page.locator("dialog[open] .danger");
    expect(await really.isDisabled()).toBe(true);
    await page.locator("dialog[open] input").fill(id);
    await really.click();
    await expect.poll(() => new URL(page.url()).pathname).toBe("/people");
    await expect(demo.api(`/api/v1/people/${id}?site=shop`)).rejects.toThrow("404");
  });

  test("say why a visit is organic search", async () => {
    const page = await demo.open("/settings/channels");
    await page.locator("#test-url").fill("https://www.shop.example/");
    await page.locator("#test-referrer").fill("https://www.google.com/");
    await page.getByRole("button", { name: "Test" }).click();
    await expect.poll(() => page.locator("[data-verdict]").textContent()).toBe("Organic Search");
  });

  test("count a segment before it is saved, and filter by it", async () => {
    const page = await demo.open("/segments");
    await page.getByRole("button", { name: "Three orders within a year" }).click();
    await page.getByRole("button", { name: "Count", exact: true }).click();
    const counted = Number(await page.locator("[data-preview]").getAttribute("data-preview"));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const row = page.locator("[data-segment]");
    await row.waitFor();
    await row.getByRole("link", { name: "Open people" }).click();
    await expect.poll(() => page.locator("h2").first().textContent()).toContain(String(counted));
  });
});

describe("a report", () => {
  test("is one file that shows the same figures and fetches nothing", async () => {
    const file = path.join(demo.folder, "report.html");
    const entry = path.join(import.meta.dirname, "../../../packages/collector/bin/sojourn.js");
    execFileSync(process.execPath, [entry, "report", "--data", demo.folder, "--out", file]);
    const page = await (await demo.browser.newContext()).newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    await page.locator("[data-figure=new_customers] [data-value]").waitFor();
    const kpis = await demo.api<{ figures: Record<string, { value: number }> }>("/api/v1/kpis?site=shop");
    expect(await figure(page, "revenue")).toBe(kpis.figures.revenue!.value);
    expect(await page.locator("[data-panel] [role=alert]").count()).toBe(0);
    expect(asked).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
  });
});

describe("states", () => {
  test("figures of one question never stand under a filter that was not answered; when it is, they come back", async () => {
    const page = await demo.open("/");
    await page.locator(".path [data-stage]").first().waitFor();
    await page.locator("[data-panel=sources] [data-value=Email]").waitFor();
    await page.waitForTimeout(2_500);
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.locator("[data-panel=sources] [data-value=Email]").click();
    await page.locator(".cutoff").waitFor();
    await page.locator("[data-panel=path] [role=alert]").waitFor();
    expect(await page.locator(".path [data-stage]").count()).toBe(0);
    await page.unroute("**/api/v1/**");
    await page.locator(".cutoff button").click();
    await page.locator(".path [data-stage]").first().waitFor();
    await expect.poll(() => page.locator(".cutoff").count()).toBe(0);
    const { stages } = await demo.api<{ stages: { stage: string; end: number }[] }>(
      "/api/v1/flow?site=shop&channel=Email",
    );
    for (const { stage, end } of stages) {
      const card = page.locator(`.path [data-stage=${stage}]`);
      await expect.poll(() => card.getAttribute("data-people")).toBe(String(end));
    }
  });

  test("whoever is signed out meanwhile sees no figure any more", async () => {
    const page = await demo.open("/");
    await page.locator("[data-panel=sources] [data-value=Email]").waitFor();
    await page.waitForTimeout(2_500);
    await page.context().clearCookies();
    await page.locator("[data-panel=sources] [data-value=Email]").click();
    await page.getByText("sojourn key sign-in").first().waitFor();
    expect(await page.locator("[data-figure], [data-panel]").count()).toBe(0);
  });

  test("revenue in a currency without a rate is told beside the sum it is not in", async () => {
    await demo.send("PATCH", "/api/v1/sites/shop", { currency: "JPY" });
    const page = await demo.open("/");
    expect(await page.locator("[data-figure=revenue] [data-others]").textContent()).toMatch(
      /plus €[\d,.]+ without a rate/,
    );
    expect(await figure(page, "revenue")).toBe(0);
    await demo.send("PATCH", "/api/v1/sites/shop", { currency: "EUR" });
  });

  test("a stranger is asked to sign in and sees no figure", async () => {
    const page = await demo.open("/", { isStranger: true });
    await page.getByText("sojourn key sign-in").first().waitFor();
    expect(await page.locator("[data-figure]").count()).toBe(0);
  });

  test("one failing panel does not blank the page, and Try again mends it", async () => {
    const page = await demo.open("/settings");
    await page.route("**/api/v1/cohorts*", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: '{"code":"store_busy","title":"Busy","status":503}',
      }),
    );
    await page.getByRole("link", { name: "Overview", exact: true }).first().click();
    await ready(page);
    expect(await page.locator("[data-panel=cohorts] [role=alert]").textContent()).toContain("store_busy");
    await page.unroute("**/api/v1/cohorts*");
    await page.locator("[data-panel=cohorts]").getByRole("button", { name: "Try again" }).click();
    await page.locator("[data-panel=cohorts] td.c").first().waitFor();
  });

  test("a collector that does not answer is said in words", async () => {
    const page = await demo.open("/settings");
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.goto(`${demo.url}/`);
    await page.getByText("did not load").first().waitFor();
  });

  test("a share link shows figures, and nobody's timeline, until it is withdrawn", async () => {
    const owner = await demo.open("/settings/sharing");
    await owner.locator("#share-name").fill("The bank");
    await owner.locator("#share-password").fill("kettle");
    await owner.getByRole("button", { name: "Make a link" }).click();
    const link = new URL((await owner.locator("[data-secret]").textContent()) ?? "");
    const page = await demo.open(link.pathname + link.search, { isStranger: true });
    await page.locator("input[type=password]").fill("kettle");
    await page.getByRole("button", { name: "Open" }).click();
    await ready(page);
    await page.getByRole("link", { name: "People", exact: true }).first().click();
    await page.getByText("did not load").first().waitFor();
    await owner.getByRole("button", { name: "Withdraw The bank" }).click();
    await owner.getByText("Removed").waitFor();
    await page.goto(link.href);
    await page.getByText("closed").first().waitFor();
  });
});

test("nothing in the browser's console complained: no script error, no refusal by the security policy", () => {
  expect(demo.complaints).toEqual([]);
});
