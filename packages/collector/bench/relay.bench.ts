/**
 * Measures taking in for another collector: looking at a touchpoint as its owner would and keeping it on the disk, and reading it
 * out again to be passed on. The owner's own work on it is the same as ever.
 *
 * Run: npm run bench -- relay
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_SITE } from "../src/domain/site.ts";
import { openRelay } from "../src/store/clickhouse/relay.ts";
import { openRelayFile } from "../src/store/clickhouse/relay-file.ts";
import { beacon } from "../test/house.ts";

const ARRIVALS = 20_000;
/** As many as wait while a group before them reaches the disk. */
const GROUP = 64;
const OWNER = "http://owner.example";

const folder = mkdtempSync(join(tmpdir(), "sojourn-relay-bench-"));
const file = openRelayFile(folder);
try {
  for (const perArrival of [1, 10]) await measure(perArrival);
} finally {
  file.close();
  rmSync(folder, { recursive: true });
}

async function measure(perArrival: number): Promise<void> {
  const now = Date.now();
  const relay = openRelay(
    file,
    async (_url, arrivals) =>
      arrivals.map(() => ({ kind: "stored", stored: perArrival, duplicates: 0, refused: [] })),
    () => now,
  );
  relay.setDirectory({ sites: [{ id: "shop", settings: DEFAULT_SITE, url: OWNER }], keys: [] });
  const arrivals = Array.from({ length: ARRIVALS }, (_, n) => {
    const views = Array.from({ length: perArrival }, (_view, k) => ({
      kind: "page_view",
      ...(k === 0 ? { visit: true } : {}),
      url: `https://shop.example/${k}?utm_source=letter&utm_medium=email`,
      at: now - k,
    }));
    const body = beacon(`visitor-${String(n).padStart(10, "0")}`, now, views);
    return { site: "shop", arrival: { door: "browser", receivedAt: now, body } as const };
  });
  const rate = (what: string, since: number, cpu: NodeJS.CpuUsage): string => {
    const seconds = (performance.now() - since) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const all = ARRIVALS * perArrival;
    return `${what} ${Math.round(all / seconds).toLocaleString("en")} touchpoints/s, ${((user + system) / all).toFixed(1)} microseconds of a core each`;
  };
  let [since, cpu] = [performance.now(), process.cpuUsage()];
  for (let start = 0; start < ARRIVALS; start += GROUP)
    await relay.take(arrivals.slice(start, start + GROUP));
  const taken = rate("taken in:", since, cpu);
  [since, cpu] = [performance.now(), process.cpuUsage()];
  while ((await relay.passOn(OWNER)) > 0);
  console.log(
    `${perArrival} a beacon, ${GROUP} beacons a commit: ${taken}; ${rate("passed on:", since, cpu)}`,
  );
}
