/** The example shop by itself: readable by everybody, on every screen, and in business when Sojourn is away. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newShopper } from "./shopper.ts";
import { openWorld, SHOP, type World } from "./world.ts";

const PAGES = [
  "",
  "kettles-and-cups",
  "heron",
  "harbour",
  "pebble",
  "morning",
  "journal",
  "cart",
  "checkout",
  "thanks",
];
const SCREENS = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
];

let world: World;

beforeAll(async () => {
  // Port 9 (discard) answers nobody: the collector is away.
  world = await openWorld(9);
});
afterAll(() => world.close());

/** What axe finds wrong with the page, as "rule: first element". */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate(() => {
    interface Found {
      violations: { id: string; nodes: { target: string[] }[] }[];
    }
    return (globalThis as unknown as { axe: { run(): Promise<Found> } }).axe.run();
  });
  return found.map((one) => `${one.id}: ${one.nodes[0]?.target.join(" ")}`);
}

describe("the example shop", () => {
  test.each(SCREENS)(
    "has no accessibility violation and no sideways scroll at $width pixels",
    async (viewport) => {
      const context = await world.browser.newContext({ viewport });
      const page = await context.newPage();
      for (const name of PAGES) {
        await page.goto(`${SHOP}/${name}`);
        expect(await violations(page), name).toEqual([]);
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overhang, name).toBeLessThanOrEqual(0);
      }
      await context.close();
    },
  );

  test("takes an order while the collector is away, and shows no error", async () => {
    const shopper = await newShopper(world.browser, "Ira");
    const errors: Error[] = [];
    shopper.page.on("pageerror", (error) => errors.push(error));
    await shopper.types("/heron");
    await shopper.putsInCart();
    await shopper.putsInCart();
    await shopper.checksOut("ira@mail.example");
    await shopper.pays();
    expect(await shopper.page.locator("[data-total]").textContent()).toBe("€178.00");
    expect(shopper.orders[0]).toMatch(/^KC-[0-9A-Z]{8}$/);
    expect(await shopper.page.locator("[data-cart-count]").textContent()).toBe("0");
    expect(errors).toEqual([]);
    await shopper.leaves();
  });
});
