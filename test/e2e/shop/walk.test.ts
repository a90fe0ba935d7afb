/**
 * The main job, end to end: people walk through the example shop in a real browser, and the collector is asked who
 * they are. The browser is never asked: what counts is what is on the collector's disk.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PersonAnswer } from "../../../packages/collector/src/report/person.ts";
import type { SourcesAnswer } from "../../../packages/collector/src/report/sources.ts";
import type { StagesAnswer } from "../../../packages/collector/src/report/stages.ts";
import { type RunningCollector, startCollector } from "./collector.ts";
import { JOURNEYS, type Journey } from "./journeys.ts";
import { newShopper, type Shopper } from "./shopper.ts";
import { openWorld, SHOP, type World } from "./world.ts";

let folder: string;
let collector: RunningCollector;
let world: World;
/** Who walked which journey, and under which ids the collector knows them. */
const walked = new Map<Journey, { shoppers: Shopper[]; visitors: string[] }>();

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sojourn-walk-"));
  collector = await startCollector(folder, { site: "shop", origin: SHOP });
  world = await openWorld(collector.port);
  for (const journey of JOURNEYS) {
    const shoppers: Shopper[] = [];
    for (const name of journey.people) shoppers.push(await newShopper(world.browser, name, settled));
    await journey.walk(...shoppers);
    const visitors: string[] = [];
    for (const shopper of shoppers) {
      visitors.push(await shopper.visitor());
      await shopper.leaves();
    }
    walked.set(journey, { shoppers, visitors });
  }
});

afterAll(async () => {
  await world?.close();
  await collector?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const personOf = (visitor: string) =>
  collector.get<PersonAnswer>(`/api/v1/people/${encodeURIComponent(visitor)}?site=shop`);

/** Resolves when the collector knows everything the shopper did with this browser; rejects after ten seconds. */
async function settled(shopper: Shopper): Promise<void> {
  const visitor = await shopper.visitor();
  const deadline = Date.now() + 10_000;
  for (;;) {
    const known = await personOf(visitor).catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
      return undefined; // Not yet: the first beacon is on its way.
    });
    const count = known?.timeline.filter((entry) => entry.visitor === visitor).length ?? 0;
    if (count >= shopper.deeds.length) return;
    if (Date.now() > deadline) {
      throw new Error(`${shopper.name}: the collector knows ${count} of ${shopper.deeds.length} deeds`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function walkOf(journey: Journey): { shoppers: Shopper[]; visitors: string[] } {
  const walk = walked.get(journey);
  if (walk === undefined) throw new Error(`Nobody walked: ${journey.title}`);
  return walk;
}

describe.each(JOURNEYS)("$title", (journey) => {
  test("every deed is on the timeline, once, in order", async () => {
    const { shoppers, visitors } = walkOf(journey);
    for (const [index, shopper] of shoppers.entries()) {
      const visitor = visitors[index] as string;
      const { timeline } = await personOf(visitor);
      const known = timeline
        .filter((entry) => entry.visitor === visitor)
        .map(({ kind, fields }) => ({ kind, at: new URL(String(fields.url)).pathname }));
      expect(known).toEqual(shopper.deeds);
    }
  });

  test("each touch has the source a shop owner would name", async () => {
    const { timeline } = await personOf(walkOf(journey).visitors[0] as string);
    const touches = timeline.flatMap((entry) => (entry.touch === undefined ? [] : [entry.touch]));
    expect(
      touches.map(({ channel, source, medium, campaign }) => ({ channel, source, medium, campaign })),
    ).toEqual(journey.expected.touches.map((touch) => ({ campaign: null, ...touch })));
  });

  test("the stages are entered in order, each by a touchpoint of the timeline", async () => {
    const person = await personOf(walkOf(journey).visitors[0] as string);
    expect(person.changes.map((change) => change.to)).toEqual(journey.expected.stages);
    expect(person.changes.map((change) => change.from)).toEqual([
      null,
      ...journey.expected.stages.slice(0, -1),
    ]);
    expect(person.stage).toBe(journey.expected.stages.at(-1));
    const ids = person.timeline.map((entry) => entry.id);
    for (const change of person.changes) {
      expect(change.cause).toBe("event");
      expect(ids).toContain(change.touchpoint);
      expect(change.rule).not.toBe("");
    }
  });

  test("orders count once, by the number the buyer was shown", async () => {
    const { shoppers, visitors } = walkOf(journey);
    const { orders } = await personOf(visitors[0] as string);
    expect(orders.map((order) => order.order)).toEqual(shoppers.flatMap((shopper) => shopper.orders));
    expect(orders).toHaveLength(journey.expected.orders);
    expect(orders.reduce((sum, order) => sum + order.value, 0)).toBe(journey.expected.revenue * 100);
    expect(orders.every((order) => order.counts && order.currency === "EUR")).toBe(true);
  });

  test("all browsers of a person lead to one person, who is nobody else", async () => {
    const { visitors } = walkOf(journey);
    const ids = await Promise.all(visitors.map(async (visitor) => (await personOf(visitor)).id));
    expect(new Set(ids).size).toBe(1);
    const person = await personOf(visitors[0] as string);
    expect([...person.visitors].sort()).toEqual([...visitors].sort());
  });
});

describe("asked about everybody, the collector", () => {
  const byStage = {
    reach: 2,
    acquisition: 2,
    conversion: 2,
    retention: 2,
    loyalty: 0,
    lapsed: 0,
    winback: 0,
  };

  test("counts people per stage, over HTTP and on the command line alike", async () => {
    const answer = await collector.get<StagesAnswer>("/api/v1/stages?site=shop");
    expect(answer).toMatchObject({ site: "shop", model: "reach-loyalty", total: 8 });
    expect(Object.fromEntries(answer.stages.map(({ stage, people }) => [stage, people]))).toEqual(byStage);
    const printed = await collector.cli<StagesAnswer>("stages", "--site", "shop");
    expect({ ...printed, at: "" }).toEqual({ ...answer, at: "" });
  });

  test("counts nobody before anybody came", async () => {
    const answer = await collector.get<StagesAnswer>("/api/v1/stages?site=shop&at=2020-01-01");
    expect(answer.total).toBe(0);
  });

  test("tells stages apart by the channel that first led a person here", async () => {
    const answer = await collector.get<StagesAnswer>("/api/v1/stages?site=shop&by=channel");
    const filled = (stages: Record<string, number>) =>
      Object.entries(stages)
        .filter(([, people]) => people > 0)
        .map(([stage, people]) => `${stage} ${people}`);
    expect(Object.fromEntries((answer.rows ?? []).map((row) => [row.value, filled(row.stages)]))).toEqual({
      "Organic Search": ["conversion 1"],
      Email: ["acquisition 1"],
      "Paid Search": ["acquisition 1"],
      Referral: ["reach 1"],
      Direct: ["reach 1"],
      "AI Assistant": ["retention 1"],
      "Paid Social": ["conversion 1"],
      "Organic Social": ["retention 1"],
    });
  });

  test("credits sign-ups, customers and revenue to the channels that led to them", async () => {
    const answer = await collector.get<SourcesAnswer>("/api/v1/sources?site=shop&by=channel");
    const counts = ({
      visitors,
      signUps,
      customers,
      orders,
      revenue,
    }: Omit<SourcesAnswer["rows"][number], "value">) => ({
      visitors,
      signUps,
      customers,
      orders,
      revenue,
    });
    const rows = Object.fromEntries(answer.rows.map((row) => [row.value, counts(row)]));
    const row = (visitors: number, signUps: number, customers: number, orders: number, revenue: number) => ({
      visitors,
      signUps,
      customers,
      orders,
      revenue,
    });
    expect(rows).toEqual({
      "Organic Search": row(1, 0, 1, 1, 89_00),
      Email: row(1, 1, 0, 0, 0),
      "Paid Search": row(1, 0, 0, 0, 0),
      Referral: row(1, 0, 0, 0, 0),
      Direct: row(3, 0, 0, 0, 0),
      "AI Assistant": row(1, 0, 1, 2, 72_00),
      "Paid Social": row(1, 0, 1, 1, 178_00),
      "Organic Social": row(1, 0, 1, 2, 107_00),
    });
    expect(counts(answer.total)).toEqual(row(8, 1, 4, 6, 446_00));
    const printed = await collector.cli<SourcesAnswer>("sources", "--site", "shop", "--by", "channel");
    expect(printed.rows).toEqual(answer.rows);
  });

  test("says the same after everything was computed again from the log, and after a restart", async () => {
    const ask = async () => ({
      stages: { ...(await collector.get<StagesAnswer>("/api/v1/stages?site=shop&by=campaign")), at: "" },
      sources: (await collector.get<SourcesAnswer>("/api/v1/sources?site=shop&by=source")).rows,
      people: await Promise.all(
        JOURNEYS.map(async (journey) => {
          const { changes, ...person } = await personOf(walkOf(journey).visitors[0] as string);
          // When it was written down is the only thing a replay changes, and a change's id contains it.
          return { ...person, changes: changes.map(({ recordedAt: _, id: __, ...change }) => change) };
        }),
      ),
    });
    const before = await ask();
    await collector.stop();
    await collector.cli("replay");
    collector = await startCollector(folder, { site: "shop", origin: SHOP, key: collector.key });
    expect(await ask()).toEqual(before);
  });
});
