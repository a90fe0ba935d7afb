/**
 * Measures what a marketer waits for: the first figures after opening the page, and the paint after a filter whose answers are
 * there already. In a real browser, on the demo's ninety days, or on a year of as many people as asked for.
 *
 * Run: npm run bench -- paint [rounds, default 15] [people, none: the demo]. A million people make ten million touchpoints; the
 * data set is made once (see packages/collector/bench/load/history.ts) and copied, so that what is measured writes to the copy.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { makeHistory } from "../../../packages/collector/bench/load/history.ts";
import { type Running, startCollector } from "../../../packages/collector/bench/load/process.ts";
import { launchChromium } from "../../../test/browsers.ts";
import { openDemo } from "../../../test/e2e/dashboard/demo.ts";

const rounds = Number(process.argv[2] ?? 15);
const people = Number(process.argv[3] ?? 0);
const ENTRY = path.join(import.meta.dirname, "../../collector/bin/sojourn.js");
const DAY_MS = 86_400_000;
/** Between two rounds: what the page before still asked is answered by then. */
const REST_MS = 2_500;
/** An empty tab begins a process of its own first. */
const TAB_MS = 500;

type SignedIn = Awaited<ReturnType<BrowserContext["storageState"]>>;
const VIEW = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };

const quantile = (values: readonly number[], q: number): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(0)} ms`;
};
const print = (name: string, values: readonly number[], goal: string): void =>
  console.log(
    `${name}: median ${quantile(values, 0.5)}, p95 ${quantile(values, 0.95)}, ${values.length} times (goal ${goal})`,
  );

/** Tells when the first figures were painted; looks when something changes only, so that looking costs no frames. */
const watchFigures = (): void => {
  const told = new Promise<number>((resolve) => {
    const look = (): void => {
      if (document.querySelectorAll("[data-figure] [data-value]").length === 0) return;
      seeker.disconnect();
      requestAnimationFrame(() => {
        // A message sent inside a frame arrives after that frame was painted.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(0);
      });
    };
    const seeker = new MutationObserver(look);
    seeker.observe(document, { subtree: true, childList: true });
  });
  Object.assign(window, { figuresAt: told });
};

/** Milliseconds from the beginning of the navigation to the paint of the first figures. */
async function toFirstFigures(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: "commit" });
  return page.evaluate(() => (window as unknown as { figuresAt: Promise<number> }).figuresAt);
}

/** Opens the page again and again in a browser that has opened it before, and in one that never has. */
async function openings(browser: Browser, state: SignedIn, url: string): Promise<void> {
  const begin = async (): Promise<BrowserContext> => {
    const context = await browser.newContext({ ...VIEW, storageState: state });
    await context.addInitScript(watchFigures);
    return context;
  };
  const known: number[] = [];
  const returning = await begin();
  for (let round = -1; round < rounds; round++) {
    const page = await returning.newPage();
    await page.waitForTimeout(TAB_MS);
    const ms = await toFirstFigures(page, `${url}/`);
    // The first one also warms the collector's own caches; a page opened every morning finds them warm.
    if (round >= 0) known.push(ms);
    await page.waitForTimeout(REST_MS);
    await page.close();
  }
  await returning.close();
  print("first figures, a browser that was here before", known, "< 300 ms");
  const new_: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const context = await begin();
    const page = await context.newPage();
    await page.waitForTimeout(TAB_MS);
    new_.push(await toFirstFigures(page, `${url}/`));
    await page.waitForTimeout(REST_MS);
    await context.close();
  }
  print("first figures, a browser that never was here", new_, "< 300 ms");
}

/** The very first opening after a start of the collector. */
async function firstAfterStart(browser: Browser, state: SignedIn, folder: string): Promise<void> {
  const times: number[] = [];
  const context = await browser.newContext({ ...VIEW, storageState: state });
  await context.addInitScript(watchFigures);
  for (let round = 0; round < Math.min(rounds, 10); round++) {
    const collector = await startCollector(folder);
    const page = await context.newPage();
    await page.waitForTimeout(REST_MS);
    times.push(await toFirstFigures(page, `http://127.0.0.1:${collector.port}/`));
    await page.close();
    await collector.stop();
  }
  await context.close();
  print("first figures, the first time after the collector began", times, "none");
}

/** Milliseconds from a click on a row to the frame after it, every answer being held. */
const toPaint = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const row = document.querySelector<HTMLElement>("[data-panel=sources] [data-value=Email]")!;
        const from = performance.now();
        row.click();
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - from);
          port2.postMessage(0);
        });
      }),
  );

async function filtering(page: Page): Promise<void> {
  const settled = () =>
    page.waitForFunction(
      () =>
        document.querySelector("[data-panel=sources] [data-value=Email]") !== null &&
        document.querySelector("[aria-busy=true]") === null,
    );
  await settled();
  for (let visit = 0; visit < 2; visit++) {
    await toPaint(page);
    await settled();
    await page.waitForTimeout(300);
  }
  const paints: number[] = [];
  // Answers are asked for again after half a minute; the rounds are over before.
  for (let round = 0; round < rounds * 2; round++) {
    paints.push(await toPaint(page));
    await page.waitForTimeout(50);
  }
  print("filter to paint, without the query", paints, "< 100 ms");
}

if (people > 0) await onHistory();
else await onDemo();

async function onDemo(): Promise<void> {
  const demo = await openDemo(["--days", "90"]);
  try {
    const page = await demo.open("/");
    await openings(demo.browser, await page.context().storageState(), demo.url);
    await filtering(page);
  } finally {
    await demo.close();
  }
}

async function onHistory(): Promise<void> {
  const end = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  const history = makeHistory(people, end, (text) => console.log(`  ${text}`));
  const folder = mkdtempSync(path.join(tmpdir(), "sojourn-paint-"));
  cpSync(history.folder, folder, { recursive: true });
  // A copy on its way to the disk would be measured too.
  execFileSync("sync");
  const browser = await launchChromium();
  let collector: Running | undefined;
  try {
    collector = await startCollector(folder);
    const url = `http://127.0.0.1:${collector.port}`;
    const link = execFileSync(process.execPath, [ENTRY, "key", "sign-in", "--data", folder], {
      encoding: "utf8",
    });
    const context = await browser.newContext(VIEW);
    const page = await context.newPage();
    const { pathname, search } = new URL(link.trim());
    await page.goto(`${url}${pathname}${search}`);
    const state = await context.storageState();
    await page.waitForTimeout(REST_MS);
    await page.goto("about:blank");
    await openings(browser, state, url);
    await page.goto(`${url}/`);
    await filtering(page);
    await context.close();
    await collector.stop();
    await firstAfterStart(browser, state, folder);
  } finally {
    await browser.close();
    await collector?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
