/** What shops say of an order after its first version: shown on the order, the message and in the counters, never guessed at. */
import { afterEach, describe, expect, test } from "vitest";
import { NOW, requestOf } from "../src/connect/test/samples.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn } from "./connect-house.ts";

let house: ConnectedHouse;
afterEach(() => house.close());

const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();

/** An order of WooCommerce as it stood some minutes after it was made. */
const version = (minutes: number, fields: Record<string, unknown> = {}) => ({
  id: 501,
  number: "501",
  status: "processing",
  currency: "EUR",
  total: "50.00",
  date_created_gmt: iso(NOW - 3_600_000).slice(0, 19),
  date_modified_gmt: iso(NOW - 3_600_000 + minutes * MINUTE).slice(0, 19),
  customer_id: 7,
  line_items: [],
  refunds: [],
  meta_data: [],
  ...fields,
});

const open = async () => {
  house = await openConnectedHouse([{ options: { system: "woocommerce" } }], NOW);
};

async function tell(...versions: ReturnType<typeof version>[]): Promise<void> {
  for (const body of versions) {
    const request = requestOf("woocommerce", { headers: { "x-wc-webhook-topic": "order.updated" }, body });
    expect((await house.send(request)).status).toBe(200);
  }
  await house.settle();
}

const flagsOfPerson = async (person = "order:501") =>
  (await house.store.ask("person", { site: "shop", person })).flags.map(({ flag, about }) => [flag, about]);
const counts = () => house.store.change("flagCounts", {});
const value = () => (peopleIn(house.folder) as { orders: { value: number }[] }[])[0]!.orders[0]!.value;

/** Every sequence of a few things. */
function* sequences<T>(list: readonly T[]): Generator<T[]> {
  if (list.length < 2) yield [...list];
  for (const [place, one] of list.entries())
    for (const rest of sequences(list.toSpliced(place, 1))) yield [one, ...rest];
}

describe("an order that was edited", () => {
  test("upwards keeps its first value and says so wherever the order is looked at", async () => {
    await open();
    await tell(version(0), version(5, { total: "80.00" }));
    expect(value()).toBe(5000);
    expect(await flagsOfPerson()).toEqual([["order-edited", "501"]]);
    expect(await counts()).toEqual([{ site: "shop", flag: "order-edited", rows: 1 }]);
    const rows = await house.store.change("inboxList", {});
    expect(rows.map(({ state, flags }) => [state, flags])).toEqual([
      ["mapped", ["order-edited"]],
      ["mapped", ["order-edited"]],
    ]);
    const metrics = await (await house.app.request("/metrics")).text();
    expect(metrics).toContain('sojourn_data_flags{site="shop",flag="order-edited"} 1');
    const key = await house.adminKey();
    const answer = await house.app.request("/api/v1/connectors", {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(await answer.json()).toMatchObject({ flags: [{ flag: "order-edited", rows: 1 }] });
  });

  test("downwards is the shop's refund and no flag", async () => {
    await open();
    await tell(version(0), version(5, { total: "30.00" }));
    expect(value()).toBe(5000);
    expect(await flagsOfPerson()).toEqual([]);
  });

  test("and edited back again is no longer flagged", async () => {
    await open();
    await tell(version(0), version(5, { total: "80.00" }), version(9));
    expect(await flagsOfPerson()).toEqual([]);
    expect(await counts()).toEqual([]);
  });

  test("has the flags of its newest version in whatever sequence versions come, replays included", async () => {
    await open();
    const expected = new Map<number, unknown[]>();
    const all = [version(0), version(5), version(9, { total: "80.00" })];
    for (const [place, sequence] of [...sequences(all)].entries()) {
      const id = 600 + place;
      await tell(...sequence.map((one) => ({ ...one, id, number: String(id), customer_id: id })));
      // The version that came first is the one that counts; flagged is what the newest says beyond it.
      expected.set(id, sequence[0]!.total === "80.00" ? [] : [["order-edited", String(id)]]);
    }
    const check = async () => {
      for (const [id, flags] of expected)
        expect(await flagsOfPerson(`order:${id}`), String(id)).toEqual(flags);
    };
    await check();
    await house.store.change("inboxReplay", {});
    await house.settle();
    await check();
    await house.store.change("replay", { at: NOW });
    await house.settle();
    await check();
  });
});

describe("an order that was cancelled", () => {
  const inEverySequence = async (all: ReturnType<typeof version>[]) => {
    await open();
    const ids: string[] = [];
    for (const [place, sequence] of [...sequences(all)].entries()) {
      const id = 700 + place;
      ids.push(String(id));
      await tell(...sequence.map((one) => ({ ...one, id, number: String(id), customer_id: id })));
    }
    return ids;
  };

  test("and counts again stays cancelled and is flagged, in whatever sequence its versions come", async () => {
    const ids = await inEverySequence([
      version(0),
      version(5, { status: "cancelled" }),
      version(9, { status: "completed" }),
    ]);
    for (const id of ids) {
      expect(await flagsOfPerson(`order:${id}`)).toEqual([["order-revived", id]]);
      const view = await house.store.ask("person", { site: "shop", person: `order:${id}` });
      expect(view.orders).toMatchObject([{ order: id, counts: false }]);
    }
    expect(await counts()).toEqual([{ site: "shop", flag: "order-revived", rows: ids.length }]);
  });

  test("after all its other versions is simply cancelled", async () => {
    const ids = await inEverySequence([version(0), version(5), version(9, { status: "cancelled" })]);
    for (const id of ids) expect(await flagsOfPerson(`order:${id}`)).toEqual([]);
  });
});

describe("a claim that would make two customers one", () => {
  test("is flagged for both people and on the message that made it", async () => {
    await open();
    const note = (visitor: string) => ({
      meta_data: [{ key: "_wc_order_attribution_sojourn_visitor", value: visitor }],
    });
    await tell(version(0, note("browser-visitor-1")));
    await tell(version(0, { ...note("browser-visitor-1"), id: 502, number: "502", customer_id: 8 }));
    const claim = ["visitor-conflict", "alias:order:502"];
    expect(await flagsOfPerson("browser-visitor-1")).toEqual([claim]);
    expect(await flagsOfPerson("order:502")).toEqual([claim]);
    const rows = await house.store.change("inboxList", {});
    expect(rows.map(({ flags }) => flags)).toEqual([["visitor-conflict"], []]);
    expect(await counts()).toEqual([{ site: "shop", flag: "visitor-conflict", rows: 1 }]);
  });
});

test("forgetting a person takes what shops said of their orders", async () => {
  await open();
  await tell(version(0), version(5, { total: "80.00" }));
  await house.store.change("forgetPerson", { site: "shop", person: "order:501", at: NOW });
  expect(await counts()).toEqual([]);
  // Told again, it stays forgotten.
  await tell(version(9, { total: "90.00" }));
  expect(await counts()).toEqual([]);
});
