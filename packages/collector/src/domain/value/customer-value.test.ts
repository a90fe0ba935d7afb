import { describe, expect, test } from "vitest";
import { outlooksOf, simpleClv } from "./customer-value.ts";
import { historiesOf, tallied } from "./order-history.ts";

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const order = (customer: string, date: string, value = 10) => ({ customer, at: day(date), value });

describe("histories of orders", () => {
  test("count order days after the first, in weeks, up to the calibration end", () => {
    const orders = [
      order("a", "2026-01-15", 30),
      order("a", "2026-01-01", 99),
      { ...order("a", "2026-01-01", 1), at: day("2026-01-01") + 3_600_000 },
      order("a", "2026-01-29", 50),
      order("a", "2026-03-01"),
      order("b", "2026-02-01"),
      order("c", "2026-02-02"),
    ];
    expect(historiesOf(orders, { calibrationEnd: day("2026-02-01") })).toEqual([
      { customer: "a", frequency: 2, recency: 4, T: 31 / 7, meanValue: 40, later: 1 },
      { customer: "b", frequency: 0, recency: 0, T: 0, meanValue: 0, later: 0 },
    ]);
  });

  test("add up orders of one day, also in the spend per order day", () => {
    const orders = [order("a", "2026-01-01"), order("a", "2026-01-08", 5), order("a", "2026-01-08", 7)];
    expect(historiesOf(orders, { unit: "days" })[0]).toMatchObject({
      frequency: 1,
      recency: 7,
      T: 7,
      meanValue: 12,
    });
  });

  test("take the whole of the last day, whatever the hour of the end", () => {
    const late = [{ customer: "a", at: day("2026-01-31") + 80_000_000, value: 1 }, order("a", "2026-01-01")];
    expect(historiesOf(late, { calibrationEnd: day("2026-01-31") })[0]!.frequency).toBe(1);
  });

  test("are tallied without losing anybody", () => {
    const orders = ["a", "b", "c"].flatMap((c) => [order(c, "2026-01-01"), order(c, "2026-01-08")]);
    const histories = historiesOf([...orders, order("d", "2026-01-02")]);
    expect(tallied(histories).map((t) => t.n)).toEqual([3, 1]);
  });
});

describe("simple customer lifetime value", () => {
  test("is yearly profit times years minus the cost to acquire", () => {
    expect(simpleClv({ yearlyProfit: 120, years: 3, acquisitionCost: 50 })).toBe(310);
    expect(simpleClv({ yearlyProfit: 10, years: 1, acquisitionCost: 50 })).toBe(-40);
  });

  test("is nothing rather than infinite", () => {
    expect(simpleClv({ yearlyProfit: 120, years: Number.POSITIVE_INFINITY, acquisitionCost: 0 })).toBeNull();
    expect(simpleClv({ yearlyProfit: 0, years: Number.POSITIVE_INFINITY, acquisitionCost: 0 })).toBeNull();
  });
});

describe("outlooks", () => {
  const purchases = { r: 0.5, alpha: 6, a: 0.9, b: 1.6 };
  const customers = [
    { customer: "yesterday once", frequency: 0, recency: 0, T: 0.1, meanValue: 0 },
    { customer: "faithful", frequency: 20, recency: 48, T: 52, meanValue: 80 },
  ];

  test("rank by expected orders, not by the chance to be alive", () => {
    const [first, second] = outlooksOf(customers, { model: "bg-nbd", purchases, horizon: 26 });
    expect(first!.customer).toBe("faithful");
    expect(first!.probabilityAlive).toBeLessThan(second!.probabilityAlive);
  });

  test("multiply orders by what each is expected to be worth", () => {
    const spend = { p: 6, q: 4, v: 15 };
    const [first, second] = outlooksOf(customers, { model: "mbg-nbd", purchases, spend, horizon: 26 });
    expect(first!.expectedOrderValue).toBeCloseTo((6 * (15 + 20 * 80)) / (6 * 20 + 3), 12);
    expect(first!.expectedValue).toBeCloseTo(first!.expectedOrders * first!.expectedOrderValue!, 12);
    expect(second!.expectedOrderValue).toBeCloseTo(30, 12);
  });
});
