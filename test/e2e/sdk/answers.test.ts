/**
 * What the tag makes of the collector's answers, in a real Chromium against a real server.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchChromium } from "../../browsers.ts";
import { pause, until } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

let browser: Browser;
let stage: Stage;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stage = await openStage();
  page = await (await browser.newContext()).newPage();
  await page.goto(stage.site);
  await stage.arrivals(1);
});
afterEach(async () => {
  await page.context().close();
  await stage.close();
});

/** Records this many numbered touchpoints in one task. */
const call = (count: number, text = "") =>
  page.evaluate(
    `for (let n = 0; n < ${count}; n++) sojourn.track("fault_probe", { props: { n, text: ${JSON.stringify(text)} } })`,
  );
const numbers = () =>
  stage.recorder
    .touchpoints()
    .flatMap(({ props }) => (typeof props?.n === "number" ? [props.n] : []))
    .sort((a, b) => a - b);
const upTo = (count: number, except: readonly number[] = []) =>
  Array.from({ length: count }, (_, n) => n).filter((n) => !except.includes(n));

describe("a refusal that will not go away", () => {
  test.for([400, 413])("%i drops the one touchpoint at fault, and only that", async (status) => {
    stage.recorder.mood = ({ touchpoints }) =>
      touchpoints.some(({ props }) => props?.n === 7) ? { status } : "store";
    await call(20);
    await until(() => numbers().length === 19, 15_000);
    await pause(1_500);
    expect(numbers()).toEqual(upTo(20, [7]));
    expect(Math.max(...stage.recorder.copies().values())).toBe(1);
    const asked = stage.recorder.requests.length;
    await page.reload();
    await until(() => stage.kinds().filter((kind) => kind === "page_view").length === 2, 8_000);
    await pause(600);
    // Dropped means dropped from the disk too.
    expect(stage.recorder.requests.length).toBe(asked + 1);
  });

  test("413 for more than ten at once halves the portions, and loses nothing", async () => {
    stage.recorder.mood = ({ touchpoints }) => (touchpoints.length > 10 ? { status: 413 } : "store");
    await call(45);
    await until(() => numbers().length === 45, 20_000);
    expect(numbers()).toEqual(upTo(45));
  });
});

describe("an answer that asks for patience", () => {
  test.for([408, 429, 500])("%i keeps everything and tries again", async (status) => {
    stage.recorder.mood = { status };
    await call(5);
    await until(() => stage.recorder.requests.some(({ isStored }) => !isStored), 8_000);
    stage.recorder.mood = "store";
    await until(() => numbers().length === 5, 20_000);
    expect(numbers()).toEqual(upTo(5));
    expect(Math.max(...stage.recorder.copies().values())).toBe(1);
  });

  test("Retry-After may be a date, and holds while the tab is hidden, left and opened again", async () => {
    const end = new Date(Date.now() + 6_000).toUTCString();
    stage.recorder.mood = { status: 503, retryAfter: end };
    await call(3);
    await until(() => stage.recorder.requests.some(({ isStored }) => !isStored), 5_000);
    stage.recorder.mood = "store";
    await pause(100);
    await page.goto(`${stage.site}/two`);
    await page.evaluate(`dispatchEvent(new Event("online"))`);
    await until(() => numbers().length === 3, 15_000);
    expect(numbers()).toEqual(upTo(3));
    expect(stage.recorder.requests.filter(({ isTooEarly }) => isTooEarly)).toEqual([]);
  });

  test("an outage is probed with one touchpoint at a time", async () => {
    stage.recorder.mood = { status: 503 };
    await call(20);
    await pause(4_000);
    const sizes = stage.recorder.requests.slice(1).map(({ beacon }) => beacon?.touchpoints.length);
    expect(sizes[0]).toBe(20);
    expect(new Set(sizes.slice(1))).toEqual(new Set([1]));
    stage.recorder.mood = "store";
    await until(() => numbers().length === 20, 20_000);
    expect(numbers()).toEqual(upTo(20));
  });
});

describe("bounds", () => {
  test("a beacon carries at most fifty touchpoints and stays far below 64 KiB", async () => {
    await call(200, "x".repeat(200));
    await until(() => numbers().length === 200, 15_000);
    const { requests } = stage.recorder;
    expect(Math.max(...requests.map(({ beacon }) => beacon?.touchpoints.length ?? 0))).toBeLessThanOrEqual(
      50,
    );
    expect(Math.max(...requests.map(({ bytes }) => bytes))).toBeLessThanOrEqual(16 * 1_024);
  });

  test("of more than a thousand waiting touchpoints the oldest are dropped", async () => {
    await stage.recorder.stop();
    await call(1_100);
    await pause(1_000);
    await stage.recorder.start();
    await until(() => numbers().length >= 1_000, 30_000);
    await pause(1_000);
    expect(numbers()).toEqual(upTo(1_100).slice(100));
  });

  test("of more than half a million characters the oldest are dropped", async () => {
    await stage.recorder.stop();
    await call(300, "x".repeat(4_000));
    await pause(1_000);
    await stage.recorder.start();
    await until(() => numbers().length >= 100, 30_000);
    await pause(3_000);
    const arrived = numbers();
    expect(arrived.length).toBeGreaterThan(110);
    expect(arrived.length).toBeLessThan(131);
    expect(arrived).toEqual(upTo(300).slice(-arrived.length));
  });

  test("touchpoints older than thirty days are dropped", async () => {
    await stage.recorder.stop();
    await call(1);
    await pause(500);
    // The stored touchpoint becomes thirty-one days old.
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open("sojourn");
          opening.onsuccess = () => {
            const transaction = opening.result.transaction("sojourn", "readwrite");
            const store = transaction.objectStore("sojourn");
            const reading = store.getAll();
            reading.onsuccess = () => {
              for (const entry of reading.result) {
                entry[0].at -= 31 * 86_400_000;
                store.put(entry, entry[0].id);
              }
            };
            transaction.oncomplete = () => resolve();
          };
        }),
    );
    await page.goto("about:blank");
    await stage.recorder.start();
    await page.goto(`${stage.site}/two`);
    await stage.arrivals(2);
    await pause(1_000);
    expect(numbers()).toEqual([]);
  });
});
