/**
 * A Chromium whose process and profile the test owns: it can be closed, killed, and opened again where it left off.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { CHROMIUM_SWITCHES, findChromium } from "../../browsers.ts";

export interface ProfileBrowser {
  /** The profile's own context; pages opened here share storage with the next life of the profile. */
  context(): BrowserContext;
  /** Ends the process as a user does who closes the last window, and waits for it. */
  quit(): Promise<void>;
  /** Ends the process group with SIGKILL, and waits for it. */
  kill(): Promise<void>;
  /** Starts a browser on the same profile. */
  reopen(): Promise<void>;
  /** Quits and deletes the profile. */
  dispose(): Promise<void>;
}

/** Starts a headless Chromium on a new, empty profile. */
export async function openProfileBrowser(switches: readonly string[] = []): Promise<ProfileBrowser> {
  const folder = mkdtempSync(path.join(tmpdir(), "sojourn-profile-"));
  let child: ChildProcess | undefined;
  let browser: Browser | undefined;
  let ended: Promise<void> = Promise.resolve();

  const reopen = async () => {
    const started = spawn(
      findChromium(),
      [
        ...CHROMIUM_SWITCHES,
        "--headless",
        "--remote-debugging-port=0",
        "--disable-popup-blocking",
        "--hide-crash-restore-bubble",
        `--user-data-dir=${folder}`,
        ...switches,
        "about:blank",
      ],
      { detached: true, stdio: ["ignore", "ignore", "pipe"] },
    );
    child = started;
    ended = new Promise((resolve) => started.once("exit", () => resolve()));
    browser = await chromium.connectOverCDP(await endpointOf(started));
  };

  const kill = async () => {
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      // The whole group: a browser is more than its first process.
      process.kill(-child.pid, "SIGKILL");
    }
    await ended;
    await browser?.close().catch(() => undefined);
  };

  const quit = async () => {
    const session = await browser?.newBrowserCDPSession();
    // The answer may be lost with the browser.
    await session?.send("Browser.close").catch(() => undefined);
    const timeout = setTimeout(() => void kill(), 5_000);
    await ended;
    clearTimeout(timeout);
    await browser?.close().catch(() => undefined);
  };

  await reopen();
  return {
    context: () => browser?.contexts()[0] as BrowserContext,
    quit,
    kill,
    reopen,
    async dispose() {
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = "";
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (chunk: string) => {
      told += chunk;
      const address = /DevTools listening on (ws:\S+)/.exec(told)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(`Chromium ended before it listened: ${told}`)));
  });
}
