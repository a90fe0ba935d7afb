/**
 * Whether the visitor allows what we do: the site's setting, the visitor's answer, Global Privacy Control.
 */
import { options } from "./settings.ts";
import { shelf } from "./shelf.ts";
import type { Consent } from "./surface.ts";

let answer = "";

/** The state now. A remembered answer is read each time: it may have been given in another tab. */
export const consent = (): string =>
  (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl
    ? "denied"
    : shelf("c") || answer || options.consent || "granted";

/** Remembers the answer in the browser; `pending` means there is none. Without an argument, as if never asked. */
export const setConsent = (given: Consent | "" = ""): void => {
  answer = given;
  shelf("c", given === "pending" ? "" : given);
};

/** Whether anything may be stored or sent: there is consent, and the page is really shown. */
export const isAllowed = (): boolean =>
  consent() === "granted" && !(document as { prerendering?: boolean }).prerendering;
