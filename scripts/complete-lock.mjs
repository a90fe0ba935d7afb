/**
 * Completes the lock files with the packages that exist for other systems than the one it was written on.
 *
 * Some tools ship one optional package per system. A registry mirror that lacks the foreign ones makes npm leave
 * them out of the lock file without a word, and `npm ci` then refuses the whole file. Run this after a change of
 * dependencies: `node scripts/complete-lock.mjs`. Packages it adds carry no digest, because nobody here has seen them.
 */
import { readFileSync, writeFileSync } from "node:fs";

const OPERATING_SYSTEMS = ["android", "darwin", "freebsd", "linux", "openbsd", "openharmony", "win32"];
const PROCESSORS = {
  arm64: "arm64",
  arm: "arm",
  ia32: "ia32",
  loong64: "loong64",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "x64",
};
const C_LIBRARIES = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

/**
 * Packages that some entry of the lock file names as optional, at an exact version, and that have no entry of their
 * own; as lock file entries by place.
 */
function missingFrom(packages) {
  const missing = {};
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!resolves(packages, place, name))
        missing[`node_modules/${name}`] = entryOf(name, version, entry.dev);
    }
  }
  return missing;
}

/** True when a package at `place` finds `name` in its own or an outer node_modules. */
function resolves(packages, place, name) {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`]) return true;
    if (at === "") return false;
  }
}

function entryOf(name, version, dev) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => OPERATING_SYSTEMS.includes(word));
  const cpu = words.map((word) => PROCESSORS[word]).find(Boolean);
  if (!/^\d+\.\d+\.\d+/.test(version) || !os || !cpu) {
    throw new Error(`${name}@${version} is missing and its name does not tell for which system it is`);
  }
  const libc = os === "linux" ? words.map((word) => C_LIBRARIES[word]).find(Boolean) : undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev: true } : {}),
    ...(libc ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  };
}

if (import.meta.main) {
  for (const name of ["package-lock.json", "test/engine/package-lock.json"]) complete(name);
}

function complete(name) {
  const file = new URL(`../${name}`, import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingFrom(lock.packages);
  const all = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, "en")));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${Object.keys(missing).length} packages for other systems to ${name}`);
}
