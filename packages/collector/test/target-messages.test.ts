/** Messages that wait for their time or a limit: leads that pass a score, surveys that are due, carts that were bought after all. */
import { afterEach, describe, expect, test } from "vitest";
import { openTargetHouse, type TargetHouse } from "./target-house.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const OMNISEND = {
  system: "omnisend",
  customers: "shop",
  send: { messages: { "stage.entered": "nothing", "stage.corrected": "nothing" } },
};

let at: TargetHouse;
afterEach(() => at.close());

const contact = (visitor: string, id: string) => ({ kind: "identify", aliases: [`omnisend:${id}`], visitor });
const told = () =>
  at.stub.writes().map(({ body }) => ({
    event: body!["eventName"] as string,
    ...(body!["properties"] as Record<string, string | number>),
  }));
const order = (number: string) => ({ kind: "purchase", order: number, value: 59.9, currency: "EUR" });
const signUp = { kind: "sign_up" }; // 20 points of our own table.
const newsletter = { kind: "newsletter_signup" }; // 15.

describe("a lead", () => {
  test("is told of when its score passes the limit, once, with the score", async () => {
    at = await openTargetHouse(OMNISEND, { leadScore: 30 });
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", signUp);
    await at.settle();
    expect(told()).toEqual([]);
    at.house.clock.now += MINUTE;
    await at.browser("visitor-anna-01", newsletter);
    await at.settle();
    expect(told()).toMatchObject([{ event: "sojourn lead passed", limit: 30, score: expect.closeTo(35, 1) }]);
    at.house.clock.now += MINUTE;
    await at.browser("visitor-anna-01", { kind: "generate_lead" });
    await at.settle();
    expect(told()).toHaveLength(1);
  });

  test("is told of again when the score had faded below the limit meanwhile", async () => {
    at = await openTargetHouse(OMNISEND, { leadScore: 30 });
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", signUp, newsletter);
    await at.settle();
    at.house.clock.now += 60 * DAY;
    await at.browser("visitor-anna-01", { kind: "generate_lead" });
    await at.settle();
    expect(told()).toHaveLength(2);
  });

  test("is told of when two browsers turn out to be one person whose points pass it together", async () => {
    at = await openTargetHouse(OMNISEND, { leadScore: 30 });
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", signUp, { kind: "identify", customer: "shop:1" });
    await at.browser("visitor-anna-02", newsletter);
    await at.settle();
    expect(told()).toEqual([]);
    await at.browser("visitor-anna-02", { kind: "identify", customer: "shop:1" });
    await at.settle();
    expect(told()).toHaveLength(1);
    await at.browser("visitor-anna-03", { kind: "identify", customer: "shop:1" });
    await at.settle();
    expect(told()).toHaveLength(1);
  });

  test("is nobody who has ordered, and nobody where no limit is set", async () => {
    at = await openTargetHouse(OMNISEND, { leadScore: 30 });
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", order("A-1"), signUp, newsletter);
    await at.settle();
    expect(told()).toEqual([]);
    await at.close();
    at = await openTargetHouse(OMNISEND);
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", signUp, newsletter);
    await at.settle();
    expect(told()).toEqual([]);
  });
});

describe("a survey", () => {
  const open = async () => {
    at = await openTargetHouse(OMNISEND, { surveyDays: 14 });
    await at.server(contact("visitor-anna-01", "c1"));
  };

  test("is due so many days after the newest order, once", async () => {
    await open();
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    at.house.clock.now += 10 * DAY;
    await at.browser("visitor-anna-01", order("A-2"));
    at.house.clock.now += 14 * DAY - 1;
    await at.settle();
    expect(told()).toEqual([]);
    at.house.clock.now += 1;
    await at.settle();
    expect(told()).toMatchObject([{ event: "sojourn survey due", order: "A-2", survey: "nps" }]);
    at.house.clock.now += 30 * DAY;
    await at.settle();
    expect(told()).toHaveLength(1);
  });

  test("is not due for an order that was taken back, nor for somebody who answered", async () => {
    await open();
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    at.house.clock.now += HOUR;
    await at.browser("visitor-anna-01", { kind: "cancel_order", order: "A-1" });
    await at.settle();
    expect(at.messages("withdrawn")).toMatchObject([{ kind: "survey.due" }]);
    await at.browser("visitor-anna-01", order("A-2"));
    await at.settle();
    at.house.clock.now += DAY;
    await at.browser("visitor-anna-01", { kind: "survey_response", survey: "nps", score: 9 });
    at.house.clock.now += 20 * DAY;
    await at.settle();
    await at.browser("visitor-anna-01", order("A-3"));
    at.house.clock.now += 20 * DAY;
    await at.settle();
    expect(told()).toEqual([]);
  });
});

describe("a cart", () => {
  const add = { kind: "add_to_cart", value: 20, currency: "EUR" };

  test("that a shop's server tells to be bought is not left, though the browser never said so", async () => {
    at = await openTargetHouse(OMNISEND);
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", { kind: "identify", customer: "shop:42" }, add);
    at.house.clock.now += HOUR;
    await at.house.store.settled(at.house.clock.now);
    // The order is its own until something says whose it is.
    const aliases = ["order:A-1"];
    await at.server({ ...order("A-1"), visitor: "order:A-1", aliases });
    await at.house.store.settled(at.house.clock.now);
    await at.server({ kind: "identify", visitor: "visitor-anna-01", aliases });
    at.house.clock.now += 2 * DAY;
    await at.settle();
    expect(told()).toEqual([]);
    expect(at.messages("withdrawn")).toMatchObject([{ kind: "cart.left" }]);
  });

  test("of today stays left when yesterday's order is told late", async () => {
    at = await openTargetHouse(OMNISEND);
    await at.server(contact("visitor-anna-01", "c1"));
    await at.browser("visitor-anna-01", add);
    await at.settle();
    at.house.clock.now += HOUR;
    await at.browser("visitor-anna-01", { ...order("A-1"), at: at.house.clock.now - 3 * HOUR });
    at.house.clock.now += 2 * DAY;
    await at.settle();
    expect(told()).toMatchObject([{ event: "sojourn cart left", value: 20 }]);
  });
});

test("a replay tells targets nothing, unless it is asked to", async () => {
  at = await openTargetHouse({ system: "omnisend", send: { messages: { "order.counted": "event" } } });
  await at.server(contact("visitor-anna-01", "c1"));
  await at.browser("visitor-anna-01", order("A-1"));
  await at.settle();
  const before = at.stub.asked.length;
  expect(before).toBeGreaterThan(0);
  await at.house.store.change("replay", { at: at.house.clock.now });
  await at.settle();
  expect(at.stub.asked).toHaveLength(before);
});
