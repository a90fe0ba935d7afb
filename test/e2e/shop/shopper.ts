/**
 * Somebody with a browser of their own who walks through the example shop and remembers what they did.
 *
 * What they remember is written by hand here, per act, from what a shop owner would expect to see; the walk then
 * compares it with what the collector says.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { SHOP } from "./world.ts";

/** One thing done, as the collector should know it. */
export interface Deed {
  kind: string;
  /** Path of the page where it happened. */
  at: string;
}

export interface Shopper {
  name: string;
  page: Page;
  /** Everything done so far, in order. */
  deeds: Deed[];
  /** Order numbers seen on the thank-you page, in order. */
  orders: string[];
  /** Types an address of the shop into the address bar. */
  types(address: string): Promise<void>;
  /** Finds a link to the shop on another site and follows it. */
  follows(origin: string, address: string): Promise<void>;
  /** Follows a link of the shop itself. */
  clicks(text: string, path: string): Promise<void>;
  looksAt(piece: string): Promise<void>;
  putsInCart(): Promise<void>;
  /** Keeps the piece for later. */
  wishes(): Promise<void>;
  subscribes(email: string): Promise<void>;
  /** From the cart to the payment provider's page. */
  checksOut(email: string): Promise<void>;
  /** From the payment provider's page back to the shop. */
  pays(): Promise<void>;
  reloads(): Promise<void>;
  /** Lets the browser's clock run ahead. */
  waits(ms: number): Promise<void>;
  /** The id under which the collector knows this browser. */
  visitor(): Promise<string>;
  leaves(): Promise<void>;
}

/** What the pages of the shop tell besides the page view, by path. */
const TOLD_ON_ARRIVAL: Readonly<Record<string, readonly string[]>> = {
  "/kettles-and-cups.html": ["view_item_list"],
  "/heron.html": ["view_item"],
  "/harbour.html": ["view_item"],
  "/pebble.html": ["view_item"],
  "/morning.html": ["view_item"],
  "/cart.html": ["view_cart"],
};

/**
 * Opens a browser profile nobody used before. `settled` resolves when the collector knows all of the shopper's deeds;
 * a clock that jumps while touchpoints are under way would only look like a wrong clock.
 */
export async function newShopper(
  browser: Browser,
  name: string,
  settled: (shopper: Shopper) => Promise<void> = async () => {},
): Promise<Shopper> {
  const context: BrowserContext = await browser.newContext({
    locale: "en-IE",
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  const deeds: Deed[] = [];
  const orders: string[] = [];
  let visitor: string | undefined;
  const does = (...kinds: string[]) => {
    const at = new URL(page.url()).pathname;
    for (const kind of kinds) deeds.push({ kind, at });
  };
  const arrives = async (path: string) => {
    await page.waitForURL((url) => url.origin === SHOP && url.pathname === path);
    await page.waitForLoadState("load");
    visitor = await page.evaluate(() => {
      // The early-call stub of the shop has no such call; it stays when the collector is away.
      return (globalThis as unknown as { sojourn: { visitor?(): string } }).sojourn.visitor?.();
    });
    does("page_view", ...(TOLD_ON_ARRIVAL[path] ?? []));
  };
  const click = async (name: string, path: string) => {
    await page.getByRole("link", { name }).first().click();
    await arrives(path);
  };
  const shopper: Shopper = {
    name,
    page,
    deeds,
    orders,
    async types(address) {
      await page.goto(SHOP + address);
      await arrives(new URL(address, SHOP).pathname);
    },
    async follows(origin, address) {
      await page.goto(`${origin}/search?q=kettle&to=${encodeURIComponent(SHOP + address)}`);
      await page.getByRole("link").click();
      await arrives(new URL(address, SHOP).pathname);
    },
    clicks: click,
    async looksAt(piece) {
      await click("Kettles & cups", "/kettles-and-cups.html");
      await click(piece, `/${piece.toLowerCase()}.html`);
    },
    async putsInCart() {
      await page.getByRole("button", { name: "Put in the cart" }).click();
      does("add_to_cart");
    },
    async wishes() {
      await page.getByRole("button", { name: "Keep for later" }).click();
      does("add_to_wishlist");
    },
    async subscribes(email) {
      await page.getByLabel("E-mail").fill(email);
      await page.getByRole("button", { name: "Send it to me" }).click();
      await page.getByText("The next letter leaves on Sunday").waitFor();
      does("newsletter_signup");
    },
    async checksOut(email) {
      await click("Cart", "/cart.html");
      await click("To the checkout", "/checkout.html");
      does("begin_checkout");
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("E-mail").fill(email);
      await page.getByLabel("Address").fill("1 Harbour Street\n1234 Kettlebury");
      does("identify", "add_payment_info");
      await page.getByRole("button", { name: "Pay" }).click();
      await page.waitForURL((url) => url.origin !== SHOP);
    },
    async pays() {
      await page.getByRole("button", { name: "Confirm payment" }).click();
      await arrives("/thanks.html");
      orders.push((await page.locator("[data-order]").textContent()) ?? "");
      does("purchase");
    },
    async reloads() {
      await page.reload();
      const { pathname } = new URL(page.url());
      await arrives(pathname);
      if (pathname === "/thanks.html") does("purchase");
    },
    async waits(ms) {
      await settled(shopper);
      const now = await page.evaluate(() => Date.now());
      await context.clock.setSystemTime(now + ms);
    },
    async visitor() {
      if (visitor === undefined) throw new Error(`${name} has met no tracker`);
      return visitor;
    },
    async leaves() {
      await settled(shopper);
      await context.close();
    },
  };
  return shopper;
}
