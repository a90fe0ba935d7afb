/**
 * The fourteen faults: what a visitor's browser or our collector does at the worst moment.
 *
 * Each scenario records touchpoints that carry a mark and says which marks must arrive. It judges nothing.
 */
import type { Page } from "playwright-core";
import type { ProfileBrowser } from "./profile-browser.ts";
import type { Recorder } from "./recorder.ts";

/** What a scenario has to work with. */
export interface World {
  browser: ProfileBrowser;
  recorder: Recorder;
  /** Origin of the site; every path has the tag, `/plain` has none. */
  site: string;
}

export interface Scenario {
  name: string;
  /** Copies beyond the first that a touchpoint may cost on the wire. */
  extraCopies: 0 | 1 | 2;
  /** Plays the fault; resolves to the marks that must arrive. */
  play(world: World): Promise<string[]>;
}

const CALLS = 3;
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens a page with the tag, and waits until the tag has started and its page view has arrived. */
async function open({ browser, site, recorder }: World, path = "/"): Promise<Page> {
  const page = await browser.context().newPage();
  const before = recorder.touchpoints().length;
  await page.goto(site + path);
  await until(() => recorder.touchpoints().length > before, 3_000);
  return page;
}

/** Waits for a condition for at most so long; says whether it came true. */
export async function until(condition: () => boolean, ms: number): Promise<boolean> {
  let left = ms;
  while (!condition()) {
    if (left <= 0) return false;
    const before = Date.now();
    await pause(20);
    // While this process was stopped, for a measurement perhaps, nobody waited and nobody answered.
    left -= Math.min(Date.now() - before, 1_000);
  }
  return true;
}

/** Marks that no other call carries. */
let made = 0;
const marksOf = (count: number) => Array.from({ length: count }, () => `mark-${++made}`);

/** Calls the tracker once per mark, in one task, and does something else in the same task. */
async function call(page: Page, marks: string[], then = ""): Promise<void> {
  const script = `for (const mark of ${JSON.stringify(marks)}) sojourn.track("fault_probe", { props: { mark } }); ${then}`;
  // A page that leaves in this very task takes its answer with it.
  await page.evaluate(script).catch(() => undefined);
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "tab closed in the same task",
    extraCopies: 1,
    async play(world) {
      const opener = await world.browser.context().newPage();
      await opener.goto(`${world.site}/plain`);
      const popup = opener.waitForEvent("popup");
      await opener.evaluate(`window.open("/shop")`);
      const page = await popup;
      await page.waitForFunction("typeof sojourn === 'function'");
      const marks = marksOf(CALLS);
      await call(page, marks, "window.close()");
      return marks;
    },
  },
  {
    name: "navigation in the same task",
    extraCopies: 1,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      await call(page, marks, `location.href = "/next"`);
      return marks;
    },
  },
  {
    name: "offline",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      await world.browser.context().setOffline(true);
      await call(page, marks);
      await pause(1_500);
      await world.browser.context().setOffline(false);
      return marks;
    },
  },
  {
    name: "collector answers 503",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      world.recorder.mood = { status: 503 };
      await call(page, marks);
      await pause(3_000);
      world.recorder.mood = "store";
      return marks;
    },
  },
  {
    name: "collector hangs",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      world.recorder.mood = "hang";
      await call(page, marks);
      await pause(2_000);
      world.recorder.mood = "store";
      return marks;
    },
  },
  {
    name: "collector down, browser reopened",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      await world.recorder.stop();
      await call(page, marks);
      await pause(600);
      await world.browser.quit();
      await world.recorder.start();
      await world.browser.reopen();
      await open(world);
      return marks;
    },
  },
  {
    name: "answer lost after storing",
    extraCopies: 2,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      world.recorder.mood = "lose";
      await call(page, marks);
      await until(() => marks.every((mark) => hasArrived(world.recorder, mark)), 3_000);
      world.recorder.mood = "store";
      return marks;
    },
  },
  {
    name: "two tabs",
    extraCopies: 0,
    async play(world) {
      const [one, two] = [await open(world), await open(world, "/other")];
      const [first, second] = [marksOf(CALLS), marksOf(CALLS)];
      await Promise.all([call(one, first), call(two, second)]);
      return [...first, ...second];
    },
  },
  {
    name: "two tabs, collector down, one closed",
    extraCopies: 1,
    async play(world) {
      const [one, two] = [await open(world), await open(world, "/other")];
      const [first, second] = [marksOf(CALLS), marksOf(CALLS)];
      await world.recorder.stop();
      await Promise.all([call(one, first), call(two, second)]);
      await pause(1_000);
      await one.close();
      await world.recorder.start();
      return [...first, ...second];
    },
  },
  {
    name: "429 with Retry-After, reload and second tab",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      world.recorder.mood = { status: 429, retryAfter: "3" };
      const asked = world.recorder.requests.length;
      await call(page, marks);
      await until(() => world.recorder.requests.length > asked, 6_000);
      world.recorder.mood = "store";
      await pause(200);
      await page.reload();
      const other = await world.browser.context().newPage();
      await other.goto(`${world.site}/other`);
      const late = marksOf(1);
      await call(other, late);
      return [...marks, ...late];
    },
  },
  {
    name: "browser killed one second after the call",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      await world.recorder.stop();
      await call(page, marks);
      await pause(1_000);
      await world.browser.kill();
      await world.recorder.start();
      await world.browser.reopen();
      await open(world);
      return marks;
    },
  },
  {
    name: "reload in the same task",
    extraCopies: 1,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      await call(page, marks, "location.reload()");
      return marks;
    },
  },
  {
    name: "tab crashed, collector down",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(CALLS);
      await world.recorder.stop();
      await call(page, marks);
      await pause(300);
      const crashed = page.waitForEvent("crash");
      // The address never loads: its process is gone.
      void page.goto("chrome://crash").catch(() => undefined);
      await crashed;
      await world.recorder.start();
      await open(world, "/other");
      return marks;
    },
  },
  {
    name: "1,000 calls in one task",
    extraCopies: 0,
    async play(world) {
      const page = await open(world);
      const marks = marksOf(1_000);
      await call(page, marks);
      return marks;
    },
  },
];

export function hasArrived(recorder: Recorder, mark: string): boolean {
  return recorder.touchpoints().some((touchpoint) => touchpoint.props?.mark === mark);
}
