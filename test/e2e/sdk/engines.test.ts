/**
 * The core journeys in three engines: what the tag promises must not hang on one browser's habits.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ENGINES, type Engine } from "./engines.ts";
import { hasArrived, pause, until } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

for (const [name, openEngine] of Object.entries(ENGINES))
  describe(name, () => {
    let engine: Engine;
    let stage: Stage;

    beforeAll(async () => {
      engine = await openEngine();
    });
    afterAll(() => engine?.quit());
    beforeEach(async () => {
      stage = await openStage({ "/ga4": { tag: "data-ga4" }, "/later": { tag: `data-consent="pending"` } });
    });
    afterEach(() => stage.close());

    test("a visit with a purchase arrives once, without preflight", async () => {
      await engine.goto(`${stage.site}/?utm_source=letter`);
      await engine.run(`sojourn.identify("c-1", { email: "ada@example.com" });
        sojourn.purchase({ order: "A-1", value: "59.90", currency: "EUR", items: [{ id: "K1", quantity: 1 }] })`);
      await stage.arrivals(3);
      await pause(1_000);
      expect(stage.kinds().sort()).toEqual(["identify", "page_view", "purchase"]);
      expect(Math.max(...stage.recorder.copies().values())).toBe(1);
      expect(stage.recorder.requests.every(({ method }) => method === "POST")).toBe(true);
      const [view] = stage.recorder.touchpoints();
      expect(view).toMatchObject({ kind: "page_view", visit: true, url: `${stage.site}/?utm_source=letter` });
    });

    test("single-page navigation counts, forwards, back, and by fragment alone not", async () => {
      await engine.goto(`${stage.site}/`);
      await engine.run(`history.pushState({}, "", "/two")`);
      await stage.arrivals(2);
      await engine.run(`history.back()`);
      await stage.arrivals(3);
      await engine.run(`location.hash = "part"`);
      await pause(1_000);
      const urls = stage.recorder.touchpoints().map(({ url }) => url);
      expect(urls.sort()).toEqual([`${stage.site}/`, `${stage.site}/`, `${stage.site}/two`]);
    });

    test("calls made in the task that leaves the page arrive", async () => {
      await engine.goto(`${stage.site}/`);
      await stage.arrivals(1);
      await engine.run(`sojourn.track("fault_probe", { props: { mark: "left" } }); location.href = "/two"`);
      expect(await until(() => hasArrived(stage.recorder, "left"), 8_000)).toBe(true);
      // The page it went to counts too; until then the navigation is under way, and would meet the next one.
      await stage.arrivals(3);
    });

    test("what was recorded while the collector was away arrives when it is back, once", async () => {
      await engine.goto(`${stage.site}/`);
      await stage.arrivals(1);
      await stage.recorder.stop();
      await engine.run(`sojourn.track("fault_probe", { props: { mark: "kept" } })`);
      await pause(1_500);
      await stage.recorder.start();
      expect(await until(() => hasArrived(stage.recorder, "kept"), 12_000)).toBe(true);
      expect(Math.max(...stage.recorder.copies().values())).toBe(1);
    });

    test("a thousand calls in one task arrive", async () => {
      await engine.goto(`${stage.site}/`);
      await engine.run(`for (let n = 0; n < 1000; n++) sojourn.track("fault_probe", { props: { n } })`);
      const calls = () => stage.recorder.touchpoints().filter(({ kind }) => kind === "fault_probe");
      await until(() => calls().length >= 1_000, 15_000);
      expect(new Set(calls().map(({ props }) => props?.n)).size).toBe(1_000);
    });

    test("the data layer is read, and nothing leaves before consent", async () => {
      await engine.goto(`${stage.site}/ga4`);
      await engine.run(
        `dataLayer.push({ event: "purchase", ecommerce: { transaction_id: "T", items: [{ item_id: "K" }] } })`,
      );
      const all = await stage.arrivals(2);
      expect(all.find(({ kind }) => kind === "purchase")).toMatchObject({ order: "T", items: [{ id: "K" }] });
      const before = stage.recorder.requests.length;
      await engine.goto(`${stage.site}/later`);
      await pause(800);
      expect(stage.recorder.requests).toHaveLength(before);
      await engine.run(`sojourn.consent("granted")`);
      await stage.arrivals(3);
    });
  });
