/** Bad input of every shop: each has its state, its counter and its line; nothing is lost, nothing counts twice. */
import { afterEach, describe, expect, test } from "vitest";
import type { SystemName } from "../src/connect/connector.ts";
import { NOW, requestOf } from "../src/connect/test/samples.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn } from "./connect-house.ts";

let house: ConnectedHouse;
afterEach(() => house.close());

interface Bad {
  what: string;
  headers?: Record<string, string>;
  body: unknown;
  state: "ignored" | "unreadable";
  detail: string;
}

const AT = "2025-12-02T00:00:00Z";
const shopifyTopic = (topic: string) => ({ "x-shopify-topic": topic });
const shopify = { id: 1, created_at: AT, financial_status: "paid", currency: "EUR", total_price: "5.00" };
const wooTopic = { "x-wc-webhook-topic": "order.updated" };
const woo = {
  id: 1,
  status: "processing",
  currency: "EUR",
  total: "5.00",
  date_created_gmt: "2025-12-02T00:00:00",
  date_modified_gmt: "2025-12-02T00:00:00",
};
const stripe = (type: string, object: object) => ({ id: "evt", type, livemode: true, data: { object } });
const session = {
  id: "cs_1",
  mode: "payment",
  payment_status: "paid",
  payment_intent: "pi_1",
  created: 1_764_633_600,
  currency: "eur",
  amount_total: 500,
};
const without = (object: object, name: string) => ({ ...object, [name]: undefined });

const BAD: Partial<Record<SystemName, readonly Bad[]>> = {
  shopify: [
    {
      what: "an unknown topic",
      headers: shopifyTopic("themes/publish"),
      body: { id: 1 },
      state: "ignored",
      detail: "other_topic",
    },
    {
      what: "another shape",
      headers: shopifyTopic("orders/create"),
      body: [1],
      state: "unreadable",
      detail: "body",
    },
    {
      what: "no JSON",
      headers: shopifyTopic("orders/create"),
      body: "<html>",
      state: "unreadable",
      detail: "body",
    },
    {
      what: "a currency that does not exist",
      headers: shopifyTopic("orders/create"),
      body: { ...shopify, currency: "XQQ" },
      state: "unreadable",
      detail: "currency",
    },
    {
      what: "an order without number",
      headers: shopifyTopic("orders/create"),
      body: without(shopify, "id"),
      state: "unreadable",
      detail: "id",
    },
    {
      what: "an amount with too many digits",
      headers: shopifyTopic("orders/create"),
      body: { ...shopify, total_price: "5.001" },
      state: "unreadable",
      detail: "total_price",
    },
    {
      what: "a refund without order",
      headers: shopifyTopic("refunds/create"),
      body: { id: 2, created_at: AT, transactions: [] },
      state: "unreadable",
      detail: "order_id",
    },
  ],
  woocommerce: [
    {
      what: "an unknown topic",
      headers: { "x-wc-webhook-topic": "coupon.created" },
      body: { id: 1 },
      state: "ignored",
      detail: "other_topic",
    },
    { what: "another shape", headers: wooTopic, body: { orders: [] }, state: "unreadable", detail: "status" },
    {
      what: "a currency that does not exist",
      headers: wooTopic,
      body: { ...woo, currency: "ZZZ" },
      state: "unreadable",
      detail: "currency",
    },
    {
      what: "an order without number",
      headers: wooTopic,
      body: without(woo, "id"),
      state: "unreadable",
      detail: "id",
    },
    {
      what: "a refund without id",
      headers: wooTopic,
      body: { ...woo, refunds: [{ total: "-1.00" }] },
      state: "unreadable",
      detail: "refunds[0].id",
    },
  ],
  stripe: [
    {
      what: "an unknown topic",
      body: stripe("payout.paid", { id: "po_1" }),
      state: "ignored",
      detail: "other_topic",
    },
    {
      what: "another shape",
      body: { type: "checkout.session.completed", data: 5 },
      state: "unreadable",
      detail: "data",
    },
    {
      what: "a currency that does not exist",
      body: stripe("checkout.session.completed", { ...session, currency: "xqq" }),
      state: "unreadable",
      detail: "data.object.currency",
    },
    {
      what: "an order without number",
      body: stripe("checkout.session.completed", without(session, "id")),
      state: "unreadable",
      detail: "data.object.id",
    },
    {
      what: "a refund without order",
      body: stripe("refund.created", {
        id: "re_1",
        status: "succeeded",
        created: 1,
        currency: "eur",
        amount: 1,
      }),
      state: "unreadable",
      detail: "data.object.payment_intent",
    },
  ],
  bigcommerce: [
    {
      what: "an unknown topic",
      body: { scope: "store/sku/created", data: { id: 1 } },
      state: "ignored",
      detail: "other_topic",
    },
    { what: "another shape", body: { data: { id: 1 } }, state: "unreadable", detail: "scope" },
    {
      what: "an order without number",
      body: { scope: "store/order/created", data: {} },
      state: "unreadable",
      detail: "data.id",
    },
  ],
  typeform: [
    {
      what: "a form without a meaning",
      body: { event_type: "form_response", form_response: { form_id: "x", token: "t" } },
      state: "ignored",
      detail: "other_topic",
    },
    {
      what: "another shape",
      body: { event_type: "form_response" },
      state: "unreadable",
      detail: "form_response",
    },
  ],
  zendesk: [
    {
      what: "an unknown topic",
      body: { type: "zen:event-type:ticket.merged" },
      state: "ignored",
      detail: "other_topic",
    },
    {
      what: "another shape",
      body: { type: "zen:event-type:ticket.created" },
      state: "unreadable",
      detail: "detail",
    },
  ],
  hubspot: [
    {
      what: "an unknown topic",
      body: [{ subscriptionType: "company.creation", objectId: 1 }],
      state: "ignored",
      detail: "other_topic",
    },
    { what: "another shape", body: [{ objectId: 1 }], state: "unreadable", detail: "[0].subscriptionType" },
  ],
  insightly: [{ what: "an unknown topic", body: { PROJECT_ID: 1 }, state: "ignored", detail: "other_topic" }],
  omnisend: [
    {
      what: "an unknown topic",
      body: { event: "sent", contact_id: "c", at: AT },
      state: "ignored",
      detail: "other_topic",
    },
    {
      what: "another shape",
      body: { event: "email_click", contact_id: "c" },
      state: "unreadable",
      detail: "at",
    },
  ],
};

const rows = () => house.store.change("inboxList", {});
const metric = async (connector: string, state: string): Promise<string | undefined> => {
  const text = await (await house.app.request("/metrics")).text();
  return new RegExp(
    `sojourn_inbox_messages_total\\{connector="${connector}",state="${state}"\\} (\\d+)`,
  ).exec(text)?.[1];
};

describe.each(Object.entries(BAD) as [SystemName, readonly Bad[]][])("%s", (system, list) => {
  const settings = system === "bigcommerce" ? { storeHash: "abc" } : {};
  const connector = `test-${system}`;

  test("answers 200 to all it does not understand, and gives each a state, a reason, a counter and a line", async () => {
    house = await openConnectedHouse([{ options: { system, settings } }], NOW);
    for (const { what, headers = {}, body } of list) {
      const { status } = await house.send(requestOf(system, { headers, body }));
      expect(status, what).toBe(200);
    }
    await house.settle();
    const kept = (await rows()).toReversed();
    expect(kept.map(({ state, detail }) => [state, detail])).toEqual(
      list.map(({ state, detail }) => [state, detail]),
    );
    for (const state of ["ignored", "unreadable"])
      expect(await metric(connector, state)).toBe(String(list.filter((bad) => bad.state === state).length));
    expect(peopleIn(house.folder)).toEqual([]);
    // Each is a line for people, with the message behind it.
    const headers = { authorization: `Bearer ${await house.adminKey()}` };
    for (const [place, { key }] of kept.entries()) {
      const { body, what } = list[place]!;
      const answer = await house.app.request(`/api/v1/inbox/${key}`, { headers });
      const shown = ((await answer.json()) as { body: string }).body;
      expect(shown, what).toBe(typeof body === "string" ? body : JSON.stringify(body));
    }
    await house.store.change("inboxReplay", {});
    await house.settle();
    expect(await rows()).toHaveLength(list.length);
    expect(peopleIn(house.folder)).toEqual([]);
  });

  test("refuses a wrong signature with a state, a reason, a counter and a line of its own", async () => {
    house = await openConnectedHouse([{ options: { system, settings } }], NOW);
    const { headers = {}, body } = list[0]!;
    expect((await house.send(requestOf(system, { headers, body }, "another secret"))).status).toBe(401);
    await house.settle();
    expect(await rows()).toMatchObject([
      { state: "refused", detail: expect.stringMatching(/^(signature|secret)_wrong$/) },
    ]);
    expect(await metric(connector, "refused")).toBe("1");
  });
});

test("a refund whose order never comes is kept, counts for nobody, and says so in its line", async () => {
  house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
  const transactions = [{ kind: "refund", status: "success", amount: "5.00", currency: "EUR" }];
  const body = { id: 5, order_id: 77, created_at: AT, transactions };
  for (let times = 0; times < 2; times++)
    await house.send(requestOf("shopify", { headers: shopifyTopic("refunds/create"), body }));
  await house.settle();
  expect((await rows()).map(({ state, touchpoints }) => [state, touchpoints.length])).toEqual([
    ["mapped", 1],
    ["mapped", 1],
  ]);
  expect(peopleIn(house.folder)).toMatchObject([{ visitors: ["order:77"], orders: [] }]);
});
