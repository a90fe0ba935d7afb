/** A stage that somebody gave in the CRM, as a rule of a life-cycle model may ask for it. */
import { afterEach, expect, test } from "vitest";
import { NOW, requestOf } from "../src/connect/test/samples.ts";
import { parseModel } from "../src/domain/lifecycle/model.ts";
import { type ConnectedHouse, openConnectedHouse } from "./connect-house.ts";

let house: ConnectedHouse;
afterEach(() => house.close());

const MODEL = parseModel({
  id: "by-hand",
  version: 1,
  stages: ["visitor", "customer"],
  rules: [
    { stage: "customer", when: ["trait", "stage", "==", "customer"] },
    { stage: "visitor", when: true },
  ],
});

const change = (propertyValue: string, minute: number) => ({
  subscriptionType: "contact.propertyChange",
  objectId: 512,
  propertyName: "lifecyclestage",
  propertyValue,
  occurredAt: NOW - 3_600_000 + minute * 60_000,
  changeSource: "CRM",
});

const stage = async () =>
  (await house.store.ask("person", { site: "shop", person: "hubspot:512", model: "by-hand" })).stage;

test.each([
  [
    "follows the CRM's newest word when the table names a trait",
    { stageTrait: "stage" },
    "customer",
    "visitor",
  ],
  ["is only told, and moves nobody, when it names none", {}, "visitor", "visitor"],
])("a stage given by hand %s", async (_name, settings, afterFirst, afterSecond) => {
  house = await openConnectedHouse([{ options: { system: "hubspot", settings } }], NOW);
  await house.store.change("applyModel", { site: "shop", model: MODEL, at: NOW - 86_400_000 });
  const send = async (...body: unknown[]) => {
    expect((await house.send(requestOf("hubspot", { headers: {}, body }))).status).toBe(200);
    await house.settle();
  };
  await send(change("customer", 1));
  expect(await stage()).toBe(afterFirst);
  // Told late, an older word does not undo a newer one.
  await send(change("lead", 0));
  expect(await stage()).toBe(afterFirst);
  await send(change("lead", 2));
  expect(await stage()).toBe(afterSecond);
});
