import { describe, expect, test } from "vitest";
import { touchpointId } from "../ingest/touchpoint-id.ts";
import { touchpointsOfGa4Row } from "./ga4.ts";

const AT = 1_764_547_200_000;
const row = (more: Record<string, unknown>): string =>
  JSON.stringify({
    event_date: "20251201",
    event_timestamp: String(AT * 1_000 + 123),
    event_name: "page_view",
    event_params: [
      { key: "page_location", value: { string_value: "https://shop.example/tee?größe=1" } },
      { key: "entrances", value: { int_value: "1" } },
    ],
    user_pseudo_id: "123.456",
    batch_page_id: "9",
    batch_ordering_id: "1",
    batch_event_index: "2",
    ...more,
  });
const read = (text: string) => touchpointsOfGa4Row(text, 1, "tags");

describe("a row of the BigQuery export", () => {
  test("becomes what it says, with the tags Google collected", () => {
    const tagged = row({
      collected_traffic_source: {
        manual_source: "news",
        manual_medium: "email",
        manual_term: "(not set)",
        gclid: null,
      },
    });
    expect(read(tagged)).toMatchObject([
      {
        line: 1,
        person: "ga:123.456",
        touchpoint: {
          kind: "page_view",
          at: AT,
          visitor: "ga:123.456",
          visit: true,
          aliases: ["ga:123.456"],
        },
      },
    ]);
    const [one] = read(tagged) as { touchpoint: { url: string } }[];
    expect(one!.touchpoint.url).toBe(
      "https://shop.example/tee?gr%C3%B6%C3%9Fe=1&utm_source=news&utm_medium=email",
    );
  });

  test("of an order has the id that the live connector gives it", () => {
    const order = row({
      event_name: "purchase",
      event_params: [
        { key: "currency", value: { string_value: "EUR" } },
        { key: "value", value: { double_value: 59.9 } },
      ],
      ecommerce: { transaction_id: "T-1" },
      items: [{ item_id: "K", item_name: "Kessel", price: 59.9, quantity: 1 }],
    });
    expect(read(order)).toMatchObject([
      {
        touchpoint: {
          id: touchpointId(AT, "tags", "purchase", "T-1"),
          order: "T-1",
          value: "59.90",
          currency: "EUR",
          items: [{ id: "K", name: "Kessel", price: "59.9", quantity: 1 }],
        },
      },
    ]);
  });

  test("is told apart from others of the same moment by Google's own order, and is itself when read twice", () => {
    const idOf = (text: string) => (read(text) as { touchpoint: { id: string } }[])[0]!.touchpoint.id;
    expect(idOf(row({ batch_event_index: "3" }))).not.toBe(idOf(row({})));
    expect(idOf(row({}))).toBe(idOf(row({})));
  });

  test("that only keeps Google's books is nothing, and one that cannot be read says where", () => {
    expect(read(row({ event_name: "session_start" }))).toEqual([]);
    expect(read(row({ event_timestamp: "soon" }))).toBe("event_timestamp is missing or cannot be read");
    expect(read(row({ user_pseudo_id: null }))).toBe("user_pseudo_id is missing or cannot be read");
    expect(read(row({ event_name: "purchase" }))).toBe(
      "event_params.transaction_id is missing or cannot be read",
    );
    expect(read("{")).toBe("is no JSON");
    expect(read("[]")).toBe("body is missing or cannot be read");
  });
});
