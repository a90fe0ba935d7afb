/** A collector at its limits: a full disk, little memory, a clock that jumps. It refuses before it breaks, and goes on. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { drive } from "../../packages/collector/bench/load/drive.ts";
import { presetModel } from "../../packages/collector/src/domain/lifecycle/presets.ts";
import type { Arrival } from "../../packages/collector/src/ingest/accept.ts";
import { openWriter } from "../../packages/collector/src/store/sqlite/writer.ts";
import {
  compare,
  differencesFromReplay,
  newFolder,
  type RunningCollector,
  type StartOptions,
  sleep,
  start,
  sum,
  until,
} from "./parts/running.ts";

const cleanUp: (() => void)[] = [];
const folder = (): string => {
  const made = newFolder();
  cleanUp.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
};
afterEach(() => {
  for (const work of cleanUp.splice(0).reverse()) work();
});

/** A place with little room, and how more of it comes. */
interface SmallDisk {
  data: string;
  options: StartOptions;
  makeRoom(collector: RunningCollector): void;
}

/** A small disk of its own, where that may be mounted. */
function mountedDisk(): SmallDisk | undefined {
  const disk = join(folder(), "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]).status !== 0) return undefined;
  cleanUp.push(() => spawnSync("umount", ["-l", disk]));
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(3 * 1024 * 1024));
  return { data: join(disk, "data"), options: {}, makeRoom: () => rmSync(ballast) };
}

/** Files that may not grow: what anybody may do to a process of theirs, and take back while it runs. */
function limitedFiles(): SmallDisk {
  const inShell = ["sh", "-c", 'ulimit -S -f 4000; exec "$@"', "sh"];
  return {
    data: folder(),
    options: { wrap: inShell },
    makeRoom({ process: { pid } }) {
      expect(spawnSync("prlimit", ["--pid", String(pid), "--fsize=unlimited"]).status).toBe(0);
    },
  };
}

describe("a full disk", () => {
  const fill = async ({ data, options, makeRoom }: SmallDisk): Promise<string> => {
    const collector = await start(data, options);
    const load = drive({
      port: collector.port,
      lanes: 8,
      perRequest: 10,
      run: 6,
      rate: 800,
      retryAfterMs: 50,
    });

    await until("a 503", () => (load.statuses[503] ?? 0) > 20, 20_000);
    const before = sum(load.acknowledged);
    expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(503);
    makeRoom(collector);
    await until("going on", () => sum(load.acknowledged) > before + 20, 10_000);
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);

    expect(Object.keys(load.statuses).sort()).toEqual(["204", "503"]);
    expect(compare(data, load.acknowledged, 10)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
    return collector.said();
  };

  test("is answered with 503 and a reason, and the collector goes on when there is room", async () => {
    // Where no small disk may be mounted, the test below stands for both.
    const disk = mountedDisk();
    expect(await fill(disk ?? limitedFiles())).toMatch(disk === undefined ? /cannot be used/ : /is full/);
  }, 60_000);

  test("that is a limit on the size of files is met in the same way", async () => {
    expect(await fill(limitedFiles())).toMatch(/cannot be used/);
  }, 60_000);
});

describe("a file that another program has locked", () => {
  test("is answered with 503 as long as it is, and the collector goes on by itself", async () => {
    const data = folder();
    const collector = await start(data);
    const load = drive({
      port: collector.port,
      lanes: 8,
      perRequest: 2,
      run: 17,
      rate: 400,
      retryAfterMs: 50,
    });
    await until("answers", () => sum(load.acknowledged) > 100);
    const other = new Database(join(data, "sojourn.db"));
    other.exec("begin immediate");
    await until("a 503", () => (load.statuses[503] ?? 0) > 0, 20_000);
    expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(503);
    other.exec("rollback");
    other.close();
    const before = sum(load.acknowledged);
    await until("going on", () => sum(load.acknowledged) > before + 50);
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);

    expect(collector.said()).toMatch(/is locked by another process/);
    expect(Object.keys(load.statuses).sort()).toEqual(["204", "503"]);
    expect(compare(data, load.acknowledged, 2)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);
});

describe("little memory", () => {
  test("is met with 503 before death: a flood of large bodies leaves the collector standing", async () => {
    const data = folder();
    const collector = await start(data, { nodeFlags: ["--max-old-space-size=96"] });
    const load = drive({ port: collector.port, lanes: 64, perRequest: 50, run: 8, retryAfterMs: 5 });
    await sleep(4_000);
    await load.stop();
    expect(collector.process.exitCode).toBeNull();
    expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
    expect(await collector.end("SIGTERM")).toBe(0);
    for (const status of Object.keys(load.statuses)) expect(["204", "503"]).toContain(status);
    expect(compare(data, load.acknowledged, 50)).toMatchObject({ lost: 0, twice: 0 });
  }, 60_000);
});

describe("a clock that jumps", () => {
  test("changes neither the order of the log nor what is counted, and makes no age negative", () => {
    const data = folder();
    const writer = openWriter(data);
    writer.change(() => {
      writer.sites.add("shop", {}, presetModel("reach-loyalty")!, 0);
    });
    const noon = Date.UTC(2026, 5, 1, 12);
    const jumps = [0, 60_000, -86_400_000, 30_000, 40 * 86_400_000, 90_000, -3_600_000, 120_000];
    let n = 0;
    for (const jump of jumps) {
      const now = noon + jump;
      const arrivals = ["a", "b", "a"].map((visitor): Arrival => {
        n += 1;
        const id = `${now
          .toString(16)
          .padStart(12, "0")
          .replace(/^(.{8})/, "$1-")}-7000-8000-${n.toString(16).padStart(12, "0")}`;
        const touchpoint = { id, at: now - 5, kind: "page_view", url: "https://shop.example/", visit: true };
        const body = {
          v: 1,
          site: "shop",
          sentAt: now,
          visitor: `visitor-${visitor}`,
          touchpoints: [touchpoint],
        };
        return { body: JSON.stringify(body), receivedAt: now, door: "browser" };
      });
      for (const outcome of writer.ingest(arrivals))
        expect(outcome).toMatchObject({ kind: "stored", stored: 1 });
      while (writer.project(100) > 0);
      writer.sweep(now);
    }
    const rows = writer.db
      .prepare<[], { seq: number; at: number; received_at: number }>("select * from touchpoint order by seq")
      .all();
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    for (const row of rows) expect(row.received_at - row.at).toBeGreaterThanOrEqual(0);
    const inWrongOrder = writer.db
      .prepare(
        "select count(*) from transition a join transition b on a.person = b.person and a.model = b.model and b.key > a.key " +
          "where a.superseded_at is null and b.superseded_at is null and b.at < a.at",
      )
      .pluck()
      .get();
    expect(inWrongOrder).toBe(0);
    writer.close();
    expect(differencesFromReplay(data)).toEqual([]);
  });
});
