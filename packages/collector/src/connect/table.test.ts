import { describe, expect, test } from "vitest";
import { readTable } from "./table.ts";

const shop = {
  name: "shop-eu",
  system: "shopify",
  site: "shop",
  secrets: [{ file: "shopify_secret" }],
};
const problemsOf = (...list: unknown[]): string => {
  try {
    readTable(list, "connectors.yml");
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("the operator's table", () => {
  test("is read with its defaults", () => {
    const [entry] = readTable([shop], "connectors.yml");
    expect(entry).toMatchObject({
      secretFiles: ["shopify_secret"],
      keepDays: 14,
      browserOrders: "link",
      everyMs: undefined,
      options: { countOrders: "placed", customers: "shop-eu", orderPrefix: "", canFetch: false, map: {} },
    });
  });

  test("is read with everything that can be said", () => {
    const [entry] = readTable(
      {
        connectors: [
          {
            ...shop,
            countOrders: "paid",
            customers: "shop",
            host: "https://kettle.myshopify.com",
            visitor: ["note_attributes[name=sojourn_visitor].value"],
            map: {
              "checkouts/create": "ignore",
              "orders/create": {
                kind: "purchase",
                when: { source_name: ["web", "pos"] },
                props: { channel: "source_name" },
              },
            },
            reconcile: { every: "PT1H", token: { file: "token" } },
          },
        ],
      },
      "connectors.yml",
    );
    expect(entry).toMatchObject({
      everyMs: 3_600_000,
      tokenFile: "token",
      options: {
        customers: "shop",
        canFetch: true,
        map: { "checkouts/create": { kind: "ignore" }, "orders/create": { kind: "purchase" } },
      },
    });
  });

  test("names every problem with its entry, in words", () => {
    const problems = problemsOf(
      { ...shop, secrets: [] },
      { ...shop, name: "Shop EU" },
      { ...shop, system: "prestashop" },
      { ...shop, name: "a", map: { "orders/create": "Not A Kind" } },
      { ...shop, name: "b", visitor: ["a..b"] },
      { ...shop, name: "c", reconcile: { every: "hourly", token: { file: "t" } } },
      { ...shop, name: "d", colour: "red" },
      { ...shop, name: "e", settings: { unknown: "x" } },
      {
        name: "f",
        system: "typeform",
        site: "shop",
        secrets: [{ file: "x" }],
        reconcile: { every: "PT1H", token: { file: "t" } },
      },
      { name: "g", system: "magento", site: "shop" },
      { name: "h", system: "ga4", site: "shop", secrets: [{ file: "x" }] },
      "not an entry",
    );
    for (const part of [
      '"shop-eu": it has no secret. Add: secrets: [{ file: <file> }]',
      '"Shop EU", name: use a to z, 0 to 9 and dashes',
      '"shop-eu", system: name one of shopify, woocommerce',
      '"a", map.orders/create',
      '"b", visitor.0: write a path as a.b, a[0] or a[name=x].value',
      '"c", reconcile.every: write a duration of a minute or more, such as PT1H',
      '"d": Unrecognized key: "colour"',
      '"e", settings: shopify knows no unknown',
      '"f", reconcile: typeform cannot be asked for what changed',
      '"g": magento sends nothing by itself',
      '"g": it needs a token to ask magento',
      '"g": it needs host, the address of its API',
      '"h", settings: measurementId is missing',
      "number 12",
    ])
      expect(problems).toContain(part);
  });

  test("refuses two of one name, three secrets and no list at all", () => {
    expect(problemsOf(shop, shop)).toContain('"shop-eu": there are two of this name');
    expect(problemsOf({ ...shop, secrets: [{ file: "a" }, { file: "b" }, { file: "c" }] })).toContain(
      "one secret, or two while it is changed",
    );
    for (const raw of [null, {}, "text", 5])
      expect(() => readTable(raw, "connectors.yml")).toThrow("connectors.yml holds no list of connectors");
  });

  test("prefixes the orders of the second shop of a site, and leaves the first one's alone", () => {
    const second = { ...shop, name: "shop-us" };
    const other = { ...shop, name: "outlet", site: "outlet" };
    const tags = {
      name: "tags",
      system: "ga4",
      site: "shop",
      secrets: [{ file: "x" }],
      settings: { measurementId: "G-1" },
    };
    const entries = readTable([tags, shop, second, other], "connectors.yml");
    expect(entries.map(({ options }) => options.orderPrefix)).toEqual(["", "", "shop-us:", ""]);
    // Beside a shop, a tag manager's orders are the browser's word.
    expect(entries.map(({ options }) => options.linksOrders)).toEqual([true, false, false, false]);
  });
});
