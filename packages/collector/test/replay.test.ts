/** Whatever the order things came in and whenever the collector found time: the rows are those of a replay. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import type { Arrival } from "../src/ingest/accept.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "./arbitrary-past.ts";
import { projectionsOf } from "./projections.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-replay-"));
  folders.push(folder);
  return folder;
}

/** So few people are written at once that a crash finds rounds half done. */
const open = (folder: string): Writer => openWriter(folder, { peopleAtOnce: 2 });

function newWriter(folder: string): Writer {
  const writer = open(folder);
  runCommand(writer, "addSite", { id: "shop", settings: { zone: "Europe/Berlin" }, at: PAST_START });
  runCommand(writer, "applyModel", { site: "shop", model: presetModel("customer-base")!, at: PAST_START });
  return writer;
}

const catchUp = (writer: Writer): void => {
  while (writer.project(1_000) > 0);
};
const sweepAll = (writer: Writer, now: number): void => {
  while (writer.sweep(now) > 0);
};

/** Lets arrivals come in groups of any size, with folding, sweeping, settling and crashes at any time in between. */
function live(folder: string, arrivals: readonly Arrival[], seed: number): Writer {
  const random = seededRandom(seed);
  let writer = existsSync(join(folder, "secret")) ? open(folder) : newWriter(folder);
  for (let start = 0; start < arrivals.length; ) {
    const end = Math.min(arrivals.length, start + 1 + Math.floor(random() * random() * 40));
    writer.ingest(arrivals.slice(start, end));
    const now = arrivals[end - 1]!.receivedAt;
    if (random() < 0.6) writer.project(0, { mustYield: () => true, mayGather: random() < 0.5 });
    if (random() < 0.3) {
      catchUp(writer);
      // The sweep's clock may be a little ahead of what is still on its way through the process.
      sweepAll(writer, now + (random() < 0.5 ? 0 : Math.floor(random() * 2 * DAY_MS)));
    }
    if (random() < 0.08) {
      // What was not folded or not written yet is read from the log after the next start.
      writer.close();
      writer = open(folder);
    }
    start = end;
  }
  return writer;
}

function expectSameAfterReplay(writer: Writer, end: number): void {
  catchUp(writer);
  sweepAll(writer, end);
  const before = projectionsOf(writer.db);
  writer.startReplay();
  catchUp(writer);
  sweepAll(writer, end);
  expect(projectionsOf(writer.db)).toEqual(before);
}

describe("a replay", () => {
  for (const merges of [false, true]) {
    test(`gives the very rows of the live path, ${merges ? "with" : "without"} people becoming one`, () => {
      fc.assert(
        fc.property(
          fc.nat(),
          fc.integer({ min: 1, max: 150 }),
          fc.integer({ min: 1, max: 8 }),
          (seed, size, people) => {
            const arrivals = [...arbitraryPast({ seed, arrivals: size, people, merges })];
            const writer = live(newFolder(), arrivals, seed);
            try {
              expectSameAfterReplay(writer, arrivals.at(-1)!.receivedAt + 400 * DAY_MS);
            } finally {
              writer.close();
            }
          },
        ),
        { numRuns: 40 },
      );
    }, 90_000);
  }

  test("gives the same rows as a second collector that got the same arrivals in other groups", () => {
    const arrivals = [...arbitraryPast({ seed: 7, arrivals: 400, people: 40, merges: true })];
    const end = arrivals.at(-1)!.receivedAt + 100 * DAY_MS;
    const folders = [newFolder(), newFolder()] as const;
    // Hashes of addresses are kept under a key of the folder: to compare, both must have the same.
    for (const folder of folders) {
      newWriter(folder).close();
      writeFileSync(join(folder, "secret"), "the same for both", { mode: 0o600 });
    }
    const [one, other] = [live(folders[0], arrivals, 1), live(folders[1], arrivals, 2)].map((writer) => {
      catchUp(writer);
      sweepAll(writer, end);
      const rows = projectionsOf(writer.db);
      writer.close();
      return rows;
    });
    expect(one).toEqual(other);
  });
});
