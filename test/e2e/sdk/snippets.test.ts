/**
 * The snippets people paste, run as they stand: only the collector's address is replaced by the test's own.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { createContext, runInContext } from "node:vm";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import type { Browser, Page } from "playwright-core";
import { rollup } from "rollup";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchChromium } from "../../browsers.ts";
import type { Page as SitePage } from "./site.ts";
import { openStage, type Stage } from "./stage.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const read = (name: string) => readFileSync(path.join(ROOT, "examples/snippets", name), "utf8");

let browser: Browser;
let stage: Stage;
let page: Page;
let pages: Record<string, SitePage>;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  pages = { "/plain": { tag: false }, "/thanks": { tag: false } };
  stage = await openStage(pages);
  page = await (await browser.newContext()).newPage();
});
afterEach(async () => {
  await page.context().close();
  await stage.close();
});

/** A page of the site whose whole markup is this; the script of the snippet comes from the test's site. */
async function show(markup: string): Promise<void> {
  pages["/shown"] = { markup };
  await page.goto(`${stage.site}/shown`);
}
const here = (text: string) =>
  text
    .replace(
      /src="https:\/\/stats\.shop\.example\/sojourn\.js"/,
      `src="/sojourn.js" data-endpoint="${stage.recorder.origin}"`,
    )
    .replaceAll("https://stats.shop.example/sojourn.js", `${stage.site}/sojourn.js`)
    .replaceAll("https://stats.shop.example", stage.recorder.origin);

describe("snippets", () => {
  test("script tag: page view, early call, markup of button and form", async () => {
    await show(here(read("script-tag.html")));
    await page.click("text=Put in the cart");
    await page.fill("input", "ada@example.com");
    await page.click("text=Send me the letter");
    await page.waitForURL("**/thanks**");
    const all = await stage.arrivals(4);
    expect(all).toMatchObject([
      { kind: "page_view" },
      { kind: "purchase", order: "A-1001", value: "39.90", currency: "EUR" },
      { kind: "add_to_cart", items: [{ id: "K1", name: "Heron kettle", price: "39.90", quantity: 1 }] },
      { kind: "newsletter_signup", list: "weekly" },
    ]);
    expect(JSON.stringify(stage.recorder.requests)).not.toContain("ada@");
  });

  test("npm: a bundle starts by itself and reports an order", async () => {
    const bundle = await rollup({
      input: path.join(ROOT, "examples/snippets/npm.js"),
      plugins: [nodeResolve({ rootDir: ROOT })],
    });
    const { output } = await bundle.generate({ format: "iife", name: "shop" });
    await page.goto(`${stage.site}/plain`);
    await page.evaluate(
      `${here(output[0].code)}; shop.orderPlaced({ number: "A-1", total: "5.00", currency: "EUR" })`,
    );
    expect(await stage.arrivals(2)).toMatchObject([
      { kind: "page_view" },
      { kind: "purchase", order: "A-1", value: "5.00" },
    ]);
  });

  test("Next.js: does nothing on the server, starts once in the browser, and counts client transitions", async () => {
    const environment: Record<string, string> = {
      NEXT_PUBLIC_SOJOURN_SITE: "shop",
      NEXT_PUBLIC_SOJOURN_ENDPOINT: stage.recorder.origin,
    };
    const bundle = await rollup({
      input: path.join(ROOT, "examples/snippets/nextjs.jsx"),
      plugins: [
        nodeResolve({ rootDir: ROOT }),
        {
          // As Next.js does: public settings are written into the code, and "use client" is its own business.
          name: "next",
          transform: (code) =>
            code
              .replace('"use client";', "")
              .replace(/process\.env\.(\w+)/g, (_, name: string) => JSON.stringify(environment[name])),
        },
      ],
    });
    const { code } = (await bundle.generate({ format: "iife", name: "layout" })).output[0];
    const onServer: unknown = runInContext(
      `${code}; layout.sojourn.track("login"); layout.Sojourn()`,
      createContext({ URL, crypto, performance }),
    );
    expect(onServer).toBeNull();
    expect(stage.recorder.requests).toEqual([]);
    await page.goto(`${stage.site}/plain`);
    expect(
      await page.evaluate(`${code}; history.pushState({}, "", "/plain/two"); layout.Sojourn()`),
    ).toBeNull();
    expect(await stage.arrivals(2)).toMatchObject([
      { kind: "page_view", url: `${stage.site}/plain` },
      { kind: "page_view", url: `${stage.site}/plain/two` },
    ]);
  });

  test("WooCommerce: what it prints is a tag with its stub, and a purchase with fields of ours", async () => {
    const php = read("woocommerce.php");
    // The text of each printf, its pieces joined as PHP joins them.
    const printed = [...php.matchAll(/printf\(\s*((?:'[^']*'[\s.]*)+)/g)].map(([, pieces = ""]) =>
      [...pieces.matchAll(/'([^']*)'/g)].map(([, piece]) => piece).join(""),
    );
    expect(printed).toHaveLength(2);
    const [tag = "", thanks = ""] = printed;
    const keysOf = (name: string) =>
      [...(php.split(`$${name} = [`)[1]?.split("];")[0] ?? "").matchAll(/'(\w+)'\s*=>/g)].map(
        ([, key]) => key,
      );
    const purchase = { order: "1001", value: "59.90", tax: "9.56", shipping: "4.90", currency: "EUR" };
    const item = { id: "K1", name: "Heron </script> kettle", price: "27.50", quantity: 2 };
    expect(keysOf("purchase").sort()).toEqual([...Object.keys(purchase), "items"].sort());
    expect(keysOf("items[]")).toEqual(Object.keys(item));
    // As wp_json_encode does with JSON_HEX_TAG and JSON_HEX_AMP.
    expect(php).toContain("JSON_HEX_TAG | JSON_HEX_AMP");
    const json = JSON.stringify({ ...purchase, items: [item] }).replace(
      /[<>&]/g,
      (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
    );
    const settings = ["https://stats.shop.example", "shop"];
    const head = here(tag.replace(/%s/g, () => settings.shift() ?? ""));
    await show(`<head>${head}</head><body>${thanks.replace("%s", () => json)}</body>`);
    expect(await stage.arrivals(2)).toMatchObject([
      { kind: "page_view", visit: true },
      { kind: "purchase", ...purchase, items: [item] },
    ]);
  });

  test("Google Tag Manager: the inserted tag reads the data layer", async () => {
    await show(
      `<script>dataLayer = [{ event: "purchase", ecommerce: { transaction_id: "T-1", value: 5, currency: "EUR" } }]</script>
      ${here(read("google-tag-manager.html")).replace(
        `script.setAttribute("data-ga4", "");`,
        `script.setAttribute("data-ga4", ""); script.setAttribute("data-endpoint", "${stage.recorder.origin}");`,
      )}`,
    );
    expect(await stage.arrivals(2)).toMatchObject([
      { kind: "page_view" },
      { kind: "purchase", order: "T-1" },
    ]);
  });

  test("Shopify pixel: a completed checkout is reported under the storefront's visitor, with consent only", async () => {
    const checkout = {
      order: { id: "5001" },
      totalPrice: { amount: 59.9 },
      currencyCode: "EUR",
      lineItems: [{ quantity: 2, title: "Heron", variant: { id: "7", sku: "K1", price: { amount: 29.95 } } }],
    };
    const event = {
      id: "sh-6d5f9c1e-0000-4000-8000-000000000001",
      name: "checkout_completed",
      timestamp: "2026-11-22T10:00:00.000Z",
      data: { checkout },
      context: { document: { location: { href: "https://shop.example/checkouts/1/thank-you" } } },
    };
    const play = async (isAllowed: boolean) => {
      const listeners = new Map<string, (event: unknown) => Promise<void>>();
      runInContext(
        here(read("shopify-pixel.js")),
        createContext({
          fetch,
          init: { customerPrivacy: { analyticsProcessingAllowed: isAllowed } },
          browser: { localStorage: { getItem: async () => "visitor-of-the-storefront" } },
          analytics: {
            subscribe: (name: string, listener: (event: unknown) => Promise<void>) =>
              listeners.set(name, listener),
          },
        }),
      );
      await listeners.get("checkout_completed")?.(event);
    };
    await play(false);
    expect(stage.recorder.requests).toEqual([]);
    await play(true);
    expect(stage.recorder.requests[0]?.beacon).toMatchObject({
      v: 1,
      site: "shop",
      visitor: "visitor-of-the-storefront",
      touchpoints: [
        {
          id: event.id,
          at: Date.parse(event.timestamp),
          kind: "purchase",
          order: "5001",
          value: "59.9",
          currency: "EUR",
          items: [{ id: "K1", name: "Heron", price: "29.95", quantity: 2 }],
        },
      ],
    });
  });
});
