/**
 * The script-tag build with everything: markup and the GA4 bridge included.
 */
import { ga4 } from "./ga4.ts";
import { installTag } from "./install-tag.ts";
import { markup } from "./markup.ts";

installTag([markup, ga4]);
