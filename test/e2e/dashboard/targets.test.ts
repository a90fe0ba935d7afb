/**
 * Told systems on the page: what each was told, why something failed, and sending it again; a real collector, a stub of
 * the system on loopback, a real Chromium.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Io } from "../../../packages/collector/src/cli/command.ts";
import { type Started, startCollector } from "../../../packages/collector/src/cli/serve.ts";
import { readConfig } from "../../../packages/collector/src/config.ts";
import { run } from "../../../packages/collector/src/main.ts";
import { beacon } from "../../../packages/collector/test/house.ts";
import { openStub, type Stub } from "../../../packages/collector/test/target-house.ts";
import { launchChromium } from "../../browsers.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "sojourn-targets-page-"));
const io = { out() {}, note() {}, env: {}, now: Date.now, random: Math.random } as unknown as Io;

let stub: Stub;
let started: Started;
let browser: Browser;
let context: BrowserContext;

const waiting = () => started.store.webhooks.targets.list({ target: "crm", state: "waiting", limit: 10 });

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    expect(tries).toBeLessThan(200);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  stub = await openStub();
  const data = path.join(folder, "data");
  await run(["site", "add", "shop", "--data", data], { ...io, columns: 80, isTerminal: false } as Io);
  writeFileSync(path.join(folder, "token"), "the-token", { mode: 0o600 });
  writeFileSync(
    path.join(folder, "connectors.yml"),
    `- name: crm
  system: hubspot
  site: shop
  host: ${stub.url}
  token: { file: token }
  customers: shop
  send: { customerProperty: shop_customer_id }
`,
  );
  const connectors = path.join(folder, "connectors.yml");
  const flags = { data, port: "0", log: "json", connectors, "allow-private-targets": "true" };
  started = await startCollector(readConfig(flags, {}), io);
  stub.next = [{ status: 400 }];
  const now = Date.now();
  for (const [visitor, ...more] of [
    ["visitor-anna-01", { kind: "identify", customer: "shop:42" }],
    ["visitor-nobody"],
  ] as const) {
    const touchpoints = [{ kind: "page_view", url: "https://shop.example/", visit: true }, ...more];
    const body = beacon(visitor, now, touchpoints);
    const headers = { "user-agent": "Mozilla/5.0 Firefox/140.0" };
    expect((await fetch(`${started.url}/b`, { method: "POST", headers, body })).status).toBe(204);
  }
  await started.store.settled(now);
  await until(() => stub.asked.length === 1 && waiting().length === 0);

  browser = await launchChromium();
  context = await browser.newContext();
  await (await context.newPage()).goto(started.signInUrl!);
});
afterAll(async () => {
  await browser?.close();
  await started?.stop();
  await stub?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${started.url}/settings/targets`);
  await page.locator('[data-target="crm"]').waitFor();
  return page;
}

const button = (page: Page, state: string) => page.locator(`[data-target="crm"] [data-state="${state}"]`);

describe("told systems", () => {
  test("show what became of their messages, and that addresses are not kept", async () => {
    const page = await open();
    expect(await button(page, "failed").textContent()).toContain("1");
    expect(await button(page, "unaddressable").textContent()).toContain("1");
    expect(await page.locator("[data-addresses]").textContent()).toContain("keepEmail: true");
    expect(await page.locator("[data-addresses]").getAttribute("data-addresses")).toBe("false");
    await button(page, "failed").click();
    const row = page.locator("[data-message]");
    await row.waitFor();
    expect(await row.textContent()).toContain("property: HTTP 400");
    await page.close();
  });

  test("send a failed message again", async () => {
    const page = await open();
    await button(page, "failed").click();
    await page.locator("[data-message] button").click();
    await until(() => stub.asked.length === 2 && waiting().length === 0);
    await page.reload();
    await page.locator('[data-target="crm"]').waitFor();
    expect(await button(page, "delivered").textContent()).toContain("1");
    await page.close();
  });

  test("can be used by everybody: no complaint of axe, no message with an address of a person", async () => {
    const page = await open();
    await button(page, "delivered").click();
    await page.locator("[data-message]").waitFor();
    await page.evaluate(AXE);
    const found = await page.evaluate(() =>
      (window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe
        .run()
        .then(({ violations }) => violations.map(({ id }) => id)),
    );
    expect(found).toEqual([]);
    expect(await page.locator("body").textContent()).not.toContain("visitor-anna");
    await page.close();
  });
});
