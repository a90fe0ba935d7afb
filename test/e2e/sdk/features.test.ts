/**
 * What the tag does besides delivering, in a real Chromium: pages, consent, identity, early calls, markup, data layer.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../../browsers.ts";
import { pause, until } from "./scenarios.ts";
import type { Page as SitePage } from "./site.ts";
import { openStage, type Stage } from "./stage.ts";

/** Longer than gathering and sending take: what has not arrived by then was not sent. */
const LONG_ENOUGH_MS = 1_000;

let browser: Browser;
let context: BrowserContext;
let stage: Stage;
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(async () => {
  // Whatever a test did: the page must never have noticed.
  expect(complaints).toEqual([]);
  await context.close();
  await stage.close();
});

async function visit(pages: Record<string, SitePage> = {}, path = "/", before?: string): Promise<Page> {
  stage = await openStage(pages);
  context = await browser.newContext();
  complaints = [];
  context.on("weberror", (error) => complaints.push(error.error().message));
  if (before !== undefined) await context.addInitScript(before);
  const page = await context.newPage();
  await page.goto(stage.site + path);
  return page;
}

const stored = (page: Page) =>
  page.evaluate(async () => ({
    local: Object.keys(localStorage),
    cookies: document.cookie,
    databases: (await indexedDB.databases()).map(({ name }) => name),
  }));

describe("pages", () => {
  test("the first page view opens the visit, and keeps address and referrer as they are", async () => {
    const page = await visit(
      { "/from": { tag: false, body: `<a href="/?utm_source=letter#top">go</a>` } },
      "/from",
    );
    await page.click("a");
    const [first] = await stage.arrivals(1);
    expect(first).toMatchObject({
      kind: "page_view",
      visit: true,
      url: `${stage.site}/?utm_source=letter#top`,
      referrer: `${stage.site}/from`,
      title: "/",
    });
  });

  test("the next page within thirty minutes belongs to the same visit, in another tab too", async () => {
    const page = await visit();
    await stage.arrivals(1);
    await page.goto(`${stage.site}/two`);
    await stage.arrivals(2);
    const other = await context.newPage();
    await other.goto(`${stage.site}/three`);
    const views = await stage.arrivals(3);
    expect(views.map((view) => view.visit)).toEqual([true, undefined, undefined]);
  });

  test("single-page navigation counts when the path changes, and only then", async () => {
    const page = await visit();
    await page.evaluate(async () => {
      const moment = () => new Promise((resolve) => setTimeout(resolve, 10));
      history.pushState({}, "", "/two");
      await moment();
      history.pushState({}, "", "/two?page=2");
      await moment();
      history.replaceState({}, "", "/two#part");
      await moment();
      history.replaceState({}, "", "/three");
      await moment();
      scrollTo(0, 500);
      location.hash = "elsewhere";
    });
    const views = await stage.arrivals(3);
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.touchpoints()).toHaveLength(3);
    expect(views.map(({ url, referrer }) => [url, referrer])).toEqual([
      [`${stage.site}/`, undefined],
      [`${stage.site}/two`, `${stage.site}/`],
      [`${stage.site}/three`, `${stage.site}/two`],
    ]);
  });

  test("going back within a single page counts", async () => {
    const page = await visit();
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await stage.arrivals(2);
    await page.evaluate(() => history.back());
    const views = await stage.arrivals(3);
    expect(views[2]?.url).toBe(`${stage.site}/`);
  });

  test("with data-hash a changed fragment is another page", async () => {
    const page = await visit({ "/": { tag: "data-hash" } });
    await page.evaluate(() => {
      location.hash = "#/cart";
    });
    const views = await stage.arrivals(2);
    expect(views[1]?.url).toBe(`${stage.site}/#/cart`);
  });

  test("a reload is a page view, but its referrer is the page itself", async () => {
    const page = await visit({ "/from": { tag: false, body: `<a href="/">go</a>` } }, "/from");
    await page.click("a");
    await stage.arrivals(1);
    await page.reload();
    const views = await stage.arrivals(2);
    expect(views.map(({ referrer }) => referrer)).toEqual([`${stage.site}/from`, `${stage.site}/`]);
  });

  test("the address the visitor came to counts, even if the page changes it at once", async () => {
    const body = `<script type="module">history.replaceState({}, "", "/")</script>`;
    const page = await visit({ "/": { body } }, "/?utm_source=letter");
    const [only] = await stage.arrivals(1);
    expect(only).toMatchObject({ visit: true, url: `${stage.site}/?utm_source=letter` });
    expect(page.url()).toBe(`${stage.site}/`);
  });

  test("a page that is left as soon as the script has run counts too", async () => {
    const body = `<script type="module">location.href = "/two"</script>`;
    await visit({ "/": { body } });
    const views = await stage.arrivals(2);
    expect(views.map(({ url }) => url)).toEqual([`${stage.site}/`, `${stage.site}/two`]);
  });

  test("the task that runs the script waits for no storage, and the page view comes first all the same", async () => {
    const watch = `{ let looks = 0; const place = new Proxy({}, { get(at, name) { looks++; return at[name] } });
      Object.defineProperty(window, "localStorage", { value: place });
      window.looksSoFar = () => looks }`;
    const body = `<script type="module">looksAtOnce = looksSoFar(); sojourn.track("login")</script>`;
    const page = await visit({ "/": { body: `<script>var looksAtOnce</script>${body}` } }, "/", watch);
    await stage.arrivals(2);
    expect(stage.kinds()).toEqual(["page_view", "login"]);
    expect(await page.evaluate("[looksAtOnce, looksSoFar() > 0]")).toEqual([0, true]);
  });

  test("with data-manual only the site's own calls count", async () => {
    const page = await visit({ "/": { tag: "data-manual" } });
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await page.evaluate(`sojourn.page({ title: "Two" })`);
    const [only] = await stage.arrivals(1);
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.touchpoints()).toHaveLength(1);
    expect(only).toMatchObject({ kind: "page_view", title: "Two", visit: true });
  });
});

describe("consent", () => {
  test("pending keeps everything in memory: nothing stored, nothing sent; granted sends all of it with its source", async () => {
    const page = await visit({ "/": { tag: `data-consent="pending"` } }, "/?utm_source=letter");
    await page.evaluate(`sojourn.track("add_to_cart", { value: 5 })`);
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.requests).toEqual([]);
    expect(await stored(page)).toEqual({ local: [], cookies: "", databases: [] });
    await page.evaluate(`sojourn.consent("granted")`);
    const all = await stage.arrivals(3);
    expect(all.map(({ kind, visit, url }) => [kind, visit, url])).toEqual([
      ["page_view", true, `${stage.site}/?utm_source=letter`],
      ["add_to_cart", undefined, `${stage.site}/?utm_source=letter`],
      ["page_view", undefined, `${stage.site}/two`],
    ]);
  });

  test("denied drops what was held, keeps no visitor, and is remembered on the next page", async () => {
    const page = await visit({ "/": { tag: `data-consent="pending"` } });
    await page.evaluate(`sojourn.consent("denied")`);
    await page.evaluate(`sojourn.track("login")`);
    await page.goto(`${stage.site}/two`);
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.requests).toEqual([]);
    expect(await stored(page)).toEqual({ local: ["sj_c"], cookies: "", databases: [] });
  });

  test("granted is remembered on the next page", async () => {
    const pages = { "/": { tag: `data-consent="pending"` }, "/two": { tag: `data-consent="pending"` } };
    const page = await visit(pages);
    await page.evaluate(`sojourn.consent("granted")`);
    await stage.arrivals(1);
    await page.goto(`${stage.site}/two`);
    await stage.arrivals(2);
  });

  test("an answer in one tab holds in the others", async () => {
    const page = await visit();
    await stage.arrivals(1);
    const other = await context.newPage();
    await other.goto(`${stage.site}/two`);
    await stage.arrivals(2);
    await page.evaluate(`sojourn.consent("denied")`);
    await other.evaluate(`sojourn.track("login")`);
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.touchpoints()).toHaveLength(2);
  });

  test("Global Privacy Control goes before any answer", async () => {
    const page = await visit(
      {},
      "/",
      `Object.defineProperty(navigator, "globalPrivacyControl", { value: true })`,
    );
    await page.evaluate(`sojourn.consent("granted")`);
    await page.evaluate(`sojourn.track("login")`);
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.requests).toEqual([]);
    expect((await stored(page)).databases).toEqual([]);
    expect(await page.evaluate(`sojourn.visitor()`)).toBeUndefined();
  });

  test("cookieless mode stores nothing at all and names no visitor", async () => {
    const page = await visit({ "/": { tag: "data-cookieless" } });
    await page.evaluate(`sojourn.purchase({ order: "A-1", value: "59.90", currency: "EUR" })`);
    const all = await stage.arrivals(2);
    expect(all.some((touchpoint) => "visit" in touchpoint)).toBe(false);
    expect(stage.recorder.requests.some(({ beacon }) => beacon && "visitor" in beacon)).toBe(false);
    expect(await stored(page)).toEqual({ local: [], cookies: "", databases: [] });
  });
});

describe("identity", () => {
  const visitors = () => stage.recorder.requests.map(({ beacon }) => beacon?.visitor);

  test("only the hash of an e-mail address leaves the browser", async () => {
    const page = await visit();
    await page.evaluate(`sojourn.identify("c-42", { email: " Ada@Example.com ", aliases: ["cart:7"] })`);
    const [, identify] = await stage.arrivals(2);
    expect(identify).toMatchObject({
      kind: "identify",
      customer: "c-42",
      email: "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72",
      aliases: ["cart:7"],
    });
    expect(JSON.stringify(stage.recorder.requests)).not.toMatch(/ada@/i);
  });

  test("reset makes the next one somebody else on a new visit, and does not move what was recorded before", async () => {
    const page = await visit();
    await stage.arrivals(1);
    await page.evaluate(
      `sojourn.track("login"); setTimeout(() => { sojourn.reset(); sojourn.track("sign_up") })`,
    );
    const all = await stage.arrivals(3);
    const byKind = Object.fromEntries(
      stage.recorder.requests.flatMap(({ beacon }) =>
        (beacon?.touchpoints ?? []).map(({ kind }) => [kind, beacon?.visitor]),
      ),
    );
    expect(byKind.login).toBe(byKind.page_view);
    expect(byKind.sign_up).not.toBe(byKind.login);
    expect(all[2]).toMatchObject({ kind: "sign_up", visit: true });
  });

  test("forget wipes the browser's part, also what waits", async () => {
    const page = await visit();
    await stage.arrivals(1);
    stage.recorder.mood = { status: 503 };
    await page.evaluate(`sojourn.track("login")`);
    await pause(600);
    await page.evaluate(`sojourn.forget()`);
    expect((await stored(page)).local).toEqual([]);
    stage.recorder.mood = "store";
    await page.reload();
    await stage.arrivals(2);
    await pause(3_000);
    expect(stage.kinds()).toEqual(["page_view", "page_view"]);
    expect(new Set(visitors().filter(Boolean)).size).toBeGreaterThan(1);
  });

  test("a cookie of the whole domain makes subdomains one visitor", async () => {
    stage = await openStage({ "/": { tag: `data-cookie-domain="shop.example"` } });
    complaints = [];
    const port = Number(new URL(stage.site).port);
    const own = await launchChromium({ hosts: { "www.shop.example": port, "blog.shop.example": port } });
    try {
      context = await own.newContext();
      const page = await context.newPage();
      await page.goto("http://www.shop.example/");
      await stage.arrivals(1);
      await page.goto("http://blog.shop.example/");
      await stage.arrivals(2);
      expect(new Set(visitors()).size).toBe(1);
      await page.evaluate(`sojourn.forget()`);
      expect(await page.evaluate("document.cookie")).toBe("");
    } finally {
      await own.close();
    }
  });

  test("with data-cookie the collector's own cookies travel with each beacon; otherwise none do", async () => {
    const pages: Record<string, SitePage> = {};
    stage = await openStage(pages);
    complaints = [];
    const portOf = (origin: string) => Number(new URL(origin).port);
    const own = await launchChromium({
      hosts: {
        "www.shop.example": portOf(stage.site),
        "stats.shop.example": portOf(stage.recorder.origin),
      },
    });
    const tag = (attributes: string) => ({
      markup: `<script src="/sojourn.js" data-site="shop" data-endpoint="http://stats.shop.example" ${attributes}></script>`,
    });
    pages["/with"] = tag(`data-cookie data-cookie-domain="shop.example"`);
    pages["/without"] = tag("");
    try {
      context = await own.newContext();
      await context.addCookies([
        { name: "sj_v", value: "from-the-collector", domain: ".shop.example", path: "/" },
      ]);
      const page = await context.newPage();
      await page.goto("http://www.shop.example/with");
      await stage.arrivals(1);
      await page.goto("http://www.shop.example/without");
      await stage.arrivals(2);
      expect(stage.recorder.requests.map(({ cookies }) => cookies)).toEqual([
        "sj_v=from-the-collector",
        undefined,
      ]);
      expect(visitors()[0]).toBe("from-the-collector");
    } finally {
      await own.close();
    }
  });

  test("a link with #sojourn-own=yes marks own traffic until it is taken back", async () => {
    const page = await visit({}, "/#sojourn-own=yes");
    await stage.arrivals(1);
    await page.goto(`${stage.site}/two`);
    await stage.arrivals(2);
    await page.goto(`${stage.site}/three#sojourn-own=`);
    await stage.arrivals(3);
    expect(stage.recorder.requests.map(({ beacon }) => beacon?.own)).toEqual([true, true, undefined]);
  });
});

describe("the global", () => {
  const STUB = `<script>window.sojourn ||= (...call) => { (sojourn.q ||= []).push(call) }</script>`;

  test("early calls are kept by a one-line stub and replayed", async () => {
    const head = `${STUB}<script>sojourn("identify", "c-1"); sojourn("track", "add_to_cart", { value: 1 })</script>`;
    await visit({ "/": { head } });
    await stage.arrivals(3);
    expect(stage.kinds()).toEqual(["page_view", "identify", "add_to_cart"]);
  });

  test("an early call can withhold consent before anything is stored", async () => {
    const page = await visit({ "/": { head: `${STUB}<script>sojourn("consent", "pending")</script>` } });
    await pause(LONG_ENOUGH_MS);
    expect(stage.recorder.requests).toEqual([]);
    expect(await stored(page)).toEqual({ local: [], cookies: "", databases: [] });
  });

  test("global name and beacon path are the operator's choice", async () => {
    const page = await visit({ "/": { tag: `data-global="kettle" data-path="/in/here"` } });
    await page.evaluate(`kettle.track("login")`);
    await stage.arrivals(2);
    expect(await page.evaluate("typeof sojourn")).toBe("undefined");
  });

  test("a tag that stands on the page twice counts once", async () => {
    const page = await visit();
    await page.evaluate(() => {
      const first = document.querySelector("script") as HTMLScriptElement;
      const second = document.createElement("script");
      for (const { name, value } of first.attributes) second.setAttribute(name, value);
      document.head.append(second);
    });
    await stage.arrivals(1);
    await pause(LONG_ENOUGH_MS);
    expect(stage.kinds()).toEqual(["page_view"]);
  });

  test("an element whose id is the global's name is not in the way", async () => {
    const page = await visit({ "/": { body: `<div id="sojourn"></div>` } });
    await page.evaluate(`sojourn.track("login")`);
    await stage.arrivals(2);
  });
});

describe("debug mode", () => {
  test("says what was recorded, sent, refused and why; without it the console stays empty", async () => {
    const page = await visit({ "/quiet": {}, "/": { tag: "data-debug" } }, "/quiet");
    const told: string[] = [];
    page.on("console", (message) => told.push(message.text()));
    await page.evaluate(`sojourn.track("login")`);
    await stage.arrivals(2);
    expect(told).toEqual([]);
    await page.goto(stage.site);
    stage.recorder.mood = { status: 422 };
    await page.evaluate(`sojourn.track("login")`);
    await until(() => told.some((line) => line.includes("dropped")), 8_000);
    expect(told.some((line) => /page_view granted/.test(line))).toBe(true);
    expect(told.some((line) => /422/.test(line))).toBe(true);
  });
});

describe("markup", () => {
  test("clicks and submitted forms record what their attributes say, and go on as before", async () => {
    const body = `
      <button data-sojourn="add_to_cart" data-sojourn-value="12.50" data-sojourn-items='[{"id":"K1","price":"12.50"}]'>
        <b>In the cart</b></button>
      <form data-sojourn="newsletter_signup" data-sojourn-list="weekly" action="/thanks"><input name="q"><input type="submit"></form>
      <a data-sojourn="review" data-sojourn-rating="5" data-sojourn-props='{"from":"link"}' href="#x">rate</a>`;
    const page = await visit({ "/": { body } });
    await page.click("b");
    await page.click("a");
    await page.click("input[name=q]");
    await page.press("input[name=q]", "Enter");
    await page.waitForURL("**/thanks**");
    const all = await stage.arrivals(5);
    expect(all.slice(0, 4)).toMatchObject([
      { kind: "page_view" },
      { kind: "add_to_cart", value: "12.50", items: [{ id: "K1", price: "12.50" }] },
      { kind: "review", rating: 5, props: { from: "link" } },
      { kind: "newsletter_signup", list: "weekly" },
    ]);
  });
});

describe("GA4 bridge", () => {
  const tag = "data-ga4";
  const GTAG = `window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }`;
  const ITEMS = `[{ item_id: "K1", item_name: "Kettle", price: 39.9, quantity: 2 }]`;

  test("reads past and future pushes, objects and gtag calls", async () => {
    const head = `<script>${GTAG}
      dataLayer.push({ event: "view_item", ecommerce: { currency: "EUR", items: ${ITEMS} } });
      gtag("js", new Date()); gtag("event", "page_view", {});</script>`;
    const page = await visit({ "/": { tag, head } });
    await page.evaluate(
      `gtag("event", "purchase", { transaction_id: "T-1", value: 79.8, currency: "EUR", items: ${ITEMS} })`,
    );
    const all = await stage.arrivals(3);
    expect(all).toMatchObject([
      { kind: "page_view" },
      { kind: "view_item", currency: "EUR", items: [{ id: "K1", name: "Kettle", price: 39.9, quantity: 2 }] },
      { kind: "purchase", order: "T-1", value: 79.8, currency: "EUR" },
    ]);
  });

  test("reads a gtag call that has a name only", async () => {
    const page = await visit({ "/": { tag, head: `<script>${GTAG}</script>` } });
    await page.evaluate(`gtag("event", "begin_checkout")`);
    await stage.arrivals(2);
    expect(stage.kinds()).toEqual(["page_view", "begin_checkout"]);
  });

  test("keeps the name of the list items were shown in", async () => {
    const page = await visit({ "/": { tag } });
    await page.evaluate(`
      dataLayer.push({ event: "view_item_list", ecommerce: { item_list_name: "Kettles", items: ${ITEMS} } });
      dataLayer.push({ ecommerce: null });
      dataLayer.push({ event: "view_item_list", ecommerce: { items: [{ item_id: "K1", item_list_name: "Cups" }] } });
      dataLayer.push({ ecommerce: null });
      dataLayer.push({ event: "view_cart", ecommerce: {} });`);
    const all = await stage.arrivals(4);
    expect(all.map(({ kind, list }) => [kind, list])).toEqual([
      ["page_view", undefined],
      ["view_item_list", "Kettles"],
      ["view_item_list", "Cups"],
      ["view_cart", undefined],
    ]);
  });

  test("ecommerce stays for later events until it is pushed as null", async () => {
    const page = await visit({ "/": { tag } });
    await page.evaluate(`
      dataLayer.push({ ecommerce: { currency: "EUR", value: 10 } });
      dataLayer.push({ event: "add_to_cart", ecommerce: { items: ${ITEMS} } });
      dataLayer.push({ ecommerce: null });
      dataLayer.push({ event: "view_cart", ecommerce: { items: ${ITEMS} } });`);
    const [, added, viewed] = await stage.arrivals(3);
    expect(added).toMatchObject({ kind: "add_to_cart", value: 10, currency: "EUR" });
    expect(viewed).not.toHaveProperty("value");
  });

  test("refuses Universal Analytics' shape and refunds of items without a value", async () => {
    const page = await visit({ "/": { tag } });
    await page.evaluate(`
      dataLayer.push({ event: "purchase", ecommerce: { purchase: { actionField: { id: "U" }, products: [{ id: "K1" }] } } });
      dataLayer.push({ ecommerce: null });
      dataLayer.push({ event: "refund", ecommerce: { transaction_id: "T-1", items: ${ITEMS} } });
      dataLayer.push({ ecommerce: null });
      dataLayer.push({ event: "refund", ecommerce: { transaction_id: "T-2" } });`);
    await stage.arrivals(2);
    await pause(LONG_ENOUGH_MS);
    expect(stage.kinds()).toEqual(["page_view", "refund"]);
  });

  test("leaves the page's array as it is", async () => {
    const page = await visit({ "/": { tag, head: `<script>${GTAG} dataLayer.push({ a: 1 })</script>` } });
    await stage.arrivals(1);
    const seen = await page.evaluate(`({
      answer: dataLayer.push({ b: 2 }, 3, "text", null), keys: Object.keys(dataLayer), json: JSON.stringify(dataLayer),
    })`);
    expect(seen).toEqual({
      answer: 5,
      keys: ["0", "1", "2", "3", "4"],
      json: '[{"a":1},{"b":2},3,"text",null]',
    });
  });

  test("finds a data layer that was replaced later, and reads no entry twice", async () => {
    const page = await visit({ "/": { tag } });
    await page.evaluate(`
      dataLayer.push({ event: "view_cart" });
      window.dataLayer = [...dataLayer, { event: "begin_checkout" }];`);
    await page.mouse.click(5, 5);
    await stage.arrivals(3);
    await pause(LONG_ENOUGH_MS);
    expect(stage.kinds()).toEqual(["page_view", "view_cart", "begin_checkout"]);
  });
});
