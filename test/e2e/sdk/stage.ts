/**
 * What a browser test of the tag needs: a collector that remembers, a site with the tag, and waiting for arrivals.
 */
import type { WireTouchpoint } from "@sojourn/sdk/wire";
import { openRecorder, type Recorder } from "./recorder.ts";
import { until } from "./scenarios.ts";
import { openSite, type Page } from "./site.ts";

export interface Stage {
  site: string;
  recorder: Recorder;
  /** Waits until this many touchpoints have arrived; fails when fewer do, answers all that did. */
  arrivals(count: number): Promise<WireTouchpoint[]>;
  /** Kinds of everything that arrived, in the order in which it happened. */
  kinds(): string[];
  close(): Promise<void>;
}

const PATIENCE_MS = 8_000;

/** Opens a stage; `pages` as in `openSite`. */
export async function openStage(pages: Readonly<Record<string, Page>> = {}, script?: string): Promise<Stage> {
  const recorder = await openRecorder();
  const site = await openSite({
    endpoint: () => recorder.origin,
    pages,
    ...(script === undefined ? {} : { script }),
  });
  const inOrder = () => recorder.touchpoints().sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  return {
    site: site.origin,
    recorder,
    kinds: () => inOrder().map(({ kind }) => kind),
    async arrivals(count) {
      if (!(await until(() => recorder.touchpoints().length >= count, PATIENCE_MS)))
        throw new Error(`${recorder.touchpoints().length} of ${count} touchpoints arrived`);
      return inOrder();
    },
    async close() {
      await site.close();
      await recorder.stop();
    },
  };
}
