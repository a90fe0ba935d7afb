/** A shop's own order export beside its live connector: both may tell of an order, in any sequence, and it counts once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../src/cli/connections.ts";
import type { SystemName } from "../src/connect/connector.ts";
import { CONNECTORS } from "../src/connect/systems.ts";
import { optionsFor, requestOf, SECRET } from "../src/connect/test/samples.ts";
import { run } from "../src/main.ts";
import { openSqliteStore } from "../src/store/sqlite/engine.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import { openIo } from "./command-io.ts";
import { peopleIn } from "./connect-house.ts";

const NOW = Date.UTC(2026, 0, 10);
let folder: string;
let data: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-shop-"));
  data = join(folder, "data");
  await sojourn("site", "add", "shop", "--zone", "Europe/Berlin", "--currency", "EUR");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function sojourn(...words: string[]): Promise<{ code: number; out: string; notes: string }> {
  const { io, out, notes } = openIo(NOW);
  const code = await run([...words, "--data", data], io);
  return { code, out: out(), notes: notes() };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Summary {
  connector: string;
  orders: number;
  refunds: number;
  cancellations: number;
  unpaid: number;
  repeated: number;
  stored: number;
  duplicates: number;
  problems: { line: number; reason: string }[];
  inexact: number;
}
const imported = async (kind: string, text: string, ...words: string[]): Promise<Summary> =>
  JSON.parse((await sojourn("import", kind, file("export.csv", text), ...words, "--json")).out) as Summary;

/** What webhooks tell, each as a system sends it. */
async function told(system: SystemName, messages: readonly [topic: string, body: unknown][]): Promise<void> {
  const store = await openSqliteStore({ folder: data, now: () => NOW, readers: 1 });
  const options = optionsFor(system);
  const connection = {
    connector: CONNECTORS[system],
    options,
    secrets: [SECRET],
    token: undefined,
    everyMs: undefined,
    keepDays: 14,
  };
  const inbox = connect(store, [connection], { allowPrivate: true, now: () => NOW, onTrouble() {} });
  const header = system === "shopify" ? "x-shopify-topic" : "x-wc-webhook-topic";
  for (const [topic, body] of messages)
    await inbox.accept(connection, requestOf(system, { headers: { [header]: topic }, body }));
  await inbox.run();
  await store.settled(NOW);
  await inbox.stop();
  await store.close();
}

/** Orders and whose they are, whatever else is known. */
const orders = () =>
  (peopleIn(data) as { visitors: string[]; orders: object[] }[])
    .filter((person) => person.orders.length > 0)
    .map((person) => ({ visitors: person.visitors, orders: person.orders }));
const kept = (kind: string) => {
  const db = openForReading(data);
  try {
    return db
      .prepare("select count(*) from touchpoint t join kind k on k.key = t.kind where k.name = ?")
      .pluck()
      .get(kind);
  } finally {
    db.close();
  }
};

const SHOPIFY = [
  "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Id,Tags,Source",
  '#1001,ada@example.com,paid,2025-12-01 01:00:05 +0100,,,no,EUR,54.90,5.00,9.00,59.90,,0.00,Standard,2025-12-01 01:00:00 +0100,1,"Kessel „Zürich“",39.90,,K1,"two\nlines","sojourn_visitor: v-0001-aaaa-bbbb\ngift: yes",,Shopify Payments,c1.1,0.00,Kettle,0.00,5940139491234,,web',
  "#1001,ada@example.com,,,,,,,,,,,,,,2025-12-01 01:00:00 +0100,3,Filter,5.00,,F1,,,,,,,Kettle,,,,",
  "#1002,ada@example.com,partially_refunded,2025-12-02 09:00:05 +0100,,,no,EUR,40.00,0,0,40.00,,0.00,,2025-12-02 09:00:00 +0100,1,Tasse,40.00,,T1,,,,Shopify Payments,c1.2,15.50,Kettle,0.00,5940139491235,,web",
  "#1003,bo@example.com,refunded,,,,no,EUR,10.00,0,0,10.00,,0.00,,2025-12-03 09:00:00 +0100,1,Tasse,10.00,,T1,,,2025-12-03 12:00:00 +0100,Shopify Payments,c1.3,10.00,Kettle,0.00,5940139491236,,web",
  "#1004,bo@example.com,voided,,,,no,EUR,10.00,0,0,10.00,,0.00,,2025-12-03 10:00:00 +0100,1,Tasse,10.00,,T1,,,,Shopify Payments,,0.00,Kettle,0.00,5940139491237,,web",
  "#1005,bo@example.com,paid,,,,no,EUR,10.00,0,0,10.00,,0.00,,2025-12-03 11:00:00 +0100,1,Tasse,10.00,,T1,,,,(for testing) Bogus Gateway,,0.00,Kettle,0.00,5940139491238,,web",
].join("\n");

const refund = (id: number, order: number, amount: string, at: string) => ({
  id,
  order_id: order,
  created_at: at,
  transactions: [{ kind: "refund", status: "success", amount, currency: "EUR" }],
});
const shopifyOrder = (id: number, number: number, total: string, at: string, more: object = {}) => ({
  id,
  order_number: number,
  name: `#${number}`,
  test: false,
  created_at: at,
  financial_status: "paid",
  currency: "EUR",
  total_price: total,
  ...more,
});
const ADA = { id: 71, email: "ada@example.com" };
const BO = { id: 72, email: "bo@example.com" };
/** The same orders as Shopify's webhooks tell them, with two single refunds where the export has their sum. */
const SHOPIFY_TOLD: [string, unknown][] = [
  [
    "orders/create",
    shopifyOrder(5940139491234, 1001, "59.90", "2025-12-01T01:00:00+01:00", {
      customer: ADA,
      note_attributes: [{ name: "sojourn_visitor", value: "v-0001-aaaa-bbbb" }],
    }),
  ],
  [
    "orders/create",
    shopifyOrder(5940139491235, 1002, "40.00", "2025-12-02T09:00:00+01:00", { customer: ADA }),
  ],
  ["refunds/create", refund(9001, 5940139491235, "5.50", "2025-12-05T00:00:00Z")],
  ["refunds/create", refund(9002, 5940139491235, "10.00", "2025-12-06T00:00:00Z")],
  [
    "orders/create",
    shopifyOrder(5940139491236, 1003, "10.00", "2025-12-03T09:00:00+01:00", { customer: BO }),
  ],
  [
    "orders/cancelled",
    shopifyOrder(5940139491236, 1003, "10.00", "2025-12-03T09:00:00+01:00", {
      customer: BO,
      cancelled_at: "2025-12-03T12:00:00+01:00",
    }),
  ],
  ["refunds/create", refund(9003, 5940139491236, "10.00", "2025-12-03T11:00:00Z")],
];

const SHOPIFY_ORDERS = [
  {
    visitors: ["order:5940139491234", "order:5940139491235", "v-0001-aaaa-bbbb"],
    orders: [
      { number: "5940139491234", value: 5990, currency: "EUR", refunded: 0, nth: 1, void_at: null },
      { number: "5940139491235", value: 4000, currency: "EUR", refunded: 1550, nth: 2, void_at: null },
    ],
  },
  { visitors: ["order:5940139491236"], orders: [{ number: "5940139491236", value: 1000, nth: 0 }] },
];

describe("a Shopify export", () => {
  test("alone tells orders, their items' rows once, refunds by their sum, cancellations, and no tests", async () => {
    const summary = await imported("shopify", SHOPIFY, "--connector", "test-shopify");
    expect(summary).toMatchObject({
      connector: "test-shopify",
      orders: 3,
      refunds: 2,
      cancellations: 1,
      unpaid: 2,
      repeated: 1,
      problems: [],
      inexact: 0,
    });
    expect(orders()).toMatchObject(SHOPIFY_ORDERS);
    const { out } = await sojourn("person", "order:5940139491234", "--json");
    const { timeline } = JSON.parse(out) as { timeline: { kind: string; fields: { items?: unknown[] } }[] };
    expect(timeline.find(({ kind }) => kind === "purchase")!.fields.items).toEqual([
      { id: "K1", name: "Kessel „Zürich“", price: 3990, quantity: 1 },
      { id: "F1", name: "Filter", price: 500, quantity: 3 },
    ]);
    expect(out).not.toContain("ada@example.com");
  });

  test.each([
    ["before the webhooks", true],
    ["after the webhooks", false],
  ])("and its webhooks count every order, refund and cancellation once: %s", async (_when, isFirst) => {
    if (!isFirst) await told("shopify", SHOPIFY_TOLD);
    const first = await imported("shopify", SHOPIFY, "--connector", "test-shopify");
    if (isFirst) await told("shopify", SHOPIFY_TOLD);
    expect(orders()).toMatchObject(SHOPIFY_ORDERS);
    // The very same touchpoints, not only the same sums.
    expect([kept("purchase"), kept("cancel_order")]).toEqual([3, 1]);
    if (!isFirst) expect(first.duplicates).toBe(5);
    const again = await imported("shopify", SHOPIFY, "--connector", "test-shopify");
    expect(again).toMatchObject({ stored: 0 });
    await sojourn("replay");
    expect(orders()).toMatchObject(SHOPIFY_ORDERS);
  });

  test("follows a later export that knows of more refunds, and never adds sums to each other", async () => {
    const connector = ["--connector", "test-shopify"] as const;
    await imported("shopify", SHOPIFY, ...connector);
    await imported("shopify", SHOPIFY.replace(",15.50,", ",20.00,"), ...connector);
    await imported("shopify", SHOPIFY, ...connector);
    expect(orders()[0]).toMatchObject({ orders: [{}, { number: "5940139491235", refunded: 2000 }] });
  });

  test("names what cannot be read by its line, and stores the others", async () => {
    const lines = SHOPIFY.split("\n#");
    const damaged = [
      lines[0],
      lines[1]!.replace("5940139491234", "5.94014E+12"),
      lines[3]!.replace(",40.00,,0.00", ",forty,,0.00"),
      lines[4]!.replace("EUR", "XQQ"),
      lines[5]!.replace("2025-12-03 10:00:00 +0100", "yesterday").replace("voided", "paid"),
    ].join("\n#");
    const { code, out } = await sojourn("import", "shopify", file("damaged.csv", damaged), "--json");
    const summary = JSON.parse(out) as Summary;
    expect(code).toBe(1);
    expect(summary.problems.map(({ reason }) => reason)).toEqual([
      "id was shortened by a spreadsheet; export again and do not open the file in between",
      "total is no amount of money",
      "currency cannot be read",
      "date is none we can read",
    ]);
    const other = await sojourn("import", "shopify", file("other.csv", "a,b\n1,2\n"));
    expect(other.notes).toMatch(
      /no order export of shopify: there is no column "id" and "created at" and "total"/,
    );
  });
});

describe("the operator's table", () => {
  const table = (text: string) => file("connectors.yml", text);
  const entry = (name: string, more = "") =>
    `- name: ${name}\n  system: shopify\n  site: shop\n  secrets: [{ file: not_needed_here }]\n${more}`;

  test("names the connector, its customers and its way of counting by itself", async () => {
    const path = table(entry("shop-eu", "  countOrders: paid\n"));
    const pending = SHOPIFY.replace(
      "#1002,ada@example.com,partially_refunded",
      "#1002,ada@example.com,pending",
    );
    const summary = await imported("shopify", pending, "--connectors", path);
    expect(summary).toMatchObject({ connector: "shop-eu", orders: 2, unpaid: 3 });
  });

  test("with two shops asks which one is meant", async () => {
    const path = table(entry("shop-eu") + entry("shop-us"));
    const words = ["import", "shopify", file("export.csv", SHOPIFY), "--connectors", path];
    expect((await sojourn(...words)).notes).toContain("--connector shop-eu or --connector shop-us");
    expect((await sojourn(...words, "--connector", "shop-us", "--json")).out).toContain(
      '"connector":"shop-us"',
    );
    // The second shop's orders have numbers of their own.
    expect(orders()[0]!.visitors).toContain("order:shop-us:5940139491234");
    expect((await sojourn(...words, "--connector", "other")).notes).toContain('no such connector "other"');
  });
});

const WOO = [
  "order_id,order_number,order_date,status,shipping_total,order_total,refunded_total,order_currency,customer_id,billing_email,item_name,item_sku,item_quantity,item_price",
  "727,727,2025-12-01 01:00:00,completed,0,35.63,10.00,EUR,7,ada@example.com,Kessel,K1,1,35.63",
  "727,727,2025-12-01 01:00:00,completed,0,35.63,10.00,EUR,7,ada@example.com,Filter,F1,1,0",
  "728,728,2025-12-02 01:00:00,wc-cancelled,0,5.00,0,EUR,0,bo@example.com,Tasse,T1,1,5",
  "729,729,2025-12-03 01:00:00,Pending payment,0,5.00,0,EUR,0,bo@example.com,Tasse,T1,1,5",
  "730,730,2025-12-04 01:00:00,on-hold,0,8.00,0,EUR,8,cy@example.com,Tasse,T1,1,8",
].join("\n");
const wooOrder = (id: number, day: number, status: string, total: string, more: object = {}) => ({
  id,
  number: String(id),
  status,
  currency: "EUR",
  total,
  date_created_gmt: `2025-12-0${day}T00:00:00`,
  date_modified_gmt: `2025-12-0${day}T00:00:00`,
  customer_id: 0,
  line_items: [],
  meta_data: [],
  refunds: [],
  ...more,
});
const WOO_TOLD: [string, unknown][] = [
  [
    "order.updated",
    wooOrder(727, 1, "completed", "35.63", {
      customer_id: 7,
      refunds: [
        { id: 901, total: "-4.00" },
        { id: 902, total: "-6.00" },
      ],
    }),
  ],
  ["order.updated", wooOrder(728, 2, "cancelled", "5.00")],
  ["order.created", wooOrder(729, 3, "pending", "5.00")],
  ["order.created", wooOrder(730, 4, "on-hold", "8.00", { customer_id: 8 })],
];

describe("a WooCommerce export", () => {
  test.each([
    ["before the webhooks", true],
    ["after the webhooks", false],
  ])("in the shop's own time zone and its webhooks count every order once: %s", async (_when, isFirst) => {
    if (!isFirst) await told("woocommerce", WOO_TOLD);
    const summary = await imported("woocommerce", WOO, "--connector", "test-woocommerce");
    expect(summary).toMatchObject({
      orders: 2,
      refunds: 1,
      cancellations: 1,
      unpaid: 1,
      repeated: 1,
      inexact: 0,
    });
    if (isFirst) await told("woocommerce", WOO_TOLD);
    expect(orders()).toMatchObject([
      { visitors: ["order:727"], orders: [{ number: "727", value: 3563, refunded: 1000, nth: 1 }] },
      { visitors: ["order:730"], orders: [{ number: "730", value: 800, refunded: 0, nth: 1 }] },
    ]);
    expect([kept("purchase"), kept("cancel_order")]).toEqual([2, 1]);
  });

  test("whose times have no seconds says so, and still counts once", async () => {
    const short = WOO.replaceAll("01:00:00", "01:00");
    await told("woocommerce", [["order.updated", wooOrder(730, 4, "on-hold", "8.00", { customer_id: 8 })]]);
    const { out } = await sojourn(
      "import",
      "woocommerce",
      file("x.csv", short),
      "--connector",
      "test-woocommerce",
    );
    expect(out).toContain("3 orders have no seconds");
    expect(orders().flatMap((person) => person.orders)).toHaveLength(2);
  });
});

describe("a table of orders of one's own", () => {
  const CSV = [
    "customer,order,date,value,currency,email,kind",
    "7,727,2025-12-01T00:00:00Z,35.63,EUR,ada@example.com,order",
    "8,730,2025-12-04T00:00:00Z,8.00,EUR,,cancelled",
  ].join("\n");

  test.each([
    ["before the webhooks", true],
    ["after the webhooks", false],
  ])("under a connector's name counts every order once beside it: %s", async (_when, isFirst) => {
    const messages: [string, unknown][] = [
      ["order.created", wooOrder(727, 1, "completed", "35.63", { customer_id: 7 })],
      ["order.created", wooOrder(730, 4, "on-hold", "8.00", { customer_id: 8 })],
    ];
    if (!isFirst) await told("woocommerce", messages);
    await imported("orders", CSV, "--connector", "test-woocommerce");
    if (isFirst) await told("woocommerce", messages);
    expect(orders()).toMatchObject([
      { visitors: ["order:727"], orders: [{ number: "727", nth: 1 }] },
      { visitors: ["order:730"], orders: [{ number: "730", nth: 0 }] },
    ]);
    expect(kept("purchase")).toBe(2);
    expect(JSON.parse((await sojourn("person", "test-woocommerce:7", "--json")).out)).toMatchObject({
      customer: "test-woocommerce:7",
    });
  });
});
