/** Operating: real processes of the command line, backups, metrics, logs. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { beacon, type House, openHouse, START } from "./house.ts";

const ENTRY = join(import.meta.dirname, "../bin/sojourn.js");

interface Ran {
  code: number;
  out: string;
  note: string;
}

/** Runs a command to its end. */
function sojourn(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [ENTRY, ...args],
      { env: { ...cleanEnv(), ...env }, timeout: 30_000 },
      (error, out, note) =>
        resolve({ code: error === null ? 0 : ((error.code as unknown as number) ?? 1), out, note }),
    );
    child.stdin?.end();
  });
}

/** Ours may carry settings of whoever runs the tests. */
const cleanEnv = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOJOURN_"))) as Record<
    string,
    string
  >;

interface Collector {
  url: string;
  signIn: string;
  folder: string;
  log(): string;
  stop(): Promise<number | null>;
}

async function startCollector(folder: string, ...more: string[]): Promise<Collector> {
  const child: ChildProcess = spawn(
    process.execPath,
    [ENTRY, "serve", "--data", folder, "--port", "0", "--json", "--log", "json", ...more],
    { env: cleanEnv(), stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let log = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const first = await new Promise<string>((resolve, reject) => {
    child.stdout!.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) resolve(out);
    });
    child.once("exit", (code) => reject(new Error(`exit ${code}: ${log}`)));
  });
  const { url, signIn } = JSON.parse(first) as { url: string; signIn: string };
  return {
    url,
    signIn,
    folder,
    log: () => log,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill("SIGTERM");
      }),
  };
}

const send = (url: string, body: string) =>
  fetch(`${url}/b`, { method: "POST", body, headers: { "user-agent": "Mozilla/5.0 Firefox/140.0" } });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-operate-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A data folder with so many visitors, made without a process. */
function fill(visitors: number): void {
  const writer = openWriter(folder);
  writer.change(() => writer.sites.add("shop", {}, presetOf(), START));
  for (let i = 0; i < visitors; i++) {
    const body = beacon(`visitor-${i}-00000`, START, [
      { kind: "page_view", url: "https://shop.example/", visit: true },
    ]);
    writer.ingest([{ body, receivedAt: START, door: "browser" }]);
  }
  while (writer.project(100) > 0);
  writer.close();
}
let presetOf: () => NonNullable<ReturnType<typeof import("../src/domain/lifecycle/presets.ts").presetModel>>;
beforeAll(async () => {
  const { presetModel } = await import("../src/domain/lifecycle/presets.ts");
  presetOf = () => presetModel("reach-loyalty")!;
});

describe("a collector that runs", () => {
  test("is entered by its one-time link, once, and by a new one from the command line", async () => {
    const collector = await startCollector(folder);
    try {
      const enter = (link: string) => fetch(link, { redirect: "manual" });
      const first = await enter(collector.signIn);
      expect(first.status).toBe(303);
      const cookie = first.headers.get("set-cookie")!.split(";")[0]!;
      const asked = await fetch(`${collector.url}/api/v1/sites`, { headers: { cookie } });
      expect(asked.status).toBe(200);
      expect((await enter(collector.signIn)).status).toBe(403);
      expect((await fetch(`${collector.url}/api/v1/sites`)).status).toBe(401);

      const { out } = await sojourn(["key", "sign-in", "--data", folder]);
      expect((await enter(out.trim())).status).toBe(303);
      expect((await enter(out.trim())).status).toBe(403);

      const key = await sojourn(["key", "add", "--scope", "read", "--data", folder, "--json"]);
      const { id, key: secret } = JSON.parse(key.out) as { id: string; key: string };
      const withKey = () =>
        fetch(`${collector.url}/api/v1/sites`, { headers: { authorization: `Bearer ${secret}` } });
      expect((await withKey()).status).toBe(200);
      expect((await sojourn(["key", "remove", id, "--data", folder])).code).toBe(0);
      expect((await withKey()).status).toBe(401);
      expect((await sojourn(["key", "list", "--data", folder])).out).not.toContain(id);
    } finally {
      await collector.stop();
    }
  });

  test("writes lines of JSON without visitors, addresses, links or secrets, and ends with 0", async () => {
    const collector = await startCollector(folder);
    const visitor = "visitor-in-the-logs-1";
    await send(
      collector.url,
      beacon(visitor, Date.now(), [
        { kind: "page_view", url: "https://shop.example/secret-page?mail=anna@example.org", visit: true },
        { kind: "purchase", order: "order-in-the-logs" },
      ]),
    );
    await send(collector.url, "{broken order-in-the-logs");
    await fetch(`${collector.url}/api/v1/people/${visitor}?site=shop`);
    await fetch(collector.signIn, { redirect: "manual" });
    expect(await collector.stop()).toBe(0);
    const lines = collector.log().trim().split("\n");
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) });
    const token = new URL(collector.signIn).searchParams.get("token")!;
    for (const text of [visitor, "order-in-the-logs", "anna", "secret-page", token]) {
      expect(collector.log()).not.toContain(text);
    }
    expect(existsSync(join(folder, "running.json"))).toBe(false);
  });

  test("is copied while touchpoints arrive, and the copy is whole and restores", async () => {
    const collector = await startCollector(folder);
    const copy = join(folder, "copies/one.db");
    try {
      let stored = 0;
      let isSending = true;
      const sending = (async () => {
        for (let i = 0; isSending; i++) {
          const body = beacon(`visitor-${i}-00000`, Date.now(), [{ kind: "page_view", visit: true }]);
          if ((await send(collector.url, body)).status === 204) stored += 1;
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const before = stored;
      const backup = await sojourn(["backup", copy, "--data", folder, "--json"]);
      isSending = false;
      await sending;
      expect(backup.code, backup.note).toBe(0);
      const report = JSON.parse(backup.out) as { touchpoints: number; checksum: string };
      expect(report.touchpoints).toBeGreaterThanOrEqual(before);
      expect(report.touchpoints).toBeLessThanOrEqual(stored);
      expect(readFileSync(`${copy}.sha256`, "utf8")).toMatch(/^[0-9a-f]{64} {2}one\.db\n$/);
      expect((await sojourn(["backup", copy, "--data", folder])).code).toBe(1);

      const check = await sojourn(["restore", "--check", copy, "--json"]);
      expect(check.code).toBe(0);
      expect(JSON.parse(check.out)).toMatchObject({ touchpoints: report.touchpoints, checksum: "fits" });
      const refused = await sojourn(["restore", copy, "--data", folder, "--force"]);
      expect(refused.code).toBe(1);
      expect(refused.note).toContain("running");

      const elsewhere = join(folder, "elsewhere");
      expect((await sojourn(["restore", copy, "--data", elsewhere])).code).toBe(0);
      const again = await startCollector(elsewhere);
      const stages = await sojourn(["stages", "--data", elsewhere, "--json"]);
      const counted = (JSON.parse(stages.out) as { stages: { people: number }[] }).stages;
      expect(counted.reduce((sum, { people }) => sum + people, 0)).toBe(report.touchpoints);
      expect(await again.stop()).toBe(0);
    } finally {
      await collector.stop();
    }
  });

  test("is found ready by doctor, with what an operator should know", async () => {
    const collector = await startCollector(folder);
    try {
      expect((await sojourn(["doctor", "--healthcheck", "--data", folder])).code).toBe(0);
      const { out, code } = await sojourn(["doctor", "--data", folder, "--json"]);
      expect(code).toBe(0);
      const findings = new Map(
        (JSON.parse(out) as { name: string; state: string; text: string }[]).map((f) => [f.name, f]),
      );
      expect(findings.get("collector")).toMatchObject({ state: "ok" });
      expect(findings.get("integrity")).toMatchObject({ state: "ok" });
      expect(findings.get("schema")).toMatchObject({ state: "ok" });
      expect(findings.get("secret")).toMatchObject({ state: "ok" });
      expect(findings.get("sites")).toMatchObject({
        state: "warn",
        text: expect.stringContaining("--origin"),
      });
    } finally {
      await collector.stop();
    }
    expect((await sojourn(["doctor", "--healthcheck", "--data", folder])).code).toBe(1);
  });
});

describe("restore", () => {
  test("refuses a copy that was changed, cut off, newer or somebody else's, in one sentence", async () => {
    fill(50);
    const copy = join(folder, "copy.db");
    expect((await sojourn(["backup", copy, "--data", folder])).code).toBe(0);
    const bytes = readFileSync(copy);

    bytes[bytes.length - 100] = (bytes[bytes.length - 100]! + 1) % 256;
    writeFileSync(copy, bytes);
    const changed = await sojourn(["restore", "--check", copy]);
    expect(changed.code).toBe(1);
    expect(changed.out).toContain("checksum differs");

    rmSync(`${copy}.sha256`);
    truncateSync(copy, Math.floor(statSync(copy).size / 2 / 4096) * 4096);
    expect((await sojourn(["restore", "--check", copy])).code).toBe(1);
    const target = join(folder, "target");
    expect((await sojourn(["restore", copy, "--data", target])).code).toBe(1);
    expect(existsSync(join(target, "sojourn.db"))).toBe(false);

    writeFileSync(copy, "just text");
    expect((await sojourn(["restore", "--check", copy])).code).toBe(1);
    expect((await sojourn(["restore", "--check", join(folder, "nothing.db")])).out).toContain("no such file");
  });

  test("keeps what it replaces", async () => {
    fill(5);
    const copy = join(folder, "copy.db");
    await sojourn(["backup", copy, "--data", folder]);
    expect((await sojourn(["restore", copy, "--data", folder])).code).toBe(1);
    const forced = await sojourn(["restore", copy, "--data", folder, "--force"]);
    expect(forced.code, forced.note).toBe(0);
    expect(existsSync(join(folder, "sojourn.db.replaced-1"))).toBe(true);
    expect((await sojourn(["restore", "--check", "--data", folder])).code).toBe(0);
  });
});

describe("doctor", () => {
  test("finds damage, an open secret, and a clock that went back", async () => {
    fill(400);
    writeFileSync(join(folder, "secret"), "x");
    chmodSync(join(folder, "secret"), 0o644);
    expect((await sojourn(["serve", "--data", folder, "--port", "0"])).note).toContain("chmod 600");
    const writer = openWriter(folder);
    writer.ingest([
      {
        body: beacon("visitor-from-later", START, [{ kind: "page_view" }]),
        receivedAt: Date.now() + 86_400_000,
        door: "browser",
      },
    ]);
    writer.close();
    const path = join(folder, "sojourn.db");
    const bytes = readFileSync(path);
    for (let page = 8; page < bytes.length / 4096; page += 2) bytes.fill(7, page * 4096, page * 4096 + 200);
    writeFileSync(path, bytes);
    const { out, code } = await sojourn(["doctor", "--data", folder, "--json"]);
    expect(code).toBe(1);
    const findings = JSON.parse(out) as { name: string; state: string }[];
    expect(findings).toContainEqual(expect.objectContaining({ name: "secret", state: "fail" }));
    expect(findings.filter(({ state }) => state === "fail").length).toBeGreaterThan(1);
  });

  test("says plainly that there is nothing yet", async () => {
    const { out, code } = await sojourn(["doctor", "--data", join(folder, "nowhere")]);
    expect(code).toBe(1);
    expect(out).toContain("not there");
    expect((await sojourn(["doctor", "--data", folder])).code).toBe(0);
  });
});

describe("config", () => {
  test("names every setting with the place its value comes from", async () => {
    const file = join(folder, "settings.yaml");
    writeFileSync(file, "beaconPath: /collect\nport: 9000\n");
    const { out, code } = await sojourn(["config", "--config", file, "--port", "9001", "--json"], {
      SOJOURN_HOST: "0.0.0.0",
    });
    expect(code).toBe(0);
    const rows = new Map(
      (JSON.parse(out) as { name: string; value: unknown; origin: string }[]).map((row) => [row.name, row]),
    );
    expect(rows.get("port")).toMatchObject({ value: 9001, origin: "--port" });
    expect(rows.get("host")).toMatchObject({ value: "0.0.0.0", origin: "SOJOURN_HOST" });
    expect(rows.get("beaconPath")).toMatchObject({ value: "/collect", origin: `beaconPath in ${file}` });
    expect(rows.get("proxies")).toMatchObject({ value: 0, origin: "default" });
    expect((await sojourn(["config"], { SOJOURN_PROT: "1" })).note).toContain("SOJOURN_PROT");
  });
});

describe("metrics", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  test("add up, and carry everything reliability asks for", async () => {
    const good = beacon("visitor-aaaaaa", START, [{ kind: "page_view", visit: true }, { kind: "purchase" }]);
    const headers = { "user-agent": "Mozilla/5.0 Firefox/140.0" };
    await house.call("POST", "/b", { body: good, headers });
    await house.call("POST", "/b", { body: good, headers });
    await house.call("POST", "/b", { body: "{", headers });
    await house.call("POST", "/b", { body: "x".repeat(70_000), headers });
    await house.call("POST", "/b", {
      body: beacon("visitor-aaaaaa", START, [{ kind: "page_view" }], "nowhere"),
      headers,
    });
    await house.store.settled(START);
    const { body } = await house.call("GET", "/metrics");
    const text = body as string;
    const value = (name: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${name} `))
          ?.split(" ")[1],
      );
    const sum = text
      .split("\n")
      .filter((line) => line.startsWith("sojourn_touchpoints_total{"))
      .reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
    expect(value("sojourn_touchpoints_received_total")).toBe(sum);
    expect(value('sojourn_touchpoints_total{result="accepted"}')).toBe(1);
    expect(value('sojourn_touchpoints_total{result="duplicate"}')).toBe(1);
    for (const name of [
      "sojourn_ingest_seconds_count",
      "sojourn_commit_seconds_count",
      "sojourn_queue_touchpoints",
      "sojourn_sweep_lag_seconds",
      "sojourn_store_bytes",
      "sojourn_wal_bytes",
      "sojourn_disk_free_bytes",
      'sojourn_outbox_messages{state="waiting"}',
      'sojourn_build_info{version="0.0.0"}',
    ]) {
      expect(Number.isFinite(value(name)), `${name}\n${text}`).toBe(true);
    }
    expect(text).toMatch(/^sojourn_stage_people\{site="shop",stage="\w+"\} 1$/m);
    expect(value("sojourn_ingest_seconds_count")).toBeGreaterThanOrEqual(4);
    expect(value('sojourn_ingest_seconds_bucket{le="+Inf"}')).toBe(value("sojourn_ingest_seconds_count"));
    expect(text).not.toContain("visitor-aaaaaa");
  });

  test("are well-formed for Prometheus: every name has its type once, before its values", async () => {
    const { body } = await house.call("GET", "/metrics");
    const typed = new Set<string>();
    for (const line of (body as string).trim().split("\n")) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
      if (type !== null) {
        expect(typed.has(type[1]!), line).toBe(false);
        typed.add(type[1]!);
      } else if (!line.startsWith("#")) {
        expect(line).toMatch(/^[a-z_]+(\{([a-z_]+="[^"\\\n]*",?)*\})? -?[\d.e+-]+$/);
        const name = line.split(/[ {]/)[0]!;
        expect(typed.has(name) || typed.has(name.replace(/_(bucket|sum|count)$/, "")), line).toBe(true);
      }
    }
  });

  test("of readiness name a real write, and no path of the machine", async () => {
    const { status, body } = await house.call("GET", "/readyz");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "ready",
      writeMs: expect.any(Number),
      freeBytes: expect.any(Number),
    });
    expect(JSON.stringify(body)).not.toContain(house.folder);
  });
});
