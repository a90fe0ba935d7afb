/**
 * Carries waiting touchpoints to the collector: when, in which portions, and what an answer means.
 *
 * Owns the only timer, backoff and Retry-After. Where touchpoints wait, and which tab answers for them, is `queue.ts`.
 */
import type { Entry, Queue } from "./queue.ts";
import type { Shelf } from "./shelf.ts";

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

export interface Delivery {
  /** Something was recorded: have it sent soon. */
  nudge(): void;
  /** Page load, back online, visible again: look for orphans and try now. */
  wake(): void;
}

/**
 * @param url where beacons go
 * @param credentials "include" lets the collector keep the visitor id in a cookie of its own
 * @param isAllowed asked before each request: consent may be withdrawn at any time, also in another tab
 */
export function openDelivery(
  url: string,
  credentials: RequestCredentials,
  queue: Queue,
  shelf: Shelf,
  isAllowed: () => boolean,
  log: (what: string, about?: unknown) => void,
): Delivery {
  let timer = 0;
  let isSending = false;
  let failures = 0;
  let portion = BATCH;
  let gatherFor = GATHER_MS;
  let lastSentAt = 0;
  let bytesInFlight = 0;

  const plan = (delay: number) => {
    clearTimeout(timer);
    timer = window.setTimeout(cycle, delay);
  };

  const nudge = () => {
    if (timer || isSending || !isAllowed()) return;
    gatherFor = Date.now() - lastSentAt > QUIET_MS ? GATHER_MS : Math.min(gatherFor * 2, GATHER_MAX_MS);
    plan(gatherFor);
  };

  const jitter = () => Math.random() * Math.min(BACKOFF_MS * 2 ** failures, BACKOFF_MAX_MS);

  /** Milliseconds the collector still wants to be left alone; 0 or less: none. */
  const quietFor = () => {
    const wait = Number(shelf("r") ?? 0) - Date.now();
    return wait < RETRY_AFTER_MAX_MS ? wait : 0;
  };

  const toBeacon = (batch: readonly Entry[]) =>
    `${batch[0]?.[1]},"sentAt":${Date.now()},"touchpoints":[${batch.map((entry) => entry[2])}]}`;

  /** Sends one beacon and acts on the answer, planning the next attempt if it failed. True once delivered; never rejects. */
  const post = async (batch: readonly Entry[], body: string, size: number) => {
    const putBack = queue.returner();
    bytesInFlight += size;
    lastSentAt = Date.now();
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        credentials,
        // A retry need not outlive the page (the disk does), and must not hang on an allowance others have used up.
        keepalive: !failures || isHidden(),
        signal: AbortSignal.timeout?.(ANSWER_MS) ?? null,
      });
      const { ok, status } = response;
      const answer = await response.text();
      if (ok) {
        log(`sent ${batch.length}`, answer);
        failures = 0;
        portion = BATCH;
        queue.settle(batch);
        return true;
      }
      log(`answer ${status}`, answer);
      if (status > 399 && status < 500 && status !== 408 && status !== 429) {
        // Something in here is refused for good. Halve until it stands alone, and drop only that.
        portion = batch.length >> 1 || 1;
        if (batch[1]) putBack(batch);
        else {
          log("dropped", batch);
          queue.settle(batch);
        }
        plan(gatherFor);
        return false;
      }
      const header = response.headers.get("retry-after");
      const seconds = header
        ? Number(header) || (Date.parse(header) - Date.now()) / 1_000
        : status === 429 && RETRY_AFTER_S;
      if (seconds) shelf("r", Date.now() + seconds * 1_000);
    } catch (reason) {
      log("not sent", reason);
    } finally {
      bytesInFlight -= size;
    }
    failures++;
    // Knock with one touchpoint until the door opens: an outage then costs few bytes.
    portion = 1;
    putBack(batch);
    plan(Math.max(quietFor(), 0) + jitter());
    return false;
  };

  const cycle = () => {
    timer = 0;
    if (isSending || !queue.countWaiting()) return;
    if (failures) queue.adopt(nudge);
    isSending = true;
    const send = async () => {
      const quiet = quietFor();
      if (quiet > 0) plan(quiet + jitter());
      else if (isAllowed()) {
        const batch = queue.takeBatch(portion);
        const isMore = queue.countWaiting();
        const body = toBeacon(batch);
        if (batch[0] && (await post(batch, body, sizeOf(body))) && isMore) plan(0);
      }
      isSending = false;
      if (queue.countWaiting()) nudge();
    };
    // One tab at a time, so that a Retry-After given to one is known to the next before it sends.
    if (navigator.locks) navigator.locks.request("sojourn", send).catch(send);
    else send();
  };

  const drain = () => {
    if (!isAllowed() || quietFor() > 0) return;
    const putBack = queue.returner();
    const unconfirmed: Entry[] = [];
    for (;;) {
      const batch = queue.takeBatch(BATCH);
      if (!batch[0]) break;
      const body = toBeacon(batch);
      const size = sizeOf(body);
      if (bytesInFlight + size < KEEPALIVE_BYTES) post(batch, body, size);
      else {
        // The allowance is used up. A beacon may still fit, but never says whether it arrived: keep what it carries.
        unconfirmed.push(...batch);
        if (!navigator.sendBeacon(url, body)) break;
      }
    }
    putBack(unconfirmed);
  };

  const wake = () => {
    if (!isAllowed()) return;
    queue.adopt(nudge);
    clearTimeout(timer);
    cycle();
  };

  addEventListener("online", wake);
  addEventListener("visibilitychange", () => (isHidden() ? drain() : wake()), true);
  addEventListener("pagehide", () => {
    drain();
    queue.release();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      queue.renew();
      wake();
    }
  });

  return {
    wake,
    // A hidden page may be on its way out, and still be recording: the end of this very task is soon enough.
    nudge: () => (isHidden() && !failures ? void Promise.resolve().then(drain) : nudge()),
  };
}

const isHidden = () => document.visibilityState === "hidden";
const sizeOf = (body: string) => new Blob([body]).size;
