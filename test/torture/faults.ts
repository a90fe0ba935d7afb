/**
 * The long faults: kills and stops by the dozen, power cuts, disks that fail, fill up or crawl, little memory. Prints a
 * table that ends in zeros; exits with 1 when it does not.
 *
 * Run: npm run torture -- torture/faults [rounds of kills, default 50]. Power cuts and small disks need root, failing
 * disks need strace; what cannot be done on this machine is named, never left out in silence.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Drive, drive } from "../../packages/collector/bench/load/drive.ts";
import {
  compare,
  differencesFromReplay,
  newFolder,
  type RunningCollector,
  type StartOptions,
  sleep,
  start,
  sum,
  until,
} from "../process/parts/running.ts";

const ROUNDS = Number(process.argv[2] ?? 50);
const POWER_CUTS = Math.ceil(ROUNDS * 0.4);
const LANES = 32;
const WARM_UP_MS = 2_000;
const isRoot = process.getuid?.() === 0;
const hasStrace = spawnSync("strace", ["-V"]).status === 0;

interface Row {
  fault: string;
  rounds: number;
  acknowledged: number;
  lost: number;
  twice: number;
  /** Tables that differ from a replay, exits other than expected, other answers than 2xx and 503. */
  wrong: number;
  note: string;
}
const rows: Row[] = [];
const folders: string[] = [];

const folder = (): string => {
  const made = newFolder();
  folders.push(made);
  return made;
};

/** Compares the file with the load and adds the row. */
function conclude(
  fault: string,
  rounds: number,
  data: string,
  load: Drive,
  perRequest: number,
  wrong: number,
  note: string,
): void {
  const { lost, twice } = compare(data, load.acknowledged, perRequest);
  const others = Object.entries(load.statuses).filter(([status]) => !/^(2..|503)$/.test(status));
  const differing = differencesFromReplay(data);
  rows.push({
    fault,
    rounds,
    acknowledged: sum(load.acknowledged) * perRequest,
    lost,
    twice,
    wrong: wrong + others.length + differing.length,
    note: [note, ...others.map(([s, n]) => `${n} x ${s}`), ...differing.map((t) => `${t} differs`)].join(" "),
  });
  console.log(`${fault}: done`);
}

/** Round after round: load for a random moment, end it by `signal`, start again on the same file. */
async function endings(fault: string, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const data = folder();
  let collector = await start(data);
  const load = drive({
    port: collector.port,
    lanes: LANES,
    perRequest: 2,
    run: 1,
    sendTwice: 0.1,
    rate: 6_000,
  });
  let wrong = 0;
  let slowest = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(100 + Math.random() * 700);
    const begin = performance.now();
    const code = await collector.end(signal);
    if (signal === "SIGTERM" && (code !== 0 || performance.now() - begin > 5_000)) wrong += 1;
    collector = await start(data);
    slowest = Math.max(slowest, collector.readyAfterMs);
    load.moveTo(collector.port);
  }
  await sleep(300);
  await load.stop();
  if ((await collector.end("SIGTERM")) !== 0) wrong += 1;
  conclude(fault, ROUNDS, data, load, 2, wrong, `ready again after ${Math.round(slowest)} ms at most`);
}

const run = (...words: string[]): void => {
  const { status, stderr } = spawnSync(words[0]!, words.slice(1));
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr.toString()}`);
};

/**
 * The data lie on a disk image. At the cut the image is copied as it stands, which keeps only what had reached it, and
 * the copy is what the next round starts from.
 */
async function powerCuts(): Promise<void> {
  const room = folder();
  const image = join(room, "disk");
  const mountPoint = join(room, "mounted");
  mkdirSync(mountPoint);
  run("truncate", "-s", "256M", image);
  run("mkfs.ext4", "-q", "-F", image);
  const data = join(mountPoint, "data");
  let load: Drive | undefined;
  for (let round = 0; round < POWER_CUTS; round++) {
    run("mount", "-o", "loop", image, mountPoint);
    let collector: RunningCollector | undefined;
    try {
      collector = await start(data);
      load ??= drive({ port: collector.port, lanes: LANES, perRequest: 2, run: 2, rate: 6_000 });
      load.moveTo(collector.port);
      await sleep(300 + Math.random() * 700);
      // Nothing is acknowledged after this line; what was, must be in the copy.
      collector.process.kill("SIGSTOP");
      await sleep(5);
      copyFileSync(image, `${image}.cut`);
    } finally {
      await collector?.end("SIGKILL");
      run("umount", mountPoint);
    }
    run("mv", `${image}.cut`, image);
  }
  run("mount", "-o", "loop", image, mountPoint);
  const collector = await start(data);
  load!.moveTo(collector.port);
  await sleep(300);
  await load!.stop();
  const code = await collector.end("SIGTERM");
  conclude("power cut", POWER_CUTS, data, load!, 2, code === 0 ? 0 : 1, "");
  run("umount", mountPoint);
}

/** Load on a collector under a fault that comes and goes. */
async function under(
  fault: string,
  options: StartOptions,
  seconds: number,
  perRequest: number,
  note: (load: Drive) => { wrong: number; text: string },
): Promise<void> {
  const data = folder();
  const collector = await start(data, options);
  const load = drive({ port: collector.port, lanes: LANES, perRequest, run: 3, rate: 2_000 });
  // Answer times of a collector at work: the first wave also waits for the write-ahead log to be begun.
  await sleep(WARM_UP_MS);
  load.restart();
  await sleep(seconds * 1_000);
  const { wrong, text } = note(load);
  await load.stop(5_000);
  const child = collector.process;
  // Under strace the signal goes to the collector itself.
  const pid = options.wrap === undefined ? child.pid! : childOf(child.pid!);
  process.kill(pid, "SIGTERM");
  const code = await collector.ended;
  conclude(fault, 1, data, load, perRequest, wrong + (code === 0 ? 0 : 1), text);
}

const childOf = (pid: number): number =>
  Number(
    spawnSync("pgrep", ["-P", String(pid)])
      .stdout.toString()
      .trim()
      .split("\n")[0],
  );

const traced = (inject: string): StartOptions => ({
  wrap: [
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    "trace=fsync,fdatasync",
    "-e",
    `inject=fsync,fdatasync:${inject}`,
  ],
});

async function fullDisk(): Promise<void> {
  const disk = join(folder(), "disk");
  mkdirSync(disk);
  run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk);
  try {
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, Buffer.alloc(12 * 1024 * 1024));
    const data = join(disk, "data");
    const collector = await start(data);
    const load = drive({ port: collector.port, lanes: LANES, perRequest: 10, run: 4, retryAfterMs: 50 });
    await until("a full disk", () => (load.statuses[503] ?? 0) > 100, 30_000);
    rmSync(ballast);
    const before = sum(load.acknowledged);
    await until("going on", () => sum(load.acknowledged) > before + 200, 10_000);
    await load.stop();
    await collector.end("SIGTERM");
    conclude("full disk", 1, data, load, 10, 0, `${load.statuses[503]} x 503, went on by itself`);
  } finally {
    run("umount", "-l", disk);
  }
}

const cannot = (fault: string, why: string): void => {
  rows.push({
    fault,
    rounds: 0,
    acknowledged: 0,
    lost: 0,
    twice: 0,
    wrong: 0,
    note: `not possible here: ${why}`,
  });
};

await endings("SIGKILL, 10 % sent twice", "SIGKILL");
await endings("SIGTERM, 10 % sent twice", "SIGTERM");
if (isRoot && existsSync("/dev/loop-control")) await powerCuts();
else cannot("power cut", "needs root and loop devices");
if (hasStrace) {
  await under("fsync fails now and then", traced("error=EIO:when=60+40"), 10, 2, (load) => ({
    wrong: (load.statuses[503] ?? 0) > 0 ? 0 : 1,
    text: `${load.statuses[503] ?? 0} x 503`,
  }));
  await under("fsync takes 100 ms", traced("delay_enter=100000"), 10, 2, (load) => ({
    wrong: load.latency(0.99) < 300 ? 0 : 1,
    text: `answer p99 ${load.latency(0.99)} ms`,
  }));
} else cannot("failing and slow fsync", "needs strace");
if (isRoot) await fullDisk();
else cannot("full disk", "needs root");
await under("96 MiB of heap, floods", { nodeFlags: ["--max-old-space-size=96"] }, 15, 50, () => ({
  wrong: 0,
  text: "",
}));

console.log(
  `\n${"fault".padEnd(28)}${"rounds".padStart(7)}${"acknowledged".padStart(14)}${"lost".padStart(6)}${"twice".padStart(7)}${"wrong".padStart(7)}  note`,
);
for (const row of rows) {
  console.log(
    `${row.fault.padEnd(28)}${String(row.rounds).padStart(7)}${String(row.acknowledged).padStart(14)}` +
      `${String(row.lost).padStart(6)}${String(row.twice).padStart(7)}${String(row.wrong).padStart(7)}  ${row.note}`,
  );
}
for (const made of folders) rmSync(made, { recursive: true, force: true });
if (rows.some(({ lost, twice, wrong }) => lost + twice + wrong > 0)) process.exitCode = 1;
