/**
 * Starts the tracker on a page: consent, visitor, visit, and the calls a site makes.
 *
 * This is the outermost layer: clock and browser are read here. Nothing thrown in here reaches the page.
 */
import { openDelivery } from "./delivery.ts";
import { emailHash } from "./email-hash.ts";
import { isRepeat, watchPages } from "./pages.ts";
import { openQueue } from "./queue.ts";
import { openShelf } from "./shelf.ts";
import type { Log, Options, Recorder, Sojourn, SojournGlobal } from "./surface.ts";
import { touchpointId } from "./touchpoint-id.ts";
import { LIMITS, VISIT_GAP_MS, WIRE_VERSION } from "./wire.ts";

/** What was recorded while the answer about consent, or the page itself, was not there yet. */
type Held = readonly [id: string, json: string, at: number];

const MAX_HELD = 1_000;
const COOKIE_SECONDS = 395 * 86_400;

/**
 * Starts recording and answers with the calls of the page. Safe to import and to call on a server, where it does nothing.
 *
 * ```ts
 * const sojourn = start({ site: "shop", endpoint: "https://stats.shop.example" });
 * sojourn.track("newsletter_signup", { list: "weekly" });
 * ```
 */
export function start(options: Options, early: Iterable<Iterable<unknown>> = []): SojournGlobal {
  const log: Log = (what, about) => {
    if (options.debug) console.debug("sojourn:", what, about ?? "");
  };
  const { cookieless, cookieDomain, extras, manual, site } = options;
  const hasCookie = options.cookie || cookieDomain;
  const shelf = openShelf(cookieless);
  let answer = options.consent;
  let held: Held[] = [];
  let cameFrom = "";
  let lastPage = "";

  const consent = () =>
    options.gpc !== "off" && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl
      ? "denied"
      : shelf("c") || answer || "granted";
  const isAllowed = () => consent() === "granted";

  const setCookie = (value: string, seconds: number) => {
    if (hasCookie)
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in two of three engines, and async
      document.cookie = `sj_v=${value};path=/;samesite=lax;max-age=${seconds}${cookieDomain ? `;domain=${cookieDomain}` : ""}`;
  };
  const visitor = () => {
    if (cookieless || !isAllowed()) return;
    const shared = hasCookie && /\bsj_v=([\w-]{8,64})/.exec(document.cookie)?.[1];
    const id = shared || shelf("v") || touchpointId(Date.now());
    if (!shared) setCookie(id, COOKIE_SECONDS);
    return shelf("v", id);
  };

  const queue = openQueue(!cookieless, log);
  const delivery = openDelivery(
    options.endpoint.replace(/\/$/, "") + (options.path || "/b"),
    options.cookie ? "include" : "omit",
    queue,
    shelf,
    isAllowed,
    log,
  );

  /** Hands over what is held, once there is consent and the page is really shown. */
  const release = () => {
    if (isAllowed() && !(document as { prerendering?: boolean }).prerendering)
      for (const [id, json, at] of held.splice(0)) {
        // Put this way round, a time that is missing or broken opens a visit too.
        const isSameVisit = at - Number(shelf("t")) <= VISIT_GAP_MS;
        shelf("t", at);
        const head = {
          v: WIRE_VERSION,
          site,
          visitor: visitor(),
          own: shelf("o") && true,
          robot: navigator.webdriver || undefined,
        };
        queue.enqueue(
          JSON.stringify(head).slice(0, -1),
          id,
          isSameVisit ? json : `${json.slice(0, -1)},"visit":true}`,
          at,
        );
        delivery.nudge();
      }
  };

  const record: Recorder = (kind, fields: { email?: string } = {}) => {
    const state = consent();
    log(`${kind}: ${state}`, fields);
    if (state === "denied" || held.length >= MAX_HELD) return;
    const at = Date.now();
    const id = touchpointId(at);
    const { email } = fields;
    const touchpoint = {
      ...fields,
      id,
      at,
      kind,
      url: location.href.slice(0, LIMITS.urlMax),
      referrer: cameFrom.slice(0, LIMITS.referrerMax) || undefined,
      email: email && (/^[\da-f]{64}$/.test(email) ? email : emailHash(email)),
    };
    // One empty value must not cost the shop the whole touchpoint.
    held.push([id, JSON.stringify(touchpoint, (_, value) => value ?? undefined), at]);
    cameFrom = "";
    release();
  };

  const view = (fields?: object) => {
    cameFrom ||= lastPage;
    record("page_view", fields);
    lastPage = location.href;
  };
  const page = (fields?: object) => view({ title: document.title.slice(0, LIMITS.titleMax), ...fields });

  const reset = () => {
    shelf("v", "");
    shelf("t", "");
    setCookie("", 0);
  };
  const forget = () => {
    held = [];
    queue.empty(!!shelf("v"));
    shelf("c", "");
    answer = options.consent;
    reset();
  };

  const verbs: Sojourn = {
    track: record,
    page,
    purchase: (fields) => record("purchase", fields),
    addToCart: (fields) => record("add_to_cart", fields),
    beginCheckout: (fields) => record("begin_checkout", fields),
    newsletterSignup: (fields) => record("newsletter_signup", fields),
    identify: (customer, identity) => record("identify", { ...identity, customer }),
    consent(given) {
      if (given === "denied") forget();
      answer = given;
      shelf("c", given === "pending" ? "" : given);
      delivery.wake();
      release();
    },
    reset,
    forget,
    visitor,
  };

  const call = (verb: keyof Sojourn, ...args: unknown[]) => {
    try {
      return (verbs[verb] as (...args: unknown[]) => unknown)(...args);
    } catch (reason) {
      log(`ignored ${verb}`, reason);
    }
  };
  const api = call as unknown as SojournGlobal;
  for (const verb in verbs) Object.assign(call, { [verb]: call.bind(null, verb as keyof Sojourn) });

  try {
    const own = /#sojourn-own(=off)?/.exec(location.hash);
    if (own) shelf("o", own[1] ? "" : 1);
    cameFrom = isRepeat() ? location.href : document.referrer;
    // Without storage only the referrer tells whether this page belongs to a visit that already runs.
    if (cookieless && cameFrom.startsWith(location.origin)) shelf("t", Date.now());

    const calls = [...early].map((call) => [...call]) as [keyof Sojourn, ...unknown[]][];
    const replay = (isConsent: boolean) => {
      for (const earlier of calls) if ((earlier[0] === "consent") === isConsent) call(...earlier);
    };
    replay(true);
    for (const extra of extras ?? []) extra(api.track as Recorder, log, options);
    delivery.wake();
    if (!manual) watchPages(options.hash, () => call("page", { title: undefined }));
    if ((document as { prerendering?: boolean }).prerendering)
      document.addEventListener("prerenderingchange", () => (manual ? release() : page()), { once: true });
    else if (!manual) page();
    replay(false);
  } catch (reason) {
    log("not started", reason);
  }
  return api;
}
