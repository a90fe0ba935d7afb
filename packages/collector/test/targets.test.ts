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

describe("the other systems", () => {
  test("Zendesk's user is looked for once, and written five times a minute at most", async () => {
    at = await openTargetHouse({ system: "zendesk", customers: "shop", send: {} });
    at.stub.otherwise = ({ method }) =>
      method === "GET" ? { json: { users: [{ id: 8447, external_id: "42" }] } } : { status: 200 };
    await at.browser("visitor-anna-01", login("shop:42"));
    for (let times = 0; times < 4; times++) {
      await at.browser("visitor-anna-01", order(`A-${times}`));
      await at.settle();
      await at.browser("visitor-anna-01", { kind: "cancel_order", order: `A-${times}` });
      await at.settle();
      at.house.clock.now += 1_000;
    }
    expect(at.stub.asked.filter(({ method }) => method === "GET").map(({ path }) => path)).toEqual([
      "/api/v2/users/search.json?external_id=42",
    ]);
    expect(at.stub.writes()).toHaveLength(5);
    const last = () =>
      (at.stub.writes().at(-1)!.body!["user"] as { user_fields: Record<string, string> }).user_fields;
    at.house.clock.now += MINUTE;
    await at.settle();
    // Whatever was written in between, the newest stage stands at the end.
    const { stages } = await at.house.store.ask("stages", { site: "shop" });
    expect(last()["sojourn_stage"]).toBe(stages.find(({ people }) => people === 1)!.stage);
    expect(at.messages("waiting")).toEqual([]);
    for (const { method, path } of at.stub.writes())
      expect(`${method} ${path}`).toBe("PUT /api/v2/users/8447.json");
  });

  test("Zendesk's search that finds nobody, or two, makes nobody and writes nobody", async () => {
    at = await openTargetHouse({ system: "zendesk", customers: "shop", send: {} });
    const users = [
      { id: 1, external_id: "42" },
      { id: 2, external_id: "42" },
    ];
    at.stub.otherwise = () => ({ json: { users } });
    await at.browser("visitor-anna-01", visit, login("shop:42"));
    await at.settle();
    expect(at.stub.writes()).toEqual([]);
    expect(at.messages().map(({ state }) => state)).toEqual(["unaddressable"]);
  });

  test("GA4 is signed in by the query, and the secret is nowhere else", async () => {
    at = await openTargetHouse({
      system: "ga4",
      settings: { measurementId: "G-TEST", consent: "granted" },
      send: {},
    });
    at.stub.otherwise = () => ({ status: 204 });
    await at.browser("visitor-anna-01", visit, { kind: "identify", aliases: ["ga:123.456"] });
    await at.settle();
    expect(at.stub.asked).toMatchObject([
      {
        method: "POST",
        path: "/mp/collect?measurement_id=G-TEST&api_secret=t0ken",
        body: { client_id: "123.456", consent: { ad_user_data: "GRANTED" } },
      },
    ]);
    const [message] = at.messages("delivered");
    expect(JSON.stringify(at.house.store.webhooks.targets.show("crm", message!.id))).not.toContain("t0ken");
  });

  test("Omnisend is told by address only where addresses are kept, as soon as one is", async () => {
    at = await openTargetHouse({
      system: "omnisend",
      keepEmail: true,
      send: { messages: { "order.counted": "event", "stage.entered": "nothing" } },
    });
    const hash = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72";
    await at.browser("visitor-anna-01", { kind: "identify", email: hash }, order("A-1"));
    await at.settle();
    expect(at.stub.asked).toEqual([]);
    const addresses = [{ hash, address: "ada@example.com" }];
    await at.house.store.change("keepAddresses", { site: "shop", addresses, at: at.house.clock.now });
    await at.settle();
    expect(at.stub.writes().map(({ body }) => body)).toMatchObject([
      { eventName: "sojourn order counted", contact: { email: "ada@example.com" } },
    ]);
    // Without the line in the table the next start forgets them.
    await at.house.store.change("dropAddresses", { keeping: [] });
    await at.browser("visitor-anna-01", order("A-2"));
    await at.settle();
    expect(at.stub.writes()).toHaveLength(1);
  });

  test("are never reached at a private address unless the operator allows that", async () => {
    at = await openTargetHouse(ORDERS);
    const { openSender } = await import("../src/outbound/sender.ts");
    await at.sender.stop();
    at.sender = openSender({
      store: at.house.store,
      reads: at.house.store.webhooks.targets,
      targets: at.targets,
      now: () => at.house.clock.now,
      random: () => 0,
      allowPrivate: false,
      version: "0",
    });
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    expect(at.stub.asked).toEqual([]);
    expect(at.messages()).toMatchObject([{ state: "failed", result: "not sent: it is a private address" }]);
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
  const key = await at.house.key("admin");
  const { body } = await at.house.call("GET", "/api/v1/people/visitor-anna-01/export?site=shop", { key });
  expect(body).toMatchObject({
    contact: {
      address: "anna@example.com",
      references: [{ target: "crm", asked: "customer:4242", id: "77001122" }],
    },
  });
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

describe("a system that was just connected", () => {
  test("is told where everybody with a name stands, as a property and never as an event", async () => {
    at = await openTargetHouse({
      ...HUBSPOT,
      send: {
        ...HUBSPOT.send,
        messages: { "stage.corrected": "both", "stage.entered": "property" },
        events: { "stage.corrected": "pe1_corrected" },
      },
    });
    const { settleTargets } = await import("../src/cli/connections.ts");
    await settleTargets(at.house.store, { targets: [], entries: [] }, at.house.clock.now);
    for (let n = 1; n <= 5; n++)
      await at.browser(`visitor-many-${n}`, visit, login(`shop:${n}`), ...(n > 3 ? [order(`O-${n}`)] : []));
    await at.browser("visitor-nobody-1", visit);
    await at.house.store.settled(at.house.clock.now);
    at.house.clock.now += DAY;
    const table = [{ name: "crm", site: "shop", token: { file: "t" }, host: at.stub.url, ...HUBSPOT }];
    const { readTable } = await import("../src/connect/table.ts");
    await settleTargets(
      at.house.store,
      { targets: at.targets, entries: readTable(table, "t") },
      at.house.clock.now,
    );
    await at.settle();
    expect(at.stub.asked).toEqual([]);

    const told: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const take = { id: "crm", after, limit: 2, at: at.house.clock.now };
      const answer: { told: number; next: number | null } = await at.house.store.change("tellStages", take);
      told.push(answer.told);
      after = answer.next;
    }
    await at.settle();
    expect(told.reduce((sum, n) => sum + n, 0)).toBe(5);
    expect(at.stub.asked.every(({ method }) => method === "PATCH")).toBe(true);
    const stages = at.stub.asked.map((asked) => propertiesOf(asked)["sojourn_stage"]);
    expect(stages.sort()).toEqual(["conversion", "conversion", "reach", "reach", "reach"]);
    expect(propertiesOf(at.stub.asked[0])["sojourn_stage_at"]).toBe(
      new Date(at.house.clock.now - DAY).toISOString(),
    );
  });

  test("that is told no stage as a property says so", async () => {
    at = await openTargetHouse(ORDERS);
    const take = { id: "crm", after: 0, limit: 10, at: 0 };
    await expect(at.house.store.change("tellStages", take)).rejects.toMatchObject({ code: "conflict" });
    await expect(at.house.store.change("tellStages", { ...take, id: "none" })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("what is asked over HTTP", () => {
  test("is every target with its messages, one message with its steps, and sending again", async () => {
    at = await openTargetHouse(ORDERS);
    at.stub.next = [{ status: 400 }];
    await at.server(known());
    await at.browser("visitor-anna-01", order("A-1"));
    await at.settle();
    const key = await at.house.key("admin", ["shop"]);
    const get = async (path: string) => (await at.house.call("GET", `/api/v1${path}`, { key })).body;
    expect(await get("/outbox/targets")).toMatchObject({
      targets: [{ id: "crm", system: "hubspot", site: "shop", state: "on", messages: { failed: 1 } }],
    });
    const { messages } = (await get("/outbox?state=failed")) as { messages: { id: string }[] };
    expect(messages).toMatchObject([{ target: "crm", kind: "order.counted", result: "event: HTTP 400" }]);
    expect(await get(`/outbox/crm/${messages[0]!.id}`)).toMatchObject({
      body: { type: "order.counted", data: { order: "A-1" } },
    });
    const body = { message: messages[0]!.id };
    const again = await at.house.call("POST", "/api/v1/outbox/crm/resend", { key, body });
    expect(again).toMatchObject({ status: 202, body: { messages: 1 } });
    await at.settle();
    expect(at.stub.writes()).toHaveLength(2);
    expect(at.messages("delivered")).toHaveLength(1);
    // Webhooks and targets keep apart where they are set up, and come together where messages are looked at.
    expect(await get("/webhooks?site=shop")).toEqual({ webhooks: [] });
  });

  test("is not there for a key of another site, and not for one that may only read", async () => {
    at = await openTargetHouse(ORDERS);
    await at.house.addSite("other");
    for (const [key, statuses] of [
      [await at.house.key("admin", ["other"]), [404]],
      [await at.house.key("read", ["shop"]), [403]],
    ] as const) {
      for (const [method, path] of [
        ["GET", "/outbox/crm/msg_x"],
        ["POST", "/outbox/crm/resend"],
        ["GET", "/outbox?target=crm"],
      ] as const) {
        const body = method === "POST" ? {} : undefined;
        const { status } = await at.house.call(method, `/api/v1${path}`, { key, body });
        expect(statuses, `${method} ${path}`).toContain(status);
      }
    }
  });
});

test("a target that is taken out of the table is switched off, and its messages stay", async () => {
  at = await openTargetHouse(ORDERS);
  const { settleTargets } = await import("../src/cli/connections.ts");
  await settleTargets(at.house.store, { targets: [], entries: [] }, at.house.clock.now);
  await at.server(known());
  await at.browser("visitor-anna-01", order("A-1"));
  await at.settle();
  expect(at.stub.asked).toEqual([]);
  expect(at.house.store.webhooks.targets.all()).toMatchObject([
    { id: "crm", state: "off", reason: "not in the table of connectors", messages: {} },
  ]);
});
