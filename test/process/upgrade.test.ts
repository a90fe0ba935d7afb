/** A file of an older version under a newer one: copied first, migrated whole or not at all, and nothing is lost on the way. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { drive } from "../../packages/collector/bench/load/drive.ts";
import { APPLICATION_ID } from "../../packages/collector/src/store/sqlite/open.ts";
import { MIGRATIONS } from "../../packages/collector/src/store/sqlite/schema.ts";
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

interface Old {
  data: string;
  acknowledged: readonly number[];
}

/** What the first version would have left: its tables alone, with everything a collector kept meanwhile. */
async function leftByTheFirstVersion(): Promise<Old> {
  const present = folder();
  const collector = await start(present);
  const load = drive({ port: collector.port, lanes: 8, perRequest: 3, run: 20, rate: 1_000 });
  await until("answers", () => sum(load.acknowledged) > 200);
  await load.stop();
  await collector.end("SIGTERM");

  const data = join(folder(), "data");
  mkdirSync(data, { mode: 0o700 });
  copyFileSync(join(present, "secret"), join(data, "secret"));
  const db = new Database(join(data, "sojourn.db"));
  db.pragma("journal_mode = wal");
  db.exec(MIGRATIONS[0]!.sql);
  db.exec(`attach '${join(present, "sojourn.db")}' as present`);
  const tables = db
    .prepare<[], string>(
      "select name from main.sqlite_schema where type = 'table' and name not like 'sqlite_%'",
    )
    .pluck()
    .all();
  for (const table of tables) {
    const columns = db
      .prepare<[], string>(`select name from pragma_table_info('${table}', 'main')`)
      .pluck()
      .all()
      .join(", ");
    db.exec(
      `delete from main.${table}; insert into main.${table} (${columns}) select ${columns} from present.${table}`,
    );
  }
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma("user_version = 1");
  db.close();
  return { data, acknowledged: load.acknowledged };
}

const look = <T>(path: string, sql: string): T => {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).pluck().get() as T;
  } finally {
    db.close();
  }
};
const versionOf = (path: string): number => look(path, "select user_version from pragma_user_version");
const touchpointsIn = (path: string): number => look(path, "select count(*) from touchpoint");

describe("a file of the first version", () => {
  test("is copied, then migrated, and holds what it held; the copy opens and can take its place again", async () => {
    const { data, acknowledged } = await leftByTheFirstVersion();
    const path = join(data, "sojourn.db");
    const count = touchpointsIn(path);
    expect(count).toBeGreaterThan(600);

    let collector = await start(data);
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
    expect(await collector.end("SIGTERM")).toBe(0);
    const copy = `${path}.before-schema-2`;
    expect([versionOf(path), versionOf(copy)]).toEqual([MIGRATIONS.length, 1]);
    expect([touchpointsIn(path), touchpointsIn(copy)]).toEqual([count, count]);
    expect(compare(data, acknowledged, 3)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);

    // Migrated once; the next start has nothing to copy.
    rmSync(copy);
    collector = await start(data);
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(existsSync(copy)).toBe(false);
  }, 60_000);

  test("goes back to where it was by its copy, and comes forward again", async () => {
    const { data, acknowledged } = await leftByTheFirstVersion();
    const path = join(data, "sojourn.db");
    let collector = await start(data);
    await collector.end("SIGTERM");
    copyFileSync(`${path}.before-schema-2`, path);
    expect(versionOf(path)).toBe(1);
    collector = await start(data);
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(compare(data, acknowledged, 3)).toMatchObject({ lost: 0, twice: 0 });
  }, 60_000);

  test("stays as it was when there is no room for its copy, and is migrated when there is", async () => {
    const { data, acknowledged } = await leftByTheFirstVersion();
    const path = join(data, "sojourn.db");
    const count = touchpointsIn(path);
    // Files may not grow beyond 100 kB: the copy cannot be made.
    const { code, said } = await startInVain(data, {
      wrap: ["sh", "-c", 'ulimit -S -f 200; exec "$@"', "sh"],
    });
    expect(code).toBe(1);
    expect(
      said
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("{")),
    ).toHaveLength(1);
    expect([versionOf(path), touchpointsIn(path)]).toEqual([1, count]);

    const collector = await start(data);
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(versionOf(path)).toBe(MIGRATIONS.length);
    expect(touchpointsIn(`${path}.before-schema-2`)).toBe(count);
    expect(compare(data, acknowledged, 3)).toMatchObject({ lost: 0, twice: 0 });
    expect(readdirSync(data).filter((name) => name.includes("coming") || name.includes("probe"))).toEqual([]);
  }, 60_000);
});
