/**
 * Takes the engine away from a collector under load, for minutes, with kill -9, and gives it back: what was acknowledged, what
 * waited, how long catching up took, and whether everything is there once.
 */
import { spawnSync } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import { beacon } from "../../packages/collector/test/house.ts";
import { newFolder, type RunningCollector, sleep, start } from "../process/parts/running.ts";
import { startEngine } from "./engine.ts";

const ENTRY = join(import.meta.dirname, "../../packages/collector/bin/sojourn.js");
const BROWSER = { "user-agent": "Mozilla/5.0 Firefox/140.0" };
const PER_REQUEST = 5;
const SHOPPERS = 4_000;
/** A process that was not woken for so long was stopped from outside. */
const STILL_MS = 1_000;
/** Before the engine goes, and after everything is there again. */
const CALM_MS = 20_000;
const CATCH_UP_MS = 10 * 60_000;

export interface Outage {
  minutes: number;
  /** Touchpoints a second. */
  rate: number;
}

/** Returns how many things went wrong. */
export async function endure({ minutes, rate }: Outage): Promise<number> {
  let engine = await startEngine();
  const { port, folder: engineFolder } = engine;
  const data = newFolder();
  const store = engine.store("outage");
  const collector = await start(data, { env: { SOJOURN_STORE: store } });
  const load = openLoad(collector, rate);
  let failures = 0;
  const wrong = (what: string): void => {
    failures += 1;
    console.log(`WRONG: ${what}`);
  };
  try {
    await sleep(CALM_MS);
    await engine.stop("SIGKILL");
    const goneAt = performance.now();
    const before = load.acknowledged();
    let most = { waiting: 0, oldest: 0, memory: 0 };
    while (performance.now() - goneAt < minutes * 60_000) {
      await sleep(5_000);
      const now = await metrics(collector);
      most = {
        waiting: Math.max(most.waiting, now.get("sojourn_forward_waiting_touchpoints") ?? 0),
        oldest: Math.max(most.oldest, now.get("sojourn_forward_oldest_seconds") ?? 0),
        memory: Math.max(most.memory, now.get("sojourn_resident_bytes") ?? 0),
      };
    }
    const meanwhile = load.acknowledged() - before;
    const file = statSync(join(data, "sojourn.db")).size;
    engine = await startEngine({ folder: engineFolder, port });
    const backAt = performance.now();
    for (;;) {
      await sleep(1_000);
      const now = await metrics(collector);
      // Under load there is always a little under way.
      if ((now.get("sojourn_forward_oldest_seconds") ?? 0) < 5 && now.get("sojourn_forward_up") === 1) break;
      if (performance.now() - backAt > CATCH_UP_MS) {
        wrong("it did not catch up");
        break;
      }
    }
    const caughtUp = (performance.now() - backAt) / 1_000;
    await sleep(5_000);
    await load.stop();
    for (let tries = 0; tries < 60; tries++) {
      const now = await metrics(collector);
      if (now.get("sojourn_forward_waiting_touchpoints") === 0) break;
      await sleep(1_000);
    }
    if ((await collector.end("SIGTERM")) !== 0) wrong("the collector did not end in order");
    const client = openClient(readAddress(store));
    const [counts] = await client.rows<[number, number]>("select count(), uniqExact(id) from touchpoint");
    await client.close();
    const [rows, ids] = counts!;
    if (rows !== ids) wrong(`${rows - ids} touchpoints are there twice`);
    if (ids < load.acknowledged())
      wrong(`${load.acknowledged() - ids} acknowledged touchpoints are not there`);
    if (load.refused() > 0) wrong(`${load.refused()} requests were refused`);
    const compared = spawnSync(process.execPath, [ENTRY, "engine", "compare", "--data", data, "--json"], {
      encoding: "utf8",
      env: { ...process.env, SOJOURN_STORE: store },
    });
    if ((JSON.parse(compared.stdout) as { isSame: boolean }).isSame !== true)
      wrong("the engine differs from the file");
    const { p50, p99, longest } = load.answered();
    const number = (n: number): string => Math.round(n).toLocaleString("en");
    console.log(
      [
        `engine away for ${minutes} min at ${rate} touchpoints/s: ${number(meanwhile)} taken meanwhile, ${number(load.acknowledged())} in all, ${number(ids)} in the engine`,
        `  answers p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(0)} ms; refused ${load.refused()}`,
        `  most that waited ${number(most.waiting)}, the oldest ${number(most.oldest)} s; memory at most ${number(most.memory / 1024 / 1024)} MiB; file ${number(file / 1024 / 1024)} MiB`,
        `  caught up ${caughtUp.toFixed(1)} s after the engine was back, while as much arrived; wrong: ${failures}`,
      ].join("\n"),
    );
  } catch (error) {
    console.log(collector.said().slice(-2_000));
    throw error;
  } finally {
    await load.stop();
    await collector.end("SIGKILL");
    await engine.close();
    rmSync(data, { recursive: true, force: true });
  }
  return failures;
}

interface Load {
  acknowledged(): number;
  refused(): number;
  answered(): { p50: number; p99: number; longest: number };
  stop(): Promise<void>;
}

/** Sends at a steady rate, whether answers come or not. */
function openLoad({ url }: RunningCollector, rate: number): Load {
  const took: number[] = [];
  const open = new Set<Promise<void>>();
  let acknowledged = 0;
  let refused = 0;
  let n = 0;
  let stoodStillAt = 0;
  const one = async (): Promise<void> => {
    const now = Date.now();
    const visitor = `shopper-${(n * 7_919) % SHOPPERS}`;
    const at = n++;
    const views = Array.from({ length: PER_REQUEST }, (_, k) => ({
      kind: k === 3 ? "add_to_cart" : "page_view",
      ...(k === 0 ? { visit: true } : {}),
      url: `https://shop.example/${(at + k) % 97}?utm_source=letter&utm_medium=email`,
      at: now - k,
    }));
    const body = beacon(visitor, now, views);
    const startedAt = performance.now();
    for (let tries = 0; tries < 3; tries++) {
      try {
        const response = await fetch(`${url}/b`, { method: "POST", body, headers: BROWSER });
        await response.arrayBuffer();
        // A machine that stood still says nothing about the collector.
        if (startedAt > stoodStillAt) took.push(performance.now() - startedAt);
        if (response.status < 300) acknowledged += PER_REQUEST;
        else refused += 1;
        return;
      } catch {
        // A connection that had been idle was closed at this moment; browsers send again, too.
      }
    }
    refused += 1;
  };
  let due = 0;
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - lookedAt > STILL_MS) stoodStillAt = now;
    else due += ((now - lookedAt) / 1_000) * (rate / PER_REQUEST);
    lookedAt = now;
    while (n < due) {
      const request = one();
      open.add(request);
      void request.finally(() => open.delete(request));
    }
  }, 20);
  return {
    acknowledged: () => acknowledged,
    refused: () => refused,
    answered() {
      const sorted = took.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
      return { p50: at(0.5), p99: at(0.99), longest: at(1) };
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}

async function metrics({ url }: RunningCollector): Promise<Map<string, number>> {
  const headers = { connection: "close" };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}
