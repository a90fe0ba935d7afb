/**
 * Measures how fast touchpoints are kept, beside two yardsticks in the same run: Hono that keeps nothing, and SQLite
 * that does nothing else. Afterwards it checks that everything acknowledged is in the file, once, and counted.
 *
 * Run: npm run bench -- throughput [seconds per case, default 20]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { residentMiB, runClient, startBare, startCollector } from "./load/process.ts";
import { openShoppers, originOf } from "./load/shoppers.ts";

const seconds = Number(process.argv[2] ?? 20);
const only = process.argv[3];
const WARM_UP_SECONDS = 3;

interface Case {
  lanes: number;
  perRequest: number;
}
const CASES: readonly Case[] = [
  { lanes: 64, perRequest: 1 },
  { lanes: 256, perRequest: 1 },
  { lanes: 64, perRequest: 10 },
  { lanes: 256, perRequest: 10 },
];

interface Goal {
  floor: number;
  aim: number;
}

/** "0.53 (floor 0.50 met, aim 0.65 missed)". */
function judged(value: number, { floor, aim }: Goal, least: boolean): string {
  const meets = (goal: number) => (least ? value >= goal : value <= goal);
  const word = meets(aim) ? "aim met" : meets(floor) ? "floor met" : "floor MISSED";
  return `${value.toFixed(value < 10 ? 2 : 0)} (${word}; floor ${floor}, aim ${aim})`;
}

const thousands = (n: number): string => Math.round(n).toLocaleString("en");

/** Rows a second that better-sqlite3 puts into a table like the log, 1,000 a commit, fsync each. */
function rawLimit(): number {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-raw-"));
  const db = new Database(join(folder, "raw.db"));
  db.pragma("journal_mode = wal");
  db.pragma("synchronous = full");
  db.exec(`create table touchpoint (seq integer primary key, id blob not null, visitor integer not null,
    at integer not null, kind integer not null, body text not null) strict;
    create unique index touchpoint_by_id on touchpoint (id);`);
  const insert = db.prepare(
    "insert into touchpoint (id, visitor, at, kind, body) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const shoppers = openShoppers("shop", 1, 1);
  const bodies = Array.from({ length: 5_000 }, (_, i) => {
    const beacon = JSON.parse(shoppers.beacon(0, i, 1, 1_763_790_000_000)) as { touchpoints: object[] };
    const { id: _id, at: _at, kind: _kind, ...rest } = beacon.touchpoints[0] as Record<string, unknown>;
    return JSON.stringify(rest);
  });
  let rows = 0;
  const id = Buffer.alloc(16);
  const start = performance.now();
  while (performance.now() - start < 4_000) {
    db.exec("begin");
    for (let i = 0; i < 1_000; i++, rows++) {
      id.writeUIntBE(1_763_790_000_000 + Math.floor(rows / 300), 0, 6);
      id.writeUInt32BE(Math.imul(rows, 0x9e3779b1) >>> 0, 6);
      id.writeUInt32BE(rows, 12);
      insert.run(id, rows & 0xffff, 1_763_790_000_000, 1, bodies[rows % 5_000]);
    }
    db.exec("commit");
  }
  const rate = rows / ((performance.now() - start) / 1_000);
  db.close();
  rmSync(folder, { recursive: true });
  return rate;
}

async function bareRate(lanes: number): Promise<number> {
  const bare = await startBare();
  const { rate } = await runClient({
    port: bare.port,
    lanes,
    perRequest: 1,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: Math.min(seconds, 8),
  });
  await bare.stop();
  return rate;
}

interface Measured {
  rate: number;
  p50: number;
  p99: number;
  max: number;
  rss: number;
  mostPending: number;
  mostPendingMs: number;
  visibleMs: number;
  bytesLog: number;
  bytesAll: number;
  lost: number;
  twice: number;
  stored: number;
  statuses: Record<number, number>;
  exitCode: number | null;
}

async function measure({ lanes, perRequest }: Case): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-bench-"));
  const collector = await startCollector(folder);
  const pid = collector.process.pid!;
  let rss = 0;
  let mostPending = 0;
  let mostPendingMs = 0;
  const metrics = async (): Promise<{ pending: number; pendingMs: number }> => {
    const text = await (await fetch(`http://127.0.0.1:${collector.port}/metrics`)).text();
    const read = (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
    return {
      pending: read("sojourn_queue_touchpoints"),
      pendingMs: read("sojourn_queue_oldest_seconds") * 1_000,
    };
  };
  const watch = setInterval(() => {
    rss = Math.max(rss, residentMiB(pid));
    metrics().then(({ pending, pendingMs }) => {
      mostPending = Math.max(mostPending, pending);
      mostPendingMs = Math.max(mostPendingMs, pendingMs);
    });
  }, 1_000);
  const client = await runClient({
    port: collector.port,
    lanes,
    perRequest,
    run: 7,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
  });
  clearInterval(watch);
  const ended = performance.now();
  while ((await metrics()).pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const visibleMs = performance.now() - ended;
  const exitCode = await collector.stop();
  const checked = check(folder, client.acknowledged, perRequest);
  rmSync(folder, { recursive: true });
  return {
    ...client,
    ...checked,
    rate: client.rate * perRequest,
    rss,
    mostPending,
    mostPendingMs,
    visibleMs,
    exitCode,
  };
}

/** Compares the file with what was acknowledged. */
function check(folder: string, acknowledged: readonly number[], perRequest: number) {
  const path = join(folder, "sojourn.db");
  const db = new Database(path, { readonly: true });
  const seen = acknowledged.map((n) => new Uint8Array((n + 2) * perRequest));
  let twice = 0;
  let stored = 0;
  for (const id of db.prepare<[], Buffer>("select id from touchpoint").pluck().iterate()) {
    const { lane, number } = originOf(id);
    if (seen[lane]![number]! > 0) twice += 1;
    seen[lane]![number] = 1;
    stored += 1;
  }
  let lost = 0;
  acknowledged.forEach((n, lane) => {
    for (let number = 0; number < n * perRequest; number++) if (seen[lane]![number] === 0) lost += 1;
  });
  const bytesLog = db
    .prepare<[], number>("select sum(pgsize) from dbstat where name in ('touchpoint', 'touchpoint_by_id')")
    .pluck()
    .get()!;
  db.close();
  return { lost, twice, stored, bytesLog: bytesLog / stored, bytesAll: statSync(path).size / stored };
}

const bare = new Map<number, number>();
const raw = only === undefined ? rawLimit() : 1;
if (only === undefined) console.log(`SQLite alone, 1,000 rows a commit with fsync: ${thousands(raw)} rows/s`);
let failed = false;
for (const one of CASES) {
  const { lanes, perRequest } = one;
  if (only !== undefined && only !== `${lanes}/${perRequest}`) continue;
  if (!bare.has(lanes)) bare.set(lanes, await bareRate(lanes));
  const m = await measure(one);
  console.log(
    `\n${lanes} connections, ${perRequest} touchpoint${perRequest > 1 ? "s" : ""} a request, ${seconds} s`,
  );
  const line = (name: string, value: string) => console.log(`  ${name.padEnd(34)}${value}`);
  line("bare Hono, requests/s", thousands(bare.get(lanes)!));
  line("collector, touchpoints/s", thousands(m.rate));
  if (perRequest === 1) {
    const goal = lanes === 64 ? { floor: 0.5, aim: 0.65 } : { floor: 0.65, aim: 0.8 };
    line("share of bare Hono", judged(m.rate / bare.get(lanes)!, goal, true));
  } else line("share of SQLite alone", judged(m.rate / raw, { floor: 0.3, aim: 0.45 }, true));
  line("answer p50 / p99 / longest, ms", `${m.p50} / ${m.p99} / ${m.max}`);
  if (lanes === 64 && perRequest === 1) line("answer p99, ms", judged(m.p99, { floor: 20, aim: 10 }, false));
  line(
    "resident memory, MiB",
    judged(m.rss, perRequest === 1 ? { floor: 256, aim: 160 } : { floor: 400, aim: 250 }, false),
  );
  line("log and index, bytes a touchpoint", judged(m.bytesLog, { floor: 240, aim: 180 }, false));
  line("whole file, bytes a touchpoint", thousands(m.bytesAll));
  line("most waiting for projection", `${thousands(m.mostPending)}, oldest ${thousands(m.mostPendingMs)} ms`);
  line("all visible after the last answer", `${thousands(m.visibleMs)} ms`);
  line("stored / lost / twice", `${thousands(m.stored)} / ${m.lost} / ${m.twice}`);
  line("statuses", JSON.stringify(m.statuses));
  if (m.lost > 0 || m.twice > 0 || m.exitCode !== 0) failed = true;
}
if (failed) {
  console.error("\nSomething acknowledged is missing or stored twice.");
  process.exitCode = 1;
}
