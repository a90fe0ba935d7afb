/**
 * Measures what erasing a person costs those who send meanwhile: answers to beacons alone and beside one erasure after the
 * other, and how long each takes.
 *
 * Run: npm run bench -- forget [people, default 100,000] [how many are erased, default 5]. A million people make ten million
 * touchpoints; the data set is made once and kept in the system's folder for temporary files, and a copy is written to.
 */
import { randomUUID } from "node:crypto";
import { constants, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drive } from "./load/drive.ts";
import { makeHistory } from "./load/history.ts";
import { startCollector } from "./load/process.ts";

const people = Number(process.argv[2] ?? 100_000);
const erased = Number(process.argv[3] ?? 5);
const DAY_MS = 86_400_000;
const GOAL_MS = 50;
const BESIDE = { lanes: 16, perRequest: 1, rate: 500 };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const history = makeHistory(people, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS, (text) =>
  console.log(`  ${text}`),
);
const folder = mkdtempSync(join(tmpdir(), "sojourn-forget-"));
for (const name of ["sojourn.db", "secret"])
  copyFileSync(join(history.folder, name), join(folder, name), constants.COPYFILE_FICLONE);

const collector = await startCollector(folder);
try {
  const { token } = JSON.parse(readFileSync(join(folder, "running.json"), "utf8")) as { token: string };
  const load = drive({ ...BESIDE, port: collector.port, run: 20 });
  await sleep(3_000);
  load.restart();
  await sleep(7_000);
  console.log(`500 touchpoints a second alone: p99 ${load.latency(0.99)}, at most ${load.latency(1)} ms`);
  for (const visitor of history.visitors.slice(-erased)) {
    await visitAlone(visitor);
    load.restart();
    const begin = performance.now();
    const response = await fetch(`http://127.0.0.1:${collector.port}/api/v1/people/${visitor}?site=shop`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });
    const tookMs = Math.round(performance.now() - begin);
    const { touchpoints, isClean, wasRewritten } = (await response.json()) as Record<string, unknown>;
    await sleep(200);
    const longest = load.latency(1);
    if (longest > GOAL_MS || response.status !== 200) process.exitCode = 1;
    console.log(
      `erased ${touchpoints} touchpoints in ${tookMs} ms (clean: ${isClean}, written anew: ${wasRewritten}); answers meanwhile ` +
        `p99 ${load.latency(0.99)}, at most ${longest} ms (goal ${GOAL_MS}: ${longest <= GOAL_MS ? "met" : "MISSED"})`,
    );
  }
  await load.stop();
} finally {
  await collector.stop();
  rmSync(folder, { recursive: true });
}

/** The person sees a page by a campaign that nobody else ever will, so that both have to go with them. */
async function visitAlone(visitor: string): Promise<void> {
  const at = Date.now();
  const touchpoint = {
    id: uuidV7(at),
    at,
    kind: "page_view",
    visit: true,
    url: `https://www.kettle-and-cup.example/for-${visitor}?utm_source=letter&utm_campaign=for-${visitor}`,
  };
  const response = await fetch(`http://127.0.0.1:${collector.port}/b`, {
    method: "POST",
    body: JSON.stringify({ v: 1, site: "shop", sentAt: at, visitor, touchpoints: [touchpoint] }),
  });
  if (response.status !== 204) throw new Error(`a visit was answered with ${response.status}`);
}

function uuidV7(at: number): string {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
