/**
 * Connected systems on the page: what each sent, why it became what it became, and mapping it again; a real collector,
 * messages as a shop signs them, a real Chromium.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Io } from "../../../packages/collector/src/cli/command.ts";
import { type Started, startCollector } from "../../../packages/collector/src/cli/serve.ts";
import { readConfig } from "../../../packages/collector/src/config.ts";
import { requestOf, SECRET } from "../../../packages/collector/src/connect/test/samples.ts";
import { run } from "../../../packages/collector/src/main.ts";
import { launchChromium } from "../../browsers.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "sojourn-connectors-page-"));
const io = { out() {}, note() {}, env: {}, now: Date.now, random: Math.random } as unknown as Io;

let started: Started;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];

const order = (id: number, fields: Record<string, unknown> = {}) => ({
  id,
  order_number: id,
  name: `#${id}`,
  created_at: "2026-11-01T10:00:00Z",
  updated_at: "2026-11-01T10:00:00Z",
  financial_status: "paid",
  currency: "EUR",
  total_price: "20.00",
  customer: { id: 7, email: "ada@example.com" },
  ...fields,
});

async function send(body: unknown, secret = SECRET, topic = "orders/create"): Promise<number> {
  const request = requestOf("shopify", { headers: { "x-shopify-topic": topic }, body }, secret);
  const { status } = await fetch(`${started.url}/in/shop-eu`, {
    method: "POST",
    headers: request.headers,
    body: Buffer.from(request.body),
  });
  return status;
}

beforeAll(async () => {
  const data = path.join(folder, "data");
  await run(["site", "add", "shop", "--data", data], { ...io, columns: 80, isTerminal: false } as Io);
  writeFileSync(path.join(folder, "secret"), SECRET, { mode: 0o600 });
  writeFileSync(path.join(folder, "token"), "the-token", { mode: 0o600 });
  writeFileSync(
    path.join(folder, "connectors.yml"),
    "- { name: shop-eu, system: shopify, site: shop, secrets: [{ file: secret }] }\n" +
      "- { name: old-shop, system: magento, site: shop, host: 'http://127.0.0.1:9', token: { file: token }, reconcile: { every: PT10M } }\n",
  );
  const connectors = path.join(folder, "connectors.yml");
  started = await startCollector(readConfig({ data, port: "0", log: "json", connectors }, {}), io);
  expect(await send(order(9001))).toBe(200);
  expect(await send(order(9001, { total_price: "30.00", updated_at: "2026-11-02T10:00:00Z" }))).toBe(200);
  expect(await send(order(9002, { currency: "XQQ" }))).toBe(200);
  expect(await send({ shop_id: 1 }, SECRET, "app/uninstalled")).toBe(200);
  expect(await send(order(9003), "another secret")).toBe(401);
  const waits = async () => (await started.store.change("inboxList", { state: "waiting" })).length > 0;
  while (await waits()) await new Promise((resolve) => setTimeout(resolve, 20));
  await started.store.settled(Date.now());

  browser = await launchChromium();
  context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  await (await context.newPage()).goto(started.signInUrl!);
});
afterAll(async () => {
  await browser?.close();
  await started?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  expect(complaints).toEqual([]);
});

async function open(address: string): Promise<Page> {
  const page = await context.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(started.url + address);
  return page;
}
const shop = (page: Page) => page.locator("[data-connector=shop-eu]");
const rowsOf = (page: Page, state: string) =>
  shop(page).locator(`[data-state=${state}]`).getAttribute("data-rows").then(Number);
const choose = (page: Page, state: string) => shop(page).locator(`[data-state=${state}]`).click();

describe("the page of connections", () => {
  test("shows each system with its address, its last message, its trouble, and what is kept by state", async () => {
    const page = await open("/settings/connectors");
    await shop(page).waitFor();
    for (const [state, n] of Object.entries({ mapped: 2, ignored: 1, unreadable: 1, refused: 1, waiting: 0 }))
      expect([state, await rowsOf(page, state)]).toEqual([state, n]);
    expect(await shop(page).locator("[data-endpoint]").textContent()).toBe(`${started.url}/in/shop-eu`);
    await shop(page).getByRole("button", { name: "Copy address" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${started.url}/in/shop-eu`);
    expect(Number(await shop(page).locator("[data-last]").getAttribute("data-last"))).toBeGreaterThan(0);
    const old = page.locator("[data-connector=old-shop]");
    await old.locator("[data-trouble]").waitFor();
    expect(await old.locator("[data-trouble]").textContent()).toContain("orders: no answer");
    expect(await page.locator("[data-flags] [data-flag=order-edited]").textContent()).toContain("1");
    await page.close();
  });

  test("lists messages by state with the reason, and shows what was in one", async () => {
    const page = await open("/settings/connectors");
    for (const [state, reason] of [
      ["unreadable", "currency"],
      ["ignored", "other_topic"],
      ["refused", "signature_wrong"],
    ] as const) {
      await choose(page, state);
      const row = page.locator(`tr[data-state=${state}]`);
      await row.waitFor();
      expect(await row.locator("code").textContent()).toBe(reason);
    }
    await choose(page, "unreadable");
    await page.getByRole("button", { name: "Show Message" }).click();
    const body = page.locator("[data-body]");
    await body.waitFor();
    expect(await body.textContent()).toContain('"currency": "XQQ"');
    expect(await body.textContent()).toContain("x-shopify-topic: orders/create");
    expect(await body.textContent()).not.toContain("hmac");
    await choose(page, "mapped");
    await expect.poll(() => page.locator("tr [data-flag=order-edited]").count()).toBe(2);
    await page.close();
  });

  test("maps one message again, and all of a state, and never a refused one", async () => {
    const page = await open("/settings/connectors");
    const answered = () =>
      page.waitForResponse(
        (response) => response.url().endsWith("/inbox/replay") && response.status() === 202,
      );
    await choose(page, "unreadable");
    await page.locator("tr[data-state=unreadable]").waitFor();
    let answer = answered();
    await page.getByRole("button", { name: "Map again Message" }).click();
    expect(await (await answer).json()).toEqual({ rows: 1 });
    await choose(page, "mapped");
    answer = answered();
    await page.getByRole("button", { name: "Map all of these again" }).click();
    expect(await (await answer).json()).toEqual({ rows: 2 });
    await page.getByText("2 messages are being mapped again").waitFor();
    await expect.poll(() => rowsOf(page, "mapped")).toBe(2);
    await choose(page, "refused");
    await page.locator("tr[data-state=refused]").waitFor();
    expect(await page.getByRole("button", { name: /Map/ }).count()).toBe(0);
    const orders = await started.store.ask("person", { site: "shop", person: "order:9001" });
    expect(orders.orders).toMatchObject([{ order: "9001", value: 2000 }]);
    await page.close();
  });

  test("says on the person and in the line of data health what is in doubt", async () => {
    const page = await open("/people/order:9001");
    await page.locator("[data-flag=order-edited]").waitFor();
    expect(await page.locator("[data-flag=order-edited]").textContent()).toContain("9001");
    await page.goto(`${started.url}/`);
    await expect.poll(() => page.locator("[data-flagged]").getAttribute("data-flagged")).toBe("1");
    await page.close();
  });

  test.each(["light", "dark"] as const)(
    "breaks no rule of axe and scrolls sideways nowhere, in %s",
    async (theme) => {
      for (const [lang, address] of [
        ["en", "/settings/connectors"],
        ["de", "/settings/connectors?lang=de"],
        ["en", "/people/order:9001"],
      ] as const) {
        const page = await open(address);
        await page.emulateMedia({ colorScheme: theme });
        if (address.startsWith("/settings")) {
          await choose(page, "mapped");
          await page.locator("tr[data-state=mapped] button[aria-expanded]").first().click();
          await page.locator("[data-body]").waitFor();
        } else await page.locator("[data-flag]").first().waitFor();
        await page.evaluate(AXE);
        for (const size of [
          { width: 1440, height: 900 },
          { width: 390, height: 844 },
        ]) {
          await page.setViewportSize(size);
          await page.waitForTimeout(150);
          const broken = await page.evaluate(async () => {
            const { axe } = window as unknown as {
              axe: {
                run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
              };
            };
            const answer = await axe.run({
              runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            });
            return answer.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
          });
          expect([lang, address, size.width, broken]).toEqual([lang, address, size.width, []]);
          const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect([address, size.width, overhang <= 0]).toEqual([address, size.width, true]);
        }
        await page.close();
      }
    },
  );
});
