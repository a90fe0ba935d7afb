/**
 * Counts the further pages of one document: single-page navigation, without counting scrolling or state changes.
 */
import { begin, page } from "./record.ts";
import { options } from "./settings.ts";

/** Records a page view when the path changes. Throws where history is frozen; back and forward are counted even then. */
export const watchPages = (): void => {
  // Without the option the same word stands behind every path, which does no harm: this is only compared.
  const here = () => location.pathname + (options.hash && location.hash);
  let last = here();
  const moved = () => {
    if (last !== here()) {
      last = here();
      // The title on the page is still that of the page before.
      page({ title: null });
    }
  };
  // Fires for a changed fragment as well.
  addEventListener("popstate", moved);
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = (...args) => {
      // The address that the visitor came to, before it is another.
      begin();
      queueMicrotask(moved);
      return original.apply(history, args);
    };
  }
};
