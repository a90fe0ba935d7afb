/**
 * Measures whether a collector grows slow with its file: touchpoints a second on a year of data, beside a new file, in turns of
 * one run. The goal is nine tenths of the new file's rate.
 *
 * Run: npm run bench -- growth [people, default 100,000] [seconds a turn, default 8] [turns, default 3]. A million people make
 * ten million touchpoints; the data set is made once and kept in the system's folder for temporary files, and what is
 * written goes to a copy.
 */
import { constants, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { makeHistory } from "./load/history.ts";
import { type Running, runClient, startCollector } from "./load/process.ts";

const people = Number(process.argv[2] ?? 100_000);
const seconds = Number(process.argv[3] ?? 8);
const turns = Number(process.argv[4] ?? 3);
const DAY_MS = 86_400_000;
const LANES = 64;
const WARM_UP_SECONDS = 4;
const GOAL = 0.9;
const AIM = 0.95;

const history = makeHistory(people, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS, (text) =>
  console.log(`  ${text}`),
);
const folders = { new: newFolder(), full: newFolder() };
for (const name of ["sojourn.db", "secret"])
  copyFileSync(join(history.folder, name), join(folders.full, name), constants.COPYFILE_FICLONE);
const db = new Database(join(folders.full, "sojourn.db"), { readonly: true });
const stored = db.prepare("select count(*) from touchpoint").pluck().get() as number;
db.close();
console.log(
  `${stored.toLocaleString("en")} touchpoints of ${people.toLocaleString("en")} people in the full file`,
);

let run = 100;
let isMissed = false;
try {
  for (const perRequest of [1, 10]) {
    const rates: Record<keyof typeof folders, number[]> = { new: [], full: [] };
    for (let turn = 0; turn < turns; turn++) {
      // Who is first changes, so that neither always has the machine at its best.
      const order = turn % 2 === 0 ? (["new", "full"] as const) : (["full", "new"] as const);
      for (const which of order) {
        // New means new: what the turn before stored does not count as growth.
        if (which === "new") folders.new = emptied(folders.new);
        rates[which].push(await rateOn(folders[which], perRequest));
      }
    }
    const [before, after] = [middle(rates.new), middle(rates.full)];
    const ratio = after / before;
    isMissed ||= ratio < GOAL;
    const word = ratio >= AIM ? "aim met" : ratio >= GOAL ? "floor met" : "floor MISSED";
    const list = (all: readonly number[]): string => all.map((rate) => Math.round(rate)).join(", ");
    console.log(`${LANES} connections, ${perRequest} a request, touchpoints a second`);
    console.log(`  new file    ${Math.round(before)} (${list(rates.new)})`);
    console.log(`  full file   ${Math.round(after)} (${list(rates.full)})`);
    console.log(`  ratio       ${ratio.toFixed(2)} (${word}; floor ${GOAL}, aim ${AIM})`);
  }
} finally {
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
}
if (isMissed) process.exitCode = 1;

async function rateOn(folder: string, perRequest: number): Promise<number> {
  const collector: Running = await startCollector(folder);
  run += 1;
  const { rate, statuses } = await runClient({
    port: collector.port,
    lanes: LANES,
    perRequest,
    run,
    seed: run,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
  });
  await collector.stop();
  const others = Object.keys(statuses).filter((status) => status !== "204");
  if (others.length > 0) console.log(`  other answers: ${JSON.stringify(statuses)}`);
  return rate * perRequest;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "sojourn-growth-"));
}

function emptied(folder: string): string {
  rmSync(folder, { recursive: true });
  return newFolder();
}

/** The median: one bad moment of the machine is not what is measured. */
function middle(list: readonly number[]): number {
  const ascending = [...list].sort((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)]!;
}
