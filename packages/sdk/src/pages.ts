/**
 * Notices when a visitor looks at another page: single-page navigation and the back/forward cache.
 *
 * Owns no idea of what a page view is; it only says when.
 */

/** True when this load repeats an earlier one (reload, back, forward): its referrer says nothing new. */
export function isRepeat(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return /^[rb]/.test(navigation?.type ?? "");
}

/**
 * Calls `onView` for each further page of this document.
 * @param withHash whether a changed fragment is another page
 */
export function watchPages(withHash: unknown, onView: () => void): void {
  const here = () => location.pathname + (withHash ? location.hash : "");
  let last = here();
  const moved = () => {
    if (last !== here()) {
      last = here();
      onView();
    }
  };
  for (const name of ["pushState", "replaceState"] as const)
    try {
      const original = history[name];
      history[name] = function (...args) {
        const result = original.apply(this, args);
        moved();
        return result;
      };
    } catch {
      // A frozen history: popstate is all there is.
    }
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);
  addEventListener("pageshow", (event) => {
    if (event.persisted) onView();
  });
}
