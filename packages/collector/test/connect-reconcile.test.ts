/** Asking shops for what changed: complete whatever was lost, however many orders changed in one instant, and never twice. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { SystemName } from "../src/connect/connector.ts";
import { NOW, requestOf } from "../src/connect/test/samples.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn } from "./connect-house.ts";

let house: ConnectedHouse | undefined;
let server: Server | undefined;
afterEach(async () => {
  await house?.close();
  server?.closeAllConnections();
  server?.close();
  house = undefined;
});

const HOUR = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

/** One order of a shop, and when it was last changed. */
interface Order {
  id: number;
  changedAt: number;
}

/** A shop's list as the system itself gives it: what it takes for a start, how it pages, how an order looks. */
interface Shop {
  system: SystemName;
  pageSize: number;
  settings?: Record<string, string>;
  webhook(order: Order): { headers: Record<string, string>; body: unknown } | undefined;
  answer(
    url: URL,
    orders: readonly Order[],
    respond: (status: number, json: unknown, headers?: object) => void,
  ): void;
}

/** Orders changed at or after an instant, oldest first. */
const from = (orders: readonly Order[], since: number) =>
  orders
    .filter(({ changedAt }) => changedAt >= since)
    .sort((a, b) => a.changedAt - b.changedAt || a.id - b.id);
const pageOf = <T>(list: readonly T[], page: number, size: number) =>
  list.slice((page - 1) * size, page * size);

const shopifyOrder = ({ id, changedAt }: Order) => ({
  id,
  order_number: id,
  name: `#${id}`,
  created_at: iso(NOW - 20 * HOUR),
  updated_at: iso(changedAt),
  financial_status: "paid",
  currency: "EUR",
  total_price: "10.00",
});
const wooOrder = ({ id, changedAt }: Order) => ({
  id,
  number: String(id),
  status: "processing",
  currency: "EUR",
  total: "10.00",
  customer_id: 0,
  date_created_gmt: iso(NOW - 20 * HOUR).slice(0, 19),
  date_modified_gmt: iso(changedAt).slice(0, 19),
});
const bigOrder = ({ id, changedAt }: Order) => ({
  id,
  status_id: 11,
  customer_id: 0,
  date_created: new Date(NOW - 20 * HOUR).toUTCString().replace("GMT", "+0000"),
  date_modified: new Date(changedAt).toUTCString().replace("GMT", "+0000"),
  total_inc_tax: "10.0000",
  currency_code: "EUR",
});
const magentoOrder = ({ id, changedAt }: Order) => ({
  entity_id: id,
  increment_id: String(id).padStart(9, "0"),
  state: "processing",
  created_at: iso(NOW - 20 * HOUR)
    .slice(0, 19)
    .replace("T", " "),
  updated_at: iso(changedAt).slice(0, 19).replace("T", " "),
  base_grand_total: 10,
  base_currency_code: "EUR",
});

const SHOPS: readonly Shop[] = [
  {
    system: "shopify",
    pageSize: 100,
    webhook: (order) => ({ headers: { "x-shopify-topic": "orders/create" }, body: shopifyOrder(order) }),
    // Pages beyond the first have an address of the shop's own making.
    answer(url, orders, respond) {
      const [since, start] = (url.searchParams.get("page_info") ?? "").split("_");
      const list = from(orders, since ? Number(since) : Date.parse(url.searchParams.get("updated_at_min")!));
      const begin = Number(start ?? 0);
      const next = `${url.origin}${url.pathname}?limit=100&page_info=${since || Date.parse(url.searchParams.get("updated_at_min")!)}_${begin + 100}`;
      respond(
        200,
        { orders: list.slice(begin, begin + 100).map(shopifyOrder) },
        begin + 100 < list.length ? { link: `<${url.origin}/x>; rel="previous", <${next}>; rel="next"` } : {},
      );
    },
  },
  {
    system: "woocommerce",
    pageSize: 50,
    webhook: (order) => ({ headers: { "x-wc-webhook-topic": "order.created" }, body: wooOrder(order) }),
    answer(url, orders, respond) {
      if (url.searchParams.get("status") === "trash") return respond(200, []);
      // Later than, not from; to the second.
      const after = Date.parse(`${url.searchParams.get("modified_after")}Z`);
      const list = from(orders, after + 1_000);
      respond(200, pageOf(list, Number(url.searchParams.get("page")), 50).map(wooOrder));
    },
  },
  {
    system: "bigcommerce",
    pageSize: 50,
    settings: { storeHash: "abc" },
    webhook: () => undefined,
    answer(url, orders, respond) {
      const list = from(orders, Date.parse(url.searchParams.get("min_date_modified")!));
      const page = pageOf(list, Number(url.searchParams.get("page")), 50);
      respond(page.length === 0 ? 204 : 200, page.map(bigOrder));
    },
  },
  {
    system: "magento",
    pageSize: 50,
    webhook: () => undefined,
    answer(url, orders, respond) {
      if (url.pathname.endsWith("creditmemos")) return respond(200, { items: [], total_count: 0 });
      const text = url.searchParams.get("searchCriteria[filterGroups][0][filters][0][value]")!;
      const list = from(orders, Date.parse(`${text.replace(" ", "T")}Z`));
      // Behind the last page it gives the last one again.
      const last = Math.max(1, Math.ceil(list.length / 50));
      const page = Math.min(last, Number(url.searchParams.get("searchCriteria[currentPage]")));
      respond(200, { items: pageOf(list, page, 50).map(magentoOrder), total_count: list.length });
    },
  },
];

interface Asked {
  url: URL;
  cursor: unknown;
}

async function open(shop: Shop, orders: Order[], fails: () => boolean = () => false): Promise<Asked[]> {
  const asked: Asked[] = [];
  server = createServer((request, response: ServerResponse) => {
    const url = new URL(request.url!, host);
    asked.push({ url, cursor: undefined });
    if (fails()) return response.destroy();
    shop.answer(url, orders, (status, json, headers = {}) =>
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(status === 204 ? undefined : JSON.stringify(json)),
    );
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  house = await openConnectedHouse(
    [{ options: { system: shop.system, host, settings: shop.settings ?? {} }, token: "t:t" }],
    NOW,
  );
  return asked;
}

const poll = async (system: SystemName) => {
  await house!.connections.poll(house!.connections.find(`test-${system}`)!);
  await house!.settle();
};
const numbers = () =>
  (peopleIn(house!.folder) as { orders: { number: string }[] }[])
    .flatMap(({ orders }) => orders.map(({ number }) => Number(number)))
    .sort((a, b) => a - b);

describe.each(SHOPS.map((shop) => [shop.system, shop] as const))("reconciling %s", (_system, shop) => {
  test("brings every order, also when more than a page of them changed in one second", async () => {
    const bulkAt = NOW - 2 * HOUR;
    const orders: Order[] = [
      ...Array.from({ length: 7 }, (_, i) => ({ id: 1 + i, changedAt: NOW - 5 * HOUR + i * 1_000 })),
      ...Array.from({ length: 2 * shop.pageSize + 3 }, (_, i) => ({ id: 1_000 + i, changedAt: bulkAt })),
      ...Array.from({ length: 5 }, (_, i) => ({ id: 9_000 + i, changedAt: NOW - HOUR + i * 1_000 })),
    ];
    await open(shop, orders);
    await poll(shop.system);
    expect(numbers()).toEqual(orders.map(({ id }) => id).sort((a, b) => a - b));
  });

  test("asks the last ten minutes again, and counts nothing twice, webhooks included", async () => {
    const orders: Order[] = [{ id: 1, changedAt: NOW - HOUR }];
    const asked = await open(shop, orders);
    const told = shop.webhook(orders[0]!);
    if (told !== undefined) {
      await house!.send(requestOf(shop.system, told));
      await house!.settle();
      expect(numbers()).toEqual([1]);
    }
    await poll(shop.system);
    expect(numbers()).toEqual([1]);
    // It became visible late, with a time before the newest one that was seen.
    orders.push({ id: 2, changedAt: NOW - HOUR - 9 * 60_000 });
    const before = asked.length;
    await poll(shop.system);
    expect(asked.length).toBeGreaterThan(before);
    expect(numbers()).toEqual([1, 2]);
  });

  test("that breaks off in the middle of an instant goes on without losing a page", async () => {
    const size = 2 * shop.pageSize + 3;
    const orders = Array.from({ length: size }, (_, i) => ({ id: 1 + i, changedAt: NOW - 2 * HOUR }));
    let answers = 0;
    let isBroken = true;
    await open(shop, orders, () => {
      answers += 1;
      return isBroken && answers > 2;
    });
    await expect(poll(shop.system)).rejects.toThrow();
    await house!.settle();
    expect(numbers().length).toBeLessThan(size);
    isBroken = false;
    await poll(shop.system);
    expect(numbers()).toHaveLength(size);
  });
});

test("BigCommerce's refunds are asked for with their order, when the message of them was lost", async () => {
  const shop = SHOPS.find(({ system }) => system === "bigcommerce")!;
  const refunded = { ...bigOrder({ id: 250, changedAt: NOW - HOUR }), status_id: 14 };
  await open(
    {
      ...shop,
      answer: (url, _orders, respond) =>
        url.pathname === "/stores/abc/v3/orders/250/payment_actions/refunds"
          ? respond(200, { data: [{ id: 5, total_amount: 4, created: iso(NOW - HOUR) }] })
          : respond(200, [refunded]),
    },
    [],
  );
  await poll("bigcommerce");
  expect(peopleIn(house!.folder)).toMatchObject([
    { orders: [{ number: "250", value: 1000, refunded: 400 }] },
  ]);
});

test("WooCommerce's orders in the trash are cancelled, though no message tells of them", async () => {
  const shop = SHOPS.find(({ system }) => system === "woocommerce")!;
  const order = wooOrder({ id: 7, changedAt: NOW - 2 * HOUR });
  let isTrashed = false;
  await open(
    {
      ...shop,
      answer: (url, _orders, respond) =>
        url.searchParams.get("status") === "trash"
          ? respond(
              200,
              isTrashed
                ? [{ ...order, status: "trash", date_modified_gmt: iso(NOW - HOUR).slice(0, 19) }]
                : [],
            )
          : respond(200, isTrashed ? [] : [order]),
    },
    [],
  );
  await poll("woocommerce");
  expect(peopleIn(house!.folder)).toMatchObject([{ orders: [{ number: "7", void_at: null }] }]);
  isTrashed = true;
  await poll("woocommerce");
  expect(peopleIn(house!.folder)).toMatchObject([{ orders: [{ number: "7", void_at: NOW - HOUR }] }]);
});
