/** The demo: what it invents, and what a newcomer sees who starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fillDemo } from "../src/demo/fill.ts";
import { inventPast } from "../src/demo/invent.ts";
import { zoneOf } from "../src/domain/zone.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";

const ENTRY = join(import.meta.dirname, "../bin/sojourn.js");
const NOW = Date.UTC(2026, 10, 22, 12);
const SMALL = { seed: 5, days: 7, now: NOW, onProgress: () => {} };

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-demo-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

describe("the invented past", () => {
  const invent = (seed: number) =>
    inventPast({ site: "shop", seed, days: 7, now: NOW, zone: zoneOf("Europe/Berlin") });

  test("is the same for the same seed, and another for another", () => {
    const [one, same, other] = [invent(1), invent(1), invent(2)].map((past) =>
      JSON.stringify([[...past.arrivals()], past.spend]),
    );
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test("comes in order of its arrival and ends now", () => {
    const times = [...invent(1).arrivals()].map(({ receivedAt }) => receivedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThanOrEqual(NOW);
    expect(NOW - times.at(-1)!).toBeLessThan(2 * 3_600_000);
  });

  test("is accepted whole: every touchpoint once, none refused, and robots apart", () => {
    const writer = openWriter(folder);
    runCommand(writer, "addSite", { id: "shop", settings: {}, at: 0 });
    const past = invent(1);
    for (const outcome of writer.ingest([...past.arrivals()]))
      expect(outcome).toMatchObject({ kind: "stored", stored: 1 });
    expect(writer.totals.stored).toBe(past.size);
    expect(Math.min(writer.totals.robots, writer.totals.spam, writer.totals.own)).toBeGreaterThan(0);
    writer.close();
  });
});

describe("filling", () => {
  test("gives people in many channels and stages, orders, costs, and a site that says it is invented", async () => {
    const { added } = fillDemo({ folder, ...SMALL, days: 30 });
    expect(added).toBeGreaterThan(10_000);
    const writer = openWriter(folder);
    const reads = openReads(writer.db);
    const site = (await reads.site("shop"))!;
    expect(site.settings.name).toContain("invented");
    const sources = await reads.sources(site);
    const counts = await reads.stageCounts(site, site.models[0]!, null);
    const channels = new Set(counts.map(({ source }) => sources.get(source)?.channel));
    for (const channel of [
      "Direct",
      "Organic Search",
      "Paid Search",
      "Paid Social",
      "Email",
      "Referral",
      "AI Assistant",
    ]) {
      expect(channels).toContain(channel);
    }
    const stages = new Set(counts.filter(({ people }) => people > 0).map(({ stage }) => stage));
    for (const stage of ["reach", "acquisition", "conversion", "retention", "loyalty", "lapsed", "winback"]) {
      expect(stages).toContain(stage);
    }
    const some = (table: string) => writer.db.prepare(`select count(*) from ${table}`).pluck().get();
    expect(some("cost")).toBeGreaterThan(100);
    expect(some("purchase where void_at is not null")).toBeGreaterThan(0);
    expect(some("claim_conflict")).toBe(0);
    writer.close();
  });

  test("is done once, and goes on where it was interrupted", () => {
    const whole = fillDemo({ folder: join(folder, "whole"), ...SMALL });
    expect(fillDemo({ folder: join(folder, "whole"), ...SMALL, now: NOW + 1 }).added).toBe(0);

    const broken = join(folder, "broken");
    expect(() =>
      fillDemo({
        folder: broken,
        ...SMALL,
        onProgress(done) {
          if (done >= 2_000) throw new Error("the power is gone");
        },
      }),
    ).toThrow("the power is gone");
    // Later, with other wishes: what was begun is ended.
    const rest = fillDemo({ folder: broken, seed: 6, days: 9, now: NOW + 60_000, onProgress: () => {} });
    expect(rest).toMatchObject({ seed: 5, days: 7, now: NOW });
    const rows = (name: string) => {
      const writer = openWriter(join(folder, name));
      const found = ["touchpoint", "person", "transition", "cost"].map((table) =>
        writer.db.prepare(`select count(*) from ${table}`).pluck().get(),
      );
      writer.close();
      return found;
    };
    expect(rows("broken")).toEqual(rows("whole"));
    expect(whole.added).toBeGreaterThan(rest.added);
  });

  test("never touches a folder that holds anything else", () => {
    const writer = openWriter(folder);
    runCommand(writer, "addSite", { id: "real", settings: {}, at: 0 });
    writer.close();
    expect(() => fillDemo({ folder, ...SMALL })).toThrow(/holds data that is not the demo's/);
  });
});

describe("sojourn demo", () => {
  interface Welcome {
    url: string;
    shop: string;
    signIn: string;
    filled: { added: number };
  }

  async function start(...words: string[]): Promise<{ welcome: Welcome; child: ChildProcess }> {
    const child = spawn(
      process.execPath,
      [ENTRY, "demo", "--data", join(folder, "demo"), "--days", "7", "--json", ...words],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    return { welcome: JSON.parse(line) as Welcome, child };
  }

  test("ends with a page that can be signed in to, a shop that may send, and stops when told", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const { welcome, child } = await start("--port", String(port), "--shop-port", String(port));
    taken.close();
    // Both ports were taken: each went on to a free one, and not to the same.
    expect(new Set([welcome.url, welcome.shop, `http://127.0.0.1:${port}`]).size).toBe(3);

    const page = await (await fetch(`${welcome.shop}/`)).text();
    expect(page).toContain(`src="${welcome.url}/sojourn.js" data-site="shop"`);
    const checkout = await (await fetch(`${welcome.shop}/checkout.html`)).text();
    const payment = /action="(http[^"]+)"/.exec(checkout)![1]!;
    expect(await (await fetch(payment)).text()).toContain(`${welcome.shop}/thanks.html`);

    const now = Date.now();
    const beacon = {
      v: 1,
      site: "shop",
      sentAt: now,
      visitor: "visitor-1",
      touchpoints: [{ id: "touchpoint-1", at: now, kind: "share" }],
    };
    for (const origin of [welcome.shop, welcome.shop.replace("127.0.0.1", "localhost")]) {
      const sent = await fetch(`${welcome.url}/b`, {
        method: "POST",
        headers: { origin },
        body: JSON.stringify(beacon),
      });
      expect(sent.status, origin).toBeLessThan(300);
    }
    const foreign = await fetch(`${welcome.url}/b`, {
      method: "POST",
      headers: { origin: "https://evil.example" },
      body: JSON.stringify(beacon),
    });
    expect(foreign.status).toBe(403);

    const signedIn = await fetch(welcome.signIn, { redirect: "manual" });
    const cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
    const stages = await fetch(`${welcome.url}/api/v1/stages?site=shop`, { headers: { cookie } });
    expect(((await stages.json()) as { total: number }).total).toBeGreaterThan(1_000);

    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
