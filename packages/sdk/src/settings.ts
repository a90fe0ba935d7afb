/**
 * What this page's tracker was started with. There is one tracker per page, and its parts read its settings from
 * here: handing them around would cost every visitor bytes.
 */
import type { Options } from "./surface.ts";

export let options: Options;

/** Keeps a copy of the settings; called once, by `start`, before anything else. */
export const configure = (given: Options): void => {
  options = { ...given };
};

/** Explains in the console what happens, in debug mode only. */
export const log = (...what: unknown[]): void => {
  if (options.debug) console.debug("sojourn", ...what);
};
