import { afterEach, describe, expect, test } from "vitest";
import { NOW, requestOf } from "../src/connect/test/samples.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn } from "./connect-house.ts";
import { beacon } from "./house.ts";

let house: ConnectedHouse;
afterEach(() => house.close());

const BROWSER = "browser-visitor-1";
/** What a robot would not say. */
const AGENT =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const OTHER = "browser-visitor-2";

interface Person {
  visitors: string[];
  orders: { number: string; value: number; nth: number }[];
}
const people = () => peopleIn(house.folder) as Person[];
const personWith = (visitor: string) => people().find(({ visitors }) => visitors.includes(visitor));

async function open(): Promise<void> {
  house = await openConnectedHouse([{ options: { system: "shopify" } }], NOW);
  await house.store.change("linkOrders", { site: "shop", links: true, at: NOW - 1 });
}

const fromBrowser = async (
  visitor: string,
  ...touchpoints: ({ kind: string } & Record<string, unknown>)[]
) => {
  const body = beacon(visitor, house.clock.now, touchpoints);
  const response = await house.app.request("/b", { method: "POST", body, headers: { "user-agent": AGENT } });
  expect(response.status).toBe(204);
  await house.store.settled(Date.now());
};

const shopOrder = (fields: Record<string, unknown>) => ({
  id: 9001,
  order_number: 1001,
  name: "#1001",
  created_at: new Date(NOW).toISOString(),
  financial_status: "paid",
  currency: "EUR",
  total_price: "20.00",
  ...fields,
});
const fromShop = async (fields: Record<string, unknown> = {}, topic = "orders/create") => {
  const request = requestOf("shopify", { headers: { "x-shopify-topic": topic }, body: shopOrder(fields) });
  expect((await house.send(request)).status).toBe(200);
  await house.settle();
};
const purchase = { kind: "purchase", order: "1001", value: 20, currency: "EUR" };

describe("a browser's order and a server's", () => {
  test.each(["browser first", "server first"])("are one person and one order: %s", async (who) => {
    await open();
    if (who === "server first") await fromShop();
    await fromBrowser(BROWSER, { kind: "page_view", visit: true, url: "https://shop.example/" }, purchase);
    if (who === "browser first") await fromShop();
    expect(people()).toMatchObject([
      { visitors: [BROWSER, "order:9001"].sort(), orders: [{ number: "9001", value: 2000, nth: 1 }] },
    ]);
    await house.store.change("replay", { at: NOW });
    await house.settle();
    expect(people()).toMatchObject([{ orders: [{ number: "9001" }] }]);
  });

  test("the browser's alone counts nothing beside a shop's connector, and counts without one", async () => {
    await open();
    await fromBrowser(BROWSER, purchase);
    expect(personWith(BROWSER)!.orders).toEqual([]);
    await house.store.change("linkOrders", { site: "shop", links: false, at: NOW + 1_000 });
    house.clock.now = NOW + 2_000;
    await fromBrowser(OTHER, { ...purchase, order: "1002" });
    expect(personWith(OTHER)!.orders).toMatchObject([{ number: "1002", value: 2000 }]);
    await house.store.change("replay", { at: NOW + 2_000 });
    await house.settle();
    expect(personWith(BROWSER)!.orders).toEqual([]);
    expect(personWith(OTHER)!.orders).toHaveLength(1);
  });

  test("the first browser wins; one that guesses the number later joins nobody", async () => {
    await open();
    await fromBrowser(BROWSER, purchase);
    await fromBrowser(OTHER, purchase);
    await fromShop({ customer: { id: 7 } });
    expect(personWith("order:9001")!.visitors).toContain(BROWSER);
    expect(personWith(OTHER)!.visitors).toEqual([OTHER]);
  });

  test("are two when more than a day lies between them", async () => {
    await open();
    await fromShop({ created_at: new Date(NOW - 86_400_001).toISOString() });
    await fromBrowser(BROWSER, purchase);
    expect(people()).toHaveLength(2);
  });

  test("a browser cannot take the name of an order, a ticket or a contact", async () => {
    await open();
    await fromBrowser(OTHER, { kind: "identify", aliases: ["order:1001", "order:9001", "hubspot:5"] });
    await fromShop();
    expect(personWith(OTHER)!.visitors).toEqual([OTHER]);
    const forged = beacon("order:9001", NOW, [{ kind: "page_view" }]);
    const answer = await house.app.request("/b", { method: "POST", body: forged });
    expect(answer.status).toBe(400);
  });
});

describe("a visitor id in an order", () => {
  const note = (visitor: string) => ({ note_attributes: [{ name: "sojourn_visitor", value: visitor }] });

  test("joins browser, order and customer", async () => {
    await open();
    await fromBrowser(BROWSER, { kind: "page_view", visit: true, url: "https://shop.example/" });
    await fromShop({ ...note(BROWSER), customer: { id: 7 } });
    expect(people()).toMatchObject([{ visitors: [BROWSER, "order:9001"].sort(), orders: [{ nth: 1 }] }]);
  });

  test("that is forged moves nobody else's history: the order stays with its customer", async () => {
    await open();
    await fromShop({ ...note(BROWSER), customer: { id: 7 } });
    await fromShop({ ...note(BROWSER), id: 9002, order_number: 1002, name: "#1002", customer: { id: 8 } });
    expect(personWith(BROWSER)!.orders).toMatchObject([{ number: "9001" }]);
    expect(personWith("order:9002")!.visitors).toEqual(["order:9002"]);
    const site = await house.store.ask("sites", {});
    expect(site.sites).toHaveLength(1);
  });

  test("that is none of ours is left out, and the order is kept", async () => {
    await open();
    for (const [place, visitor] of ["x", "customer:7777", "a".repeat(65), "white space!"].entries()) {
      await fromShop({
        ...note(visitor),
        id: 9100 + place,
        order_number: 2000 + place,
        name: `#${2000 + place}`,
      });
    }
    expect(people()).toHaveLength(4);
    expect(people().every(({ visitors, orders }) => visitors.length === 1 && orders.length === 1)).toBe(true);
  });
});

describe("other keys", () => {
  test("a cart the browser named, a customer and an address join orders to one person", async () => {
    await open();
    await fromBrowser(BROWSER, { kind: "identify", aliases: ["cart:c-1"] });
    await fromShop({ cart_token: "c-1", customer: { id: 7 } });
    await fromShop({
      id: 9002,
      order_number: 1002,
      name: "#1002",
      customer: { id: 7, email: "A@example.com" },
    });
    await fromShop({ id: 9003, order_number: 1003, name: "#1003", email: " a@Example.com" });
    expect(people()).toHaveLength(1);
    expect(people()[0]!.orders.map(({ number }) => number)).toEqual(["9001", "9002", "9003"]);
  });

  test("customers of two namespaces are one person, two of one namespace never are", async () => {
    await open();
    await fromBrowser(BROWSER, { kind: "identify", customer: "42" });
    await fromShop({ note_attributes: [{ name: "sojourn_visitor", value: BROWSER }], customer: { id: 7 } });
    expect(people()).toHaveLength(1);
    await fromBrowser(BROWSER, { kind: "identify", customer: "43" });
    expect(people()).toHaveLength(1);
    await fromBrowser(OTHER, { kind: "identify", customer: "43" });
    expect(people()).toHaveLength(2);
  });

  test("a refund that comes before its order waits for it", async () => {
    await open();
    const refund = {
      id: 5,
      order_id: 9001,
      created_at: new Date(NOW).toISOString(),
      transactions: [{ kind: "refund", status: "success", amount: "5.00", currency: "EUR" }],
    };
    await house.send(
      requestOf("shopify", { headers: { "x-shopify-topic": "refunds/create" }, body: refund }),
    );
    await house.settle();
    expect(people()[0]!.orders).toEqual([]);
    await fromShop({ created_at: new Date(NOW - 60_000).toISOString() });
    expect(people()[0]!.orders).toMatchObject([{ number: "9001", value: 2000, refunded: 500 }]);
  });

  test("forgetting a person takes what the inbox kept of them", async () => {
    await open();
    await fromShop({ customer: { id: 7, email: "gone@example.com" }, checkout_token: "chk-of-seven" });
    await fromShop({ id: 9002, order_number: 1002, name: "#1002", customer: { id: 8 } });
    // It could not be read, so it is nobody's; it names them all the same.
    await fromShop({ id: 9009, checkout_token: "chk-of-seven", total_price: "unreadable" });
    await fromShop({ id: 9001, checkout_token: "chk-of-seven", customer: { id: 7 } }, "orders/updated");
    expect(await house.store.change("inboxList", {})).toHaveLength(4);
    await house.store.change("forgetPerson", { site: "shop", person: "test-shopify:7", at: NOW });
    const rows = await house.store.change("inboxList", {});
    expect(rows).toHaveLength(1);
    // Told again, it stays forgotten.
    await fromShop({ customer: { id: 7, email: "gone@example.com" } });
    expect((await house.store.change("inboxList", {}))[0]).toMatchObject({
      state: "ignored",
      detail: "forgotten",
    });
    expect(people()).toHaveLength(1);
  });
});

describe("names that only a later version of an order knows", () => {
  const first = { updated_at: new Date(NOW - 60_000).toISOString() };

  test("join it with their person, whichever version came first", async () => {
    await open();
    await fromBrowser(BROWSER, { kind: "identify", aliases: ["checkout:chk-1"] });
    await fromShop(first);
    expect(personWith("order:9001")!.visitors).toEqual(["order:9001"]);
    await fromShop(
      { checkout_token: "chk-1", customer: { id: 7, email: "a@example.com" } },
      "orders/updated",
    );
    expect(people()).toHaveLength(1);
    expect(people()[0]!.visitors).toEqual([BROWSER, "order:9001"].sort());
    await fromShop({ id: 9002, order_number: 1002, name: "#1002", email: "a@example.com" });
    expect(people()).toHaveLength(1);
  });

  test("are told once, however often the message and its mapping are repeated", async () => {
    await open();
    const count = async () => (await house.store.ask("sites", {})).log!.touchpoints;
    await fromShop(first);
    const named = { customer: { id: 7 }, checkout_token: "chk-1" };
    await fromShop(named, "orders/updated");
    const touchpoints = await count();
    expect(touchpoints).toBe(2);
    await fromShop(named, "orders/updated");
    await fromShop(first);
    await house.store.change("inboxReplay", {});
    await house.settle();
    expect(await count()).toBe(touchpoints);
  });

  test("add nothing where the first version knew them all", async () => {
    await open();
    const all = { customer: { id: 7, email: "a@example.com" }, checkout_token: "chk-1" };
    await fromShop(all);
    await fromShop(all, "orders/updated");
    await fromShop(first, "orders/updated");
    expect((await house.store.ask("sites", {})).log!.touchpoints).toBe(1);
  });
});

/** The same order as each shop's server tells it: with a customer, and with what it knows of the browser. */
const TOLD: readonly [
  string,
  Parameters<typeof openConnectedHouse>[0][number]["options"],
  (known: { visitor?: string; customer: number; id: number }) => [Record<string, string>, unknown],
][] = [
  [
    "WooCommerce",
    { system: "woocommerce" },
    ({ visitor, customer, id }) => [
      { "x-wc-webhook-topic": "order.created" },
      {
        id,
        number: String(id),
        status: "processing",
        currency: "EUR",
        total: "20.00",
        customer_id: customer,
        date_created_gmt: new Date(NOW).toISOString().slice(0, 19),
        date_modified_gmt: new Date(NOW).toISOString().slice(0, 19),
        meta_data:
          visitor === undefined ? [] : [{ key: "_wc_order_attribution_sojourn_visitor", value: visitor }],
      },
    ],
  ],
  [
    "Stripe",
    { system: "stripe" },
    ({ visitor, customer, id }) => [
      {},
      {
        type: "checkout.session.completed",
        livemode: true,
        data: {
          object: {
            id: String(id),
            mode: "payment",
            payment_status: "paid",
            payment_intent: `pi_${id}`,
            created: NOW / 1_000,
            currency: "eur",
            amount_total: 2_000,
            customer: `cus_${customer}`,
            ...(visitor === undefined ? {} : { client_reference_id: visitor }),
          },
        },
      },
    ],
  ],
];

describe.each(TOLD)("an order of %s", (_name, options, message) => {
  const connect = async () => {
    house = await openConnectedHouse([{ options }], NOW);
    await house.store.change("linkOrders", { site: "shop", links: true, at: NOW - 1 });
  };
  const fromServer = async (known: Parameters<typeof message>[0]) => {
    const [headers, body] = message(known);
    expect((await house.send(requestOf(options.system, { headers, body }))).status).toBe(200);
    await house.settle();
  };

  test.each(["browser first", "server first"])(
    "and the browser's are one person and one order by its number: %s",
    async (who) => {
      await connect();
      if (who === "server first") await fromServer({ customer: 7, id: 1001 });
      await fromBrowser(BROWSER, { kind: "page_view", visit: true, url: "https://shop.example/" }, purchase);
      if (who === "browser first") await fromServer({ customer: 7, id: 1001 });
      expect(people()).toMatchObject([
        { visitors: expect.arrayContaining([BROWSER]), orders: [{ value: 2000, nth: 1 }] },
      ]);
      await house.store.change("replay", { at: NOW });
      await house.settle();
      expect(people()).toMatchObject([{ orders: [{ nth: 1 }] }]);
    },
  );

  test("joins the visitor it carries, and a forged one moves nobody else's history", async () => {
    await connect();
    await fromBrowser(BROWSER, { kind: "page_view", visit: true, url: "https://shop.example/" });
    await fromServer({ visitor: BROWSER, customer: 7, id: 1001 });
    expect(people()).toMatchObject([{ visitors: expect.arrayContaining([BROWSER]), orders: [{ nth: 1 }] }]);
    await fromServer({ visitor: BROWSER, customer: 8, id: 1002 });
    expect(people()).toHaveLength(2);
    expect(personWith(BROWSER)!.orders).toHaveLength(1);
    const { flags } = await house.store.ask("person", { site: "shop", person: BROWSER });
    expect(flags.map(({ flag }) => flag)).toEqual(["visitor-conflict"]);
  });
});

test("BigCommerce's converted cart joins its order with the browser that named the cart, in either sequence", async () => {
  for (const isCartFirst of [true, false]) {
    house = await openConnectedHouse(
      [{ options: { system: "bigcommerce", settings: { storeHash: "abc" } } }],
      NOW,
    );
    const named = () => fromBrowser(BROWSER, { kind: "identify", aliases: ["cart:c-1"] });
    const converted = async () => {
      const body = {
        scope: "store/cart/converted",
        created_at: NOW / 1_000,
        data: { type: "cart", id: "c-1", orderId: 77 },
      };
      await house.send(requestOf("bigcommerce", { headers: {}, body }));
      await house.settle();
    };
    if (isCartFirst) await converted();
    await named();
    if (!isCartFirst) await converted();
    expect(people()).toMatchObject([{ visitors: [BROWSER, "order:77"].sort() }]);
    if (isCartFirst) await house.close();
  }
});
