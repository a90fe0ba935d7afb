import { afterEach, describe, expect, test } from "vitest";
import type { SystemName } from "../src/connect/connector.ts";
import { NOW, requestOf, type Sample, SECRET, samplesOf } from "../src/connect/test/samples.ts";
import { newKey } from "../src/http/access.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn } from "./connect-house.ts";

let house: ConnectedHouse;
afterEach(() => house.close());

const sampleOf = (system: SystemName, file: string): Sample =>
  samplesOf(system).find(({ name }) => name === file)!;
const list = (state?: string) => house.store.change("inboxList", state === undefined ? {} : { state });

describe("the inbox", () => {
  test("answers a genuine message with 200 and nothing, and maps it afterwards", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    const response = await house.send(requestOf("shopify", sampleOf("shopify", "orders-create.json 1")));
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await house.settle();
    const [row] = await list();
    expect(row).toMatchObject({ connector: "test-shopify", state: "mapped", detail: null });
    expect(row!.touchpoints).toHaveLength(2);
    expect(row!.headers).toEqual({
      "x-shopify-topic": "orders/create",
      "x-shopify-shop-domain": "kettle-test.myshopify.com",
    });
    expect(peopleIn(house.folder)).toMatchObject([
      {
        visitors: ["order:5940139491234", "v-0001-aaaa-bbbb"],
        orders: [{ number: "5940139491234", value: 5990, currency: "EUR", refunded: 0, nth: 1 }],
      },
    ]);
  });

  test("keeps what it cannot read or does not want, says why, and still answers 200", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    for (const body of ["{", '{"id":1}', '{"id":1,"test":true}', ""]) {
      const request = requestOf("shopify", { headers: { "x-shopify-topic": "orders/create" }, body });
      expect((await house.send(request)).status, body).toBe(200);
    }
    await house.settle();
    expect((await list()).map(({ state, detail }) => [state, detail])).toEqual([
      ["unreadable", "body"],
      ["ignored", "test"],
      ["unreadable", "currency"],
      ["unreadable", "body"],
    ]);
  });

  test("refuses a wrong signature with 401 and keeps its beginning and no signature", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    const body = JSON.stringify({ text: "x".repeat(5_000) });
    const request = requestOf("shopify", { headers: { "x-shopify-topic": "orders/create" }, body }, "wrong");
    expect((await house.send(request)).status).toBe(401);
    await house.settle();
    const [row] = await list("refused");
    expect(row).toMatchObject({ state: "refused", detail: "signature_wrong", sizeInBytes: 2_000 });
    expect(JSON.stringify(row)).not.toContain("hmac");
    await house.store.change("inboxReplay", {});
    expect(await list("waiting")).toEqual([]);
  });

  test("refuses more than 2 MiB with 413, and takes exactly 2 MiB", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    const filled = (size: number) => `"${"x".repeat(size - 2)}"`;
    const send = (body: string) => house.send(requestOf("shopify", { headers: {}, body }));
    expect((await send(filled(2 * 1024 * 1024))).status).toBe(200);
    expect((await send(filled(2 * 1024 * 1024 + 1))).status).toBe(413);
  });

  test("has no door for a connector that is not configured, and one for every other", async () => {
    house = await openConnectedHouse([{ options: { system: "typeform" } }], NOW);
    expect((await house.app.request("/in/nobody", { method: "POST", body: "{}" })).status).toBe(404);
    expect((await house.app.request("/in/test-typeform", { method: "POST", body: "{}" })).status).toBe(401);
    expect((await house.app.request("/in/test-typeform")).status).toBe(200);
  });

  test("counts every message in one state, and the sum is what was received", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    for (const sample of samplesOf("shopify").filter(({ polled }) => polled !== true))
      await house.send(requestOf("shopify", sample));
    await house.send(requestOf("shopify", { headers: {}, body: "{}" }, "wrong"));
    await house.settle();
    const counts = house.connections.counts("test-shopify");
    const { mapped, ignored, unreadable, refused } = counts.states;
    expect(mapped + ignored + unreadable + refused).toBe(counts.received);
    const metrics = await (await house.app.request("/metrics")).text();
    expect(metrics).toContain(`sojourn_inbox_received_total{connector="test-shopify"} ${counts.received}`);
    expect(metrics).toContain(`state="refused"} 1`);
    const rows = await house.store.change("inboxCounts", {});
    expect(rows.reduce((sum, { rows: n }) => sum + n, 0)).toBe(counts.received);
  });

  test("shows rows and bodies to administrators only, and maps them again when asked", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    await house.send(requestOf("shopify", sampleOf("shopify", "orders-create.json 1")));
    await house.settle();
    expect((await house.app.request("/api/v1/inbox")).status).toBe(401);
    const headers = { authorization: `Bearer ${await house.adminKey()}`, "content-type": "application/json" };
    const answer = (await (await house.app.request("/api/v1/inbox", { headers })).json()) as {
      rows: { key: number }[];
    };
    expect(answer.rows).toHaveLength(1);
    const shown = await (await house.app.request(`/api/v1/inbox/${answer.rows[0]!.key}`, { headers })).json();
    expect((shown as { body: string }).body).toContain("Wasserkessel „Zürich“");
    const body = JSON.stringify({ connector: "test-shopify" });
    const again = await house.app.request("/api/v1/inbox/replay", { method: "POST", headers, body });
    expect([again.status, await again.json()]).toEqual([202, { rows: 1 }]);
    expect((await house.app.request("/api/v1/inbox/99", { headers })).status).toBe(404);
  });

  test("names connectors, counts and addresses to administrators of all sites only, and never a secret", async () => {
    const token = "shpat_never_shown";
    const host = "http://127.0.0.1:9";
    const ga4 = { options: { system: "ga4" as const, settings: { measurementId: "G-1" } } };
    house = await openConnectedHouse([{ options: { system: "shopify", host }, token }, ga4], NOW);
    await house.send(requestOf("shopify", sampleOf("shopify", "orders-create.json 1")));
    await house.settle();
    const ask = (key?: string) =>
      house.app.request(
        "/api/v1/connectors",
        key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
      );
    expect((await ask()).status).toBe(401);
    for (const [scope, sites] of [
      ["read", []],
      ["write", []],
      ["admin", ["shop"]],
    ] as const) {
      const { key, id, hash } = newKey(scope);
      await house.store.change("addKey", { id, name: "test", hash, scope, sites: [...sites], at: NOW });
      expect((await ask(key)).status, scope).toBe(403);
    }
    const text = await (await ask(await house.adminKey())).text();
    expect(JSON.parse(text)).toMatchObject({
      connectors: [
        {
          name: "test-shopify",
          site: "shop",
          endpoint: "https://collect.example/in/test-shopify",
          secrets: 1,
          hasToken: true,
          states: { waiting: 0, mapped: 1, ignored: 0, unreadable: 0, refused: 0 },
          lastAt: NOW,
          lastTrouble: null,
        },
        { name: "test-ga4", endpoint: "https://collect.example/mp/collect?measurement_id=G-1", lastAt: null },
      ],
      flags: [],
    });
    for (const hidden of [SECRET, token]) expect(text).not.toContain(hidden);
  });

  test("lets settled bodies go after their days, and keeps what still waits", async () => {
    house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
    await house.send(requestOf("shopify", sampleOf("shopify", "orders-create.json 1")));
    await house.settle();
    await house.store.change("inboxKeep", {
      connector: "test-shopify",
      receivedAt: NOW,
      headers: {},
      body: Buffer.from("{}"),
    });
    await house.store.change("inboxExpire", { connector: "test-shopify", before: NOW + 1 });
    expect((await list()).map(({ state }) => state)).toEqual(["waiting"]);
  });
});

describe("Google's addresses", () => {
  const ga4 = { options: { system: "ga4" as const, settings: { measurementId: "G-TEST" } } };

  test("answer 204 to a genuine collect, 401 to a wrong secret or measurement id", async () => {
    house = await openConnectedHouse([ga4], NOW);
    const sample = sampleOf("ga4", "collect.json 1");
    expect((await house.send(requestOf("ga4", sample))).status).toBe(204);
    expect((await house.send(requestOf("ga4", sample, "wrong"))).status).toBe(401);
    const other = requestOf("ga4", sample);
    expect((await house.send({ ...other, url: other.url.replace("G-TEST", "G-OTHER") })).status).toBe(401);
    await house.settle();
    const rows = await list();
    expect(rows.map(({ state }) => state).sort()).toEqual(["mapped", "refused"]);
    // The secret was in the query, which is kept nowhere.
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  });

  test("say what is wrong when asked to debug, and keep nothing", async () => {
    house = await openConnectedHouse([ga4], NOW);
    const body = { events: [{ name: "purchase", params: { value: 1 } }, { name: "Bad Name" }] };
    const request = requestOf("ga4", { headers: {}, body });
    const answer = await house.send({ ...request, url: request.url.replace("/mp/", "/debug/mp/") });
    const { validationMessages } = (await answer.json()) as { validationMessages: { fieldPath: string }[] };
    expect(validationMessages.map(({ fieldPath }) => fieldPath)).toEqual([
      "client_id",
      "events[0].params.transaction_id",
      "events[0].params.currency",
      "events[1].name",
    ]);
    expect(await list()).toEqual([]);
  });
});
