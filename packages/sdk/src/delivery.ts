/**
 * Carries waiting touchpoints to the collector: when, in which portions, and what an answer means.
 *
 * Owns the only timer, backoff and Retry-After. Where touchpoints wait, and which tab answers for them, is `queue.ts`.
 */
import { isAllowed } from "./consent.ts";
import { adopt, type Entry, lock, put, settle, tab, takeBatch, waiting } from "./queue.ts";
import { log, options } from "./settings.ts";
import { shelf } from "./shelf.ts";
import { WIRE_VERSION } from "./wire.ts";

/** Calls of one moment travel together: this long, longer (up to the maximum) while a page keeps recording. */
const GATHER_MS = 250;
const GATHER_MAX_MS = 4_000;
/** After this long without a request the page counts as quiet again. */
const QUIET_MS = 10_000;

const BATCH = 50;
/** A request without an answer after this long is given up and counts as failed. */
const ANSWER_MS = 10_000;
const BACKOFF_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** Assumed when a 429 does not say how long, or the browser hides the header from scripts. */
const RETRY_AFTER_S = 5;
/** A stored Retry-After further away than this is a broken clock, not a wish of the collector. */
const RETRY_AFTER_MAX_MS = 86_400_000;

// Browsers share 64 KiB between all keepalive requests in flight of a page (Fetch standard), and give the
// allowance back only when the answer's body has been read.
const KEEPALIVE_BYTES = 60_000;

let failures = 0;
let portion = BATCH;
let gatherFor = 0;
let lastSentAt = 0;
let bytesInFlight = 0;
/** Ends the wait before the next request; there is one as long as the loop that sends is running. */
let endPause: (() => void) | undefined;

/** Milliseconds the collector still wants to be left alone; 0: none. */
const quietFor = () => Math.max(0, +(shelf("r") as string) - Date.now()) % RETRY_AFTER_MAX_MS || 0;

/** Sends one beacon and acts on the answer. Resolves to the delay before the next one, 0 once answered; never rejects. */
const post = async (batch: readonly Entry[]) => {
  lastSentAt = Date.now();
  const body = JSON.stringify({
    v: WIRE_VERSION,
    site: options.site,
    sentAt: lastSentAt,
    visitor: batch[0]![1],
    own: shelf("o") && true,
    robot: navigator.webdriver || undefined,
    touchpoints: batch.map((entry) => entry[0]),
  });
  const name = tab;
  bytesInFlight += body.length;
  try {
    const url = new URL(options.path || "b", options.endpoint);
    const response =
      document.hidden && bytesInFlight > KEEPALIVE_BYTES
        ? // The allowance is used up. A beacon may still fit, but never says whether it arrived: its answer has no
          // text, which ends this attempt like any other failure, and what it carried is kept.
          (navigator.sendBeacon(url, body) as never)
        : await fetch(url, {
            method: "POST",
            body,
            // With a cookie of its own, the collector can keep the visitor id out of reach of script-storage limits.
            credentials: options.cookie ? "include" : "omit",
            // A retry need not outlive the page (the disk does), and must not hang on an allowance others have used up.
            keepalive: !failures || document.hidden,
            signal: AbortSignal.timeout?.(ANSWER_MS) as AbortSignal,
          });
    const { ok, status } = response;
    log(status, await response.text());
    const after = response.headers.get("retry-after") || (status === 429 && RETRY_AFTER_S);
    // Seconds or a date.
    if (after) shelf("r", Date.now() + (after as number) * 1_000 || Date.parse(after as string));
    if (ok || /^4(?!08|29)/.test(status as unknown as string)) {
      failures = 0;
      portion = BATCH;
      if (ok || !batch[1]) settle(batch);
      else {
        // Refused for good: halve until the one thing at fault stands alone, and drop only that.
        portion = batch.length / 2;
        put(batch);
      }
      return 0;
    }
  } catch (reason) {
    log(reason);
  } finally {
    bytesInFlight -= body.length;
  }
  // Not reached: knock with one touchpoint until the door opens, so that an outage costs few bytes.
  portion = 1;
  // Unless emptied, or left for other tabs to adopt, in between.
  if (name === tab) put(batch);
  return Math.random() * Math.min(BACKOFF_MS * 2 ** ++failures, BACKOFF_MAX_MS);
};

/** Sends as long as something waits. There is one such loop, and with it one timer. */
const run = async (delay: number) => {
  if (endPause) return;
  while (isAllowed() && waiting.size) {
    await new Promise<void>((resolve) => {
      endPause = resolve;
      setTimeout(resolve, quietFor() + delay);
    });
    // One tab at a time, so that a Retry-After given to one is known to the next before it sends.
    delay = await lock("sojourn", {}, async () => {
      if (failures) adopt(nudge);
      const batch = quietFor() ? [] : takeBatch(portion);
      const isFull = waiting.size;
      return batch[0] ? (await post(batch)) || (isFull ? 0 : gatherFor) : 0;
    });
  }
  endPause = undefined;
};

/** Something was recorded: have it sent soon; at once on a hidden page, which may be on its way out. */
export const nudge = (): void => {
  if (document.hidden && !failures) drain();
  else if (!endPause) {
    // How long to wait for more of the same moment.
    gatherFor = Date.now() - lastSentAt > QUIET_MS ? GATHER_MS : Math.min(gatherFor * 2, GATHER_MAX_MS);
    run(gatherFor);
  }
};

/** Sends all that waits, at once: the page is hidden or left, and may not come back. */
export const drain = (): void => {
  while (isAllowed() && !quietFor() && waiting.size) post(takeBatch(BATCH)).then(run);
};

/** Page load, back online, visible again: look for orphans and try now. */
export const wake = (): void => {
  if (isAllowed()) adopt(nudge);
  endPause?.();
  run(0);
};
