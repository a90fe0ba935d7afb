/**
 * Reads the script tag's `data-…` attributes, takes over from the early-call stub, and sets the global.
 */
import { start } from "./start.ts";
import type { Extra, Options, SojournGlobal } from "./surface.ts";

/** What may stand under the global name before us: the stub with its early calls, or a tracker that already runs. */
interface Earlier {
  q?: Iterable<Iterable<unknown>>;
  visitor?: unknown;
}

/** Starts the tracker as the running script tag says. Does nothing when the tag is on the page twice. */
export function installTag(extras: readonly Extra[]): void {
  try {
    const script = (document.currentScript ??
      document.querySelector("script[data-site]")) as HTMLScriptElement;
    const given: Record<string, unknown> = { endpoint: new URL(script.src).origin, extras };
    for (const name in script.dataset) given[name] = script.dataset[name] || true;
    const name = (given.global as string | undefined) ?? "sojourn";
    const page = window as unknown as Record<string, Earlier | SojournGlobal | undefined>;
    const earlier = page[name] as Earlier | undefined;
    if (earlier?.visitor && !earlier.q) return;
    page[name] = start(given as unknown as Options, earlier?.q);
  } catch {
    // A page must not suffer from its tracker, whatever it did to the document or to its globals.
  }
}
