/**
 * The three engines behind one small face: open an address, run a script in the page, quit.
 *
 * Chromium by Playwright, Firefox by WebDriver BiDi, WebKitGTK by plain W3C WebDriver over HTTP.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import puppeteer from "puppeteer-core";
import { findFirefox, findWebKit, findXvfb, launchChromium } from "../../browsers.ts";
import { pause } from "./scenarios.ts";

export interface Engine {
  goto(url: string): Promise<void>;
  /** Runs a script as the body of a function in the page; resolves to what it returns, nothing if the page was left. */
  run(script: string): Promise<unknown>;
  quit(): Promise<void>;
}

export const ENGINES: Readonly<Record<string, () => Promise<Engine>>> = {
  Chromium: openChromium,
  Firefox: openFirefox,
  WebKitGTK: openWebKit,
};

async function openChromium(): Promise<Engine> {
  const browser = await launchChromium();
  const page = await browser.newPage();
  return {
    goto: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate(`(() => { ${script} })()`).catch(() => undefined),
    quit: () => browser.close(),
  };
}

async function openFirefox(): Promise<Engine> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: findFirefox(),
    headless: true,
    // Nothing is fetched that the test did not ask for.
    extraPrefsFirefox: {
      "app.update.enabled": false,
      "browser.safebrowsing.malware.enabled": false,
      "datareporting.policy.dataSubmissionEnabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
    },
  });
  const page = await browser.newPage();
  return {
    goto: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate(`(() => { ${script} })()`).catch(() => undefined),
    quit: () => browser.close(),
  };
}

async function openWebKit(): Promise<Engine> {
  const { driver, browser } = findWebKit();
  const display = await openDisplay();
  const port = await freePort();
  const child = spawn(driver, [`--port=${port}`], {
    stdio: "ignore",
    env: { ...process.env, DISPLAY: display.name, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
  });
  const base = `http://127.0.0.1:${port}/session`;
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(base + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
  await untilListening(port);
  const session = (await call("POST", "", {
    capabilities: {
      alwaysMatch: { "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] } },
    },
  })) as { sessionId: string };
  const at = `/${session.sessionId}`;
  return {
    goto: async (url) => void (await call("POST", `${at}/url`, { url })),
    run: (script) => call("POST", `${at}/execute/sync`, { script, args: [] }).catch(() => undefined),
    async quit() {
      await call("DELETE", at).catch(() => undefined);
      await ended(child);
      await display.close();
    },
  };
}

/** A display without a screen; WebKitGTK has no headless mode. */
async function openDisplay(): Promise<{ name: string; close(): Promise<void> }> {
  const child = spawn(findXvfb(), ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const number = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (told: Buffer) => resolve(told.toString().trim()));
    child.once("exit", () => reject(new Error("Xvfb ended before it had a display")));
  });
  return { name: `:${number}`, close: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill();
  await exit;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isReady = await fetch(`http://127.0.0.1:${port}/status`).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await pause(100);
  }
  throw new Error("WebKitWebDriver did not start to listen within ten seconds");
}
