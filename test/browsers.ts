/**
 * The browsers the end-to-end tests drive: where they are and how each is started.
 *
 * A missing browser is an error, never a reason to skip: a test that did not run proves nothing.
 */
import { type Browser, chromium as playwrightChromium } from "playwright-core";
import * as found from "../scripts/find-browsers.cjs";

/** Path of a Chromium or Chrome. Throws when there is none. */
export function findChromium(): string {
  return found.chromium() ?? missing("Chromium", "chromium");
}

/** Path of a Firefox that speaks WebDriver BiDi. Throws when there is none. */
export function findFirefox(): string {
  return found.firefox() ?? missing("Firefox", "firefox-esr");
}

/** Paths of WebKitGTK's driver and its small browser. Throws when one is missing. */
export function findWebKit(): { driver: string; browser: string } {
  return found.webkit() ?? missing("WebKitGTK's driver and MiniBrowser", "webkit2gtk-driver");
}

/** Path of Xvfb, the display without a screen that WebKitGTK needs. Throws when there is none. */
export function findXvfb(): string {
  return found.xvfb() ?? missing("Xvfb", "xvfb");
}

function missing(name: string, debianPackage: string): never {
  throw new Error(
    `${name} was not found; run "npm test", which installs it, or "apt-get install ${debianPackage}"`,
  );
}

/** Switches every Chromium here is started with: nothing is fetched that the test did not ask for. */
export const CHROMIUM_SWITCHES: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * A headless Chromium with an empty profile.
 *
 * `hosts` gives names to ports of this machine, so that a test can play a shop, a search engine and a payment
 * provider on hosts of their own: `{ "www.google.com": 4000 }` makes http://www.google.com/ the server on
 * port 4000. Every other name leads nowhere.
 */
export function launchChromium(options: { hosts?: Readonly<Record<string, number>> } = {}): Promise<Browser> {
  const rules = [
    ...Object.entries(options.hosts ?? {}).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`),
    "MAP * ~NOTFOUND",
    "EXCLUDE 127.0.0.1",
    "EXCLUDE localhost",
  ];
  return playwrightChromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [...CHROMIUM_SWITCHES, `--host-resolver-rules=${rules.join(", ")}`],
  });
}
