/**
 * Whether everybody can use the page: axe-core finds nothing in any page or state, in both themes, wide and narrow.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, type Look, openDemo } from "./demo.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;

let demo: Demo;
let person: string;
beforeAll(async () => {
  demo = await openDemo(["--days", "60", "--seed", "7"]);
  const people = await demo.api<{ rows: { id: string }[] }>(
    "/api/v1/people?site=shop&stage=retention&limit=1",
  );
  person = people.rows[0]!.id;
});
afterAll(() => demo?.close());

interface State {
  name: string;
  address: () => string;
  isStranger?: boolean;
  /** Brings the page into the state. */
  act?: (page: Page) => Promise<unknown>;
}

const problem = (status: number, code: string) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ status, code, title: "Busy" }),
});

const STATES: readonly State[] = [
  { name: "overview", address: () => "/" },
  { name: "overview, filtered", address: () => "/?channel=Email&credit=first&stage.not=lapsed" },
  { name: "overview, nothing found", address: () => "/?channel=Nonsense" },
  { name: "overview in German", address: () => "/?lang=de&by=campaign&measure=revenue&every=week" },
  { name: "overview in Danish, of a year", address: () => "/?lang=da&period=12m&compare=year" },
  {
    name: "menus open",
    address: () => "/",
    act: async (page) => {
      for (const menu of await page.locator(".bar details").all()) {
        await menu.evaluate((box: HTMLDetailsElement) => {
          box.open = true;
        });
      }
    },
  },
  { name: "shortcuts", address: () => "/", act: (page) => page.keyboard.press("?") },
  {
    name: "loading",
    address: () => "/settings",
    act: async (page) => {
      await page.route(/\/api\/v1\/(kpis|flow|cohorts|funnel|findings|stages\/series|sources)/, () => {});
      await page.goto(`${demo.url}/`);
      await page.waitForTimeout(2_300);
    },
  },
  {
    name: "all panels failed",
    address: () => "/settings",
    act: async (page) => {
      await page.route(/\/api\/v1\/(kpis|flow|cohorts|funnel|findings|stages\/series|sources)/, (route) =>
        route.fulfill(problem(503, "store_busy")),
      );
      await page.goto(`${demo.url}/`);
      await page.getByText("store_busy").first().waitFor();
    },
  },
  {
    name: "one panel failed",
    address: () => "/settings",
    act: async (page) => {
      await page.route(/\/api\/v1\/flow/, (route) => route.fulfill(problem(503, "store_busy")));
      await page.goto(`${demo.url}/`);
      await page.getByText("store_busy").first().waitFor();
    },
  },
  {
    name: "no visitor yet",
    address: () => "/settings",
    act: async (page) => {
      await page.route(/\/api\/v1\/stages\?/, async (route) => {
        const answer = (await (await route.fetch()).json()) as { total: number };
        await route.fulfill({ json: { ...answer, total: 0 } });
      });
      await page.goto(`${demo.url}/`);
      await page.getByText("Waiting for the first visit").waitFor();
    },
  },
  { name: "signed out", address: () => "/", isStranger: true },
  { name: "journeys", address: () => "/journeys" },
  {
    name: "journeys, behind a figure",
    address: () => "/journeys?within.channel=Email&conversion=first_order",
  },
  { name: "journeys, touch by touch", address: () => "/journeys?within.channel=Referral&show=touches" },
  {
    name: "overview, compared with own dates",
    address: () => "/?compare=custom&compareFrom=2026-10-01&compareTo=2026-10-07",
  },
  { name: "people", address: () => "/people?stage=conversion" },
  { name: "people, about to fall quiet", address: () => "/people?list=lapsing" },
  { name: "people, left a cart", address: () => "/people?list=carts" },
  { name: "people of a finding", address: () => "/people?finding=second_order_overdue" },
  { name: "a person", address: () => `/people/${person}` },
  {
    name: "erasing",
    address: () => `/people/${person}`,
    act: (page) => page.getByRole("button", { name: "Erase" }).click(),
  },
  { name: "segments", address: () => "/segments" },
  {
    name: "settings: channels, tested and with what a rule would move",
    address: () => "/settings/channels",
    act: async (page) => {
      await page.getByRole("button", { name: "Test", exact: true }).click();
      await page.locator("[data-verdict]").waitFor();
      await page.locator("#rule-value").fill("newsletter");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("All rules as JSON").click();
      await page.getByRole("button", { name: "See what would move" }).click();
      await page.locator("[data-moved]").waitFor();
    },
  },
  {
    name: "settings: a model that cannot be read, then one that is counted",
    address: () => "/settings/models",
    act: async (page) => {
      await page.getByText("The same as JSON").click();
      const text = page.locator("#model-text");
      const standing = await text.inputValue();
      await text.fill("{");
      await page.locator("[role=alert]").waitFor();
      await text.fill(`${standing} `);
      await page.locator("[data-preview]").waitFor();
    },
  },
  {
    name: "settings: a key that was just made",
    address: () => "/settings/keys",
    act: async (page) => {
      await page.locator("#key-name").fill("For a look");
      await page.getByRole("button", { name: "Make a key" }).click();
      await page.locator("[data-secret]").waitFor();
    },
  },
  ...["snippet", "site", "channels", "models", "traffic", "costs", "keys", "sharing", "data"].map(
    (section) => ({
      name: `settings: ${section}`,
      address: () => `/settings/${section}`,
    }),
  ),
];

/** Rules broken, with the elements that break them. */
async function broken(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run(options: object): Promise<AxeAnswer> } }).axe;
    const answer = await axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return answer.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map((n) => n.html.slice(0, 160))
          .join(" | ")}`,
    );
  });
}
interface AxeAnswer {
  violations: { id: string; nodes: { html: string }[] }[];
}

const settled = async (page: Page): Promise<void> => {
  await page.locator("main").waitFor();
  await page.waitForTimeout(300);
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null, undefined, {
    timeout: 15_000,
  });
};

describe.each(["light", "dark"] as const)("in %s", (theme) => {
  test.each(STATES.map((state) => [state.name, state] as const))(
    "%s breaks no rule of axe and scrolls sideways nowhere, wide and narrow",
    async (name, state) => {
      const look: Look = { ...SIZES.wide, theme, ...(state.isStranger ? { isStranger: true } : {}) };
      const page = await demo.open(state.address(), look);
      if (state.act === undefined || name !== "loading") await settled(page);
      await state.act?.(page);
      await page.evaluate(AXE);
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        await page.waitForTimeout(150);
        expect([size, await broken(page)]).toEqual([size, []]);
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect([size, overhang <= 0]).toEqual([size, true]);
      }
      await page.context().close();
    },
  );
});
