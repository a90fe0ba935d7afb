/**
 * Reads the script tag's `data-…` attributes, takes over from the early-call stub, and sets the global.
 */
import { type EarlyCall, start } from "./start.ts";
import type { Options, SojournGlobal } from "./surface.ts";

/** What may stand under the global name before us: the stub with its early calls, or a tracker that already runs. */
interface Earlier {
  q?: Iterable<EarlyCall>;
  visitor?: unknown;
}

type Page = Record<string, Earlier | SojournGlobal | undefined>;

/** Starts the tracker as the running script tag says. Does nothing when the tag is on the page twice. */
export const installTag = (): void => {
  try {
    const script = document.currentScript as HTMLScriptElement;
    const given: Record<string, unknown> = { endpoint: new URL(script.src).origin };
    for (const name in script.dataset) given[name] = script.dataset[name] || true;
    const name = (given.global || "sojourn") as string;
    const earlier = (window as unknown as Page)[name] as Earlier | undefined;
    if (!earlier?.visitor) (window as unknown as Page)[name] = start(given as unknown as Options, earlier?.q);
  } catch {
    // A page must not suffer from its tracker, whatever it did to the document or to its globals.
  }
};
