/**
 * What the tag costs the page it stands on, on a processor six times slower than this one.
 *
 * Prints: time from inserting the script to its end (load, compile, start, first page view), how much of it is ours, time
 * of a thousand calls in one loop, long tasks and layout shift of an ordinary page. Two rows stand for what costs the same
 * in any script: an empty one, and the least a tracker does (one look into localStorage, one request).
 * Medians of interleaved rounds, and the best round, because other work on the machine only ever adds.
 * `node --conditions=@sojourn/source packages/sdk/bench/page-cost.ts`
 */
import type { CDPSession, Page } from "playwright-core";
import { launchChromium } from "../../../test/browsers.ts";
import type { Page as SitePage } from "../../../test/e2e/sdk/site.ts";
import { openStage } from "../../../test/e2e/sdk/stage.ts";

const ROUNDS = 15;
const SLOWER = 6;

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const ms = (numbers: number[]) =>
  `${median(numbers).toFixed(1)} ms (best ${Math.min(...numbers).toFixed(1)})`;

const EMPTY = "an empty script";
const LEAST = "the least a tracker does";
/** Rows, each with the file it loads, or the code where there is no file. */
const SCRIPTS: Readonly<Record<string, { file: string } | { code: (collector: string) => string }>> = {
  [EMPTY]: { code: () => "" },
  [LEAST]: {
    code: (collector) =>
      `localStorage.getItem("opted-out");
       fetch("${collector}/b", { method: "POST", keepalive: true, body: JSON.stringify({ url: location.href, referrer: document.referrer, title: document.title }) });`,
  },
  "`sojourn.js`": { file: "sojourn.js" },
  "`sojourn.core.js`": { file: "sojourn.core.js" },
};

const browser = await launchChromium();
try {
  const costs = new Map<string, Cost[]>(Object.keys(SCRIPTS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const name of Object.keys(SCRIPTS)) costs.get(name)?.push(await measure(name));
  const empty = costs.get(EMPTY) ?? [];
  console.log(
    "| script | load and start | above the empty script, same round | 1,000 calls in one loop | long tasks of a visit | layout shift |",
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const [name, rounds] of costs) {
    const above = rounds.map(({ startMs }, round) => startMs - (empty[round]?.startMs ?? Number.NaN));
    const calls = rounds.flatMap(({ callsMs }) => (callsMs === undefined ? [] : [callsMs]));
    const cells = [
      name,
      ms(rounds.map(({ startMs }) => startMs)),
      name === EMPTY ? "" : `${median(above).toFixed(1)} ms`,
      calls.length > 0 ? ms(calls) : "",
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
  /** Absent for the scripts that are none of ours. */
  callsMs?: number;
  /** Tasks above 50 ms between the script's start and the arrival of its first beacon. */
  longTasks: number;
  layoutShift: number;
}

async function measure(name: string): Promise<Cost> {
  const script = SCRIPTS[name] ?? { code: () => "" };
  const pages: Record<string, SitePage> = { "/": { tag: false, body: "<h1>Kettles</h1><p>and cups</p>" } };
  const stage = await openStage(pages, "file" in script ? script.file : undefined);
  if ("code" in script)
    pages["/other.js"] = {
      markup: script.code(stage.recorder.origin),
      headers: { "content-type": "text/javascript" },
    };
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(stage.site);
    await slowDown(await context.newCDPSession(page));
    await watch(page);
    const startMs = (await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = ${JSON.stringify("file" in script ? "/sojourn.js" : "/other.js")};
      script.dataset.site = "shop";
      script.dataset.endpoint = ${JSON.stringify(stage.recorder.origin)};
      const started = performance.now();
      script.onload = () => resolve(performance.now() - started);
      document.head.append(script);
    })`)) as number;
    if ("file" in script) await stage.arrivals(1);
    const { longTasks, layoutShift } = (await page.evaluate("window.watched")) as Cost;
    if (!("file" in script)) return { startMs, longTasks, layoutShift };
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
