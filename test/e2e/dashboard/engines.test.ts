/**
 * The main paths in three engines: the page must not hang on one browser's habits.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENGINES, type Engine } from "../sdk/engines.ts";
import { type Demo, openDemo } from "./demo.ts";

const PATIENCE_MS = 20_000;

let demo: Demo;
beforeAll(async () => {
  demo = await openDemo(["--days", "40", "--seed", "5"]);
});
afterAll(() => demo?.close());

describe.each(Object.entries(ENGINES))("%s", (_name, openEngine) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
    await engine.goto(demo.signInLink());
  });
  afterAll(() => engine?.quit());

  /** What an expression gives in the page. */
  const read = <T>(expression: string): Promise<T> => engine.run(`return ${expression}`) as Promise<T>;
  const until = (expression: string) =>
    expect
      .poll(() => read(`Boolean(${expression})`), { timeout: PATIENCE_MS, message: expression })
      .toBe(true);
  const one = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})`;
  const withText = (selector: string, text: string): string =>
    `[...document.querySelectorAll(${JSON.stringify(selector)})].find((e) => e.textContent.includes(${JSON.stringify(text)}))`;
  const click = async (element: string, options = "{ bubbles: true, cancelable: true }"): Promise<void> => {
    await until(element);
    await engine.run(`(${element}).dispatchEvent(new MouseEvent("click", ${options}))`);
  };
  /** Types as far as the page can tell: the value is set and the page is told. */
  const type = async (selector: string, text: string): Promise<void> => {
    await until(one(selector));
    await engine.run(`const field = ${one(selector)};
      field.value = ${JSON.stringify(text)};
      field.dispatchEvent(new Event("input", { bubbles: true }))`);
  };
  const open = async (address: string): Promise<void> => {
    await engine.goto(demo.url + address);
    await until(`${one("main")} && !${one("[aria-busy=true]")}`);
  };
  const figure = (id: string): Promise<number> =>
    read<string>(`${one(`[data-figure=${id}] [data-value]`)}?.dataset.value`).then(Number);
  const param = (name: string): Promise<string | null> =>
    read(`new URLSearchParams(location.search).get(${JSON.stringify(name)})`);

  test("shows the figures of the API, in every panel, and who is on the site now", async () => {
    await open("/");
    await until(`${one("[data-figure=revenue] [data-value]")} && ${one("[data-panel=sources] tbody tr")}`);
    const kpis = await demo.api<{ figures: Record<string, { value: number }> }>("/api/v1/kpis?site=shop");
    for (const id of ["visitors", "sign_ups", "new_customers", "revenue", "repeat_rate"]) {
      expect([id, await figure(id)]).toEqual([id, kpis.figures[id]!.value]);
    }
    const stages = await demo.api<{ stages: { stage: string; people: number }[] }>(
      "/api/v1/stages?site=shop",
    );
    const shown = await read<Record<string, number>>(
      `Object.fromEntries([...document.querySelectorAll(".path [data-stage]")].map((e) => [e.dataset.stage, Number(e.dataset.people)]))`,
    );
    expect(shown).toEqual(Object.fromEntries(stages.stages.map(({ stage, people }) => [stage, people])));
    expect(await read<number>(`document.querySelectorAll("[role=alert]").length`)).toBe(0);
    // The stream of server-sent events was read: before it there is a dash.
    await until(`/^[0-9]+$/.test(${one("[data-live]")}.textContent)`);
  });

  test("fits into its window, with the path as a map where there is room, else as a list", async () => {
    await open("/");
    await until(one(".path svg"));
    const [overhang, map, list, panel] = await read<[number, number, number, number]>(
      `[document.documentElement.scrollWidth - innerWidth, ...[".path svg", ".pathlist", "[data-panel=path]"].map((name) => document.querySelector(name).getBoundingClientRect().width)]`,
    );
    expect(overhang).toBeLessThanOrEqual(0);
    expect([map, list].filter((width) => width > 0)).toHaveLength(1);
    expect(Math.max(map, list)).toBeGreaterThan(panel * 0.9);
    expect(Math.max(map, list)).toBeLessThanOrEqual(panel);
  });

  test("filters by a click, excludes by Alt and a click, and Back takes it away", async () => {
    await open("/");
    await until(one("[data-panel=sources] [data-value=Email]"));
    const all = await figure("new_customers");
    await click(one("[data-panel=sources] [data-value=Email]"));
    await expect.poll(() => param("channel")).toBe("Email");
    await expect.poll(() => figure("new_customers"), { timeout: PATIENCE_MS }).toBeLessThan(all);
    await engine.run("history.back()");
    await expect.poll(() => param("channel")).toBeNull();
    await expect.poll(() => figure("new_customers"), { timeout: PATIENCE_MS }).toBe(all);
    await click(
      one("[data-panel=sources] [data-value=Direct]"),
      "{ bubbles: true, cancelable: true, altKey: true }",
    );
    await expect.poll(() => param("channel.not")).toBe("Direct");
  });

  test("follows keys, and remembers the theme", async () => {
    await open("/");
    const press = (key: string, more = "") =>
      engine.run(
        `document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true, ${more} }))`,
      );
    await press("w");
    await expect.poll(() => param("period")).toBe("7d");
    const theme = () => read<string | null>("document.documentElement.dataset.theme ?? null");
    await press("D", "shiftKey: true");
    await until("document.documentElement.dataset.theme");
    const chosen = await theme();
    await open("/");
    expect(await theme()).toBe(chosen);
  });

  test("opens a dialog and closes it", async () => {
    await open("/");
    await click(one(".top .icon"));
    await until(`${one("#keys")}.open`);
    await click(withText("#keys button", "Close"));
    await until(`!${one("#keys")}.open`);
  });

  test("fetches the other pages when they are opened, down to one person's reasons", async () => {
    await open("/");
    await click(withText(".tabs a", "Journeys"));
    await until(`${one("[data-panel=models] tbody tr")} && location.pathname === "/journeys"`);
    await click(withText(".tabs a", "People"));
    await until(one("[data-person] a"));
    await click(one("[data-person] a"));
    await until(one(".changes li"));
    await click(withText(".tabs a", "Segments"));
    await until(one("#segment-rule"));
  });

  test("takes forms: the test box answers, and a model is counted while it is typed", async () => {
    await open("/settings/channels");
    await type("#test-url", "https://www.shop.example/?gclid=x");
    await type("#test-referrer", "https://www.google.com/");
    await click(withText("[data-section=channels] button", "Test"));
    await expect
      .poll(() => read(`${one("[data-verdict]")}?.textContent`), { timeout: PATIENCE_MS })
      .toBe("Paid Search");
    await open("/settings/models");
    const model = { id: "m", version: 1, stages: ["all"], rules: [{ stage: "all", when: true }] };
    await type("#model-text", JSON.stringify(model));
    await until(one("[data-preview]"));
    const { total } = await demo.api<{ total: number }>("/api/v1/stages?site=shop");
    expect(await read(`${one("[data-preview] [data-stage=all]")}.dataset.people`)).toBe(String(total));
  });

  test("speaks German when it is asked to", async () => {
    await open("/?lang=de");
    await until(withText("h2", "Woher Kunden kommen"));
    expect(await read("document.documentElement.lang")).toBe("de");
  });
});
