import { describe, expect, test } from "vitest";
import { readCsv } from "../csv.ts";
import { zoneOf } from "../domain/zone.ts";
import { importOrders, type OrderOptions } from "./orders.ts";

const read = (text: string, options: Partial<OrderOptions> = {}) =>
  importOrders(readCsv(text), {
    mapping: {},
    zone: zoneOf("UTC"),
    currency: "EUR",
    match: "latest-earlier",
    ...options,
  });

/** Kind, order and value of each touchpoint. */
const told = (imported: ReturnType<typeof read>) =>
  imported.touchpoints.map(({ touchpoint: { kind, order, value, currency } }) =>
    [kind, order, value, currency].filter((part) => part !== undefined).join(" "),
  );

describe("a table of orders", () => {
  test("is understood by its usual names, in several languages", () => {
    const row = (header: string, cells: string) => told(read(`${header}\n${cells}`));
    expect(row("order_id,customer_id,created_at,total,currency", "A1,7,2026-01-02,59.90,DKK")).toEqual([
      "purchase A1 59.90 DKK",
    ]);
    expect(row("Bestellnummer;Kundennummer;Bestelldatum;Gesamtbetrag", 'A1;7;02.01.2026;"1.059,90"')).toEqual(
      ["purchase A1 1059.90 EUR"],
    );
    expect(row("Ordrenummer;Kundenr;Dato;Beløb;Valuta", "A1;7;02.01.2026;59,90;DKK")).toEqual([
      "purchase A1 59.90 DKK",
    ]);
    expect(
      row(
        "invoice,customer,ts,country,lines,units,amount_gbp,kind",
        "5,7,2026-01-02T08:00:00Z,UK,1,2,3.50,order",
      ),
    ).toEqual(["purchase 5 3.50 GBP"]);
    expect(
      row(
        "Name,Email,Financial Status,Paid at,Currency,Total,Created at",
        "#1001,a@b.example,paid,,EUR,10.00,2026-01-02 10:00:00 +0100",
      ),
    ).toEqual(["purchase #1001 10.00 EUR"]);
  });

  test("is understood by the names its owner gives", () => {
    const text = "Nr,Wer,Wann,Summe\n1,7,2026-01-02,5.00";
    expect(() => read(text)).toThrow(/customer and order and date/);
    expect(
      told(read(text, { mapping: { order: "nr", customer: "Wer", date: "Wann", value: "Summe" } })),
    ).toEqual(["purchase 1 5.00 EUR"]);
    expect(() => read(text, { mapping: { order: "Number" } })).toThrow(/no column "Number"/);
  });

  test("names a line that cannot be read with its number, and goes on", () => {
    const { problems, orders } = read(
      [
        "order,customer,date,value,kind",
        "1,7,2026-01-02,5.00,",
        ",7,2026-01-02,5.00,",
        "3,,2026-01-02,5.00,",
        "4,7,never,5.00,",
        "5,7,2026-01-02,five,",
        "6,7,2026-01-02,5.00,gift",
        "1,7,2026-01-02,6.00,",
        '8,7,2026-01-02,"5.00"x,',
        "9,7,2026-01-02,5.00,order",
      ].join("\n"),
    );
    expect(problems.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(orders).toBe(2);
  });

  test("takes a row for each item of an order as one order", () => {
    const imported = read(
      "Name,Email,Total,Created at\n#1,a@b.example,10.00,2026-01-02\n#1,a@b.example,,2026-01-02\n#1,a@b.example,10.00,2026-01-02",
    );
    expect(told(imported)).toEqual(["purchase #1 10.00 EUR"]);
    expect(imported.repeated).toBe(2);
  });

  test("understands states: paid, cancelled, refunded, never paid", () => {
    const imported = read(
      "order,customer,date,total,status\n1,7,2026-01-01,5,wc-completed\n2,7,2026-01-02,5,Cancelled\n3,7,2026-01-03,5,refunded\n4,7,2026-01-04,5,Pending payment\n5,7,2026-01-05,5,lost",
      {},
    );
    expect(told(imported)).toEqual([
      "purchase 1 5.00 EUR",
      "purchase 2 5.00 EUR",
      "cancel_order 2",
      "purchase 3 5.00 EUR",
      "refund 3",
    ]);
    expect(imported.unpaid).toBe(1);
    expect(imported.problems).toEqual([{ line: 6, reason: expect.stringContaining("kind") as string }]);
  });

  test("follows a refund to the order it names", () => {
    const imported = read(
      "order,customer,date,total,kind,original_order\n1,7,2026-01-01,50,order,\nR1,7,2026-01-05,-10,refund,1\nR2,7,2026-01-06,-10,refund,1\nC1,7,2026-01-07,,cancel,1",
    );
    expect(told(imported)).toEqual([
      "purchase 1 50.00 EUR",
      "refund 1 10.00 EUR",
      "refund 1 10.00 EUR",
      "cancel_order 1",
    ]);
    expect(new Set(imported.touchpoints.map(({ touchpoint }) => touchpoint.id)).size).toBe(4);
  });

  test("gives a refund that names no order the customer's latest earlier order worth as much, each order once", () => {
    const text = [
      "order,customer,date,total",
      "1,7,2026-01-01,50",
      "2,7,2026-01-02,30",
      "3,8,2026-01-02,90",
      "C1,7,2026-01-03,-30",
      "C2,7,2026-01-04,-10",
      "C3,7,2026-01-05,-10",
      "4,7,2026-01-06,99",
    ].join("\n");
    const imported = read(text);
    expect(told(imported).slice(4)).toEqual(["refund 2 30.00 EUR", "refund 1 10.00 EUR"]);
    expect(imported.unmatched).toEqual([7]);
    expect(read(text, { match: "none" }).unmatched).toEqual([5, 6, 7]);
  });

  test("hashes addresses and lets none of them through", () => {
    const imported = read("order,email,date,total\n1, Ada@Example.com ,2026-01-01,5");
    const { touchpoint } = imported.touchpoints[0]!;
    expect(touchpoint.email).toBe("b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72");
    expect(JSON.stringify(imported)).not.toContain("xample");
  });

  test("reads slashed dates by the one that can be read one way only, and asks when there is none", () => {
    const days = (text: string) =>
      read(text).touchpoints.map(({ touchpoint }) => new Date(touchpoint.at).toISOString().slice(0, 10));
    expect(days("order,customer,date\n1,7,12/1/2010 8:26\n2,7,12/13/2010 9:00")).toEqual([
      "2010-12-01",
      "2010-12-13",
    ]);
    expect(days("order,customer,date\n1,7,1/12/2010\n2,7,13/12/2010")).toEqual(["2010-12-01", "2010-12-13"]);
    expect(read("order,customer,date\n1,7,1/12/2010").problems[0]!.reason).toContain("--dates");
  });
});
