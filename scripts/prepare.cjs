/**
 * Makes a fresh clone ready before `npm start` and `npm test`: packages, built bundles and, for the tests, browsers.
 *
 * Says what it does, one line each, and nothing when all is there. Plain old JavaScript, because it runs on the
 * Node the machine happens to have; the scripts after it find the project's own Node on the PATH that npm sets.
 */
"use strict";

const childProcess = require("child_process");
const fs = require("fs");
const path = require("path");
const build = require("./build.cjs");
const browsers = require("./find-browsers.cjs");

const root = path.join(__dirname, "..");

/** What a test needs to drive, how Debian calls it, and who else can bring it; the first package that exists is taken. */
const WANTED = [
  {
    name: "Chromium",
    isThere: browsers.chromium,
    packages: ["chromium", "chromium-browser"],
    download: ["playwright-core", "install", "chromium"],
  },
  {
    name: "Firefox",
    isThere: browsers.firefox,
    packages: ["firefox-esr", "firefox"],
    download: [
      "browsers",
      "install",
      "firefox@stable",
      "--path",
      path.join(root, "node_modules", ".cache", "sojourn", "browsers"),
    ],
  },
  { name: "WebKitGTK", isThere: browsers.webkit, packages: ["webkit2gtk-driver"] },
  { name: "Xvfb", isThere: browsers.xvfb, packages: ["xvfb"] },
];

main(process.argv[2]);

function main(purpose) {
  if (purpose !== "start" && purpose !== "test") fail("usage: node scripts/prepare.cjs start|test");
  process.chdir(root);
  if (!packagesAreThere()) installPackages();
  if (!build.buildStale(say)) fail("the build failed; its message is above");
  if (purpose === "test") {
    installBrowsers();
    installEngine();
  }
}

/** True when node_modules was installed from this very lock file, the project's own Node included. */
function packagesAreThere() {
  if (!fs.existsSync(path.join("node_modules", "node", "bin", "node"))) return false;
  const wanted = readPackages("package-lock.json");
  const installed = readPackages(path.join("node_modules", ".package-lock.json"));
  if (!wanted || !installed) return false;
  return Object.keys(wanted).every((place) => {
    const isOurs = wanted[place].link || place.indexOf("node_modules/") < 0;
    if (isOurs) return true;
    if (!installed[place]) return Boolean(wanted[place].optional); // Meant for another system.
    return installed[place].integrity === wanted[place].integrity;
  });
}

/** The ClickHouse engine that some tests ask is half a gigabyte, so it has a lock file of its own and is brought for them only. */
function installEngine() {
  const folder = path.join("test", "engine");
  if (!fs.existsSync(folder)) return;
  const wanted = readPackages(path.join(folder, "package-lock.json"));
  const installed = readPackages(path.join(folder, "node_modules", ".package-lock.json"));
  const isThere =
    wanted &&
    installed &&
    Object.keys(wanted).every((place) => {
      if (place === "" || wanted[place].optional) return true;
      return installed[place] && installed[place].integrity === wanted[place].integrity;
    });
  if (isThere) return;
  say("installing the engine that tests ask (npm ci in test/engine)");
  if (!run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder })) {
    fail("npm ci in test/engine failed; its message is above");
  }
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")).packages;
  } catch (_unreadable) {
    return undefined; // Absent or cut short: install again.
  }
}

function installPackages() {
  say("installing packages (npm ci)");
  // By the machine's own Node: the project's lies in the folder that is about to be replaced.
  const folders = (process.env.PATH || "").split(path.delimiter);
  const outside = folders.filter((folder) => !/node_modules/.test(folder)).join(path.delimiter);
  const env = Object.assign({}, process.env, { PATH: outside });
  if (!run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { env: env })) {
    fail(
      "npm ci failed; its message is above (Node 20 or newer, npm 11 and a reachable registry are needed)",
    );
  }
  if (!packagesAreThere()) {
    fail('npm ci left the project without its own Node; check that "ignore-scripts" is not set for npm');
  }
}

function installBrowsers() {
  const missing = WANTED.filter((wanted) => !wanted.isThere());
  if (missing.length === 0) return;
  say(`installing what the browser tests drive: ${namesOf(missing)}`);
  const asRoot = rootPrefix();
  if (asRoot) installByApt(missing, asRoot);
  missing
    .filter((wanted) => wanted.download && !wanted.isThere())
    .forEach((wanted) => {
      run(path.join(root, "node_modules", ".bin", wanted.download[0]), wanted.download.slice(1));
    });
  const still = WANTED.filter((wanted) => !wanted.isThere());
  if (still.length === 0) return;
  const packages = still.map((wanted) => wanted.packages[0]).join(" ");
  fail(`the tests need ${namesOf(still)}; on Debian or Ubuntu run: sudo apt-get install -y ${packages}`);
}

function installByApt(missing, asRoot) {
  const apt = asRoot.concat([
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-qq",
    "-o=Dpkg::Use-Pty=0",
  ]);
  if (!run(apt[0], apt.slice(1).concat("update"))) return;
  missing.forEach((wanted) => {
    const known = wanted.packages.filter(isKnownToApt);
    for (let i = 0; i < known.length && !wanted.isThere(); i++) {
      run(apt[0], apt.slice(1).concat(["install", "-y", "--no-install-recommends", known[i]]), {
        stdio: ["ignore", "ignore", "inherit"],
      });
    }
  });
}

function isKnownToApt(name) {
  const policy = childProcess.spawnSync("apt-cache", ["policy", name], { encoding: "utf8" });
  return policy.status === 0 && /Candidate: (?!\(none\))/.test(policy.stdout);
}

/** The words to put before a command so that it runs as root; undefined when that or apt-get is out of reach. */
function rootPrefix() {
  if (process.platform !== "linux" || !works("apt-get", ["--version"])) return undefined;
  if (process.getuid() === 0) return [];
  return works("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined;
}

function works(command, args) {
  return childProcess.spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function run(command, args, options) {
  const result = childProcess.spawnSync(command, args, Object.assign({ stdio: "inherit" }, options));
  return result.status === 0;
}

function namesOf(list) {
  return list.map((wanted) => wanted.name).join(", ");
}

function say(text) {
  console.log(`prepare: ${text}`);
}

function fail(text) {
  console.error(`prepare: ${text}`);
  process.exit(1);
}
