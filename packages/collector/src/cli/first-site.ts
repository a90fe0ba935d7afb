/**
 * Makes the first site of a collector that has none.
 */
import type { Config } from "../config.ts";
import { SojournError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { Io } from "./command.ts";
import type { openLogger } from "./logger.ts";

/** Beside other collectors the first site may be one of theirs, which only the engine knows; asked again until it is known. */
const SETTLE_EVERY_MS = 2_000;

/** Makes the first site where there is none. Among several collectors the first one gets it, the others take in for it. */
export async function settleFirstSite(
  store: Store,
  { site, peerUrl }: Pick<Config, "site" | "peerUrl">,
  io: Io,
  log: ReturnType<typeof openLogger>,
): Promise<{ stop(): void }> {
  let isTold = false;
  const settle = async (): Promise<boolean> => {
    if (store.access.sites().length > 0) return true;
    try {
      await store.change("addSite", { id: site, settings: {}, at: io.now() });
      return true;
    } catch (error) {
      if (peerUrl === "" || !(error instanceof SojournError)) throw error;
      if (error.code === "conflict") {
        // Said once: from now on we wait to hear where its owner is reached.
        if (!isTold) log("info", "another collector has the first site", { reason: error.message });
        isTold = true;
        return false;
      }
      if (error.code !== "unavailable") throw error;
      log("error", "the first site waits for the engine", { reason: error.message });
      return false;
    }
  };
  if (await settle()) return { stop() {} };
  const timer = setInterval(() => {
    settle().then(
      (isDone) => isDone && clearInterval(timer),
      (error: Error) => log("error", "the first site could not be made", { reason: error.message }),
    );
  }, SETTLE_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
