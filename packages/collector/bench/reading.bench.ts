/**
 * Measures questions on a year of data while touchpoints keep arriving: stage counts, as-of, sources, a timeline, and everything
 * the overview asks at once; what that costs those who send; and the start of the process and its memory.
 *
 * Run: npm run bench -- reading [people, default 100,000]. A million people make ten million touchpoints; the data set is
 * made once and kept in the system's folder for temporary files.
 */
import { constants, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { drive } from "./load/drive.ts";
import { makeHistory } from "./load/history.ts";
import { residentMiB, startCollector } from "./load/process.ts";

const people = Number(process.argv[2] ?? 100_000);
const DAY_MS = 86_400_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const history = makeHistory(people, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS, (text) =>
  console.log(`  ${text}`),
);
const source = join(history.folder, "sojourn.db");
const db = new Database(source, { readonly: true });
const touchpoints = db.prepare("select count(*) from touchpoint").pluck().get() as number;
db.close();
console.log(
  `${history.people.toLocaleString("en")} people, ${touchpoints.toLocaleString("en")} touchpoints, ` +
    `${Math.round(statSync(source).size / 1_048_576)} MiB`,
);

const folder = mkdtempSync(join(tmpdir(), "sojourn-reading-"));
copyFileSync(source, join(folder, "sojourn.db"), constants.COPYFILE_FICLONE);
copyFileSync(join(history.folder, "secret"), join(folder, "secret"));

const begin = performance.now();
const collector = await startCollector(folder);
const coldStart = performance.now() - begin;
await sleep(5_000);
const atRest = residentMiB(collector.process.pid!);
const { token } = JSON.parse(readFileSync(join(folder, "running.json"), "utf8")) as { token: string };

async function ask(path: string): Promise<number> {
  const start = performance.now();
  const response = await fetch(`http://127.0.0.1:${collector.port}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text.slice(0, 200)}`);
  return performance.now() - start;
}

async function times(n: number, path: (i: number) => string): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < n; i++) all.push(await ask(path(i)));
  return all.sort((a, b) => a - b);
}

const line = (name: string, sorted: readonly number[], goal: number): void => {
  const p = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const verdict = p(0.99) <= goal ? "met" : "MISSED";
  console.log(
    `  ${name.padEnd(44)}p50 ${p(0.5).toFixed(1).padStart(8)}  p99 ${p(0.99).toFixed(1).padStart(8)} ms  (goal ${goal}: ${verdict})`,
  );
};

const isoOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const pastDay = (i: number): string => isoOf(history.end - (1 + ((i * 37) % 360)) * DAY_MS);

const lane = { port: collector.port, lanes: 16, perRequest: 1, rate: 500 };
const alone = drive({ ...lane, run: 10 });
await sleep(10_000);
await alone.stop();
console.log(
  `500 touchpoints a second alone: answered in p50 ${alone.latency(0.5)}, p99 ${alone.latency(0.99)} ms`,
);

const load = drive({ ...lane, run: 11 });
await sleep(1_000);
console.log("while 500 touchpoints a second arrive:");
line("stage counts now", await times(200, () => "stages?site=shop"), 20);
line(
  "stage counts at the end of a past day",
  await times(120, (i) => `stages?site=shop&at=${pastDay(i)}`),
  50,
);
const from = isoOf(history.end - 31 * DAY_MS);
const to = isoOf(history.end - DAY_MS);
line("sources over 30 days", await times(5, () => `sources?site=shop&from=${from}&to=${to}`), 2_000);
line("a person's timeline", await times(150, (i) => `people/${history.visitors[i]!}?site=shop`), 10);
await load.stop();

const period = `site=shop&from=${from}&to=${to}`;
/** What the overview asks when it is opened, in its sequence. */
const OVERVIEW = [
  "stages?site=shop",
  `kpis/headline?${period}&compare=previous`,
  `sources?${period}&by=channel&compare=previous`,
  `flow?${period}`,
  `stages/series?${period}`,
  "cohorts?site=shop&every=month",
  `funnel?${period}`,
  `findings?${period}`,
  "live?site=shop",
];
const beside = drive({ ...lane, run: 12 });
await sleep(1_000);
const firsts: number[] = [];
const slowest: number[] = [];
for (let round = 0; round < 10; round++) {
  // A browser holds six connections to a host.
  const waiting = OVERVIEW.map((path) => path);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        await ask(path);
        if (path.startsWith("kpis")) firsts.push(performance.now() - start);
      }
    }),
  );
  slowest.push(performance.now() - start);
}
await beside.stop();
const ascending = (list: number[]) => list.sort((a, b) => a - b);
line("the overview's six figures", ascending(firsts), 300);
line("everything the overview asks", ascending(slowest), 2_000);
console.log(`  beacons meanwhile: answered in p50 ${beside.latency(0.5)}, p99 ${beside.latency(0.99)} ms`);
const plain = (name: string, value: number, goal: number, unit: string) =>
  console.log(
    `${name.padEnd(46)}${Math.round(value)} ${unit}  (goal ${goal}: ${value <= goal ? "met" : "MISSED"})`,
  );
plain(
  "what the overview costs a beacon's p99",
  Math.max(0, beside.latency(0.99) - alone.latency(0.99)),
  20,
  "ms",
);
plain("memory after all of it", residentMiB(collector.process.pid!), 400, "MiB");
plain("from start to ready", coldStart, 1_000, "ms");
plain("memory at rest", atRest, 120, "MiB");
await collector.stop();
rmSync(folder, { recursive: true });
