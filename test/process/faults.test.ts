/** A collector on a machine that fails it: an fsync that fails or crawls, and a wall clock that jumps, a thread that dies. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { drive } from "../../packages/collector/bench/load/drive.ts";
import { openForReading } from "../../packages/collector/src/store/sqlite/open.ts";
import { withFaults } from "./parts/faulty-machine.ts";
import { compare, differencesFromReplay, newFolder, sleep, start, sum, until } from "./parts/running.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = newFolder();
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe("an fsync that fails now and then", () => {
  test("is answered with 503, loses nothing that was acknowledged, and is told to the operator", async () => {
    const data = folder();
    const collector = await start(data, withFaults({ syncFailsEvery: 15 }));
    const load = drive({ port: collector.port, lanes: 16, perRequest: 2, run: 12, rate: 1_500 });
    await until("failures and answers", () => {
      return (load.statuses[503] ?? 0) > 30 && sum(load.acknowledged) > 400;
    });
    expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);

    expect(collector.said()).toMatch(/EIO/);
    expect(Object.keys(load.statuses).sort()).toEqual(["204", "503"]);
    expect(load.brokenConnections).toBe(0);
    expect(compare(data, load.acknowledged, 2)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);

  test("that never succeeds acknowledges nothing at all, and the collector still ends when told to", async () => {
    const data = folder();
    const collector = await start(data, withFaults({ syncFailsEvery: 1 }));
    const load = drive({ port: collector.port, lanes: 8, perRequest: 1, run: 13, rate: 400 });
    await until("refusals", () => (load.statuses[503] ?? 0) > 50);
    await load.stop();
    expect(load.statuses).toEqual({ 503: expect.any(Number) });
    expect(await collector.end("SIGTERM")).toBe(0);
  }, 60_000);
});

describe("an fsync that takes 100 ms", () => {
  test("delays answers by no less, because none is given before it, and fails none", async () => {
    const data = folder();
    const collector = await start(data, withFaults({ syncTakesMs: 100 }));
    const load = drive({ port: collector.port, lanes: 16, perRequest: 2, run: 14, rate: 300 });
    await until("answers", () => sum(load.acknowledged) > 300);
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);

    const quickest = load.latency(1 / load.answered());
    expect(quickest).toBeGreaterThanOrEqual(99);
    expect(Object.keys(load.statuses)).toEqual(["204"]);
    expect(compare(data, load.acknowledged, 2)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);
});

describe("a wall clock that jumps while touchpoints arrive", () => {
  const HOUR = 3_600_000;

  test("loses nothing, counts nothing twice, keeps the order of arrival and makes no age negative", async () => {
    const data = join(folder(), "data");
    mkdirSync(data);
    const clock = join(data, "../clock");
    const setClock = (wrongByMs: number): void => {
      // In one step, so that no thread reads half a number.
      writeFileSync(`${clock}.new`, String(wrongByMs));
      renameSync(`${clock}.new`, clock);
    };
    setClock(0);
    const collector = await start(data, withFaults({ clock }));
    // Every tenth request is sent again, so some are known from before a jump when they come after it.
    const load = drive({
      port: collector.port,
      lanes: 16,
      perRequest: 2,
      run: 15,
      rate: 1_500,
      sendTwice: 0.3,
    });
    for (const wrongBy of [-1, 3, -30, 40 * 24, 0.5, -400 * 24, 0]) {
      const goal = sum(load.acknowledged) + 60;
      await until("sixty more answers", () => sum(load.acknowledged) >= goal);
      setClock(wrongBy * HOUR);
    }
    await sleep(300);
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);

    expect(Object.keys(load.statuses)).toEqual(["204"]);
    const db = openForReading(data);
    const number = (sql: string): unknown => db.prepare(sql).pluck().get();
    expect(number("select count(*) from touchpoint")).toBe(sum(load.acknowledged) * 2);
    expect(number("select count(*) from touchpoint where at > received_at")).toBe(0);
    // Some came an hour "before" others that were stored already: the clock did jump.
    const arrivals = db.prepare<[], number>("select received_at from touchpoint order by seq").pluck().all();
    expect(arrivals.some((at, i) => i > 0 && at < arrivals[i - 1]! - HOUR / 2)).toBe(true);
    const backwards =
      "select count(*) from transition a join transition b on a.person = b.person and a.model = b.model and b.key > a.key " +
      "where a.superseded_at is null and b.superseded_at is null and b.at < a.at";
    expect(number(backwards)).toBe(0);
    db.close();
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);
});

describe("a writer that dies", () => {
  test("takes the collector with it, soon and with its reason, and nothing that was acknowledged is lost", async () => {
    const data = join(folder(), "data");
    mkdirSync(data);
    const sign = join(data, "../fail");
    let collector = await start(data, withFaults({ writerFailsAt: sign }));
    const load = drive({ port: collector.port, lanes: 8, perRequest: 2, run: 16, rate: 1_000 });
    await until("answers", () => sum(load.acknowledged) > 200);
    writeFileSync(sign, "");
    expect(await collector.ended).toBe(1);
    expect(collector.said()).toMatch(/the writer has ended.*made to fail/);

    // As a supervisor does.
    collector = await start(data);
    load.moveTo(collector.port);
    const before = sum(load.acknowledged);
    await until("going on", () => sum(load.acknowledged) > before + 100);
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);
    for (const status of Object.keys(load.statuses)) expect(["204", "503"]).toContain(status);
    expect(compare(data, load.acknowledged, 2)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);
});
