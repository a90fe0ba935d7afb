/**
 * Builds the workspaces that have a build script, in the order package.json lists them.
 *
 * `node scripts/build.cjs` builds all; `buildStale` only those whose files changed since their last build. Whether
 * they did is told by a digest of their contents, not by times: a checkout or a copy gives files any time it likes.
 * Plain old JavaScript, because prepare.cjs needs it before the project's own Node is installed.
 */
"use strict";

const childProcess = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const record = path.join(root, "node_modules", ".cache", "sojourn", "built.json");

/** Folders of a workspace whose contents never change what a build gives. */
const NOT_SOURCES = ["node_modules", "dist", "test", "bench", "coverage"];

/** Builds the workspaces that changed; tells `say` about each. True when nothing failed. */
exports.buildStale = function buildStale(say) {
  return buildable().every((workspace) => {
    if (readRecord()[workspace] === digest(workspace) && isBuilt(workspace)) return true;
    say(`building ${workspace}`);
    return buildOne(workspace, "ignore");
  });
};

function buildable() {
  const list = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).workspaces;
  return list.filter((workspace) => {
    const file = path.join(root, workspace, "package.json");
    return fs.existsSync(file) && Boolean((JSON.parse(fs.readFileSync(file, "utf8")).scripts || {}).build);
  });
}

function buildOne(workspace, stdout) {
  // Taken before the build: what is edited meanwhile is built again next time.
  const from = digest(workspace);
  const args = ["run", "build", "--silent", "--workspace", workspace];
  const result = childProcess.spawnSync("npm", args, { cwd: root, stdio: ["ignore", stdout, "inherit"] });
  if (result.status !== 0) return false;
  const built = Object.assign(readRecord(), { [workspace]: from });
  fs.mkdirSync(path.dirname(record), { recursive: true });
  fs.writeFileSync(record, `${JSON.stringify(built, null, 2)}\n`);
  return true;
}

function isBuilt(workspace) {
  const dist = path.join(root, workspace, "dist");
  return fs.existsSync(dist) && fs.readdirSync(dist).length > 0;
}

function readRecord() {
  try {
    return JSON.parse(fs.readFileSync(record, "utf8"));
  } catch (_absent) {
    return {}; // Nothing was built yet.
  }
}

/** One text for the contents of a workspace, of the others it may take types from, and of what all of them share. */
function digest(workspace) {
  const hash = crypto.createHash("sha256");
  const add = (file) => {
    hash.update(`${path.relative(root, file)}\0`);
    hash.update(fs.readFileSync(file));
  };
  ["package-lock.json", "tsconfig.json"].map((name) => path.join(root, name)).forEach(add);
  filesBelow(path.join(root, workspace)).forEach(add);
  if (workspace !== "packages/sdk") filesBelow(path.join(root, "packages/sdk/src")).forEach(add);
  return hash.digest("hex");
}

function filesBelow(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .reduce((files, entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory())
        return NOT_SOURCES.indexOf(entry.name) < 0 ? files.concat(filesBelow(place)) : files;
      return /\.(md|tsbuildinfo)$/.test(entry.name) || !entry.isFile() ? files : files.concat(place);
    }, []);
}

if (require.main === module) {
  process.exitCode = buildable().every((workspace) => buildOne(workspace, "inherit")) ? 0 : 1;
}
