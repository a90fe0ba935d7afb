/** A collector that is killed or stopped under load: nothing acknowledged is lost, nothing is stored twice. */
import { rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { drive } from "../../packages/collector/bench/load/drive.ts";
import {
  compare,
  differencesFromReplay,
  newFolder,
  sleep,
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

const LANES = 16;

describe("a collector that is killed under load", () => {
  test("keeps what it acknowledged, once, and counts it like a replay", async () => {
    const data = folder();
    let collector = await start(data);
    const load = drive({
      port: collector.port,
      lanes: LANES,
      perRequest: 2,
      run: 3,
      sendTwice: 0.1,
      rate: 2_000,
    });
    for (let round = 0; round < 4; round++) {
      const goal = sum(load.acknowledged) + 60;
      await until("sixty more answers", () => sum(load.acknowledged) >= goal, 30_000);
      await sleep(round * 40);
      await collector.end("SIGKILL");
      collector = await start(data);
      load.moveTo(collector.port);
    }
    await load.stop();
    expect(await collector.end("SIGTERM")).toBe(0);

    expect(compare(data, load.acknowledged, 2)).toMatchObject({ lost: 0, twice: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);
});

describe("a collector that is told to stop under load", () => {
  test("answers every request it accepted and ends with 0 within five seconds", async () => {
    const data = folder();
    const collector = await start(data);
    const load = drive({
      port: collector.port,
      lanes: LANES,
      perRequest: 1,
      run: 4,
      rate: 4_000,
      retryAfterMs: 200,
    });
    await until("answers", () => sum(load.acknowledged) > 300, 30_000);
    const begin = performance.now();
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5_000);
    await load.stop();

    expect(compare(data, load.acknowledged, 1)).toMatchObject({ lost: 0, twice: 0, unanswered: 0 });
    expect(differencesFromReplay(data)).toEqual([]);
  }, 60_000);

  test("ends although a client keeps a request open for ever", async () => {
    const { connect } = await import("node:net");
    const collector = await start(folder());
    const socket = connect(collector.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
    await sleep(200);
    const begin = performance.now();
    expect(await collector.end("SIGTERM")).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5_000);
    socket.destroy();
  }, 30_000);
});

describe("a place that is taken", () => {
  test("is named in one line: the port", async () => {
    const collector = await start(folder());
    const { code, said } = await startInVain(folder(), { flags: ["--port", String(collector.port)] });
    expect(code).toBe(1);
    expect(lastLine(said)).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken/);
    await collector.end("SIGTERM");
  }, 30_000);

  test("is named in one line: the folder of another collector, which goes on", async () => {
    const data = folder();
    const collector = await start(data);
    const { code, said } = await startInVain(data);
    expect(code).toBe(1);
    expect(lastLine(said)).toMatch(/^Another collector is using /);
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
    expect(await collector.end("SIGTERM")).toBe(0);
  }, 30_000);
});

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
