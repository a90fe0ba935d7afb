/**
 * The helpers that carry a visitor into carts and forms, in a real Chromium, against a shop on loopback.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { rollup } from "rollup";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchChromium } from "../../browsers.ts";
import { openRecorder, type Recorder } from "./recorder.ts";
import { pause, until } from "./scenarios.ts";

const DIST = path.join(import.meta.dirname, "../../../packages/sdk/dist");
/** Longer than the helpers take: what has not come by then was not sent. */
const LONG_ENOUGH_MS = 700;

/** What a shop was told about its carts. */
interface Shop {
  origin: string;
  /** Bodies of writes to the cart, with the cart they were for. */
  writes: { path: string; cart: string; attributes: unknown }[];
  /** How often the storefront was asked for its carts. */
  asked: number;
  /** Id of the storefront's cart; undefined: there is none. */
  cart: string | undefined;
  status: number;
  tags: string;
  server: Server;
}

async function openShop(): Promise<Shop> {
  let carts = 0;
  const shop: Shop = {
    origin: "",
    writes: [],
    asked: 0,
    cart: undefined,
    status: 200,
    tags: "",
    server: undefined!,
  };
  shop.server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://shop");
    const script = /^\/(sojourn(?:\.shops)?\.js|bundle\.js)$/.exec(pathname)?.[1];
    if (script !== undefined) {
      const code = script === "bundle.js" ? bundle : readFileSync(path.join(DIST, script));
      response.writeHead(200, { "content-type": "text/javascript" }).end(code);
    } else if (pathname.endsWith("/cart/update.js")) {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const known = /cart=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
        carts += known === undefined ? 1 : 0;
        const cart = known ?? `cart-${carts}`;
        const { attributes } = JSON.parse(body) as { attributes: unknown };
        shop.writes.push({ path: pathname, cart, attributes });
        response.writeHead(shop.status, { "set-cookie": `cart=${cart}; path=/` }).end("{}");
      });
    } else if (pathname === "/api/storefront/carts") {
      shop.asked += 1;
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(shop.cart === undefined ? [] : [{ id: shop.cart }]));
    } else if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
    } else {
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8" })
        .end(
          `<!doctype html><title>shop</title>${shop.tags}<button>Yes</button>` +
            `<a id="form" href="https://form.typeform.com/to/lT4Z3j?typeform-source=x#a=b">form</a>` +
            `<a id="other" href="/other">other</a>`,
        );
    }
  });
  await new Promise<void>((resolve) => shop.server.listen(0, "127.0.0.1", resolve));
  shop.origin = `http://127.0.0.1:${(shop.server.address() as AddressInfo).port}`;
  return shop;
}

/** The npm way: what a bundler makes of both entries. */
async function bundled(): Promise<string> {
  const entry = "\0entry";
  const built = await rollup({
    input: entry,
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) =>
          id === entry
            ? `import { start } from ${JSON.stringify(path.join(DIST, "index.js"))};
               import * as shops from ${JSON.stringify(path.join(DIST, "shops.js"))};
               Object.assign(window, { start, shops });`
            : null,
      },
      nodeResolve(),
    ],
  });
  return (await built.generate({ format: "iife" })).output[0].code;
}

let bundle: string;
let browser: Browser;
let context: BrowserContext;
let recorder: Recorder;
let shop: Shop;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  browser = await launchChromium();
  bundle = await bundled();
});
afterAll(() => browser.close());
beforeEach(async () => {
  recorder = await openRecorder();
  shop = await openShop();
  context = await browser.newContext();
  complaints = [];
  context.on("weberror", (error) => complaints.push(error.error().message));
  page = await context.newPage();
});
afterEach(async () => {
  // Whatever a helper did: the page must never have noticed.
  expect(complaints).toEqual([]);
  await context.close();
  shop.server.closeAllConnections();
  shop.server.close();
  await recorder.stop();
});

/** Opens a page with the tracker and the helpers' script. */
async function visit(tracker: string, helpers: string, address = "/"): Promise<void> {
  shop.tags =
    `<script defer src="/sojourn.js" data-site="shop" data-endpoint="${recorder.origin}" ${tracker}></script>` +
    `<script defer src="/sojourn.shops.js" ${helpers}></script>`;
  await page.goto(shop.origin + address);
}
const visitor = () =>
  page.evaluate(() =>
    (window as unknown as { sojourn: { visitor(): string | undefined } }).sojourn.visitor(),
  );
const stored = () => page.evaluate(() => Object.keys(sessionStorage));

describe("shopifyCart", () => {
  test("writes the visitor into the cart once a visit, on however many pages", async () => {
    await visit("", "data-shopify-cart");
    expect(await until(() => shop.writes.length > 0, 5_000)).toBe(true);
    await page.goto(`${shop.origin}/two`);
    await page.click("button");
    await pause(LONG_ENOUGH_MS);
    expect(shop.writes).toEqual([
      { path: "/cart/update.js", cart: "cart-1", attributes: { sojourn_visitor: await visitor() } },
    ]);
  });

  test("writes again when there is a new cart, and keeps to the shop's own root", async () => {
    await page.addInitScript("window.Shopify = { routes: { root: '/de/' } }");
    await visit("", "data-shopify-cart");
    await page.waitForFunction(() => sessionStorage.getItem("sj_cart")?.endsWith("cart-1"));
    // The order took the cart with it.
    await context.clearCookies();
    await page.goto(`${shop.origin}/thanks`);
    expect(await until(() => shop.writes.length > 1, 5_000)).toBe(true);
    expect(shop.writes.map(({ path: to, cart }) => [to, cart])).toEqual([
      ["/de/cart/update.js", "cart-1"],
      ["/de/cart/update.js", "cart-2"],
    ]);
  });

  test("tries again on the next page when the shop refused", async () => {
    shop.status = 429;
    await visit("", "data-shopify-cart");
    await until(() => shop.writes.length > 0, 5_000);
    shop.status = 200;
    await page.goto(`${shop.origin}/two`);
    expect(await until(() => shop.writes.length > 1, 5_000)).toBe(true);
  });

  test.each([
    ["without an answer about consent", `data-consent="pending"`],
    ["without consent", `data-consent="denied"`],
    ["in cookieless mode", "data-cookieless"],
  ])("does and keeps nothing %s", async (_when, tracker) => {
    shop.cart = "c-9";
    await visit(tracker, "data-shopify-cart data-cart-alias data-typeform");
    await page.click("button");
    await page.evaluate(() => document.addEventListener("click", (event) => event.preventDefault()));
    await page.click("#form");
    await pause(LONG_ENOUGH_MS);
    expect(shop.writes).toEqual([]);
    expect(shop.asked).toBe(0);
    expect(await stored()).toEqual([]);
    expect(await page.getAttribute("#form", "href")).toBe(
      "https://form.typeform.com/to/lT4Z3j?typeform-source=x#a=b",
    );
  });

  test("begins with the click that gives consent", async () => {
    await visit(`data-consent="pending"`, "data-shopify-cart");
    await page.evaluate(() =>
      document.querySelector("button")!.addEventListener("click", () => {
        (window as unknown as { sojourn: { consent(answer: string): void } }).sojourn.consent("granted");
      }),
    );
    await pause(LONG_ENOUGH_MS);
    expect(shop.writes).toEqual([]);
    await page.click("button");
    expect(await until(() => shop.writes.length > 0, 5_000)).toBe(true);
    expect(shop.writes[0]!.attributes).toEqual({ sojourn_visitor: await visitor() });
  });

  test("does nothing on a page without the tracker", async () => {
    shop.tags = `<script defer src="/sojourn.shops.js" data-shopify-cart data-cart-alias data-typeform></script>`;
    await page.goto(shop.origin);
    await page.click("button");
    await pause(LONG_ENOUGH_MS);
    expect(shop.writes).toEqual([]);
  });
});

describe("typeformLink", () => {
  test("adds the hidden field to links to Typeform when they are followed, and to no others", async () => {
    await visit("", "data-typeform");
    await page.evaluate(() => document.addEventListener("click", (event) => event.preventDefault()));
    await page.click("#form");
    await page.click("#other");
    const id = await visitor();
    expect(await page.getAttribute("#form", "href")).toBe(
      `https://form.typeform.com/to/lT4Z3j?typeform-source=x#a=b&sojourn_visitor=${id}`,
    );
    expect(await page.getAttribute("#other", "href")).toBe("/other");
  });
});

describe("cartAlias", () => {
  const aliases = () => recorder.touchpoints().flatMap((t) => (t.kind === "identify" ? [t.aliases] : []));

  test("names BigCommerce's cart once, and the next cart too", async () => {
    await visit("", "data-cart-alias");
    await until(() => shop.asked > 0, 5_000);
    expect(aliases()).toEqual([]);
    shop.cart = "c-1";
    await page.goto(`${shop.origin}/two`);
    await until(() => aliases().length > 0, 5_000);
    await page.goto(`${shop.origin}/three`);
    await pause(LONG_ENOUGH_MS);
    shop.cart = "c-2";
    await page.goto(`${shop.origin}/four`);
    await until(() => aliases().length > 1, 5_000);
    expect(aliases()).toEqual([["cart:c-1"], ["cart:c-2"]]);
  });
});

test("from npm the helpers take the tracker that start answered", async () => {
  shop.tags = `<script defer src="/bundle.js"></script>`;
  await page.goto(shop.origin);
  const said = await page.evaluate(async (endpoint) => {
    const { start, shops } = window as unknown as {
      start: typeof import("@sojourn/sdk").start;
      shops: typeof import("@sojourn/sdk/shops");
    };
    const sojourn = start({ site: "shop", endpoint });
    return {
      visitor: sojourn.visitor(),
      link: shops.typeformLink("https://form.typeform.com/to/x", sojourn),
      noLink: shops.typeformLink("https://[", sojourn),
      isWritten: await shops.shopifyCart(sojourn),
      isWrittenAgain: await shops.shopifyCart(sojourn),
      isNamed: await shops.cartAlias("c-7", sojourn),
      isNamedAgain: await shops.cartAlias("c-7", sojourn),
      isNamedWithoutTracker: await shops.cartAlias("c-8"),
    };
  }, recorder.origin);
  expect(said).toEqual({
    visitor: expect.any(String),
    link: `https://form.typeform.com/to/x#sojourn_visitor=${said.visitor}`,
    noLink: "https://[",
    isWritten: true,
    isWrittenAgain: false,
    isNamed: true,
    isNamedAgain: false,
    isNamedWithoutTracker: false,
  });
});
