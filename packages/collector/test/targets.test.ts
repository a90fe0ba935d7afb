/** Targets: what is sent to whom, in which order, and what a fault leaves behind. Every system is a stub on loopback. */
import { afterEach, describe, expect, test } from "vitest";
import { type Asked, openTargetHouse, type TargetHouse } from "./target-house.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HUBSPOT = { system: "hubspot", customers: "shop", send: { customerProperty: "shop_customer_id" } };
const EVENTS = { "order.counted": "event", "stage.entered": "nothing", "stage.corrected": "nothing" };
const ORDERS = {
  ...HUBSPOT,
  send: { ...HUBSPOT.send, messages: EVENTS, events: { "order.counted": "pe1_order" } },
};

let at: TargetHouse;
afterEach(() => at.close());

const visit = {
  kind: "page_view",
  url: "https://shop.example/?utm_source=letter&utm_medium=email",
  visit: true,
};
const order = (number: string, value = 59.9) => ({ kind: "purchase", order: number, value, currency: "EUR" });
const login = (customer: string) => ({ kind: "identify", customer });
const known = (id = "501") => ({ kind: "identify", aliases: [`hubspot:${id}`], visitor: "visitor-anna-01" });
const propertiesOf = (asked: Asked | undefined) => asked?.body?.["properties"] as Record<string, string>;

describe("a contact", () => {
  test("gets its stage as properties, under the customer's unique property, once somebody knows who it is", async () => {
    at = await openTargetHouse(HUBSPOT);
    await at.browser("visitor-anna-01", visit);
    await at.settle();
    expect(at.stub.asked).toEqual([]);
    expect(at.messages().map(({ state }) => state)).toEqual(["unaddressable"]);
    await at.browser("visitor-anna-01", login("shop:42"));
    await at.settle();
    expect(at.stub.asked).toHaveLength(1);
    const [asked] = at.stub.asked;
    expect(asked).toMatchObject({
      method: "PATCH",
      path: "/crm/objects/2026-03/contacts/42?idProperty=shop_customer_id",
    });
    expect(asked!.headers.authorization).toBe("Bearer t0ken");
    expect(propertiesOf(asked)).toEqual({
      sojourn_stage: "reach",
      sojourn_stage_at: new Date(at.house.clock.now).toISOString(),
      sojourn_source: "Email",
    });
  });

  test("is named by the id its system told us before any other name", async () => {
    at = await openTargetHouse(HUBSPOT);
    await at.server(known());
    await at.browser("visitor-anna-01", visit, login("shop:42"));
    await at.settle();
    expect(at.stub.asked.map(({ path }) => path)).toEqual(["/crm/objects/2026-03/contacts/501"]);
  });

  test("that is not there under one name is tried under the next, and nobody is asked twice a day", async () => {
    at = await openTargetHouse(HUBSPOT);
    at.stub.otherwise = ({ path }) => (path.includes("/501") ? { status: 404 } : { status: 200 });
    await at.server(known());
    await at.browser("visitor-anna-01", visit, login("shop:42"));
    await at.settle();
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    expect(at.stub.asked.map(({ path }) => path.split("contacts/")[1])).toEqual([
      "501",
      "42?idProperty=shop_customer_id",
      "42?idProperty=shop_customer_id",
    ]);
  });

  test("of another namespace is nobody there", async () => {
    at = await openTargetHouse(HUBSPOT);
    await at.browser("visitor-anna-01", visit, login("other:42"));
    await at.settle();
    expect(at.stub.asked).toEqual([]);
    expect(at.messages().map(({ state }) => state)).toEqual(["unaddressable"]);
  });

  test("that two people turn out to be gets the property once, and events of both", async () => {
    at = await openTargetHouse({
      ...HUBSPOT,
      send: { ...ORDERS.send, messages: { "stage.entered": "property", "order.counted": "event" } },
    });
    await at.browser("visitor-anna-01", visit);
    await at.browser("visitor-anna-02", visit, order("A-1"));
    await at.settle();
    expect(at.stub.asked).toEqual([]);
    await at.browser("visitor-anna-01", login("shop:42"));
    await at.browser("visitor-anna-02", login("shop:42"));
    at.stub.otherwise = ({ method }) => (method === "GET" ? { json: { id: "9" } } : { status: 200 });
    await at.settle();
    const writes = at.stub.writes();
    expect(writes.filter(({ method }) => method === "POST")).toHaveLength(1);
    const last = writes.filter(({ method }) => method === "PATCH").at(-1);
    expect(propertiesOf(last)["sojourn_stage"]).toBe("conversion");
    expect(at.messages("unaddressable")).toEqual([]);
  });
});

describe("a property", () => {
  test("that waits is replaced by the newest, and only that is written", async () => {
    at = await openTargetHouse(HUBSPOT);
    await at.browser("visitor-anna-01", visit, login("shop:42"));
    await at.house.store.settled(at.house.clock.now);
    at.house.clock.now += MINUTE;
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    expect(at.stub.asked.map(propertiesOf)).toMatchObject([{ sojourn_stage: "conversion" }]);
    expect(at.messages().map(({ state }) => state)).toEqual(["superseded", "delivered"]);
  });

  test("that failed and is sent again by hand after a newer one is dropped", async () => {
    at = await openTargetHouse(HUBSPOT);
    at.stub.next = [{ status: 400 }];
    await at.browser("visitor-anna-01", visit, login("shop:42"));
    await at.settle();
    expect(at.messages()).toMatchObject([{ state: "failed", result: "property: HTTP 400" }]);
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    await at.house.store.change("replayMessages", { id: "crm", at: at.house.clock.now });
    await at.settle();
    expect(at.messages().map(({ state }) => state)).toEqual(["superseded", "delivered"]);
    expect(at.stub.asked).toHaveLength(2);
  });

  test("is of the site's own model, and keeps the operator's words", async () => {
    at = await openTargetHouse({
      ...HUBSPOT,
      send: {
        ...HUBSPOT.send,
        stages: { conversion: "Kunde" },
        properties: { stage: "stufe", at: "", source: "" },
      },
    });
    const { presetModel } = await import("../src/domain/lifecycle/presets.ts");
    const model = { ...presetModel("customer-base")! };
    await at.house.store.change("applyModel", { site: "shop", model, at: at.house.clock.now });
    await at.house.store.settled(at.house.clock.now);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await at.browser("visitor-anna-01", visit, login("shop:42"), order("A-1"));
    await at.settle();
    expect(at.stub.asked.map(propertiesOf)).toEqual([{ stufe: "Kunde" }]);
    expect(at.messages("withdrawn").every(({ result }) => result!.includes("customer-base"))).toBe(true);
  });
});

describe("HubSpot's own stage", () => {
  const withStage = (lifecyclestage: string) => ({ ...HUBSPOT, send: { ...HUBSPOT.send, lifecyclestage } });
  const allowed = ["subscriber", "lead", "customer"];

  async function open(mode: string): Promise<void> {
    at = await openTargetHouse(withStage(mode));
    at.stub.otherwise = ({ path }) =>
      path.includes("/properties/")
        ? { json: { options: allowed.map((value) => ({ value })) } }
        : { status: 200 };
  }

  test("is left alone unless it is switched on", async () => {
    await open("off");
    await at.browser("visitor-anna-01", visit, login("shop:42"));
    await at.settle();
    expect(Object.keys(propertiesOf(at.stub.asked[0]))).not.toContain("lifecyclestage");
  });

  test("follows the furthest stage, in the same request", async () => {
    await open("peak");
    await at.browser("visitor-anna-01", visit, login("shop:42"), order("A-1"));
    await at.settle();
    expect(at.stub.writes().map(propertiesOf)).toMatchObject([
      { sojourn_stage: "conversion", lifecyclestage: "customer" },
    ]);
    // The order is taken back: the true stage falls, the furthest one was reached all the same.
    at.house.clock.now += MINUTE;
    await at.browser("visitor-anna-01", { kind: "cancel_order", order: "A-1" });
    await at.settle();
    expect(propertiesOf(at.stub.writes().at(-1))).toMatchObject({ lifecyclestage: "customer" });
    expect(propertiesOf(at.stub.writes().at(-1))["sojourn_stage"]).not.toBe("conversion");
  });

  test("follows every stage by clearing first and setting then, in two requests", async () => {
    await open("follow");
    await at.browser("visitor-anna-01", visit, login("shop:42"), order("A-1"));
    await at.settle();
    expect(at.stub.writes().map(propertiesOf)).toMatchObject([
      { lifecyclestage: "" },
      { sojourn_stage: "conversion", lifecyclestage: "customer" },
    ]);
    expect(Object.keys(propertiesOf(at.stub.writes()[0]))).toEqual(["lifecyclestage"]);
  });

  test("is not written where its value is not allowed there", async () => {
    await open("follow");
    allowed.splice(allowed.indexOf("customer"), 1);
    try {
      await at.browser("visitor-anna-01", visit, login("shop:42"), order("A-1"));
      await at.settle();
      expect(at.stub.writes()).toHaveLength(1);
      expect(Object.keys(propertiesOf(at.stub.writes()[0]))).not.toContain("lifecyclestage");
    } finally {
      allowed.push("customer");
    }
  });

  test("goes on with setting when it was stopped after clearing", async () => {
    await open("follow");
    await at.sender.round(); // Reads the allowed values.
    at.stub.next = [{ status: 200 }, { status: 503 }];
    await at.browser("visitor-anna-01", visit, login("shop:42"), order("A-1"));
    await at.settle();
    expect(at.messages("waiting")).toMatchObject([{ attempts: 1, result: "property: HTTP 503" }]);
    await at.restart();
    at.house.clock.now += MINUTE;
    await at.settle();
    expect(at.stub.writes().map((asked) => propertiesOf(asked)["lifecyclestage"])).toEqual([
      "",
      "customer",
      "customer",
    ]);
    expect(at.messages("delivered")).toHaveLength(1);
  });
});

describe("an event", () => {
  test("names the message, the time and the contact, and is never collapsed", async () => {
    at = await openTargetHouse(ORDERS);
    at.stub.otherwise = ({ method }) => (method === "GET" ? { json: { id: "77" } } : { status: 204 });
    await at.browser("visitor-anna-01", login("shop:42"), order("A-1"));
    await at.house.store.settled(at.house.clock.now);
    await at.browser("visitor-anna-01", order("A-2", 10));
    await at.settle();
    const sent = at.stub.writes().map(({ body }) => body!);
    expect(sent).toMatchObject([
      {
        eventName: "pe1_order",
        objectId: "77",
        occurredAt: new Date(at.house.clock.now).toISOString(),
        properties: { order: "A-1", value: "59.9", currency: "EUR" },
      },
      { properties: { order: "A-2" } },
    ]);
    expect(sent.map(({ uuid }) => uuid)).toEqual(at.messages().map(({ id }) => id));
    // One look-up for both: what was found is remembered.
    expect(at.stub.asked.filter(({ method }) => method === "GET")).toHaveLength(1);
  });

  test("reaches a visitor without a record by HubSpot's cookie", async () => {
    at = await openTargetHouse(ORDERS);
    await at.browser("visitor-anna-01", { kind: "identify", aliases: ["hutk:abc123"] }, order("A-1"));
    await at.settle();
    expect(at.stub.writes().map(({ body }) => body)).toMatchObject([{ utk: "abc123" }]);
  });

  test("that could not be told for a week is no news any more", async () => {
    at = await openTargetHouse(ORDERS);
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    at.house.clock.now += 8 * DAY;
    await at.browser("visitor-anna-01", login("shop:42"));
    await at.settle();
    expect(at.stub.asked).toEqual([]);
    expect(at.messages()).toMatchObject([{ state: "withdrawn" }]);
  });
});

describe("a fault", () => {
  const sent = () => at.stub.writes().map(({ body }) => (body!["properties"] as { order: string }).order);

  test("of too many requests is waited out by the whole target, as long as the header says", async () => {
    at = await openTargetHouse(ORDERS);
    at.stub.next = [{ status: 429, headers: { "retry-after": "120" } }];
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    await at.server({ ...known("502"), visitor: "visitor-berta-1" });
    await at.browser("visitor-berta-1", order("B-1"));
    at.house.clock.now += 119_000;
    await at.settle();
    expect(sent()).toEqual(["A-1"]);
    at.house.clock.now += 1_000;
    await at.settle();
    expect(sent().sort()).toEqual(["A-1", "A-1", "B-1"]);
    expect(at.messages("delivered")).toHaveLength(2);
  });

  test("of too many requests without a header is waited out too, and halves the rate", async () => {
    at = await openTargetHouse(ORDERS);
    at.stub.next = [{ status: 429 }];
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    expect(at.sender.counts().get("crm")).toMatchObject({ requests: { "429": 1 }, rate: 200 });
    at.house.clock.now += 4_999;
    await at.settle();
    expect(sent()).toHaveLength(1);
    at.house.clock.now += 1;
    await at.settle();
    expect(sent()).toEqual(["A-1", "A-1"]);
    at.house.clock.now += HOUR;
    expect(at.sender.counts().get("crm")!.rate).toBe(400);
  });

  test("of the server is tried again, the answer after it counts", async () => {
    at = await openTargetHouse(ORDERS);
    at.stub.next = [{ status: 500 }];
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    await at.browser("visitor-anna-01", order("A-2"));
    await at.settle();
    expect(sent()).toEqual(["A-1"]);
    at.house.clock.now += 5_000;
    await at.settle();
    expect(sent()).toEqual(["A-1", "A-1", "A-2"]);
  });

  test("of silence and of a connection cut after the write lose nothing and keep the order", async () => {
    at = await openTargetHouse(ORDERS, {}, 200);
    at.stub.next = [{ hang: true }, { cut: true }];
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.house.store.settled(at.house.clock.now);
    await at.browser("visitor-anna-01", order("A-2"));
    await at.settle();
    for (let tries = 0; tries < 3; tries++) {
      at.house.clock.now += MINUTE;
      await at.settle();
    }
    expect(sent()).toEqual(["A-1", "A-1", "A-1", "A-2"]);
    const ids = at.stub.writes().map(({ body }) => body!["uuid"]);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(at.messages("delivered")).toHaveLength(2);
  });

  test("the system calls final puts the message aside with its code, and the next one goes on", async () => {
    at = await openTargetHouse(ORDERS);
    at.stub.next = [{ status: 403 }];
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.house.store.settled(at.house.clock.now);
    await at.browser("visitor-anna-01", order("A-2"));
    await at.settle();
    expect(at.messages()).toMatchObject([
      { state: "failed", result: "event: HTTP 403" },
      { state: "delivered", result: "HTTP 200" },
    ]);
    const [first] = at.messages();
    await at.house.store.change("replayMessages", { id: "crm", message: first!.id, at: at.house.clock.now });
    await at.settle();
    expect(sent()).toEqual(["A-1", "A-2", "A-1"]);
  });

  test("anywhere leaves every person's messages complete and in order", async () => {
    at = await openTargetHouse(ORDERS, {}, 100);
    const people = ["anna", "berta", "clara", "dora"];
    const faults = [
      { status: 500 },
      { status: 429 },
      { cut: true as const },
      { hang: true as const },
      { status: 408 },
    ];
    let n = 0;
    // Every third request fails, each time in another way.
    at.stub.otherwise = () => (++n % 3 === 0 ? faults[(n / 3) % faults.length]! : { status: 204 });
    for (const [place, name] of people.entries())
      await at.server({ ...known(String(600 + place)), visitor: `visitor-${name}-1` });
    for (let round = 1; round <= 5; round++) {
      for (const name of people) await at.browser(`visitor-${name}-1`, order(`${name}-${round}`));
      await at.settle();
      at.house.clock.now += MINUTE;
      if (round === 3) await at.restart();
    }
    for (let tries = 0; tries < 80 && at.messages("delivered").length < 20; tries++) {
      at.house.clock.now += HOUR;
      await at.settle();
    }
    expect(at.messages("delivered")).toHaveLength(20);
    for (const name of people) {
      const told = sent().filter((one) => one.startsWith(name));
      // Repeats are neighbours of themselves: never an earlier order after a later one.
      expect(told).toEqual([...told].sort());
      expect(new Set(told).size).toBe(5);
    }
  }, 60_000);
});

describe("a limit", () => {
  test("of requests a minute is kept, and what waits goes on later", async () => {
    at = await openTargetHouse({ ...ORDERS, send: { ...ORDERS.send, perMinute: 60 } });
    for (let place = 0; place < 10; place++) {
      await at.server({ ...known(String(700 + place)), visitor: `visitor-many-${place}` });
      await at.browser(`visitor-many-${place}`, order(`M-${place}`));
    }
    await at.settle();
    expect(at.stub.writes()).toHaveLength(2);
    at.house.clock.now += 1_000;
    await at.settle();
    expect(at.stub.writes()).toHaveLength(3);
    for (let second = 0; second < 10; second++) {
      at.house.clock.now += 1_000;
      await at.settle();
    }
    expect(at.messages("delivered")).toHaveLength(10);
    expect(at.messages().every(({ attempts }) => attempts === 1)).toBe(true);
  });
});

test("forgetting a person leaves no trace of them in messages, references and addresses", async () => {
  at = await openTargetHouse({ ...ORDERS, keepEmail: true });
  at.stub.otherwise = ({ method }) => (method === "GET" ? { json: { id: "77001122" } } : { status: 204 });
  const email = "a".repeat(64);
  await at.browser("visitor-anna-01", { ...login("shop:4242"), email }, order("A-1000"));
  await at.house.store.change("keepAddresses", {
    site: "shop",
    addresses: [{ hash: email, address: "anna@example.com" }],
    at: at.house.clock.now,
  });
  await at.settle();
  expect(at.messages("delivered")).toHaveLength(1);
  const { openForReading } = await import("../src/store/sqlite/open.ts");
  const db = openForReading(at.house.folder);
  const rows = () =>
    ["outbox", "reference", "written_property", "kept_address"].map((table) =>
      db.prepare(`select count(*) from ${table}`).pluck().get(),
    );
  expect(rows()).toEqual([1, 1, 0, 1]);
  const { erasePerson } = await import("../src/store/erasure.ts");
  const erased = await erasePerson(at.house.store.change, at.house.folder, {
    site: "shop",
    person: "visitor-anna-01",
    at: at.house.clock.now,
  });
  expect(rows()).toEqual([0, 0, 0, 0]);
  expect(erased.isClean).toBe(true);
  db.close();
  const { isAnyIn } = await import("../src/store/erasure.ts");
  expect(await isAnyIn(at.house.folder, ["77001122", "anna@example.com"])).toBe(false);
});
