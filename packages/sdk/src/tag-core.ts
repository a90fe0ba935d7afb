/**
 * The script-tag build without markup and GA4 bridge, for sites that need neither.
 */
import { installTag } from "./install-tag.ts";

installTag();
