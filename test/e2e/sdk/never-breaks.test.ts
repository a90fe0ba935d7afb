/**
 * Hostile and unusual pages: the tracker must not break them, and still delivers wherever the browser permits.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import puppeteer from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM_SWITCHES, findChromium, launchChromium } from "../../browsers.ts";
import { openProfileBrowser } from "./profile-browser.ts";
import { pause, until } from "./scenarios.ts";
import type { Page as SitePage } from "./site.ts";
import { openStage, type Stage } from "./stage.ts";

let browser: Browser;
let context: BrowserContext;
let stage: Stage;
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(() => stage.close());

async function visit(page: SitePage, before?: string, others: Record<string, SitePage> = {}): Promise<Page> {
  stage = await openStage({ "/": page, ...others });
  context = await browser.newContext();
  complaints = [];
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  if (before !== undefined) await context.addInitScript(before);
  const tab = await context.newPage();
  await tab.goto(stage.site);
  return tab;
}

describe("nothing escapes, and touchpoints still go out", () => {
  const hostile: Record<string, string> = {
    "storage that throws": `for (const name of ["localStorage", "indexedDB"])
      Object.defineProperty(window, name, { get() { throw new DOMException("off", "SecurityError") } })`,
    "storage that is null": `Object.defineProperty(window, "localStorage", { value: null })`,
    "localStorage that is full": `try { for (let n = 0; ; n++) localStorage["x" + n] = "x".repeat(50_000) } catch {}
      try { for (let n = 0; ; n++) localStorage["y" + n] = "y" } catch {}`,
    "IndexedDB that never answers": `IDBFactory.prototype.open = () => ({})`,
    "IndexedDB that refuses": `IDBFactory.prototype.open = () => { throw new DOMException("no", "UnknownError") }`,
    "IndexedDB that is full": `IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }`,
    "no Web Locks": `delete Navigator.prototype.locks`,
    "Web Locks that refuse": `if (navigator.locks) LockManager.prototype.request = () => Promise.reject(new DOMException("no", "SecurityError"))`,
    "no crypto.randomUUID": `delete Crypto.prototype.randomUUID`,
    "a frozen history": `Object.freeze(history)`,
    "frozen prototypes": `[Object, Array, String, Function, Promise, Map].forEach((it) => Object.freeze(it.prototype))`,
    "a global that cannot be set": `Object.defineProperty(window, "sojourn", { value: undefined })`,
    "a frozen data layer": `window.dataLayer = Object.freeze([{ event: "x" }])`,
    "a data layer that is no array": `window.dataLayer = "none"`,
    "no performance entries": `Object.defineProperty(window, "performance", { value: {} })`,
  };
  for (const [name, before] of Object.entries(hostile))
    test(`with ${name}`, async () => {
      const page = await visit({ tag: "data-ga4" }, before);
      await stage.arrivals(1);
      await page.evaluate(`history.pushState({}, "", "/two"); window.sojourn?.track("login")`);
      if (name !== "a global that cannot be set") await stage.arrivals(2);
      expect(complaints).toEqual([]);
      await context.close();
    });

  for (const tag of ["", `data-cookie-domain="shop.example" data-cookie`])
    test(`in a sandboxed frame without an origin${tag && ", where even looking at cookies throws"}`, async () => {
      const body = `<iframe sandbox="allow-scripts" src="/framed"></iframe>`;
      const page = await visit({ tag: false, body }, undefined, { "/framed": { tag } });
      await stage.arrivals(1);
      const framed = page.frames()[1];
      await framed?.evaluate(`sojourn.track("login"); sojourn.reset(); sojourn.track("sign_up")`);
      await stage.arrivals(3);
      expect(stage.kinds()).toEqual(["page_view", "login", "sign_up"]);
      expect(complaints).toEqual([]);
      await context.close();
    });

  test("on a page without TLS", async () => {
    stage = await openStage();
    const own = await launchChromium({ hosts: { "shop.example": Number(new URL(stage.site).port) } });
    try {
      const page = await own.newPage();
      await page.goto("http://shop.example/");
      expect(await page.evaluate("isSecureContext")).toBe(false);
      await page.evaluate(`sojourn.identify("c-1", { email: "ada@example.com" })`);
      const all = await stage.arrivals(2);
      // Without TLS browsers offer no hashing, and the address itself never leaves.
      expect(all[1]).toMatchObject({ kind: "identify", customer: "c-1" });
      expect(all[1]).not.toHaveProperty("email");
    } finally {
      await own.close();
    }
  });

  test("when the page's own handlers throw while it is left", async () => {
    const page = await visit(
      {},
      `for (const type of ["pagehide", "visibilitychange", "unload"])
      addEventListener(type, () => { throw new Error("mine") }, true)`,
    );
    await page.evaluate(`sojourn.track("login"); location.href = "/two"`).catch(() => undefined);
    await stage.arrivals(3);
    await context.close();
  });

  test("with history patched before and after us, in both directions", async () => {
    const patch = `{ const push = history.pushState; history.pushState = function (...given) { push.apply(this, given); return "patched" } }`;
    const page = await visit({ body: `<script>${patch}</script>` });
    await stage.arrivals(1);
    await page.evaluate(patch);
    expect(await page.evaluate(`history.pushState({}, "", "/two")`)).toBe("patched");
    await stage.arrivals(2);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("with arguments that cannot be sent", async () => {
    const page = await visit({});
    await page.evaluate(`const circle = {}; circle.self = circle;
      sojourn.track("login", { props: circle }); sojourn.track("login", { props: { big: 1n } });
      sojourn.track(); sojourn.track(null, null); sojourn.identify(); sojourn.consent(); sojourn("nonsense"); sojourn();
      sojourn.identify("c-1", { email: ["ada@example.com"] }); sojourn.identify("c-2", { email: "" });
      sojourn.track("purchase", { order: "A-1", value: null, coupon: undefined })`);
    await until(() => stage.kinds().includes("purchase"), 5_000);
    const purchase = stage.recorder.touchpoints().find(({ kind }) => kind === "purchase");
    expect(purchase).not.toHaveProperty("value");
    const identified = () =>
      new Map(stage.recorder.touchpoints().map(({ customer, email }) => [customer, email?.length]));
    await until(() => identified().size === 3, 5_000);
    // An address in a list is an address; an empty one is none, and must not cost the customer.
    expect([identified().get("c-1"), identified().get("c-2")]).toEqual([64, undefined]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe("security policies", () => {
  test("strict CSP, Trusted Types and an integrity hash", async () => {
    const integrity = readFileSync(
      path.join(import.meta.dirname, "../../../packages/sdk/dist/sojourn.js.sri"),
      "utf8",
    ).trim();
    stage = await openStage();
    const { origin } = stage.recorder;
    await stage.close();
    const page = await visit({
      tag: `integrity="${integrity}" data-ga4`,
      headers: {
        "content-security-policy": `default-src 'none'; script-src 'self'; connect-src http://127.0.0.1:*; require-trusted-types-for 'script'; trusted-types 'none'`,
      },
      body: `<button data-sojourn="login">in</button>`,
    });
    expect(origin).toMatch(/127/);
    await page.click("button");
    await stage.arrivals(2);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** Asks a page that has just changed places: the collector may hear of it sooner than the driver. */
async function answer(page: { evaluate(script: string): Promise<unknown> }, question: string) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const given = await page.evaluate(question).catch(() => undefined);
    if (given !== undefined) return given;
    await pause(100);
  }
}

describe("pages that are shown later, or again", () => {
  test("a page from the back/forward cache counts again, and loses nothing", async () => {
    stage = await openStage();
    const own = await openProfileBrowser(["--enable-features=BackForwardCache"]);
    try {
      const page = await own.context().newPage();
      await page.goto(stage.site);
      await stage.arrivals(1);
      await page.evaluate(`addEventListener("pageshow", (event) => { window.isPersisted = event.persisted });
        sojourn.track("login"); setTimeout(() => location.href = "/two")`);
      await stage.arrivals(3);
      // Later, so that the page can still answer this call before it is put away.
      await page.evaluate("void setTimeout(() => history.back())");
      await stage.arrivals(4);
      expect(await answer(page, "window.isPersisted")).toBe(true);
      await page.evaluate(`sojourn.track("sign_up")`);
      const all = await stage.arrivals(5);
      expect(all.map(({ kind }) => kind)).toEqual([
        "page_view",
        "login",
        "page_view",
        "page_view",
        "sign_up",
      ]);
      expect(all[3]).toMatchObject({ url: `${stage.site}/`, referrer: `${stage.site}/` });
    } finally {
      await own.dispose();
    }
  });

  test("a prerendered page counts when it is shown, not before", async () => {
    stage = await openStage({
      "/": {
        head: `<script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"],"eagerness":"immediate"}]}</script>`,
      },
    });
    // Playwright switches prerendering off.
    const own = await puppeteer.launch({ executablePath: findChromium(), args: [...CHROMIUM_SWITCHES] });
    try {
      const page = await own.newPage();
      await page.goto(stage.site);
      await stage.arrivals(1);
      await pause(1_500);
      expect(stage.recorder.touchpoints()).toHaveLength(1);
      await page.evaluate(`location.href = "/next"`);
      const all = await stage.arrivals(2);
      expect(
        await answer(page, `performance.getEntriesByType("navigation")[0].activationStart`),
      ).toBeGreaterThan(0);
      expect(all[1]?.url).toBe(`${stage.site}/next`);
      await pause(600);
      expect(stage.recorder.touchpoints()).toHaveLength(2);
    } finally {
      await own.close();
    }
  });
});
