/**
 * A collector as an operator runs it beside an engine: what it says when the engine cannot be used, what it keeps while the
 * engine is away, and how a data file moves.
 */
import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../packages/collector/src/store/sqlite/commands.ts";
import { openWriter } from "../../packages/collector/src/store/sqlite/writer.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { beacon } from "../../packages/collector/test/house.ts";
import {
  newFolder,
  type RunningCollector,
  sleep,
  start,
  startInVain,
  until,
} from "../process/parts/running.ts";
import { type Engine, startEngine } from "./engine.ts";
import { openLine } from "./line.ts";

const ENTRY = join(import.meta.dirname, "../../packages/collector/bin/sojourn.js");
const ACCOUNT = "collector:se:cret@1";

let engine: Engine;
const folders: string[] = [];
const running: RunningCollector[] = [];

beforeAll(async () => {
  engine = await startEngine({ account: ACCOUNT });
});
afterEach(async () => {
  for (const collector of running.splice(0)) await collector.end("SIGKILL");
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});
afterAll(() => engine?.close());

const folder = (): string => {
  const made = newFolder();
  folders.push(made);
  return made;
};

async function serve(data: string, store: string): Promise<RunningCollector> {
  const collector = await start(data, { env: { SOJOURN_STORE: store } });
  running.push(collector);
  return collector;
}

const send = async ({ url }: RunningCollector, visitor: string, count = 1): Promise<void> => {
  const now = Date.now();
  const views = Array.from({ length: count }, (_, n) => ({
    kind: "page_view",
    ...(n === 0 ? { visit: true } : {}),
    url: `https://shop.example/${n}?utm_source=letter&utm_medium=email`,
    at: now - n,
  }));
  const response = await fetch(`${url}/b`, {
    method: "POST",
    body: beacon(visitor, now, views),
    headers: { "user-agent": "Mozilla/5.0 Firefox/140.0" },
  });
  expect(response.status).toBeLessThan(300);
};

const metrics = async ({ url }: RunningCollector): Promise<Map<string, number>> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
};

/** Leaves the engine, which answers one question at a time, free in between. */
async function slowly<T>(work: Promise<T>): Promise<T> {
  await sleep(250);
  return work;
}

/** A command on a folder: its exit code, its JSON, and what it said. */
function sojourn(
  data: string,
  words: readonly string[],
  store?: string,
): { code: number | null; json: unknown; said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [ENTRY, ...words, "--data", data, "--json"],
    {
      encoding: "utf8",
      env: { ...process.env, ...(store === undefined ? {} : { SOJOURN_STORE: store }) },
    },
  );
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    // An error: it is in what was said.
  }
  return { code: status, json, said: `${stdout}${stderr}` };
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

describe("a collector beside an engine", () => {
  test("answers from the engine, goes on without it, catches up, and says so in its metrics", async () => {
    const own = await startEngine({ account: ACCOUNT });
    const { port, folder: engineFolder } = own;
    const data = folder();
    const collector = await serve(data, own.store("home"));
    await send(collector, "visitor-one", 3);
    await until(
      "shipping",
      async () => (await slowly(metrics(collector))).get("sojourn_forward_shipped_touchpoints_total")! >= 3,
      30_000,
    );
    expect(sojourn(data, ["stages"], own.store("home")).json).toMatchObject({ total: 1 });
    // The file is the truth beside it.
    expect(sojourn(data, ["stages"]).json).toMatchObject({ total: 1 });

    await own.stop("SIGKILL");
    for (let n = 0; n < 20; n++) await send(collector, `visitor-away-${n}`, 2);
    await sleep(1_500);
    expect(sojourn(data, ["stages"], own.store("home"))).toMatchObject({ code: 1 });
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
    // Its metrics do not need the engine.
    const away = await metrics(collector);
    expect(away.get("sojourn_forward_up")).toBe(0);
    expect(away.get("sojourn_forward_waiting_touchpoints")).toBe(40);
    expect(away.get("sojourn_forward_oldest_seconds")).toBeGreaterThan(0);
    expect(collector.said()).toMatch(/Nothing listens at|cannot be reached/);
    expect(collector.said()).not.toContain("se:cret@1");

    const back = await startEngine({ account: ACCOUNT, port, folder: engineFolder });
    try {
      await until(
        "catching up",
        async () => {
          const now = await slowly(metrics(collector));
          return now.get("sojourn_forward_waiting_touchpoints") === 0 && now.get("sojourn_forward_up") === 1;
        },
        40_000,
      );
      expect(sojourn(data, ["stages"], own.store("home")).json).toMatchObject({ total: 21 });
      expect(await collector.end("SIGTERM")).toBe(0);
      expect(sojourn(data, ["engine", "compare"], own.store("home"))).toMatchObject({
        code: 0,
        json: { isSame: true },
      });
      expect(sojourn(data, ["engine", "status"], own.store("home")).json).toMatchObject({
        waiting: 0,
        quarantined: [],
      });
    } finally {
      await back.close();
    }
  }, 120_000);

  test("acknowledges as ever while the engine is slow, says how far behind it is, and catches up", async () => {
    const line = await openLine({ to: engine.port });
    const store = `clickhouse://collector:${encodeURIComponent("se:cret@1")}@127.0.0.1:${line.port}/slow`;
    try {
      const data = folder();
      const collector = await serve(data, store);
      await send(collector, "visitor-first");
      await until(
        "shipping",
        async () => (await slowly(metrics(collector))).get("sojourn_forward_shipped_touchpoints_total")! >= 1,
        30_000,
      );
      // Each request takes longer than everything that is sent meanwhile.
      line.delayMs = 4_000;
      let slowest = 0;
      let behind = 0;
      let oldest = 0;
      const ages: number[] = [];
      let slowestLook = 0;
      for (let n = 0; n < 60; n++) {
        const before = performance.now();
        await send(collector, `visitor-slow-${n}`, 3);
        slowest = Math.max(slowest, performance.now() - before);
        if (n % 10 !== 9) continue;
        const asked = performance.now();
        const now = await metrics(collector);
        slowestLook = Math.max(slowestLook, performance.now() - asked);
        behind = Math.max(behind, now.get("sojourn_forward_waiting_touchpoints")!);
        ages.push(now.get("sojourn_forward_oldest_seconds")!);
        oldest = Math.max(oldest, ages.at(-1)!);
      }
      expect(slowest).toBeLessThan(line.delayMs / 2);
      expect(behind).toBeGreaterThan(100);
      expect(oldest).toBeGreaterThan(2);
      expect(ages.at(-1)).toBeGreaterThan(ages[0]!);
      // Whoever watches is told in time, too.
      expect(slowestLook).toBeLessThan(line.delayMs);
      // The file answers meanwhile, also what the engine does not have yet.
      await until(
        "folding",
        () => (sojourn(data, ["stages"]).json as { total?: number })?.total === 61,
        10_000,
      );

      line.delayMs = 0;
      await until(
        "catching up",
        async () => {
          const now = await slowly(metrics(collector));
          return (
            now.get("sojourn_forward_waiting_touchpoints") === 0 &&
            now.get("sojourn_forward_oldest_seconds") === 0
          );
        },
        60_000,
      );
      expect(sojourn(data, ["stages"], engine.store("slow")).json).toMatchObject({ total: 61 });
      expect(await collector.end("SIGTERM")).toBe(0);
      expect(sojourn(data, ["engine", "compare"], engine.store("slow"))).toMatchObject({
        code: 0,
        json: { isSame: true },
      });
    } finally {
      line.close();
    }
  }, 180_000);

  test("starts while the engine is unreachable, and keeps what arrives", async () => {
    const data = folder();
    const collector = await serve(data, "clickhouse://collector:x@127.0.0.1:1/nowhere");
    await send(collector, "visitor-kept");
    await until("folding", () => (sojourn(data, ["stages"]).json as { total?: number })?.total === 1, 10_000);
    expect(await collector.end("SIGTERM")).toBe(0);
  }, 60_000);

  test("does not start with a wrong password, and says so in one line without it", async () => {
    const { code, said } = await startInVain(folder(), {
      env: { SOJOURN_STORE: `clickhouse://collector:wrong-one@127.0.0.1:${engine.port}/home` },
    });
    expect(code).toBe(1);
    expect(lastLine(said)).toMatch(/Check the user and the password/);
    expect(said).toMatch(/does not accept this user or password/);
    expect(said).not.toContain("wrong-one");
  }, 60_000);

  test("does not start on tables of a newer version", async () => {
    const data = folder();
    const store = engine.store("newer");
    const collector = await serve(data, store);
    await until(
      "tables",
      async () => (await slowly(metrics(collector))).get("sojourn_forward_up") === 1,
      30_000,
    );
    expect(await collector.end("SIGTERM")).toBe(0);
    const auth = `Basic ${Buffer.from(ACCOUNT).toString("base64")}`;
    await fetch(
      `http://127.0.0.1:${engine.port}/?query=${encodeURIComponent("insert into newer.schema_version values (99, 'later')")}`,
      {
        method: "POST",
        headers: { authorization: auth },
      },
    );
    const { code, said } = await startInVain(data, { env: { SOJOURN_STORE: store } });
    expect(code).toBe(1);
    expect(said).toMatch(/newer version \(schema 99\)/);
  }, 60_000);

  test("refuses an address that cannot be one, naming the setting and not the password", async () => {
    const { code, said } = await startInVain(folder(), {
      env: { SOJOURN_STORE: "clickhouse://collector:top-secret@host:8123/a-b" },
    });
    expect(code).toBe(1);
    expect(said).toMatch(/cannot be the name of a database/);
    expect(said).not.toContain("top-secret");
  }, 30_000);
});

describe("a data file that moves", () => {
  test("is copied while its collector runs, compared, and answered from the engine after it", async () => {
    const data = folder();
    const store = engine.store("moved");
    const collector = await start(data);
    running.push(collector);
    for (let n = 0; n < 30; n++) await send(collector, `visitor-${n}`, 1 + (n % 4));
    const moved = sojourn(data, ["move", "--to", store]);
    expect(moved.json).toMatchObject({ wasRunning: true });
    await send(collector, "visitor-late");
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(sojourn(data, ["move", "--to", store])).toMatchObject({
      code: 0,
      json: { isSame: true, tables: [], answers: [], wasRunning: false },
    });
    const on = await serve(data, store);
    expect(sojourn(data, ["stages"], store).json).toMatchObject({ total: 31 });
    await send(on, "visitor-after");
    await until(
      "shipping",
      () => (sojourn(data, ["stages"], store).json as { total?: number })?.total === 32,
      20_000,
    );
    expect(await on.end("SIGTERM")).toBe(0);
    // Emptied, and filled again by one word.
    const auth = `Basic ${Buffer.from(ACCOUNT).toString("base64")}`;
    await fetch(`http://127.0.0.1:${engine.port}/?query=${encodeURIComponent("drop database moved sync")}`, {
      method: "POST",
      headers: { authorization: auth },
    });
    expect((await startInVain(data, { env: { SOJOURN_STORE: store } })).said).toMatch(
      /replay --from beginning/,
    );
    expect(sojourn(data, ["replay", "--from", "beginning"]).code).toBe(0);
    const filled = await serve(data, store);
    await until(
      "filling",
      () => (sojourn(data, ["stages"], store).json as { total?: number })?.total === 32,
      20_000,
    );
    expect(await filled.end("SIGTERM")).toBe(0);
    expect(sojourn(data, ["engine", "compare"], store)).toMatchObject({ code: 0, json: { isSame: true } });
  }, 120_000);

  test("goes on where it was when moving it was killed, again and again, and is the same at the end", async () => {
    const data = folder();
    const writer = openWriter(data);
    runCommand(writer, "addSite", { id: "shop", settings: {}, at: PAST_START });
    for (const arrival of arbitraryPast({ seed: 33, arrivals: 1_500, people: 60, merges: true }))
      writer.ingest([arrival]);
    while (writer.project(1_000) > 0);
    while (writer.sweep(PAST_START + 600 * DAY_MS) > 0);
    writer.close();
    const line = await openLine({ to: engine.port, delayMs: 20 });
    const store = `clickhouse://collector:${encodeURIComponent("se:cret@1")}@127.0.0.1:${line.port}/killed`;
    const words = ["move", "--to", store, "--data", data, "--json"];
    const inserted = new Map<string, number>();
    const noted = (): void => {
      for (const table of line.inserts.splice(0)) inserted.set(table, (inserted.get(table) ?? 0) + 1);
    };
    try {
      for (const after of [2, 9, 12]) {
        const moving = spawn(process.execPath, [ENTRY, ...words], { stdio: "ignore" });
        const ended = new Promise<string | null>((resolve) =>
          moving.once("exit", (_code, signal) => resolve(signal)),
        );
        await until("inserts", () => line.inserts.length >= after, 30_000);
        moving.kill("SIGKILL");
        expect(await ended).toBe("SIGKILL");
        noted();
        expect(sojourn(data, ["engine", "status"], store).json).toMatchObject({ isCopying: true });
      }
      // Not waited for in this thread, which is the line's.
      const last = spawn(process.execPath, [ENTRY, ...words], { stdio: ["ignore", "pipe", "inherit"] });
      let said = "";
      last.stdout.on("data", (text: Buffer) => {
        said += text.toString();
      });
      const code = await new Promise<number | null>((resolve) => last.once("close", resolve));
      noted();
      expect(JSON.parse(said)).toMatchObject({ isSame: true, tables: [], answers: [] });
      expect(code).toBe(0);
      // What had arrived is not sent once more: only the batch that was under way.
      const ledgers = ["batch", "collector", "site_claim"];
      const counts = [...inserted].filter(([table]) => !ledgers.includes(table));
      expect(counts.length).toBeGreaterThan(10);
      expect(counts.filter(([, times]) => times > 2)).toEqual([]);
      expect(counts.reduce((sum, [, times]) => sum + times - 1, 0)).toBeLessThanOrEqual(3);
    } finally {
      line.close();
    }
  }, 120_000);
});
