/**
 * The pages as a screen reader hears them: Chromium's accessibility tree, read from top to bottom.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, openDemo } from "./demo.ts";

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo(["--days", "40", "--seed", "3"]);
});
afterAll(() => demo?.close());

interface Spoken {
  role: string;
  name: string;
  depth: number;
}

interface AxNode {
  nodeId: string;
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
  childIds?: string[];
}

/** What is announced, in the order it is read; the inside of a piece of text is left out. */
async function heard(page: Page): Promise<Spoken[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send("Accessibility.getFullAXTree")) as unknown as { nodes: AxNode[] };
  await session.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const spoken: Spoken[] = [];
  const read = (node: AxNode, depth: number): void => {
    const role = node.role?.value ?? "";
    if (!node.ignored && !/^(none|generic|InlineTextBox)$/.test(role)) {
      spoken.push({ role, name: node.name?.value ?? "", depth });
    }
    for (const id of node.childIds ?? []) {
      const child = byId.get(id);
      if (child !== undefined) read(child, depth + 1);
    }
  };
  read(nodes[0]!, 0);
  return spoken;
}

const open = async (address: string): Promise<{ page: Page; all: Spoken[] }> => {
  const page = await demo.open(address);
  await page.locator("main").waitFor();
  await page.waitForTimeout(400);
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
  return { page, all: await heard(page) };
};

const namesOf = (all: readonly Spoken[], role: string): string[] =>
  all.filter((one) => one.role === role).map(({ name }) => name);

/** Roles that say nothing without a name. */
const NAMED =
  /^(button|link|textbox|searchbox|combobox|checkbox|spinbutton|heading|table|figure|img|region|form)$/;

const PAGES = [
  "/",
  "/?channel=Email",
  "/journeys",
  "/people",
  "/segments",
  "/settings/models",
  "/settings/channels",
  "/settings/costs",
];

describe.each(PAGES)("%s", (address) => {
  test("has one first heading, landmarks in order, and a name for everything one can use", async () => {
    const { page, all } = await open(address);
    const nameless = all.filter(({ role, name }) => NAMED.test(role) && name.trim() === "");
    expect(nameless).toEqual([]);
    const landmarks = all.map(({ role }) => role).filter((role) => /^(banner|main|navigation)$/.test(role));
    expect(landmarks.indexOf("banner")).toBeLessThan(landmarks.indexOf("main"));
    expect(landmarks.filter((role) => role === "main")).toHaveLength(1);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    // The first thing one can reach skips everything that is on every page.
    expect(namesOf(all, "link")[0]).toBe("Skip to the numbers");
    await page.context().close();
  });

  test("says no name twice for different controls of one panel", async () => {
    const { page, all } = await open(address);
    const named = all.filter(({ role, name }) => role === "button" && /^(CSV|⋯|↑|↓|✕)$/.test(name));
    expect(named).toEqual([]);
    await page.context().close();
  });
});

describe("the overview", () => {
  test("tells sentence, figures, path and tables in the order one sees them, with their numbers", async () => {
    const { page, all } = await open("/");
    const text = all.map(({ name }) => name).join("\n");
    const places = [
      "became customers",
      "Key figures",
      "The path",
      "Where customers come from",
      "Gained and lost, by day",
      "Do they come back?",
      "From product to order",
      "Worth a look",
      "Data health",
    ].map((part) => text.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);

    // A figure is one button that says what it is, how much, and how that changed.
    const { figures } = await demo.api<{ figures: Record<string, { value: number }> }>(
      "/api/v1/kpis/headline?site=shop&compare=previous",
    );
    const visitors = namesOf(all, "button").find((name) => name.startsWith("Visitors"));
    expect(visitors).toContain(figures.visitors!.value.toLocaleString("en-GB"));
    expect(visitors).toMatch(/[+−] ?[\d.]+%/);
    await page.context().close();
  });

  test("tells every chart as a table with headings, and the stages as buttons with their people", async () => {
    const { page, all } = await open("/");
    const tables = namesOf(all, "table");
    expect(tables.length).toBeGreaterThanOrEqual(4);
    expect(tables.every((name) => name.trim() !== "")).toBe(true);
    expect(new Set(tables).size).toBe(tables.length);
    expect(all.filter(({ role }) => role === "columnheader").length).toBeGreaterThan(15);
    expect(all.filter(({ role }) => role === "rowheader").length).toBeGreaterThan(20);
    const { stages } = await demo.api<{ stages: { people: number; labels: { en: string } }[] }>(
      "/api/v1/stages?site=shop",
    );
    const buttons = namesOf(all, "button");
    for (const { people, labels } of stages) {
      const card = buttons.find(
        (name) => name.includes(labels.en) && name.includes(people.toLocaleString("en-GB")),
      );
      expect([labels.en, card !== undefined]).toEqual([labels.en, true]);
    }
    // What is drawn is not read out point by point beside its table.
    expect(all.filter(({ role }) => role === "SvgRoot" || role === "graphics-symbol")).toEqual([]);
    await page.context().close();
  });

  test("says news by itself: the sentence after a filter, and that something was copied", async () => {
    const { page } = await open("/");
    const live = page.locator("[aria-live=polite], [role=status]");
    expect(await live.count()).toBeGreaterThan(0);
    await page.locator("[data-panel=sources] [data-value=Email]").click();
    await expect.poll(() => page.locator(".lead[aria-live=polite]").textContent()).toContain("Email");
    await page.context().close();
  });
});
