/**
 * Turns a call into a touchpoint: id and time where it happened, page, referrer, visit; held until it may be kept. The
 * first is the page view that begins everything else.
 */
import { consent, isAllowed } from "./consent.ts";
import { nudge, wake } from "./delivery.ts";
import { emailHash } from "./email-hash.ts";
import { type Entry, enqueue, openQueue, tab } from "./queue.ts";
import { log, options } from "./settings.ts";
import { shelf } from "./shelf.ts";
import type { Recorder } from "./surface.ts";
import { touchpointId } from "./touchpoint-id.ts";
import { visitor } from "./visitor.ts";
import { VISIT_GAP_MS, type WireTouchpoint } from "./wire.ts";

/** What was recorded in this task, or while there is no answer about consent yet. */
export const held: WireTouchpoint[] = [];
let cameFrom = "";
let lastPage = "";

/** Notes where the visitor came from: the referrer, or this page itself where a load only repeats an earlier one. */
export const arrive = (): void => {
  cameFrom = isRepeat() ? location.href : document.referrer;
};

/**
 * Truthy when this load repeats an earlier one (reload 1, back or forward 2): its referrer says nothing new.
 * The successor of this interface costs three times the bytes; 255 is "none of these".
 */
const isRepeat = (): unknown => performance.navigation?.type % 255;

/** Hands over what is held, once it may be. */
export const releaseHeld = (): void => {
  if (!isAllowed() || !held[0]) return;
  enqueue(
    held.splice(0).map((touchpoint): Entry => {
      // Put this way round, a time that is missing or broken opens a visit too. Without storage the collector tells visits.
      if (!options.cookieless && !(touchpoint.at - +(shelf("t") as string) <= VISIT_GAP_MS))
        touchpoint.visit = true;
      shelf("t", touchpoint.at);
      return [touchpoint, visitor(), tab];
    }),
  );
  nudge();
};

/** There may be something to do: page load, back online, shown again, an answer about consent. */
export const resume = (): void => {
  begin();
  wake();
  releaseHeld();
};

/** The page is shown: for the first time, or again from the back/forward cache. */
export const show = (): void => {
  // A link with #sojourn-own=yes marks this browser's traffic as the operator's own; one with nothing behind the = unmarks it.
  shelf("o", location.hash.split("#sojourn-own=")[1]);
  openQueue();
  // Behind the early calls, which may withhold consent, and ahead of what they and this page view record.
  queueMicrotask(resume);
  if (!options.manual) page();
};

/**
 * Shows the page, unless that was done or has to wait for a prerendered page to be seen. Called in a task of its own,
 * because a first look into the browser's storage takes as long as all the rest; but always before anything else is
 * recorded, before the address changes, and before the page is left.
 */
export const begin = (): void => {
  if (!tab && !(document as { prerendering?: boolean }).prerendering) show();
};

/** Records a touchpoint. What the caller passes in is copied before this returns. */
export const record: Recorder = (kind, { email, ...fields }: { email?: string } = {}) => {
  begin();
  const state = consent();
  log(kind, state, fields);
  if (state === "denied") return;
  const at = Date.now();
  const touchpoint = JSON.parse(
    JSON.stringify(
      { ...fields, id: touchpointId(at), at, kind, url: location.href, referrer: cameFrom || undefined },
      // One empty value must not cost the shop the whole touchpoint.
      (_, value) => value ?? undefined,
    ),
  );
  cameFrom = "";
  const hold = async () => {
    // An address waits for its hash; everything else is held in this very task.
    touchpoint.email = (/@/.test(email as string) ? await emailHash(email as string) : email) || undefined;
    held.push(touchpoint);
    // At the end of the task, all its calls together.
    queueMicrotask(releaseHeld);
  };
  hold();
};

/** Records a page view; the page before it is its referrer, unless the visitor has just arrived. */
export const page = (fields?: object): void => {
  cameFrom ||= lastPage;
  record("page_view", { title: document.title, ...fields });
  lastPage = location.href;
};
