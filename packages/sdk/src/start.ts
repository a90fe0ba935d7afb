/**
 * Starts the tracker on a page, and makes the calls a site uses. Nothing thrown in here reaches the page.
 */
import { isAllowed, setConsent } from "./consent.ts";
import { drain } from "./delivery.ts";
import { watchPages } from "./pages.ts";
import { emptyQueue } from "./queue.ts";
import { arrive, begin, held, page, record, releaseHeld, resume, show } from "./record.ts";
import { configure, log, options as settings } from "./settings.ts";
import { openShelf } from "./shelf.ts";
import type { Consent, Options, Sojourn, SojournGlobal } from "./surface.ts";
import { reset, visitor } from "./visitor.ts";

const forget = () => {
  held.length = 0;
  emptyQueue(isAllowed());
  setConsent();
  reset();
};

const verbs: Sojourn = {
  track: record,
  page,
  purchase: (fields) => record("purchase", fields),
  identify: (customer, identity) => record("identify", { ...identity, customer }),
  consent(answer: Consent) {
    if (answer === "denied") forget();
    setConsent(answer);
    resume();
  },
  reset,
  forget,
  visitor,
};

const call = (verb: keyof Sojourn, ...args: unknown[]) => {
  try {
    return (verbs[verb] as (...args: unknown[]) => unknown)(...args);
  } catch (reason) {
    log(reason);
  }
};

/** One call of the early-call stub: a verb and its arguments. */
export type EarlyCall = readonly [verb: keyof Sojourn, ...args: unknown[]];

/**
 * Starts recording and answers with the calls of the page. Call it once per page: a second start would count twice.
 * Safe to import and to call on a server, where it does nothing.
 * @param early calls of the stub from before the script had loaded
 *
 * ```ts
 * const sojourn = start({ site: "shop", endpoint: "https://stats.shop.example" });
 * sojourn.track("newsletter_signup", { list: "weekly" });
 * ```
 */
export const start = (options: Options, early?: Iterable<EarlyCall>): SojournGlobal => {
  for (const verb in verbs)
    (call as unknown as Record<string, unknown>)[verb] = call.bind(0, verb as keyof Sojourn);
  configure(options);
  try {
    if (!options.cookieless) openShelf();
  } catch {
    // Memory it is: touchpoints still go out, this page is simply a visitor of its own. Where storage is refused,
    // so are cookies; in a sandboxed frame even looking at them throws.
    settings.cookieDomain = "";
  }
  try {
    arrive();
    addEventListener("pageshow", (event) => {
      if (event.persisted) show();
    });
    addEventListener("online", resume);
    addEventListener("visibilitychange", () => (document.hidden ? drain() : resume()));
    addEventListener("pagehide", () => {
      // All in this task: there is none after it.
      begin();
      releaseHeld();
      drain();
    });
    document.addEventListener("prerenderingchange", begin);
    setTimeout(begin);
    for (const earlier of early ?? []) call(...earlier);
    if (!options.manual) watchPages();
  } catch (reason) {
    log(reason);
  }
  return call as unknown as SojournGlobal;
};
