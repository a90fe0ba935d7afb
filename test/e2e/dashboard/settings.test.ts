/**
 * Every form of the settings, used as an operator uses it: what it changes is asked of the API, and counted anew where it can be.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, openDemo } from "./demo.ts";

const ENTRY = path.join(import.meta.dirname, "../../../packages/collector/bin/sojourn.js");

interface Site {
  id: string;
  name: string;
  zone: string;
  currency: string;
  origins: string[];
  model: string;
  isStale: boolean;
  reclassified: number | null;
  settings: { countsOwn: boolean; countsRobots: boolean; retentionDays?: number; rules: { id: string }[] };
  models: { id: string; version: number; state: string; definition: Record<string, unknown> }[];
}
interface Kpis {
  figures: Record<string, { value: number | null }>;
  period: { from: string; to: string; fromAt: number; toAt: number };
}

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo(["--days", "45", "--seed", "11"]);
});
afterAll(() => demo?.close());

const siteNow = async (): Promise<Site> => (await demo.api<{ sites: Site[] }>("/api/v1/sites")).sites[0]!;
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const said = (page: Page, text: string) => page.getByText(text).first().waitFor();

/** What the data file holds, asked without any code of ours. */
function rows<T>(sql: string, ...values: (string | number)[]): T[] {
  const db = new DatabaseSync(path.join(demo.folder, "sojourn.db"), { readOnly: true });
  try {
    return db.prepare(sql).all(...values) as T[];
  } finally {
    db.close();
  }
}

describe("the settings", () => {
  test("give the line to paste, and say that touchpoints arrive", async () => {
    const page = await demo.open("/settings/snippet");
    await said(page, "Touchpoints are arriving");
    const line = await page.locator(".snip code").first().textContent();
    expect(line).toContain(`${demo.url}/sojourn.js`);
    expect(line).toContain('data-site="shop"');
  });

  test("keep name, zone, currency and origins, and refuse a zone that is none", async () => {
    const page = await demo.open("/settings/site");
    const before = await siteNow();
    await page.getByLabel("Name").fill("Kettle & Cup, Copenhagen");
    await page.getByLabel("Time zone").fill("Europe/Nowhere");
    await button(page, "Save").click();
    await page.locator("[role=alert]").waitFor();
    expect((await siteNow()).name).toBe(before.name);
    await page.getByLabel("Time zone").fill("Europe/Copenhagen");
    await page.getByLabel("Origins").fill("https://www.kettle-and-cup.example\nhttps://shop.example");
    await button(page, "Save").click();
    await said(page, "Saved");
    expect(await siteNow()).toMatchObject({
      name: "Kettle & Cup, Copenhagen",
      zone: "Europe/Copenhagen",
      origins: ["https://www.kettle-and-cup.example", "https://shop.example"],
    });
    await said(page, "Kettle & Cup, Copenhagen");
  });

  test("show what a channel rule would move in history, then move just that", async () => {
    const channels = () =>
      rows<{ channel: string; n: number }>(
        `select s.channel, count(*) as n from touch t join source s on s.key = t.source
         where s.source = 'newsletter' group by s.channel`,
      );
    const [before] = channels();
    expect(before).toMatchObject({ channel: "Email" });

    const page = await demo.open("/settings/channels");
    await page.locator("#rule-field").selectOption("source");
    await page.locator("#rule-test").selectOption("is");
    await page.locator("#rule-value").fill("newsletter");
    await page.locator("#rule-channel").selectOption("Affiliates");
    await button(page, "Add").click();
    await said(page, "Source is “newsletter”");
    await button(page, "See what would move").click();
    const moved = Number(await page.locator("[data-moved]").getAttribute("data-moved"));
    expect(moved).toBe(before!.n);
    expect(channels()).toEqual([before]);
    expect((await siteNow()).settings.rules).toEqual([]);

    await button(page, "Apply and classify history again").click();
    await said(page, "Applied");
    await expect.poll(async () => (await siteNow()).reclassified, { timeout: 30_000 }).toBeNull();
    expect(channels()).toEqual([{ channel: "Affiliates", n: before!.n }]);
    expect(await siteNow()).toMatchObject({
      isStale: false,
      settings: { rules: [{ id: "affiliates-newsletter" }] },
    });

    // The box above asks the same classifier.
    await page
      .locator("#test-url")
      .fill("https://www.kettle-and-cup.example/?utm_source=newsletter&utm_medium=email");
    await button(page, "Test").click();
    await expect.poll(() => page.locator("[data-verdict]").textContent()).toBe("Affiliates");
    await button(page, "Remove rule 1").click();
    await button(page, "Apply and classify history again").click();
    await expect.poll(async () => (await siteNow()).settings.rules.length).toBe(0);
    await expect.poll(async () => (await siteNow()).reclassified, { timeout: 30_000 }).toBeNull();
    expect(channels()).toEqual([before]);
  });

  test("say that history was classified by other rules, until it is classified again", async () => {
    const rule = { id: "x", when: { field: "source", is: "nobody" }, set: { channel: "Referral" } };
    await demo.send("PATCH", "/api/v1/sites/shop", { rules: [rule] });
    const page = await demo.open("/");
    await page.getByRole("link", { name: "Sources were classified by older rules" }).click();
    await page.locator("[data-stale]").waitFor();
    await demo.send("PATCH", "/api/v1/sites/shop", { rules: [] });
    const again = await demo.open("/settings/channels");
    await again.locator("[data-section=rules]").waitFor();
    expect(await again.locator("[data-stale]").count()).toBe(0);
  });

  test("take rules with conditions inside conditions as text, and name what is wrong with them", async () => {
    const page = await demo.open("/settings/channels");
    await page.getByText("All rules as JSON").click();
    await page.locator("#rule-text").fill("[{");
    await button(page, "Take over").click();
    await said(page, "This is no JSON");
    const when = {
      any: [{ field: "campaign", contains: "spring" }, { not: { field: "medium", is: "email" } }],
    };
    await page.locator("#rule-text").fill(JSON.stringify([{ id: "n", when, set: { channel: "Nowhere" } }]));
    await button(page, "Take over").click();
    await said(page, "Campaign contains “spring” or not (Medium is “email”)");
    await button(page, "See what would move").click();
    await expect.poll(() => page.locator("[role=alert]").textContent()).toContain("rules[0].set.channel");
  });

  test("count people under a draft of the model while it is typed, and change nothing until it is applied", async () => {
    const page = await demo.open("/settings/models");
    await page.getByText("The same as JSON").click();
    const text = page.locator("#model-text");
    await text.fill("{");
    await said(page, "This is no JSON");
    const draft = {
      id: "buyers",
      version: 1,
      stages: ["looker", "buyer", "regular"],
      rules: [
        { stage: "regular", when: ["orders", ">=", 3] },
        { stage: "buyer", when: ["orders", ">=", 1] },
        { stage: "looker", when: true },
      ],
    };
    await text.fill(JSON.stringify(draft));
    await page.locator("[data-preview]").waitFor();
    // Counted on the file: orders that still count, per person.
    const perPerson = rows<{ n: number }>(
      "select count(*) as n from purchase where void_at is null group by person",
    ).map(({ n }) => n);
    const [{ people }] = rows<{ people: number }>("select count(*) as people from person") as [
      { people: number },
    ];
    const regular = perPerson.filter((n) => n >= 3).length;
    const expected = { looker: people - perPerson.length, buyer: perPerson.length - regular, regular };
    const shown = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        await page
          .locator("[data-preview] [data-stage]")
          .evaluateAll((all) =>
            all.map((row) => [row.getAttribute("data-stage"), Number(row.getAttribute("data-people"))]),
          ),
      );
    expect(await shown()).toEqual(expected);
    expect((await siteNow()).models.map(({ id }) => id)).not.toContain("buyers");

    await button(page, "Apply").click();
    await page.locator("[data-applied]").waitFor();
    const active = async () =>
      (await siteNow()).models.some(({ id, state }) => id === "buyers" && state === "active");
    await expect.poll(active, { timeout: 30_000 }).toBe(true);
    const again = await demo.open("/settings/models");
    await again.locator("#model-now").selectOption("buyers");
    await expect.poll(async () => (await siteNow()).model).toBe("buyers");
    const overview = await demo.open("/");
    for (const [stage, n] of Object.entries(expected)) {
      await expect
        .poll(() => overview.locator(`.path [data-stage=${stage}]`).getAttribute("data-people"))
        .toBe(String(n));
    }
    await demo.send("PATCH", "/api/v1/sites/shop", { model: "reach-loyalty" });
  });

  test("make a life cycle from fields alone, see who would be where, and apply it", async () => {
    const page = await demo.open("/settings/models");
    await page.locator("#model-from").selectOption({ label: "Customer base" });
    await page.locator("#model-id").fill("my-base");
    await page.locator("#stage-new").fill("Friends");
    await page.keyboard.press("Enter");
    const rule = page.locator("[data-draft-rule=friends]");
    await rule.getByRole("spinbutton", { name: "Number" }).fill("4");
    await rule.getByRole("button", { name: "+ Condition" }).click();
    await rule.getByRole("combobox", { name: "What is looked at" }).nth(1).selectOption("Visits");
    await rule.getByRole("spinbutton", { name: "Number" }).nth(1).fill("2");
    const people = rows<{ n: number }>(`
      select count(*) as n from person p
      where (select count(*) from purchase where person = p.key and void_at is null) >= 4
        and (select count(*) from touch where person = p.key and opens_visit = 1) >= 2`)[0]!.n;
    expect(people).toBeGreaterThan(0);
    await expect
      .poll(() => page.locator("[data-preview] [data-stage=friends]").getAttribute("data-people"))
      .toBe(String(people));
    // Moving by keyboard: the focus goes along with what is moved.
    await page.getByRole("button", { name: "Move Friends up" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "Move Friends up",
    );
    await button(page, "Apply").click();
    await page.locator("[data-applied]").waitFor();
    const applied = async () => (await siteNow()).models.find(({ id }) => id === "my-base")?.definition;
    await expect.poll(applied).toMatchObject({
      stages: ["prospect", "new", "active", "friends", "inactive", "former"],
      labels: { friends: "Friends" },
    });
    expect((await applied())?.rules).toMatchObject([
      {
        stage: "friends",
        when: {
          all: [
            ["orders", ">=", 4],
            ["visits", ">=", 2],
          ],
        },
      },
      ...Array(5).fill({}),
    ]);
    await demo.send("DELETE", "/api/v1/models/my-base?site=shop");
  });

  test("say at the rule itself that nobody gets there", async () => {
    const page = await demo.open("/settings/models");
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.locator("[data-draft-rule]").first().getByRole("spinbutton", { name: "Number" }).fill("0");
    await page.locator("[data-draft-rule] .failed").first().waitFor();
    expect(await page.locator("[data-draft-rule] .failed").first().textContent()).toContain(
      "Nobody gets here",
    );
    await button(page, "Back to what is in use").click();
    await expect.poll(() => page.locator("[data-draft-rule] .failed").count()).toBe(0);
  });

  test("save what counts at once", async () => {
    const page = await demo.open("/settings/traffic");
    for (const expected of [true, false]) {
      await page.getByLabel("Count your own visits").click();
      await expect.poll(async () => (await siteNow()).settings.countsOwn).toBe(expected);
      await expect.poll(() => page.getByLabel("Count your own visits").isEnabled()).toBe(true);
      await expect.poll(() => page.getByLabel("Count your own visits").isChecked()).toBe(expected);
    }
  });

  test("read a file of costs, name the line they could not, and show the cost of a customer", async () => {
    const kpis = await demo.api<Kpis>("/api/v1/kpis?site=shop");
    const spent = async () =>
      (await demo.api<{ total: { cost: number | null } }>("/api/v1/sources?site=shop")).total.cost ?? 0;
    const before = await spent();
    const file = path.join(demo.folder, "costs.csv");
    writeFileSync(
      file,
      `day,channel,amount,currency\n${kpis.period.from},Email,120.50,EUR\n${kpis.period.to},Email,79.50,EUR\nsome day,Email,1,EUR\n`,
    );
    const page = await demo.open("/settings/costs");
    await page.locator("input[type=file]").setInputFiles(file);
    await button(page, "Upload").click();
    expect(await page.locator("[data-added]").getAttribute("data-added")).toBe("2");
    await said(page, "4: ");
    expect(await spent()).toBe(before + 20_000);
    await button(page, "Upload").click();
    await expect.poll(() => page.locator("[data-added]").getAttribute("data-added")).toBe("0");
    expect(await spent()).toBe(before + 20_000);

    const overview = await demo.open("/");
    const cac = overview.locator("[data-figure=cac] [data-value]");
    await cac.waitFor();
    // In whole cents, as money is.
    expect(Number(await cac.getAttribute("data-value"))).toBe(
      Math.round((before + 20_000) / kpis.figures.new_customers!.value!),
    );
  });

  test("make a key that works, show it once, and end it", async () => {
    const page = await demo.open("/settings/keys");
    await page.locator("#key-name").fill("Weekly report");
    await page.locator("#key-scope").selectOption("read");
    await button(page, "Make a key").click();
    const key = (await page.locator("[data-secret]").textContent()) ?? "";
    const ask = (address: string, method = "GET") =>
      fetch(demo.url + address, { method, headers: { authorization: `Bearer ${key}` } }).then(
        (r) => r.status,
      );
    expect(await ask("/api/v1/kpis?site=shop")).toBe(200);
    expect(await ask("/api/v1/people/nobody?site=shop", "DELETE")).toBe(403);
    const again = await demo.open("/settings/keys");
    await again.getByRole("cell", { name: "Weekly report" }).first().waitFor();
    expect(await again.content()).not.toContain(key);
    await again.getByRole("button", { name: "Remove Weekly report" }).click();
    await said(again, "Removed");
    expect(await ask("/api/v1/kpis?site=shop")).toBe(401);
  });

  test("list share links apart from keys", async () => {
    const page = await demo.open("/settings/sharing");
    await page.locator("#share-name").fill("The bank");
    await button(page, "Make a link").click();
    await page.locator("[data-secret]").waitFor();
    const keys = await demo.open("/settings/keys");
    await keys.locator("[data-section=keys]").waitFor();
    await keys.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    expect(await keys.getByText("The bank").count()).toBe(0);
    await page.getByRole("button", { name: "Withdraw The bank" }).click();
    await said(page, "Removed");
  });

  test("keep raw touchpoints for some days, and for ever again", async () => {
    const page = await demo.open("/settings/data");
    const days = page.getByLabel("Keep raw touchpoints this many days");
    await days.fill("400");
    await button(page, "Save").click();
    await expect.poll(async () => (await siteNow()).settings.retentionDays).toBe(400);
    const again = await demo.open("/settings/data");
    const field = again.getByLabel("Keep raw touchpoints this many days");
    await expect.poll(() => field.inputValue()).toBe("400");
    await field.fill("");
    await button(again, "Save").click();
    await expect.poll(async () => (await siteNow()).settings.retentionDays).toBe(0);
  });
});

describe("somebody's data", () => {
  test("goes out as one file that has everything the timeline shows", async () => {
    const list = await demo.api<{ rows: { id: string }[] }>("/api/v1/people?site=shop&stage=loyalty&limit=1");
    const { id } = list.rows[0]!;
    const page = await demo.open(`/people/${id}`);
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export everything" }).click(),
    ]);
    const text = await new Response((await file.createReadStream()) as never).text();
    const person = await demo.api<{ timeline: { id: string }[] }>(`/api/v1/people/${id}?site=shop`);
    expect(person.timeline.length).toBeGreaterThan(0);
    for (const entry of person.timeline) expect(text).toContain(entry.id);
  });
});

test("a report in German says so in German, and needs nothing else", async () => {
  const file = path.join(demo.folder, "bericht.html");
  execFileSync(process.execPath, [ENTRY, "report", "--data", demo.folder, "--lang", "de", "--out", file]);
  const page = await (await demo.browser.newContext()).newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`file://${file}`);
  await page.getByRole("heading", { name: "Woher Kunden kommen" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("de");
  expect(await page.locator("[role=alert]").count()).toBe(0);
  expect(asked).toEqual([`file://${file}`]);
});

test("nothing in the browser's console complained", () => {
  expect(demo.complaints).toEqual([]);
});
