/**
 * What twenty touchpoints cost on the wire, on a good day and through an outage.
 */
import { launchChromium } from "../../browsers.ts";
import { openRecorder } from "./recorder.ts";
import { pause, until } from "./scenarios.ts";
import { openSite } from "./site.ts";

export interface Traffic {
  requests: number;
  /** Bodies of all requests, whatever they were answered. */
  bytes: number;
  arrived: number;
}

const TOUCHPOINTS = 20;

/**
 * A page view and nineteen calls, evenly spaced, on one page.
 * @param everyMs distance of the calls
 * @param outageMs the collector answers 503 for this long, from right after the page view
 */
export async function measureTraffic(everyMs: number, outageMs = 0): Promise<Traffic> {
  const recorder = await openRecorder();
  const site = await openSite({ endpoint: () => recorder.origin });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${site.origin}/kettles?utm_source=letter&utm_medium=email`);
    await until(() => recorder.touchpoints().length === 1, 3_000);
    const started = Date.now();
    if (outageMs > 0) recorder.mood = { status: 503 };
    setTimeout(() => {
      recorder.mood = "store";
    }, outageMs);
    for (let n = 1; n < TOUCHPOINTS; n++) {
      await page.evaluate(
        `sojourn.track("add_to_cart", { items: [{ id: "K${n}", quantity: 1 }], value: "39.90", currency: "EUR" })`,
      );
      await pause(Math.max(0, started + n * everyMs - Date.now()));
    }
    await until(() => recorder.touchpoints().length === TOUCHPOINTS, 30_000);
    return {
      requests: recorder.requests.length,
      bytes: recorder.requests.reduce((sum, request) => sum + request.bytes, 0),
      arrived: recorder.touchpoints().length,
    };
  } finally {
    await browser.close();
    await site.close();
    await recorder.stop();
  }
}
