/**
 * Finds the browsers the tests drive, on the PATH or where packages and downloaders put them.
 *
 * Owns places and names only; what to do about a missing browser is said by prepare.cjs (before the tests)
 * and test/browsers.ts (in a test). Plain old JavaScript: it must run on the Node a machine happens to have.
 */
"use strict";

const fs = require("fs");
const os = require("os");
const path = require("path");

/** First file among `candidates` that exists and may be run; names are looked up on the PATH. */
function firstExecutable(candidates) {
  const folders = (process.env.PATH || "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const candidate of candidates) {
    if (!candidate) continue;
    const places = path.isAbsolute(candidate)
      ? [candidate]
      : folders.map((folder) => path.join(folder, candidate));
    for (const place of places) if (isExecutable(place)) return place;
  }
  return undefined;
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile() && !isSnapPlaceholder(file);
  } catch (_missing) {
    return false; // Absent or not ours to run: simply not a candidate.
  }
}

// Ubuntu's chromium-browser and firefox packages are shell scripts that only say "install the snap".
function isSnapPlaceholder(file) {
  if (fs.statSync(file).size > 16384) return false;
  return /snap install|\/snap\/bin/.test(fs.readFileSync(file, "latin1")) && !fs.existsSync("/snap/bin");
}

/** Every path below `folder` that matches the list of name patterns, one per level; newest name first. */
function below(folder, patterns) {
  if (patterns.length === 0) return [folder];
  let names;
  try {
    names = fs.readdirSync(folder);
  } catch (_missing) {
    return []; // No such folder: nothing was downloaded there.
  }
  return names
    .filter((name) => patterns[0].test(name))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .reduce((found, name) => found.concat(below(path.join(folder, name), patterns.slice(1))), []);
}

/** Folder into which playwright-core downloads browsers. */
function playwrightFolder() {
  const set = process.env.PLAYWRIGHT_BROWSERS_PATH;
  if (set && set !== "0") return set;
  const home = os.homedir();
  if (process.platform === "darwin") return path.join(home, "Library", "Caches", "ms-playwright");
  return path.join(process.env.XDG_CACHE_HOME || path.join(home, ".cache"), "ms-playwright");
}

/** Folder into which prepare.cjs lets @puppeteer/browsers download; inside node_modules, so that it leaves with it. */
function downloadFolder() {
  return path.join(__dirname, "..", "node_modules", ".cache", "sojourn", "browsers");
}

/** Path of a Chromium or Chrome, or undefined. */
exports.chromium = function chromium() {
  return firstExecutable(
    [
      process.env.TEST_CHROMIUM,
      "chromium",
      "chromium-browser",
      "google-chrome-stable",
      "google-chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ].concat(
      below(playwrightFolder(), [/^chromium-\d+$/, /^chrome-/, /^chrome$/]),
      below(downloadFolder(), [/^chrome$/, /./, /^chrome-/, /^chrome$/]),
    ),
  );
};

/** Path of a Firefox that speaks WebDriver BiDi (any release since 2024), or undefined. */
exports.firefox = function firefox() {
  return firstExecutable(
    [
      process.env.TEST_FIREFOX,
      "firefox-esr",
      "firefox",
      "/Applications/Firefox.app/Contents/MacOS/firefox",
    ].concat(below(downloadFolder(), [/^firefox$/, /./, /^firefox$/, /^firefox$/])),
  );
};

/** Paths of WebKitGTK's driver and small browser, or undefined when one of the two is missing. */
exports.webkit = function webkit() {
  const driver = firstExecutable([process.env.TEST_WEBKIT_DRIVER, "WebKitWebDriver"]);
  const libraries = /^webkit(2gtk|gtk)-\d/;
  const browser = firstExecutable(
    [process.env.TEST_WEBKIT_BROWSER].concat(
      below("/usr/lib", [/-linux-gnu/, libraries, /^MiniBrowser$/]),
      below("/usr/lib", [libraries, /^MiniBrowser$/]),
      below("/usr/lib64", [libraries, /^MiniBrowser$/]),
      below("/usr/libexec", [libraries, /^MiniBrowser$/]),
    ),
  );
  return driver && browser ? { driver: driver, browser: browser } : undefined;
};

/** Path of Xvfb, the display without a screen that WebKitGTK needs, or undefined. */
exports.xvfb = function xvfb() {
  return firstExecutable([process.env.TEST_XVFB, "Xvfb"]);
};
