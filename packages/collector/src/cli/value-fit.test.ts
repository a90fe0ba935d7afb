import { describe, expect, test } from "vitest";
import { drawGamma, seededRandom } from "../domain/attribution/seeded-random.ts";
import { valueFit, valueOptions } from "./value-fit.ts";
import { valueTable } from "./value-table.ts";

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);

/** Orders of invented customers who join in January, buy at their own pace and drop out by chance; the year goes on to December. */
function inventOrders(customers: number, seed: number): string[] {
  const random = seededRandom(seed);
  const lines: string[] = [];
  for (let c = 0; c < customers; c++) {
    const rate = drawGamma(random, 0.8, 6 * 7);
    const leaves = drawGamma(random, 1) / (drawGamma(random, 3) + 1);
    let at = BEGIN + Math.floor(random() * 30) * DAY;
    const priceLevel = drawGamma(random, 4, 0.1);
    while (at < BEGIN + 350 * DAY) {
      const day = new Date(at).toISOString().slice(0, 10);
      lines.push(`c${c},${day},${(priceLevel * (0.5 + random())).toFixed(2)}`);
      if (random() < leaves) break;
      at += (-Math.log(1 - random()) / rate) * DAY;
    }
  }
  return lines;
}

const ORDERS = ["customer,date,value", ...inventOrders(1_500, 8)].join("\n");

describe("orders", () => {
  const typed = { calibrationEnd: "2026-09-30", spend: true, expect: "26w", customers: true };

  test("are fitted up to the calibration end, and the rest checks the fit", () => {
    const answer = valueFit(ORDERS, valueOptions(typed));
    expect(answer).toMatchObject({
      model: "mbg-nbd",
      unit: "weeks",
      customers: 1_500,
      calibrationEnd: "2026-09-30",
      tooLittleData: false,
      errors: [],
    });
    expect(answer.holdout!.expectedOrders / answer.holdout!.orders).toBeGreaterThan(0.85);
    expect(answer.holdout!.expectedOrders / answer.holdout!.orders).toBeLessThan(1.15);
    expect(answer.spend!.parameters!.q).toBeGreaterThan(1);
  });

  test("name everybody, those with most expected orders first, and their sum is the total", () => {
    const { expected } = valueFit(ORDERS, valueOptions(typed));
    const people = expected!.customers!;
    expect(people).toHaveLength(1_500);
    for (let i = 1; i < people.length; i++) {
      expect(people[i]!.expectedOrders).toBeLessThanOrEqual(people[i - 1]!.expectedOrders);
    }
    expect(people.reduce((n, p) => n + p.expectedOrders, 0)).toBeCloseTo(expected!.orders, 6);
    expect(people.reduce((n, p) => n + p.expectedValue!, 0)).toBeCloseTo(expected!.value!, 4);
    expect(expected!.horizon).toBe(26);
  });

  test("may be written with other dates, another order and another delimiter", () => {
    const other = ORDERS.split("\n")
      .map((line) => line.replaceAll("-", "").replaceAll(",", ";"))
      .join("\r\n");
    expect(valueFit(other).parameters).toEqual(valueFit(ORDERS).parameters);
  });

  test("give the same fit as their tallies, in any unit", () => {
    const weeks = valueFit(ORDERS, valueOptions(typed));
    const days = valueFit(ORDERS, valueOptions({ ...typed, unit: "days" }));
    expect(days.parameters!.alpha / weeks.parameters!.alpha).toBeCloseTo(7, 5);
    expect(days.expected!.orders).toBeCloseTo(weeks.expected!.orders, 3);
    const tallies = weeks.expected!.customers!.map((c) => `${c.frequency},${c.recency},${c.T},1`);
    const again = valueFit(["frequency,recency,T,n", ...tallies].join("\n"), valueOptions({ expect: "26" }));
    expect(again.logLikelihood).toBeCloseTo(weeks.logLikelihood!, 6);
    expect(again.expected!.orders).toBeCloseTo(weeks.expected!.orders, 3);
  });

  test("name each bad line with its reason and go on", () => {
    const text = `${ORDERS}\n,2026-01-01,1\nx,2026-02-30,1\nx,soon,1\nx,2026-02-01,-4\n`;
    const { errors, customers } = valueFit(text);
    const last = ORDERS.split("\n").length;
    expect(errors).toEqual([
      { line: last + 1, reason: "customer is empty" },
      { line: last + 2, reason: "date must be an ISO date or YYYYMMDD" },
      { line: last + 3, reason: "date must be an ISO date or YYYYMMDD" },
      { line: last + 4, reason: "value must be a number from 0 with a decimal point" },
    ]);
    expect(customers).toBe(1_500);
  });
});

describe("tallies", () => {
  test("count each line as n people, who are fitted as if written one by one", () => {
    const weeks = valueFit(ORDERS, valueOptions({ expect: "1w", customers: true })).expected!.customers!;
    const coarse = weeks.map(
      ({ frequency, recency, T }) => `${frequency},${Math.floor(recency)},${Math.ceil(T)}`,
    );
    const groups = Map.groupBy(coarse, (history) => history);
    const typed = valueOptions({ model: "bg-nbd", expect: "10", customers: true });
    const header = "frequency,recency,T,n";
    const counted = [...groups].map(([history, same]) => `${history},${same.length}`);
    const tallied = valueFit([header, ...counted].join("\n"), typed);
    const oneByOne = valueFit([header, ...coarse].join("\n"), typed);
    expect(tallied).toMatchObject({ customers: 1_500, tooLittleData: false, errors: [] });
    expect(groups.size).toBeLessThan(1_000);
    expect(tallied.logLikelihood).toBeCloseTo(oneByOne.logLikelihood!, 8);
    expect(tallied.expected!.orders).toBeCloseTo(oneByOne.expected!.orders, 4);
    const people = tallied.expected!.customers!;
    const total = people.reduce((n, p) => n + (p.n ?? 1) * p.expectedOrders, 0);
    expect(total).toBeCloseTo(tallied.expected!.orders, 9);
  });

  test("name histories that cannot be", () => {
    const text = "frequency,recency,T,n\n1,5,4,1\n0,2,4,1\n1.5,2,4,1\n1,a,4,1\n1,2,4,3\n";
    expect(valueFit(text).errors.map((e) => e.line)).toEqual([2, 3, 4, 5]);
  });
});

describe("too little data", () => {
  test("is said, and no number is given", () => {
    const answer = valueFit(["customer,date,value", ...inventOrders(60, 2)].join("\n"), {
      spend: true,
      expectDays: 30,
    });
    expect(answer).toMatchObject({ tooLittleData: true, parameters: null, logLikelihood: null });
    expect(answer.reasons[0]).toContain("60 customers");
    expect(answer.expected).toBeUndefined();
    expect(valueTable(answer)).toContain("too little data: 60 customers");
  });

  test("of spending alone leaves the orders their numbers", () => {
    const free = ORDERS.split("\n").map((line, i) => (i === 0 ? line : line.replace(/,[^,]*$/, ",0")));
    const answer = valueFit(free.join("\n"), { spend: true, expectDays: 30 });
    expect(answer.spend).toMatchObject({ tooLittleData: true, parameters: null, customers: 0 });
    expect(answer.expected!.value).toBeUndefined();
    expect(answer.expected!.orders).toBeGreaterThan(0);
  });
});

test("a file that is neither is refused in words, as are impossible options", () => {
  expect(() => valueFit("a,b\n1,2\n")).toThrow("neither orders nor tallies");
  expect(() => valueFit("customer,date,value\n")).toThrow("no customers");
  expect(() => valueOptions({ model: "pareto" })).toThrow("is not possible");
  expect(() => valueOptions({ unit: "fortnight" })).toThrow("is not possible");
  expect(() => valueOptions({ calibrationEnd: "30.9.2026" })).toThrow("is not possible");
  expect(() => valueOptions({ expect: "a while" })).toThrow("is not possible");
});

test("the table shows parameters, the check and the best customers", () => {
  const table = valueTable(
    valueFit(
      ORDERS,
      valueOptions({ calibrationEnd: "20260930", spend: true, expect: "90d", customers: true }),
    ),
  );
  expect(table).toMatch(/mbg-nbd: 1500 customers until 2026-09-30/);
  expect(table).toMatch(/alpha \(weeks\)\s+\d+\.\d{4}/);
  expect(table).toContain("next 12.86 weeks:");
});
