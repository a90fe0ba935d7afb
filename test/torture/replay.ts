/**
 * Lives through a million random touchpoints, late, twice, out of order, from people who turn out to be one, with folding and
 * sweeping at random; then replays the log and compares every row of every projection. Prints differences: zeros.
 *
 * `npm run torture -- replay --seed 7 --touchpoints 200000`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../packages/collector/src/domain/attribution/seeded-random.ts";
import { presetModel } from "../../packages/collector/src/domain/lifecycle/presets.ts";
import type { Arrival } from "../../packages/collector/src/ingest/accept.ts";
import { runCommand } from "../../packages/collector/src/store/sqlite/commands.ts";
import { openWriter, type Writer } from "../../packages/collector/src/store/sqlite/writer.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { digestsOf } from "../../packages/collector/test/projections.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    touchpoints: { type: "string", default: "1000000" },
  },
});
const seed = Number(values.seed);
const wanted = Number(values.touchpoints);

const folder = mkdtempSync(join(tmpdir(), "sojourn-torture-"));
try {
  const { writer, end } = live(seed, wanted);
  const before = digestsOf(writer.db);
  const startedAt = performance.now();
  writer.startReplay();
  settle(writer, end);
  console.log(`replayed in ${seconds(startedAt)}`);
  const after = digestsOf(writer.db);
  writer.close();

  let differences = 0;
  for (const [table, digest] of Object.entries(before)) {
    const isSame = after[table] === digest;
    if (!isSame) differences += 1;
    const rows = digest.split(" ")[0]!.padStart(10);
    console.log(
      `${table.padEnd(16)}${rows} rows   ${isSame ? "0" : `differs: ${after[table]} instead of ${digest}`}`,
    );
  }
  console.log(`differences: ${differences}`);
  if (differences > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

function live(seed: number, wanted: number): { writer: Writer; end: number } {
  const startedAt = performance.now();
  const random = seededRandom(seed);
  let writer = openWriter(folder, { mostPending: Number.MAX_SAFE_INTEGER });
  runCommand(writer, "addSite", { id: "shop", settings: { zone: "Europe/Berlin" }, at: PAST_START });
  runCommand(writer, "applyModel", { site: "shop", model: presetModel("customer-base")!, at: PAST_START });

  // An arrival carries about two touchpoints.
  const past = arbitraryPast({
    seed,
    arrivals: Math.ceil(wanted / 2),
    people: Math.ceil(wanted / 40),
    merges: true,
  });
  let group: Arrival[] = [];
  let size = 1;
  let stored = 0;
  let starts = 1;
  let end = PAST_START;
  const keep = (): void => {
    for (const outcome of writer.ingest(group)) if (outcome.kind === "stored") stored += outcome.stored;
    if (random() < 0.7) writer.project(0);
    if (random() < 0.2) {
      while (writer.project(1_000) > 0);
      // Ahead of what is still on its way, as the sweep's clock may be.
      writer.sweep(end + (random() < 0.5 ? 0 : Math.floor(random() * DAY_MS)), 5_000);
    }
    if (random() < 0.06) {
      writer.close();
      writer = openWriter(folder, { mostPending: Number.MAX_SAFE_INTEGER });
      starts += 1;
    }
    group = [];
    size = 1 + Math.floor(random() * random() * 3_000);
  };
  for (const arrival of past) {
    group.push(arrival);
    end = arrival.receivedAt;
    if (group.length >= size) keep();
  }
  keep();
  end += 100 * DAY_MS;
  settle(writer, end);
  console.log(`seed ${seed}: ${stored} touchpoints lived through in ${seconds(startedAt)}, ${starts} starts`);
  return { writer, end };
}

function settle(writer: Writer, end: number): void {
  while (writer.project(1_000) > 0);
  while (writer.sweep(end, 5_000) > 0);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}
