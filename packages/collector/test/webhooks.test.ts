/** Messages to other systems: written with the change, signed, delivered at least once and in order, never to private places. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyWebhook, webhookKey } from "../src/connect/signature.ts";
import { MESSAGE_KINDS, type MessageKind } from "../src/domain/message.ts";
import { backoff, type Deliverer, MOST_ATTEMPTS, openDeliverer, resultOf } from "../src/outbound/deliver.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { beacon, type House, openHouse, START } from "./house.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  message: { type: string; timestamp: string; data: Record<string, unknown> };
}

interface Receiver {
  url: string;
  received: Received[];
  /** What the next requests are answered, the last one for good. */
  answers: { status: number; headers?: Record<string, string>; hang?: true }[];
  close(): Promise<void>;
}

async function openReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: "", received: [], answers: [{ status: 204 }], close: async () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      receiver.received.push({ headers: request.headers, body, message: JSON.parse(body) });
      const [answer] = receiver.answers.length > 1 ? receiver.answers.splice(0, 1) : receiver.answers;
      if (answer!.hang === true) {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer!.status, answer!.headers).end("thanks");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return receiver;
}

let house: House;
let receiver: Receiver;
let deliverer: Deliverer;
let random = 0;

beforeEach(async () => {
  house = await openHouse({ allowPrivateTargets: true });
  receiver = await openReceiver();
  random = 0;
  deliverer = openDeliverer({
    store: house.store,
    webhooks: house.store.webhooks,
    now: () => house.clock.now,
    random: () => random,
    allowPrivate: true,
    version: "0",
    everyMs: 3_600_000,
  });
});
afterEach(async () => {
  await deliverer.stop();
  await house.close();
  await receiver.close();
});

async function listen(...events: MessageKind[]): Promise<{ id: string; secret: string }> {
  const key = await house.key("admin");
  const { status, body } = await house.call("POST", "/api/v1/webhooks", {
    key,
    body: { site: "shop", url: receiver.url, events },
  });
  expect(status).toBe(201);
  return body as { id: string; secret: string };
}

const send = async (visitor: string, touchpoints: Parameters<typeof beacon>[2]) => {
  const { status } = await house.call("POST", "/b", {
    body: beacon(visitor, house.clock.now, touchpoints),
    headers: { "user-agent": "Mozilla/5.0 Firefox/140.0" },
  });
  expect(status).toBe(204);
};

const settle = async () => {
  await house.store.settled(house.clock.now);
  await deliverer.round();
};

const visit = {
  kind: "page_view",
  url: "https://shop.example/?utm_source=letter&utm_medium=email",
  visit: true,
};
const order = (number: string, value = 59.9) => ({ kind: "purchase", order: number, value, currency: "EUR" });
const kinds = () => receiver.received.map(({ message }) => message.type);

describe("a message", () => {
  test("tells of a stage with its reason and where the person came from, and carries no address", async () => {
    await listen("stage.entered");
    await send("visitor-anna-01", [
      visit,
      { kind: "view_item", items: [{ id: "kettle-1", quantity: 1 }] },
      { kind: "identify", customer: "42", email: "a".repeat(64) },
    ]);
    await settle();
    const { message, body } = receiver.received.at(-1)!;
    expect(message).toMatchObject({
      type: "stage.entered",
      timestamp: new Date(START).toISOString(),
      data: {
        site: "shop",
        person: "visitor-anna-01",
        customer: "42",
        model: "reach-loyalty",
        modelVersion: 1,
        from: null,
        cause: "event",
        entry: 1,
        firstSource: { channel: "Email", source: "letter" },
        lastViewed: ["kettle-1"],
      },
    });
    expect((message.data["rule"] as string).length).toBeGreaterThan(3);
    expect(message.data["touchpoint"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(body).not.toContain("aaaa");
  });

  test("names what was looked at and bought last, also of somebody with a long history", async () => {
    await listen("order.counted");
    for (let batch = 0; batch < 12; batch++)
      await send(
        "visitor-anna-01",
        Array.from({ length: 50 }, () => ({ kind: "page_view", url: "https://shop.example/" })),
      );
    await send("visitor-anna-01", [
      { kind: "view_item", items: [{ id: "kettle-1", quantity: 1 }] },
      { ...order("A-1"), items: [{ id: "tea-9", quantity: 2 }] },
    ]);
    await settle();
    expect(receiver.received[0]!.message.data).toMatchObject({
      lastViewed: ["kettle-1"],
      lastBought: ["tea-9"],
    });
  });

  test("is signed as Standard Webhooks asks, and every changed byte shows", async () => {
    const { secret } = await listen("order.counted");
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    const { headers, body } = receiver.received[0]!;
    expect(Number(headers["webhook-timestamp"])).toBe(START / 1_000);
    const message = {
      id: headers["webhook-id"] as string,
      timestamp: headers["webhook-timestamp"] as string,
      signature: headers["webhook-signature"] as string,
      body: Buffer.from(body),
    };
    expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
    expect(verifyWebhook(message, [webhookKey(secret)], START)).toBe("genuine");
    expect(verifyWebhook({ ...message, body: Buffer.from(`${body} `) }, [webhookKey(secret)], START)).toBe(
      "signature_wrong",
    );
    expect(verifyWebhook(message, [webhookKey(secret)], START + HOUR)).toBe("too_old");
  });

  test("is signed with two secrets while one replaces the other, and with the new one after", async () => {
    const { id, secret } = await listen("order.counted");
    const key = await house.key("admin");
    const rotated = await house.call("PATCH", `/api/v1/webhooks/${id}`, { key, body: { rotate: true } });
    const fresh = (rotated.body as { secret: string }).secret;
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    await house.call("PATCH", `/api/v1/webhooks/${id}`, { key, body: { dropOldSecret: true } });
    await send("visitor-anna-01", [order("A-2")]);
    await settle();
    const verdicts = receiver.received.map(({ headers, body }) =>
      [secret, fresh].map((one) =>
        verifyWebhook(
          {
            id: headers["webhook-id"] as string,
            timestamp: headers["webhook-timestamp"] as string,
            signature: headers["webhook-signature"] as string,
            body: Buffer.from(body),
          },
          [webhookKey(one)],
          START,
        ),
      ),
    );
    expect(verdicts).toEqual([
      ["genuine", "genuine"],
      ["signature_wrong", "genuine"],
    ]);
    const list = await house.call("GET", "/api/v1/webhooks", { key });
    expect(JSON.stringify(list.body)).not.toContain("whsec_");
  });

  test("tells of an order once, of its refund, and of its end", async () => {
    await listen("order.counted", "order.refunded");
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    house.clock.now += MINUTE;
    await send("visitor-anna-01", [{ ...order("A-1"), value: 10 }]); // The same order again counts once.
    await send("visitor-anna-01", [{ kind: "refund", order: "A-1", value: 10, currency: "EUR" }]);
    await settle();
    house.clock.now += MINUTE;
    await send("visitor-anna-01", [{ kind: "cancel_order", order: "A-1" }]);
    await settle();
    expect(
      receiver.received.map(({ message: { type, data } }) => [type, data["refunded"], data["counts"]]),
    ).toEqual([
      ["order.counted", undefined, undefined],
      ["order.refunded", 1000, true],
      ["order.refunded", 5990, false],
    ]);
    expect(receiver.received[0]!.message.data).toMatchObject({
      order: "A-1",
      value: 5990,
      currency: "EUR",
      nth: 1,
    });
  });

  test("corrects what was said when a late touchpoint changes history", async () => {
    await listen("stage.entered", "stage.corrected");
    await send("visitor-anna-01", [visit]);
    await settle();
    house.clock.now += MINUTE;
    await send("visitor-anna-01", [{ kind: "newsletter_signup" }]);
    await settle();
    const before = kinds();
    expect(before.every((kind) => kind === "stage.entered")).toBe(true);
    // An order of five minutes ago turns up.
    await send("visitor-anna-01", [{ ...order("A-1"), at: START - 5 * MINUTE }]);
    await settle();
    const told = receiver.received.slice(before.length).map(({ message }) => message);
    expect(told).toMatchObject([{ type: "stage.corrected" }]);
    const { stages } = await house.store.ask("stages", { site: "shop" });
    expect(told[0]!.data["stage"]).toBe(stages.find(({ people }) => people === 1)!.stage);
    expect((told[0]!.data["changes"] as unknown[]).length).toBeGreaterThan(0);
  });

  test("is not written for a past that is told late, nor in a replay, nor for a model that is built", async () => {
    await listen();
    await send("visitor-anna-01", [
      { ...visit, at: START - 3 * DAY },
      { ...order("A-1"), at: START - 3 * DAY + MINUTE },
    ]);
    await settle();
    expect(kinds()).toEqual([]);
    await send("visitor-berta-1", [visit, order("B-1")]);
    await settle();
    const told = kinds().length;
    expect(told).toBeGreaterThan(1);

    await house.store.change("replay", { at: house.clock.now });
    await settle();
    const model = { ...(await import("../src/domain/lifecycle/presets.ts")).presetModel("customer-base")! };
    await house.store.change("applyModel", { site: "shop", model, at: house.clock.now });
    await house.store.settled(house.clock.now);
    await settle();
    expect(kinds()).toHaveLength(told);
  });

  test("is written again by a replay only when asked, and known by the same id", async () => {
    const { id } = await listen("order.counted");
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    const first = receiver.received[0]!.headers["webhook-id"];
    const key = await house.key("admin");
    await house.call("DELETE", `/api/v1/webhooks/${id}`, { key });
    await listen("order.counted");
    await house.store.change("replay", { at: house.clock.now, notifies: true });
    await settle();
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]!.headers["webhook-id"]).toBe(first);
  });

  test("goes only to webhooks of its site that want its kind", async () => {
    await house.addSite("other");
    await listen("order.counted");
    const { body } = { body: beacon("visitor-anna-01", START, [visit, order("A-1")], "other") };
    await house.call("POST", "/b", { body });
    await send("visitor-anna-01", [visit, order("A-2")]);
    await settle();
    expect(receiver.received.map(({ message }) => message.data["order"])).toEqual(["A-2"]);
  });

  test("is in the file when its change is, and gone when the change is", async () => {
    await listen();
    await send("visitor-anna-01", [visit, order("A-1")]);
    await house.store.settled(house.clock.now);
    await deliverer.stop();
    await house.closeStore();
    const writer = openWriter(house.folder);
    const count = () => writer.db.prepare("select count(*) from outbox").pluck().get();
    const rows = count();
    expect(rows).toBeGreaterThan(1);
    writer.ingest([{ body: beacon("visitor-berta-1", START, [visit]), receivedAt: START, door: "browser" }]);
    writer.db.exec(
      "create temp trigger refuse before insert on main.transition begin select raise(abort, 'no'); end",
    );
    expect(() => writer.project(1_000)).toThrow();
    expect(count()).toBe(rows);
    writer.db.exec("drop trigger refuse");
    writer.project(1_000);
    expect(count()).toBeGreaterThan(rows as number);
    writer.close();
  });
});

describe("a cart", () => {
  const add = (value: number) => ({
    kind: "add_to_cart",
    value,
    currency: "EUR",
    url: "https://shop.example/cart",
    items: [{ id: "kettle-1", price: value, quantity: 1 }],
  });

  test("is told of once, a day after its last change", async () => {
    await listen("cart.left");
    await send("visitor-anna-01", [visit, add(20)]);
    await settle();
    house.clock.now = START + 5 * HOUR;
    await send("visitor-anna-01", [add(30)]);
    await settle();
    house.clock.now = START + 29 * HOUR - 1;
    await settle();
    expect(kinds()).toEqual([]);
    house.clock.now = START + 29 * HOUR;
    await settle();
    expect(receiver.received[0]!.message.data).toMatchObject({
      value: 3000,
      currency: "EUR",
      url: "https://shop.example/cart",
      items: [{ id: "kettle-1", price: 3000, quantity: 1 }],
    });
    house.clock.now = START + 60 * HOUR;
    await settle();
    expect(kinds()).toEqual(["cart.left"]);
    // Another cart, another message.
    await send("visitor-anna-01", [add(5)]);
    house.clock.now += DAY;
    await settle();
    expect(kinds()).toEqual(["cart.left", "cart.left"]);
  });

  test("that became an order was not left, also when the order is told late", async () => {
    await listen("cart.left");
    await send("visitor-anna-01", [visit, add(20)]);
    house.clock.now = START + 20 * HOUR;
    await send("visitor-anna-01", [{ ...order("A-1"), at: START + HOUR }]);
    await send("visitor-berta-1", [visit, add(20), order("B-1")]);
    house.clock.now = START + 3 * DAY;
    await settle();
    expect(kinds()).toEqual([]);
  });
});

describe("a lapse", () => {
  test("is told of a week before it would happen, once, and only silence brings it", async () => {
    await listen("lapse.due");
    await send("visitor-anna-01", [visit, order("A-1")]);
    await settle();
    const look = async (at: number) => {
      house.clock.now = at;
      await deliverer.stop();
      await house.closeStore();
      const writer = openWriter(house.folder);
      while (writer.project(1_000) > 0);
      while (writer.sweep(at) > 0);
      while (writer.change(() => writer.projector.lapses(at, 100)));
      const rows = writer.db
        .prepare<[], { body: string }>("select body from outbox where kind = 'lapse.due'")
        .all();
      const due = writer.db.prepare<[], number>("select min(due) from person_stage").pluck().get();
      writer.close();
      return { messages: rows.map(({ body }) => JSON.parse(body) as Received["message"]), due };
    };
    const { due, messages } = await look(START + DAY);
    expect(messages).toEqual([]);
    const quietAt: number[] = [];
    let at = due!;
    // Follow the person through whatever comes by itself, a day at a time, until a lapse is announced.
    for (let day = 0; day < 400 && quietAt.length === 0; day++) {
      at = START + day * DAY;
      const seen = await look(at);
      for (const { data } of seen.messages) quietAt.push(Date.parse(data["due"] as string));
    }
    expect(quietAt).toHaveLength(1);
    expect(quietAt[0]! - at).toBeLessThanOrEqual(7 * DAY);
    expect(quietAt[0]! - at).toBeGreaterThan(6 * DAY);
    expect((await look(at + DAY)).messages).toHaveLength(1);
  }, 60_000);
});

describe("delivery", () => {
  test("tries again after 429, 500 and a broken connection, with the same id, and obeys Retry-After", async () => {
    await listen("order.counted");
    receiver.answers = [
      { status: 500 },
      { status: 429, headers: { "retry-after": "120" } },
      { status: 200, hang: true },
      { status: 204 },
    ];
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    expect(receiver.received).toHaveLength(1);
    house.clock.now += 5_000 - 1;
    await deliverer.round();
    expect(receiver.received).toHaveLength(1);
    house.clock.now += 1;
    await deliverer.round();
    expect(receiver.received).toHaveLength(2);
    house.clock.now += 120_000 - 1;
    await deliverer.round();
    expect(receiver.received).toHaveLength(2);
    house.clock.now += 1;
    await deliverer.round();
    house.clock.now += 5_000;
    await deliverer.round();
    house.clock.now += DAY;
    await deliverer.round();
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("keeps the order of each person's messages, and holds up nobody else", async () => {
    await listen("order.counted");
    receiver.answers = [{ status: 503 }, { status: 204 }];
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    await send("visitor-anna-01", [order("A-2")]);
    await send("visitor-berta-1", [order("B-1")]);
    await settle();
    const orders = () => receiver.received.map(({ message }) => message.data["order"]);
    expect(orders()).toEqual(["A-1", "B-1"]);
    house.clock.now += MINUTE;
    await settle();
    expect(orders()).toEqual(["A-1", "B-1", "A-1", "A-2"]);
  });

  test("puts aside what is refused for good, shows it, and sends it again by hand", async () => {
    const { id } = await listen("order.counted");
    receiver.answers = [
      { status: 400 },
      { status: 302, headers: { location: receiver.url } },
      { status: 204 },
    ];
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    await send("visitor-anna-01", [order("A-2")]);
    await settle();
    house.clock.now += DAY;
    await settle();
    expect(receiver.received).toHaveLength(2);
    const key = await house.key("admin");
    const list = await house.call("GET", `/api/v1/webhooks/${id}/messages?state=failed`, { key });
    expect(list.body).toMatchObject({ messages: [{ result: "HTTP 302" }, { result: "HTTP 400" }] });
    const again = await house.call("POST", `/api/v1/webhooks/${id}/replay`, { key, body: {} });
    expect(again.body).toEqual({ messages: 2 });
    await settle();
    expect(receiver.received.map(({ message }) => message.data["order"])).toEqual([
      "A-1",
      "A-2",
      "A-1",
      "A-2",
    ]);
  });

  test("switches a webhook off that answers 410, says so, and goes on when it is switched on again", async () => {
    const { id } = await listen("order.counted");
    receiver.answers = [{ status: 410 }, { status: 204 }];
    await send("visitor-anna-01", [order("A-1")]);
    await settle();
    const key = await house.key("admin");
    const list = await house.call("GET", "/api/v1/webhooks?site=shop", { key });
    expect(list.body).toMatchObject({
      webhooks: [{ state: "off", reason: expect.stringContaining("410"), waiting: 1 }],
    });
    await send("visitor-anna-01", [order("A-2")]); // Nobody listens now.
    house.clock.now += DAY;
    await settle();
    expect(receiver.received).toHaveLength(1);
    await house.call("PATCH", `/api/v1/webhooks/${id}`, { key, body: { state: "on" } });
    await settle();
    expect(receiver.received.map(({ message }) => message.data["order"])).toEqual(["A-1", "A-1"]);
  });

  test("is given up after twenty tries", async () => {
    const answer = { kind: "answered", status: 500, retryAfter: undefined } as const;
    const last = resultOf({ key: 1, attempts: MOST_ATTEMPTS - 1 }, answer, 0, () => 0);
    expect(last).toMatchObject({ kind: "failed" });
    expect(resultOf({ key: 1, attempts: MOST_ATTEMPTS - 2 }, answer, 0, () => 0)).toMatchObject({
      kind: "later",
    });
  });

  test("waits between five seconds and a bound that doubles up to a day", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, chance) => {
          const delay = backoff(n, () => chance);
          expect(delay).toBeGreaterThanOrEqual(5_000);
          expect(delay).toBeLessThanOrEqual(Math.min(DAY, 5_000 * 2 ** (n + 1)));
        },
      ),
    );
    expect(backoff(40, () => 1)).toBe(DAY);
  });

  test("of a test message tells what the receiver answered", async () => {
    const { id } = await listen();
    const key = await house.key("admin");
    const { body } = await house.call("POST", `/api/v1/webhooks/${id}/test`, { key });
    expect(body).toEqual({ kind: "answered", status: 204 });
    expect(kinds()).toEqual(["webhook.test"]);
  });
});

test("an address that is private cannot be saved over HTTP unless private ones are allowed", async () => {
  const strict = await openHouse();
  try {
    const key = await strict.key("admin");
    const body = { site: "shop", url: receiver.url };
    expect((await strict.call("POST", "/api/v1/webhooks", { key, body })).status).toBe(400);
  } finally {
    await strict.close();
  }
});

test("every kind of message has a name of two words", () => {
  for (const kind of MESSAGE_KINDS) expect(kind).toMatch(/^[a-z]+\.[a-z]+$/);
});
