/**
 * The script-tag build with everything: markup and the GA4 bridge included.
 */
import { ga4 } from "./ga4.ts";
import { installTag } from "./install-tag.ts";
import { markup } from "./markup.ts";
import { options } from "./settings.ts";

installTag();
// Without settings nothing was started: another tag on the page was first.
if (options) {
  markup();
  if (options.ga4) ga4();
}
