/**
 * What the tag costs the page it stands on, on a processor six times slower than this one.
 *
 * Prints: time from inserting the script to its end (load, compile, start, first page view), time of a thousand calls
 * in one loop, long tasks and layout shift of an ordinary page. The first row is an empty script: what any script costs here.
 * Medians of interleaved rounds, and the best round, because other work on the machine only ever adds.
 * `node --conditions=@sojourn/source packages/sdk/bench/page-cost.ts`
 */
import type { CDPSession, Page } from "playwright-core";
import { launchChromium } from "../../../test/browsers.ts";
import { openStage } from "../../../test/e2e/sdk/stage.ts";

const ROUNDS = 15;
const SLOWER = 6;

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const ms = (numbers: number[]) =>
  `${median(numbers).toFixed(1)} ms (best ${Math.min(...numbers).toFixed(1)})`;

const SCRIPTS = ["empty.js", "sojourn.js", "sojourn.core.js"];

const browser = await launchChromium();
try {
  const costs = new Map<string, Cost[]>(SCRIPTS.map((script) => [script, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const script of SCRIPTS) costs.get(script)?.push(await measure(script));
  console.log(
    "| script | load and start | 1,000 calls in one loop | long tasks of a visit, best | layout shift |",
  );
  console.log("| --- | --- | --- | --- | --- |");
  for (const [script, rounds] of costs) {
    const cells = [
      script,
      ms(rounds.map(({ startMs }) => startMs)),
      script === "empty.js" ? "" : ms(rounds.map(({ callsMs }) => callsMs)),
      Math.min(...rounds.map(({ longTasks }) => longTasks)),
      Math.max(...rounds.map(({ layoutShift }) => layoutShift)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
} finally {
  await browser.close();
}

interface Cost {
  startMs: number;
  callsMs: number;
  /** Tasks above 50 ms between the script's start and the arrival of its first beacon. */
  longTasks: number;
  layoutShift: number;
}

async function measure(script: string): Promise<Cost> {
  const isEmpty = script === "empty.js";
  const stage = await openStage(
    {
      "/": { tag: false, body: "<h1>Kettles</h1><p>and cups</p>" },
      "/empty.js": { markup: "", headers: { "content-type": "text/javascript" } },
    },
    isEmpty ? undefined : script,
  );
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(stage.site);
    await slowDown(await context.newCDPSession(page));
    await watch(page);
    const startMs = (await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = ${JSON.stringify(isEmpty ? "/empty.js" : "/sojourn.js")};
      script.dataset.site = "shop";
      script.dataset.endpoint = ${JSON.stringify(stage.recorder.origin)};
      const started = performance.now();
      script.onload = () => resolve(performance.now() - started);
      document.head.append(script);
    })`)) as number;
    if (!isEmpty) await stage.arrivals(1);
    const { longTasks, layoutShift } = (await page.evaluate("window.watched")) as Cost;
    if (isEmpty) return { startMs, callsMs: 0, longTasks, layoutShift };
    const callsMs = (await page.evaluate(`(() => {
      const started = performance.now();
      for (let n = 0; n < 1000; n++) sojourn.track("fault_probe", { props: { n } });
      return performance.now() - started;
    })()`)) as number;
    return { startMs, callsMs, longTasks, layoutShift };
  } finally {
    await context.close();
    await stage.close();
  }
}

async function slowDown(session: CDPSession): Promise<void> {
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
}

async function watch(page: Page): Promise<void> {
  await page.evaluate(`{
    window.watched = { longTasks: 0, layoutShift: 0 };
    new PerformanceObserver((list) => { watched.longTasks += list.getEntries().length }).observe({ type: "longtask" });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) watched.layoutShift += entry.value;
    }).observe({ type: "layout-shift" });
  }`);
}
