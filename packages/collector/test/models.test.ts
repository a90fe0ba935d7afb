/** Several models side by side, changed while people go on: the old version answers until the new one is complete. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LifecycleModel } from "../src/domain/lifecycle/grammar.ts";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import type { PreviewAnswer } from "../src/report/preview.ts";
import type { SitesAnswer } from "../src/report/sites.ts";
import { newCheckpointState } from "../src/store/sqlite/checkpoint-state.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openDuty } from "../src/store/sqlite/duty.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { beacon, type House, openHouse, START } from "./house.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const KINDS = ["page_view", "add_to_cart", "purchase", "newsletter_signup", "identify", "review"] as const;

/** One delivery: who, how long after the one before, how late it is told, and what. */
const delivery = fc.record({
  who: fc.integer({ min: 0, max: 11 }),
  afterMs: fc.integer({ min: 1, max: 20 * DAY }),
  lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 * DAY })),
  kind: fc.constantFrom(...KINDS),
});

const fields = (kind: string, n: number, who: number) =>
  kind === "purchase"
    ? { order: `o${n}`, value: 10, currency: "EUR" }
    : kind === "identify"
      ? { customer: `c${who % 5}` }
      : kind === "review"
        ? { rating: 5 }
        : kind === "page_view"
          ? { visit: true, url: "https://shop.example/" }
          : {};

/** What a model says, in a form that does not depend on surrogate keys. */
function said(writer: Writer, modelId: string): unknown {
  const { db } = writer;
  const [model] = db
    .prepare<[string], { key: number }>("select key from model where id = ? and state = 'active'")
    .all(modelId);
  const all = (sql: string) => db.prepare<[number], Record<string, unknown>>(sql).all(model!.key);
  return {
    transitions: all(`
      select v.id, t.at, t.from_stage, t.to_stage, t.cause, t.touchpoint, t.rule, t.entry from transition t
      join visitor v on v.key = t.person where t.model = ? and t.superseded_at is null order by v.id, t.at, t.entry`),
    standings: all(`
      select v.id, s.stage, s.since, s.entry, s.due from person_stage s join visitor v on v.key = s.person
      where s.model = ? order by v.id`),
    counts: all(`
      select d.bucket, d.stage, c.channel, sum(d.n) as n from stage_delta d left join source c on c.key = d.source
      where d.model = ? group by 1, 2, 3 having sum(d.n) <> 0 order by 1, 2, 3`),
  };
}

function openTemporary(): { writer: Writer; done(): void } {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-models-"));
  const writer = openWriter(folder);
  runCommand(writer, "addSite", { id: "shop", settings: {}, at: START });
  return {
    writer,
    done() {
      writer.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("a model that is changed", () => {
  test("says, once it is built beside arriving touchpoints, what a replay of everything says", () => {
    fc.assert(
      fc.property(
        fc.array(delivery, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom("customer-base", "awareness-advocacy", "reach-loyalty"),
        (deliveries, place, preset) => {
          const { writer, done } = openTemporary();
          try {
            const duty = openDuty(writer, newCheckpointState(), () => false);
            let now = START;
            for (const [n, { who, afterMs, lateMs, kind }] of deliveries.entries()) {
              now += afterMs;
              const at = Math.max(START, now - lateMs);
              const body = beacon(`visitor-${who}-00000`, now, [{ kind, at, ...fields(kind, n, who) }]);
              writer.ingest([{ body, receivedAt: now, door: "browser" }]);
              if (n === place % deliveries.length) {
                runCommand(writer, "applyModel", { site: "shop", model: presetModel(preset)!, at: now });
              }
              duty.step(now);
            }
            now += MINUTE;
            for (let i = 0; i < 500; i++) {
              now += 1_001;
              duty.step(now);
            }
            const live = said(writer, preset);
            writer.startReplay();
            while (writer.project(1_000) > 0);
            while (writer.sweep(now) > 0);
            expect(live).toEqual(said(writer, preset));
          } finally {
            done();
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  test("lets the version before it answer until it is complete, and then leaves no row of it", () => {
    const { writer, done } = openTemporary();
    try {
      const duty = openDuty(writer, newCheckpointState(), () => false);
      for (let i = 0; i < 450; i++) {
        const body = beacon(`visitor-${i}-00000`, START, [{ kind: "page_view", visit: true }]);
        writer.ingest([{ body, receivedAt: START, door: "browser" }]);
      }
      while (writer.project(1_000) > 0);
      const model = presetModel("reach-loyalty")!;
      const applied = runCommand(writer, "applyModel", { site: "shop", model, at: START });
      expect(applied).toEqual({ id: "reach-loyalty", version: 2, state: "building" });
      const states = () =>
        writer.db
          .prepare<[], { version: number; state: string; built_to: number }>(
            "select version, state, built_to from model order by version",
          )
          .all();
      const seen = new Set<string>();
      let now = START;
      for (let i = 0; i < 100; i++) {
        now += 1_001;
        duty.step(now);
        seen.add(
          states()
            .map(({ state }) => state)
            .join(" "),
        );
      }
      expect([...seen]).toEqual(["active building", "retired active"]);
      const left = (table: string) =>
        writer.db.prepare(`select count(*) from ${table} where model = 1`).pluck().get();
      for (const table of ["transition", "person_stage", "stage_delta"]) expect(left(table), table).toBe(0);
      expect(states()[0]!.built_to).toBe(-1);
      expect(writer.db.prepare("select count(*) from person_stage where model = 2").pluck().get()).toBe(450);
    } finally {
      done();
    }
  });
});

describe("models of a site", () => {
  let house: House;
  let key: string;
  beforeAll(async () => {
    house = await openHouse();
    key = await house.key("admin");
    const headers = { "user-agent": "Mozilla/5.0 Firefox/140.0" };
    for (let i = 0; i < 20; i++) {
      const order = i < 5 ? [{ kind: "purchase", order: `o${i}`, value: 1, currency: "EUR" }] : [];
      const body = beacon(`visitor-${i}-00000`, START, [
        { kind: "page_view", visit: true, url: "https://shop.example/" },
        ...order,
      ]);
      await house.call("POST", "/b", { body, headers });
    }
    await house.store.settled(START);
  });
  afterAll(() => house.close());

  const built = async (): Promise<SitesAnswer["sites"][number]["models"]> => {
    for (let tries = 0; tries < 200; tries++) {
      const { body } = await house.call("GET", "/api/v1/models?site=shop", { key });
      const { models } = body as { models: SitesAnswer["sites"][number]["models"] };
      if (models.every(({ state }) => state === "active")) return models;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("the model was not built within five seconds");
  };

  test("stand side by side, each with its own stages over the same people", async () => {
    const model = presetModel("customer-base")!;
    const applied = await house.call("POST", "/api/v1/models", { key, body: { site: "shop", model } });
    expect(applied).toMatchObject({ status: 202, body: { state: "building", version: 1 } });
    expect((await built()).map(({ id }) => id).sort()).toEqual(["customer-base", "reach-loyalty"]);
    for (const id of ["customer-base", "reach-loyalty"]) {
      const { body } = await house.call("GET", `/api/v1/stages?site=shop&model=${id}`, { key });
      const { stages } = body as { stages: { people: number }[] };
      expect(
        stages.reduce((sum, { people }) => sum + people, 0),
        id,
      ).toBe(20);
    }
  });

  test("can be tried as a draft: the preview counts what the applied model then counts", async () => {
    const model: LifecycleModel = {
      id: "two-kinds",
      version: 1,
      stages: ["visitor", "buyer"],
      rules: [
        { stage: "buyer", when: ["orders", ">=", 1] },
        { stage: "visitor", when: true },
      ],
    } as unknown as LifecycleModel;
    const read = await house.key("read", ["shop"]);
    const draft = await house.call("POST", "/api/v1/models/preview", {
      key: read,
      body: { site: "shop", model },
    });
    expect(draft.status).toBe(200);
    const answer = draft.body as PreviewAnswer;
    expect(answer).toMatchObject({ people: 20, looked: 20 });
    expect(answer.stages.map(({ stage, people }) => [stage, people])).toEqual([
      ["visitor", 15],
      ["buyer", 5],
    ]);
    await house.call("POST", "/api/v1/models", { key, body: { site: "shop", model } });
    await built();
    const { body } = await house.call("GET", "/api/v1/stages?site=shop&model=two-kinds", { key });
    expect((body as { stages: { stage: string; people: number }[] }).stages).toMatchObject([
      { stage: "visitor", people: 15 },
      { stage: "buyer", people: 5 },
    ]);
  });

  test("are refused with every problem named, and change nothing", async () => {
    const bad = { id: "bad", version: 1, stages: ["a"], rules: [{ stage: "b", when: true }] };
    for (const path of ["/api/v1/models", "/api/v1/models/preview"]) {
      const { status, body } = await house.call("POST", path, { key, body: { site: "shop", model: bad } });
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: "bad_model" });
    }
  });

  test("can be removed, but not the one that is shown first", async () => {
    const gone = await house.call("DELETE", "/api/v1/models/two-kinds?site=shop", { key });
    expect(gone).toMatchObject({ status: 200, body: { versions: 1 } });
    expect((await house.call("GET", "/api/v1/stages?site=shop&model=two-kinds", { key })).status).toBe(404);
    expect((await house.call("DELETE", "/api/v1/models/two-kinds?site=shop", { key })).status).toBe(404);
    expect((await house.call("DELETE", "/api/v1/models/reach-loyalty?site=shop", { key })).status).toBe(409);
  });

  test("are described by a JSON Schema for editors", async () => {
    const { status, body } = await house.call("GET", "/api/v1/models/schema", { key });
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: "object", properties: { stages: expect.anything() } });
  });
});
