/**
 * Measures the scale-out engine on a year of data: how fast rows are shipped, and the questions on it.
 *
 * Run: npm run bench -- engine [people, default 100,000] [fill | compare]. A million people make ten million touchpoints. What is
 * filled is kept in the system's folder for temporary files; `fill` stops after that. The engine is the one of the tests,
 * behind a bridge that answers one question at a time, on the same cores as everything else here.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEngine } from "../../../test/engine/engine.ts";
import { openPair } from "../../../test/engine/pair.ts";
import type { Arrival } from "../src/ingest/accept.ts";
import { answerQuestion, type QuestionName, type Questions } from "../src/report/questions.ts";
import { compareTables } from "../src/store/clickhouse/repair.ts";
import { beacon } from "../test/house.ts";
import { makeHistory } from "./load/history.ts";

const people = Number(process.argv[2] ?? 100_000);
const onlyFills = process.argv[3] === "fill";
const compares = process.argv[3] === "compare" || people <= 100_000;
const DAY_MS = 86_400_000;
const history = makeHistory(people, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS, (text) =>
  console.log(`  ${text}`),
);
const place = join(tmpdir(), `sojourn-engine-history-${people}`);
const folder = join(place, "file");
const filled = join(place, "filled");
if (!existsSync(filled)) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, "sojourn.db"))) {
    copyFileSync(join(history.folder, "sojourn.db"), join(folder, "sojourn.db"));
    copyFileSync(join(history.folder, "secret"), join(folder, "secret"));
  }
}

const engine = await startEngine({ folder: join(place, "engine") });
const pair = openPair({ store: engine.store(), folder, most: 20_000 });
const seconds = (since: number): number => (performance.now() - since) / 1_000;
const number = (n: number): string => Math.round(n).toLocaleString("en");

try {
  const { forwarder, writer, client } = pair;
  if (!existsSync(filled)) {
    const startedAt = performance.now();
    await forwarder.open();
    const isDone = forwarder.goal();
    while (!isDone()) {
      forwarder.cut();
      await forwarder.deliver();
    }
    await forwarder.drain();
    const touchpoints = writer.db.prepare("select count(*) from touchpoint").pluck().get() as number;
    const took = seconds(startedAt);
    console.log(
      `copied ${number(touchpoints)} touchpoints with all that follows in ${number(took)} s: ${number(touchpoints / took)} touchpoints/s, one after the other`,
    );
    await tellCost("a first copy taken in and merged", touchpoints);
    writeFileSync(filled, "");
  }
  if (!onlyFills) {
    await ship();
    await ask();
    if (compares) await compare();
    const [size] = await client.rows<[number]>(
      "select sum(bytes_on_disk) from system.parts where active and database = 'sojourn'",
    );
    const [count] = await client.rows<[number]>("select count() from touchpoint");
    console.log(`engine: ${number(size![0] / count![0])} bytes on disk per touchpoint, all tables`);
    const { peakBytes } = usageOf(engine.pid);
    console.log(
      `engine: at most ${number(peakBytes / 2 ** 20)} MiB of memory while it was asked, its process as a whole`,
    );
  }
} finally {
  await pair.close(true);
  await engine.stop();
}

/**
 * What the engine's process spent since it began, once its merges are through: time of its cores (taking the requests apart
 * included), the part of it that merging took, and the most memory it had.
 */
async function tellCost(what: string, touchpoints: number, since = 0): Promise<void> {
  const { client } = pair;
  for (let tries = 0; tries < 120; tries++) {
    const [merging] = await client.rows<[number]>("select count() from system.merges");
    if (merging![0] === 0) break;
    await sleep(1_000);
  }
  const [merged] = await client.rows<[number, number]>(
    `select sumIf(value, event = 'MergeMutateBackgroundExecutorTaskExecuteStepMicroseconds'),
      sumIf(value, event = 'MergedRows') from system.events`,
  );
  const { coreSeconds, peakBytes } = usageOf(engine.pid);
  const micros = (us: number): string => (us / touchpoints).toFixed(1);
  // The engine counts its merges from its beginning on.
  const merging =
    since > 0
      ? ""
      : `, of them at most ${micros(merged![0])} for merging (${(merged![1] / touchpoints).toFixed(1)} rows merged per touchpoint)`;
  console.log(
    `engine, ${what}: ${micros((coreSeconds - since) * 1e6)} microseconds of its cores per touchpoint${merging}; ` +
      `at most ${number(peakBytes / 2 ** 20)} MiB of memory`,
  );
}

/** Time of its cores and the most memory of a process, as Linux counts them. */
function usageOf(pid: number): { coreSeconds: number; peakBytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  // Hundredths of a second; the twelfth and thirteenth field behind the name.
  return {
    coreSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    peakBytes: Number(peak?.[1] ?? 0) * 1_024,
  };
}

/** Every table of the engine with the file's; takes minutes on a million people. */
async function compare(): Promise<void> {
  const tables = await compareTables(pair.writer.db, pair.client, pair.spool.owner()!);
  const rows = tables.reduce((sum, { engine: { rows: n } }) => sum + n, 0);
  const differing = tables.filter(({ isSame }) => !isSame).map(({ table }) => table);
  console.log(
    `${number(rows)} rows compared with the file; tables that differ: ${differing.join(", ") || "none"}`,
  );
}

/** Touchpoints of people who come back, folded first, then shipped: what the forwarder itself does. */
async function ship(): Promise<void> {
  const { writer, forwarder, spool } = pair;
  await forwarder.drain();
  const count = 60_000;
  const perVisit = 4;
  const start = Date.now();
  const group: Arrival[] = [];
  const arrivals: Arrival[] = [];
  for (let n = 0; n < count / perVisit; n++) {
    const at = start - 1_000;
    const views = Array.from({ length: perVisit }, (_, k) => ({
      kind: k === 3 ? "add_to_cart" : "page_view",
      ...(k === 0 ? { visit: true } : {}),
      url: `https://www.kettle-and-cup.example/${n % 50}?utm_source=letter&utm_medium=email`,
      at: at - (perVisit - k) * 1_000,
    }));
    const visitor = `bench-${start.toString(36)}-${Math.floor(n / 2)}`;
    arrivals.push({ door: "browser", receivedAt: at, body: beacon(visitor, at, views) });
  }
  const before = process.cpuUsage();
  for (const arrival of arrivals) {
    group.push(arrival);
    if (group.length < 500) continue;
    writer.ingest(group.splice(0));
    while (writer.project(1_000) > 0);
  }
  writer.ingest(group);
  while (writer.project(1_000) > 0);
  const spent = process.cpuUsage(before);
  console.log(
    `kept and folded ${number(count)} touchpoints, ${perVisit} at a time: ${((spent.user + spent.system) / count).toFixed(1)} microseconds of one core each`,
  );
  if (writer.totals.stored !== count) throw new Error(`stored ${writer.totals.stored} of ${count}`);
  const bytesBefore = spool.counts().bytes;
  const engineBefore = usageOf(engine.pid).coreSeconds;
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await forwarder.drain();
  const took = seconds(startedAt);
  const { user, system } = process.cpuUsage(cpu);
  const cores = (user + system) / 1e6;
  const bytes = spool.counts().bytes - bytesBefore;
  console.log(
    `shipped ${number(count)} touchpoints in ${took.toFixed(2)} s (the engine included): ${number(count / took)}/s; ` +
      `forwarder: ${number(count / cores)} per second of one core; ${number(bytes / count)} bytes kept per touchpoint`,
  );
  await tellCost("what was shipped taken in and merged", count, engineBefore);
}

async function ask(): Promise<void> {
  const site = pair.writer.sites.all()[0]!.id;
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const month = { site, from: day(history.end - 31 * DAY_MS), to: day(history.end - DAY_MS) };
  await measure("stage counts now", "stages", { site }, 500);
  await measure("stage counts by channel", "stages", { site, by: "channel" }, 500);
  await measure(
    "stage counts at the end of a past day",
    "stages",
    { site, at: day(history.end - 100 * DAY_MS) },
    2_000,
  );
  await measure("all models of credit, 30 days", "attribution", month, 3_000);
  await measure("sources, 30 days", "sources", month, 3_000);
  await measure("funnel, 30 days", "funnel", month, 4_000);
  await measure(
    "cohorts, 180 days by week",
    "cohorts",
    { site, from: day(history.end - 180 * DAY_MS), to: month.to, every: "week" },
    4_000,
  );
  await measure("key figures, 30 days", "kpis", month, 4_000);
  await measure("one person", "person", { site, person: history.visitors[7]! }, 500);
}

/** Three times; the middle one counts. */
async function measure<N extends QuestionName>(
  what: string,
  name: N,
  params: Questions[N]["take"],
  goalMs: number,
): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < 3; n++) {
    const startedAt = performance.now();
    await answerQuestion(pair.engine, name, params, Date.now());
    times.push(performance.now() - startedAt);
  }
  const middle = times.sort((a, b) => a - b)[1]!;
  console.log(
    `  ${what.padEnd(44)}${middle.toFixed(0).padStart(7)} ms   (goal ${goalMs}: ${middle <= goalMs ? "met" : "MISSED"})`,
  );
}
