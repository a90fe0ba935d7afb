/**
 * The script-tag build with everything: markup and the GA4 bridge included.
 */
import { ga4 } from "./ga4.ts";
import { installTag } from "./install-tag.ts";
import { markup } from "./markup.ts";
import { options } from "./settings.ts";

const sojourn = installTag();
if (sojourn) {
  markup(sojourn);
  if (options.ga4) ga4(sojourn);
}
