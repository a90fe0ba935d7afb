/**
 * A clone so small that its set-up takes milliseconds, and a machine to set it up on.
 *
 * Both are folders below the system's temporary one; the caller removes them.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "..");

/** A folder with the set-up scripts and one workspace whose build copies a file; its packages count as installed. */
export function smallClone(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "sojourn-clone-"));
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  };
  cpSync(path.join(ROOT, "scripts"), path.join(folder, "scripts"), { recursive: true });
  const lock = JSON.stringify({ packages: { "": {}, "node_modules/node": { integrity: "sha512-x" } } });
  write("package.json", JSON.stringify({ name: "clone", workspaces: ["packages/sdk", "packages/page"] }));
  write("tsconfig.json", "{}");
  write("package-lock.json", lock);
  write("node_modules/.package-lock.json", lock);
  write("node_modules/node/bin/node", "");
  write("packages/sdk/package.json", JSON.stringify({ name: "@clone/sdk" }));
  write("packages/sdk/src/wire.ts", "");
  const build = "node -e \"fs.cpSync('src', 'dist', { recursive: true })\"";
  write("packages/page/package.json", JSON.stringify({ name: "page", scripts: { build } }));
  write("packages/page/src/a.txt", "first");
  return folder;
}

/** A folder to be the whole PATH: a shell, and an apt-get whose packages are empty programs. */
export function fakeMachine(clone: string, { hasApt }: { hasApt: boolean }): string {
  const bin = path.join(clone, "bin");
  const script = (name: string, lines: string) => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  };
  mkdirSync(bin);
  for (const tool of ["env", "sh", "node", "npm"]) {
    const real = tool === "node" ? process.execPath : realPathOf(tool);
    script(tool, `exec ${real} "$@"`);
  }
  if (hasApt) {
    const log = path.join(clone, "apt.log");
    script("sudo", '[ "$2" = true ] && exit 0; shift; exec "$@"');
    script("apt-cache", 'echo "  Candidate: 1.0"');
    script(
      "apt-get",
      `for last in "$@"; do :; done
case $last in
  --version) exit 0 ;;
  firefox-esr) program=firefox-esr ;;
  webkit2gtk-driver) program=WebKitWebDriver ;;
  xvfb) program=Xvfb ;;
esac
echo $last >> ${log}
if [ -n "$program" ]; then echo "noise of dpkg"; /bin/cp /bin/sh ${bin}/$program; fi`,
    );
  }
  return bin;
}

function realPathOf(tool: string): string {
  const folders = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((one) => !one.includes("node_modules"));
  const found = folders.map((one) => path.join(one, tool)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${tool} is not on the PATH`);
  return found;
}

/** Runs the clone's set-up for `npm start` or `npm test`; on a fake machine when `bin` is given. */
export function prepare(purpose: "start" | "test", clone: string, bin?: string) {
  return spawnSync(process.execPath, ["scripts/prepare.cjs", purpose], {
    cwd: clone,
    encoding: "utf8",
    // MiniBrowser has no place on the PATH; a setting names it. HOME hides browsers downloaded earlier.
    ...(bin === undefined ? {} : { env: { PATH: bin, HOME: clone, TEST_WEBKIT_BROWSER: "/bin/sh" } }),
  });
}
