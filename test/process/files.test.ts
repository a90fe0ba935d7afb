/** A collector whose file was damaged, emptied, or belongs to somebody else: it starts, or says why not in one line. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { drive } from "../../packages/collector/bench/load/drive.ts";
import {
  compare,
  differencesFromReplay,
  newFolder,
  start,
  startInVain,
  sum,
  until,
} from "./parts/running.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = newFolder();
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

/** A folder as a killed collector leaves it: with touchpoints in the data file and in the write-ahead log. */
async function killedUnderLoad(): Promise<{ data: string; acknowledged: readonly number[] }> {
  const data = folder();
  const collector = await start(data);
  const load = drive({ port: collector.port, lanes: 8, perRequest: 2, run: 5, rate: 1_500 });
  await until("answers", () => sum(load.acknowledged) > 150, 30_000);
  await collector.end("SIGKILL");
  await load.stop(300);
  return { data, acknowledged: load.acknowledged };
}

/** Everything a collector said while it tried, without its own log lines. */
const plainLines = (said: string): string[] =>
  said
    .trim()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"));

describe("a damaged write-ahead log", () => {
  test.each([
    ["bytes overwritten in its middle", (wal: string) => overwrite(wal, Math.floor(statSync(wal).size / 2))],
    ["its header overwritten", (wal: string) => overwrite(wal, 0)],
    ["its end cut off", (wal: string) => truncateSync(wal, Math.floor(statSync(wal).size * 0.6) + 77)],
  ])(
    "with %s: the collector starts, says what the file no longer holds, and stays consistent",
    async (_, damage) => {
      const { data, acknowledged } = await killedUnderLoad();
      damage(join(data, "sojourn.db-wal"));

      const collector = await start(data);
      expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
      expect(collector.said()).toMatch(/write-ahead log/);
      expect(await collector.end("SIGTERM")).toBe(0);
      expect(compare(data, acknowledged, 2).twice).toBe(0);
      expect(differencesFromReplay(data)).toEqual([]);
    },
    40_000,
  );
});

describe("a write-ahead log that is whole", () => {
  test("is taken over after a kill without a word about damage", async () => {
    const { data, acknowledged } = await killedUnderLoad();
    const collector = await start(data);
    expect(collector.said()).not.toMatch(/write-ahead log/);
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(compare(data, acknowledged, 2)).toMatchObject({ lost: 0, twice: 0 });
  }, 40_000);
});

describe("a data file that cannot be used", () => {
  const refusedBecause = async (data: string, reason: RegExp): Promise<void> => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { code, said } = await startInVain(data);
      expect(code).toBe(1);
      expect(plainLines(said)).toHaveLength(1);
      expect(plainLines(said)[0]).toMatch(reason);
    }
  };

  const usedFolder = async (): Promise<string> => {
    const data = folder();
    const collector = await start(data);
    await collector.end("SIGTERM");
    return data;
  };

  test("because it was cut off is refused in one line", async () => {
    const data = await usedFolder();
    truncateSync(join(data, "sojourn.db"), 5_000);
    await refusedBecause(data, /is damaged/);
  }, 40_000);

  test("because it is no database is refused in one line", async () => {
    const data = folder();
    writeFileSync(join(data, "sojourn.db"), "this is a shopping list, and quite a long one\n".repeat(200));
    await refusedBecause(data, /is damaged/);
  }, 40_000);

  test("because it is another program's is refused and left alone", async () => {
    const data = folder();
    const path = join(data, "sojourn.db");
    const db = new Database(path);
    db.exec("create table recipe (name text); insert into recipe values ('tea')");
    db.close();
    await refusedBecause(data, /another program/);
    const after = new Database(path, { readonly: true });
    expect(after.prepare("select name from recipe").pluck().all()).toEqual(["tea"]);
    after.close();
  }, 40_000);

  test("because a newer version wrote it is refused and left alone", async () => {
    const data = await usedFolder();
    const db = new Database(join(data, "sojourn.db"));
    db.pragma("user_version = 9000");
    db.close();
    await refusedBecause(data, /newer version/);
  }, 40_000);

  test("because it is gone from a folder in use is refused, until the operator says that it is meant", async () => {
    const data = await usedFolder();
    rmSync(join(data, "sojourn.db"));
    await refusedBecause(data, /is empty, but this folder was in use before/);
    const collector = await start(data, { flags: ["--allow-empty"] });
    expect(await collector.end("SIGTERM")).toBe(0);
  }, 40_000);

  test("because its folder is a file, or cannot be made, is refused in one line", async () => {
    const data = folder();
    writeFileSync(join(data, "file"), "x");
    await refusedBecause(join(data, "file"), /cannot be written/);
    await refusedBecause(join(data, "file", "below"), /cannot be written/);
    await refusedBecause("/proc/sojourn", /cannot be written/);
  }, 60_000);
});

describe("a copy of the data file made while it was in use", () => {
  test("opens with everything up to its last whole commit", async () => {
    const { data } = await killedUnderLoad();
    const copy = folder();
    mkdirSync(copy, { recursive: true });
    for (const name of ["sojourn.db", "sojourn.db-wal"]) {
      if (existsSync(join(data, name))) copyFileSync(join(data, name), join(copy, name));
    }
    const collector = await start(copy);
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(differencesFromReplay(copy)).toEqual([]);
  }, 40_000);
});

function overwrite(path: string, at: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(200, 0xa5), 0, 200, at);
}
