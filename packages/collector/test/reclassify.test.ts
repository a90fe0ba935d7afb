/** Other rules for history: what would move, applying it, and the same answer as a replay. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OperatorRule } from "../src/domain/source/operator-rules.ts";
import { mergeReclassify } from "../src/report/reclassify.ts";
import { openDuty } from "../src/store/sqlite/duty.ts";
import { openVisitedSite, type VisitedSite } from "./visited-site.ts";

const at = (day: number, hour = 12) => Date.UTC(2026, 9, day, hour);
const PERIOD = { site: "shop", from: "2026-10-01", to: "2026-10-20" } as const;
const CLUB: OperatorRule[] = [
  { id: "club", when: { field: "referrerHost", is: "club.example" }, set: { channel: "Affiliates" } },
];

let site: VisitedSite;
beforeEach(() => {
  site = openVisitedSite({}, at(1));
  site.visit("a", at(2), "https://shop.example/cups", "https://club.example/deals");
  site.visit("a", at(3), "https://shop.example/");
  site.buy("a", at(3, 13), "1", 50);
  site.visit("b", at(4), "https://shop.example/", "https://club.example/");
  site.visit("b", at(5), "https://shop.example/?utm_source=newsletter&utm_medium=email");
  site.buy("b", at(5, 13), "2", 70);
  site.visit("c", at(6), "https://shop.example/", "https://blog.example/");
});
afterEach(() => site.close());

const channels = async () =>
  (await site.ask("sources", PERIOD, at(25))).rows
    .map(({ value, visitors, revenue }) => [value, visitors, revenue])
    .sort();
const compare = (rules: OperatorRule[], more = {}) =>
  site.ask("reclassify", { site: "shop", rules, ...more }, at(25));

describe("a change of rules", () => {
  test("is shown before it is made: touches, people, orders and revenue that would move; nothing is written", async () => {
    const before = await channels();
    const answer = await compare(CLUB);
    expect(answer).toMatchObject({
      people: 3,
      touches: 5,
      moved: 2,
      withoutRaw: 0,
      next: null,
      isStale: false,
    });
    expect(answer.rows).toHaveLength(1);
    expect(answer.rows[0]).toMatchObject({
      from: { channel: "Referral", source: "club.example" },
      to: { channel: "Affiliates", source: "club.example", rule: "operator:club" },
      touches: 2,
      people: 2,
      orders: 1,
      revenue: 5_000,
    });
    expect(answer.rows[0]!.example?.landing).toBe("/cups");
    expect(await channels()).toEqual(before);
    expect((await compare([])).moved).toBe(0);
  });

  test("looks at the people in parts that add up", async () => {
    const whole = await compare(CLUB);
    let parts = await compare(CLUB, { limit: 1 });
    while (parts.next !== null)
      parts = mergeReclassify(parts, await compare(CLUB, { limit: 1, after: parts.next }));
    expect(parts).toEqual(whole);
  });

  test("applied gives what was shown, and what a replay gives", async () => {
    expect(site.change("startReclassify", { site: "shop", settings: { rules: CLUB } })).toEqual({
      people: 3,
    });
    expect(site.change("stepReclassify", { site: "shop", limit: 2, at: at(25) })).toEqual({ left: 1 });
    expect((await compare(CLUB)).progress).toBeGreaterThan(0);
    expect(site.change("stepReclassify", { site: "shop", limit: 2, at: at(25) })).toEqual({ left: 0 });
    const applied = await channels();
    expect(applied).toContainEqual(["Affiliates", 2, 5_000]);
    expect(await compare(CLUB)).toMatchObject({ moved: 0, isStale: false, progress: null });
    const stages = await site.ask("stages", { site: "shop", by: "channel" }, at(25));
    site.change("replay", { at: at(25) });
    expect(await channels()).toEqual(applied);
    expect((await site.ask("stages", { site: "shop", by: "channel" }, at(25))).rows).toEqual(stages.rows);
  });

  test("is finished by the writer's duty when nobody else does", async () => {
    site.change("startReclassify", { site: "shop", settings: { rules: CLUB } });
    const duty = openDuty(site.writer, new Int32Array(new SharedArrayBuffer(64)), () => false);
    for (let i = 0; i < 20; i++) duty.step(at(25) + i * 2_000);
    expect(await channels()).toContainEqual(["Affiliates", 2, 5_000]);
    expect((await compare(CLUB)).progress).toBeNull();
  });

  test("made without it leaves history as it was, and says so until history follows", async () => {
    const answer = site.change("updateSite", { id: "shop", settings: { rules: CLUB } });
    expect(answer.hint).toMatch(/sojourn reclassify --site shop/);
    expect(await channels()).not.toContainEqual(["Affiliates", 2, 5_000]);
    expect((await site.ask("sites", {})).sites[0]).toMatchObject({ isStale: true, reclassified: null });
    site.change("startReclassify", { site: "shop", settings: {} });
    while (site.change("stepReclassify", { site: "shop", limit: 10, at: at(25) }).left > 0);
    expect((await site.ask("sites", {})).sites[0]).toMatchObject({ isStale: false });
    expect(await channels()).toContainEqual(["Affiliates", 2, 5_000]);
    expect(site.change("updateSite", { id: "shop", settings: { name: "Kettle & Cup" } })).toEqual({
      id: "shop",
    });
  });

  test("can take touches away and bring others: a host that turns out to be the site itself", async () => {
    const answer = await site.ask("reclassify", { site: "shop", hosts: ["club.example"] }, at(25));
    expect(answer.rows.map(({ from, to, touches }) => [from?.channel, to, touches])).toContainEqual([
      "Referral",
      null,
      2,
    ]);
    const order = answer.rows.find(({ to }) => to?.channel === "Direct");
    expect(order).toMatchObject({ touches: 0, orders: 1, revenue: 5_000, example: null });
  });

  test("leaves touches alone whose raw touchpoints retention removed, and says how many", async () => {
    site.change("updateSite", { id: "shop", settings: { retentionDays: 20 } });
    // Three weeks after the first touches: only what came by the 4th and later is kept.
    const now = at(24);
    while (site.change("retain", { at: now }).hasMore);
    const before = await channels();
    const answer = await site.ask("reclassify", { site: "shop", rules: CLUB }, now);
    expect(answer.touches).toBeLessThan(5);
    expect(answer.withoutRaw).toBe(5 - answer.touches);
    site.change("startReclassify", { site: "shop", settings: { rules: [] } });
    while (site.change("stepReclassify", { site: "shop", limit: 10, at: now }).left > 0);
    expect(await channels()).toEqual(before);
    site.change("startReclassify", { site: "shop", settings: { rules: CLUB } });
    while (site.change("stepReclassify", { site: "shop", limit: 10, at: now }).left > 0);
    const moved = (await site.ask("touches", PERIOD, now)).rows.filter(
      ({ channel }) => channel === "Affiliates",
    );
    expect(moved).toHaveLength(answer.moved);
  });
});
