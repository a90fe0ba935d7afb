/**
 * What a page owes everybody who opens it: few bytes, no jumping, no script but its own, and use by keyboard, on paper, without
 * motion, and in the reader's own colours.
 */
import { once } from "node:events";
import { get } from "node:http";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, openDemo } from "./demo.ts";

/** What a browser fetches before the first figure, as it comes over the wire. */
const FIRST_PAGE_BYTES = 40_000;

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo(["--days", "40", "--seed", "3"]);
});
afterAll(() => demo?.close());

const ready = async (page: Page): Promise<void> => {
  await page.locator("main").waitFor();
  await page.waitForTimeout(300);
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
};

/** Bytes of a body as a browser that takes brotli gets it, with its text and headers. */
async function fetched(address: string): Promise<{ bytes: number; text: string; policy: string }> {
  const headers = { "accept-encoding": "br", accept: "text/html" };
  const request = get(demo.url + address, { headers });
  const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const { brotliDecompressSync } = await import("node:zlib");
  const text =
    response.headers["content-encoding"] === "br" ? brotliDecompressSync(body).toString() : String(body);
  return { bytes: body.length, text, policy: String(response.headers["content-security-policy"] ?? "") };
}

test("the first page is at most 40 kB over the wire: page, style sheet and script together", async () => {
  const page = await fetched("/");
  const parts = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(
    ([, path]) => path!,
  );
  expect(parts.length).toBeGreaterThanOrEqual(2);
  let bytes = page.bytes;
  for (const part of parts) bytes += (await fetched(part)).bytes;
  expect(bytes).toBeLessThanOrEqual(FIRST_PAGE_BYTES);
});

test("nothing but its own files may run, be fetched or be framed", async () => {
  const { policy, text } = await fetched("/");
  expect(policy).not.toMatch(/unsafe-(inline|eval|hashes)|\*|https?:/);
  expect(policy).toMatch(/default-src '(none|self)'/);
  expect(policy).toMatch(/frame-ancestors 'none'/);
  expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/i);
});

describe.each([
  ["wide", { width: 1440, height: 900 }],
  ["narrow", { width: 390, height: 844 }],
] as const)("while it loads, %s,", (_name, size) => {
  test.each(["/", "/?channel=Email", "/journeys", "/people", "/segments", "/settings/models"])(
    "%s shifts nothing",
    async (address) => {
      const page = await demo.open("/settings", size);
      await page.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
        }).observe({ type: "layout-shift", buffered: true });
      });
      await page.goto(demo.url + address);
      await ready(page);
      await page.waitForTimeout(300);
      const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
      // Less than a thousandth: nothing an eye could see.
      expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.001);
      await page.context().close();
    },
  );
});

test("the six figures are asked for and drawn before anything below them is asked for", async () => {
  const page = await demo.open("/settings");
  await ready(page);
  const asked: string[] = [];
  let drawnBefore: boolean | undefined;
  await page.route("**/api/v1/**", async (route) => {
    const question = new URL(route.request().url()).pathname.slice("/api/v1".length);
    asked.push(question);
    if (question === "/flow") {
      drawnBefore = await page.evaluate(
        () => document.querySelector("[data-figure=visitors] [data-value]") !== null,
      );
    }
    await route.continue();
  });
  await page.goto(`${demo.url}/`);
  await page.locator("[data-panel=sources] tbody tr").first().waitFor();
  expect(asked[0]).toBe("/sites");
  expect(asked.filter((question) => question === "/sites")).toHaveLength(1);
  expect(asked.slice(1, 3).sort()).toEqual(["/kpis/headline", "/stages"]);
  await expect.poll(() => drawnBefore).toBe(true);
  await page.context().close();
});

test("panels below do not wait for figures that take long, nor the frames for the name of the site", async () => {
  const page = await demo.open("/settings");
  await page.route(/\/api\/v1\/kpis/, () => {});
  await page.goto(`${demo.url}/`);
  await page.locator("[data-panel=sources] tbody tr").first().waitFor();
  expect(await page.locator(".kpis[aria-busy=true]").count()).toBe(1);
  await page.context().close();
  const nameless = await demo.open("/settings");
  await nameless.route(/\/api\/v1\/sites/, () => {});
  await nameless.goto(`${demo.url}/`);
  await nameless.locator("[data-panel=path]").waitFor();
  await nameless.context().close();
});

test("everything can be done by keyboard: skip, choose a stage, open a menu and leave it", async () => {
  const page = await demo.open("/");
  await ready(page);
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the numbers");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.locator(".path [data-stage=conversion]").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("stage")).toBe("conversion");
  await page.keyboard.press("Escape");
  await expect.poll(() => new URL(page.url()).searchParams.get("stage")).toBeNull();
  await page.locator(".bar summary").first().focus();
  await page.keyboard.press("Enter");
  await page.locator(".bar details[open]").waitFor();
  await page.keyboard.press("Escape");
  expect(await page.locator(".bar details[open]").count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("SUMMARY");
});

test("nothing moves for whoever asked for less motion, not even while it waits", async () => {
  const page = await demo.open("/settings", { reducedMotion: "reduce" });
  await page.route(/\/api\/v1\/(kpis|flow|sources)/, () => {});
  await page.goto(`${demo.url}/`);
  await page.locator(".grey").first().waitFor();
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  const moving = await demo.open("/settings");
  await moving.route(/\/api\/v1\/(kpis|flow|sources)/, () => {});
  await moving.goto(`${demo.url}/`);
  await moving.locator(".grey").first().waitFor();
  // The same page moves for everybody else, so the test above can fail.
  expect(await moving.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
});

test("in forced colours what is chosen is outlined, and bars are still seen", async () => {
  const page = await demo.open("/?channel=Email", { forcedColors: "active" });
  await ready(page);
  const outline = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((e) => getComputedStyle(e).outlineStyle);
  for (const chosen of [
    ".kpi[aria-pressed=true]",
    ".chip",
    ".tabs a[aria-current]",
    ".seg [aria-pressed=true]",
  ]) {
    expect([chosen, await outline(chosen)]).toEqual([chosen, "solid"]);
  }
  const colours = await page
    .locator(".chart rect")
    .evaluateAll((all) => [...new Set(all.map((rect) => getComputedStyle(rect).fill))]);
  expect(colours.length).toBeGreaterThan(3);
});

test("on paper there are figures and tables, and nothing to press", async () => {
  const page = await demo.open("/");
  await ready(page);
  await page.emulateMedia({ media: "print" });
  for (const selector of [".tabs", ".bnav", ".live", ".tools", ".att .btn"]) {
    for (const one of await page.locator(selector).all())
      expect([selector, await one.isVisible()]).toEqual([selector, false]);
  }
  for (const selector of [
    "[data-figure=revenue]",
    ".path svg, .pathlist",
    "[data-panel=sources] table",
    ".chart svg",
  ]) {
    expect([selector, await page.locator(selector).first().isVisible()]).toEqual([selector, true]);
  }
  const pdf = await page.pdf({ format: "A4", landscape: true, printBackground: true });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  expect(pages).toBeGreaterThan(0);
  expect(pages).toBeLessThanOrEqual(4);
});

test("nothing in the browser's console complained", () => {
  expect(demo.complaints).toEqual([]);
});
