/**
 * Measures what a marketer waits for: the first figures after opening the page, and the paint after a filter whose answers are
 * there already. In a real browser, on the demo's ninety days.
 *
 * Run: node --conditions=@sojourn/source packages/dashboard/bench/paint.bench.ts [rounds]
 */
import type { Page } from "playwright-core";
import { openDemo } from "../../../test/e2e/dashboard/demo.ts";

const rounds = Number(process.argv[2] ?? 15);

const quantile = (values: readonly number[], q: number): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(0)} ms`;
};
const print = (name: string, values: readonly number[], goal: string): void =>
  console.log(
    `${name}: median ${quantile(values, 0.5)}, p95 ${quantile(values, 0.95)}, ${values.length} times (goal ${goal})`,
  );

/** Milliseconds from the beginning of the navigation to the first figure that can be read. */
async function toFirstFigure(page: Page, url: string): Promise<number> {
  await page.addInitScript(() => {
    const look = (): void => {
      if (document.querySelector("[data-figure=visitors] [data-value]") === null) requestAnimationFrame(look);
      else Object.assign(window, { firstFigureAt: performance.now() });
    };
    requestAnimationFrame(look);
  });
  await page.goto(url);
  const handle = await page.waitForFunction(
    () => (window as unknown as { firstFigureAt?: number }).firstFigureAt,
  );
  return (await handle.jsonValue())!;
}

/** Milliseconds from a click on a row to the frame after it, every answer being held. */
const toPaint = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const row = document.querySelector<HTMLElement>("[data-panel=sources] [data-value=Email]")!;
        const from = performance.now();
        row.click();
        // A message sent inside a frame arrives after that frame was painted.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - from);
          port2.postMessage(0);
        });
      }),
  );

const demo = await openDemo(["--days", "90"]);
try {
  const first: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    const page = await demo.open("/settings");
    const ms = await toFirstFigure(page, `${demo.url}/`);
    // The first one also warms the collector's own caches; a page opened every morning finds them warm.
    if (round > 0) first.push(ms);
    await page.context().close();
  }
  print("first figures", first, "< 300 ms");

  const page = await demo.open("/");
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
} finally {
  await demo.close();
}
