import { describe, expect, test } from "vitest";
import { type CreditAnswer, creditLines, creditOptions } from "./credit-lines.ts";
import { creditTable } from "./credit-table.ts";

const one = (text: string, typed: Parameters<typeof creditOptions>[0] = {}) =>
  creditLines(text, creditOptions(typed)) as CreditAnswer & { errors: { line: number; reason: string }[] };

const mapOf = (answer: CreditAnswer) =>
  Object.fromEntries(answer.credit.map((r) => [r.channel, r.conversions]));

const TUTORIAL = "path,conversions,nulls\ngoogle ads,2,1\nmailing,1,0\ngoogle ads > mailing,1,0\n";

const DAY = 86_400_000;
const JOURNEYS = [
  {
    visitor: "v1",
    touches: [
      ["ads", 0],
      ["search", 3],
      ["email", 9.5],
      ["direct", 10],
    ],
    conversions: [[10.02, 80]],
  },
  {
    visitor: "v2",
    touches: [
      ["social", 0],
      ["direct", 20],
      ["direct", 33],
    ],
    conversions: [[33.1, 45]],
  },
]
  .map(({ visitor, touches, conversions }) => ({
    visitor,
    touches: touches.map(([channel, day]) => [channel, (day as number) * DAY]),
    conversions: conversions.map(([day, value]) => [day! * DAY, value]),
  }))
  .map((journey) => JSON.stringify(journey))
  .join("\n");

describe("paths", () => {
  test("give Markov credit with removal effects and the base probability", () => {
    const answer = one(TUTORIAL, { model: "markov" });
    expect(answer).toMatchObject({
      model: "markov",
      order: 1,
      base: 0.8,
      total: { conversions: 4, value: 0 },
    });
    const [first, second] = answer.credit;
    expect(first).toMatchObject({ channel: "google ads" });
    expect(first!.conversions).toBeCloseTo(2.4, 12);
    expect(first!.removalEffect).toBeCloseTo(0.75, 12);
    expect(second!.conversions).toBeCloseTo(1.6, 12);
    expect(answer.errors).toEqual([]);
  });

  test("may come from a spreadsheet: mark, semicolons, quotes, CRLF, other order of columns", () => {
    const text = '\ufeffValue;Path;Conversions\r\n12.50;"a > b";2\r\n;b;1\r\n';
    const answer = one(text, { model: "linear" });
    expect(mapOf(answer)).toEqual({ b: 2, a: 1 });
    expect(answer.total).toEqual({ conversions: 3, value: 12.5 });
  });

  test("without a touch are unattributed, in a row of their own", () => {
    const answer = one("path,conversions,value\n,2,30\na,1,10\n");
    expect(answer.unattributed).toEqual({ conversions: 2, value: 30 });
    expect(answer.credit.at(-1)).toEqual({ channel: "(unattributed)", conversions: 2, value: 30 });
  });

  test("name each bad line with its reason and go on", () => {
    const text = 'path,conversions,value\na,x,1\nb,1,-5\na > > b,1,1\n"c"c,1,1\nd,0,7\na,3,30\ne,"1,5",2\n';
    const { errors, total } = one(text, { model: "last" });
    expect(errors.map((e) => e.line)).toEqual([2, 3, 4, 5, 6, 8]);
    expect(errors[0]!.reason).toBe("conversions must be a number from 0 with a decimal point");
    expect(errors[2]!.reason).toBe("a channel of the path is empty");
    expect(total).toEqual({ conversions: 3, value: 30 });
  });

  test("lose direct unless it is alone or kept", () => {
    const text = "path,conversions\na > direct,1\ndirect,1\n";
    expect(mapOf(one(text, { model: "last" }))).toEqual({ a: 1, direct: 1 });
    expect(mapOf(one(text, { model: "last", direct: "keep" }))).toEqual({ a: 0, direct: 2 });
  });

  test("cannot decay: alone that is an error, among all models it is listed", () => {
    expect(() => one(TUTORIAL, { model: "decay" })).toThrow("decay needs times: use journeys");
    const all = creditLines(TUTORIAL, { model: "all" });
    expect(all.errors).toEqual([{ model: "decay", reason: "decay needs times: use journeys" }]);
  });

  test("must say what their columns are", () => {
    expect(() => one("google ads,2,1\n")).toThrow("path and conversions");
    expect(() => one(" \n ")).toThrow("nothing to read");
  });
});

describe("journeys", () => {
  test("follow the options as typed", () => {
    expect(mapOf(one(JOURNEYS))).toEqual({ email: 1, direct: 1, ads: 0, search: 0 });
    const linear = mapOf(one(JOURNEYS, { model: "linear", direct: "keep", lookback: "none" }));
    expect(linear.social).toBeCloseTo(1 / 3, 12);
    expect(linear.direct).toBeCloseTo(0.25 + 2 / 3, 12);
    const week = mapOf(one(JOURNEYS, { model: "first", lookback: "7.02d" }));
    expect(week).toMatchObject({ search: 1 });
  });

  test("decay by the half-life given", () => {
    const answer = one(JOURNEYS, { model: "decay", halfLife: "2d", direct: "keep" });
    const weights = [10.02, 7.02, 0.52, 0.02].map((age) => 2 ** (-age / 2));
    const whole = weights.reduce((a, b) => a + b, 0);
    expect(mapOf(answer).email).toBeCloseTo(weights[2]! / whole, 9);
  });

  test("keep touches at both ends of the window, also when days were multiplied out", () => {
    // 3 and 10 days, the latter as floating point may leave it.
    const line = '{"visitor":"v","touches":[["a",259200000]],"conversions":[[864000000.0000001,1]]}';
    expect(mapOf(one(line, { model: "last", lookback: "7d" }))).toEqual({ a: 1 });
  });

  test("take ISO times, in UTC when no zone is said", () => {
    const line =
      '{"visitor":1,"touches":[["a","2026-01-01T12:00"]],"conversions":[["2026-01-01T13:00+01:00",5]]}';
    expect(mapOf(one(line, { model: "last" }))).toEqual({ a: 1 });
  });

  test("of one visitor on several lines are one journey", () => {
    const lines = [
      '{"visitor":"v","touches":[["a","2026-01-01"]],"conversions":[]}',
      '{"visitor":"v","touches":[["b","2026-01-02"]],"conversions":[["2026-01-03",9]]}',
    ];
    expect(mapOf(one(lines.join("\n"), { model: "linear" }))).toEqual({ a: 0.5, b: 0.5 });
    const { base } = one(lines.join("\n"), { model: "markov" });
    expect(base).toBe(1);
  });

  test("name each bad line with its reason and go on", () => {
    const lines = [
      '{"visitor":"v","touches":[["a","2026-01-01"]],"conversions":[["2026-01-03",9]]}',
      "",
      "{not json",
      "[]",
      '{"touches":[]}',
      '{"visitor":"w","touches":[["a","2026-02-30"]]}',
      '{"visitor":"w","touches":[["","2026-02-20"]]}',
      '{"visitor":"w","conversions":[["2026-02-20",-1]]}',
      '{"visitor":"w","touches":"a"}',
    ];
    const { errors, total } = one(lines.join("\n"));
    expect(errors.map((e) => e.line)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(errors[3]!.reason).toBe("touches.0 must have a time, ISO or epoch milliseconds");
    expect(total.conversions).toBe(1);
  });

  test("answer for every model at once", () => {
    const answer = creditLines(JOURNEYS, { model: "all" });
    expect("models" in answer && answer.models.map((m) => m.model)).toHaveLength(8);
    expect(answer.errors).toEqual([]);
  });
});

describe("options", () => {
  test.each([
    { model: "best" },
    { order: "4" },
    { lookback: "soon" },
    { halfLife: "0d" },
    { direct: "maybe" },
    { conversions: "some" },
  ])("refuse %j in words", (typed) => {
    expect(() => creditOptions(typed)).toThrow("is not possible");
  });

  test("are left out when they are not typed", () => {
    expect(creditOptions({})).toEqual({});
    expect(creditOptions({ lookback: "none", order: "2" })).toEqual({ lookbackMs: null, order: 2 });
  });
});

describe("the table", () => {
  test("shows rounded numbers that add up, and what was left out", () => {
    const table = creditTable(creditLines("path,conversions\na > b > c,1\nd,x\n", { model: "linear" }));
    expect(table).toContain("a               0.34");
    expect(table).toContain("c               0.33");
    expect(table).toContain("line 3: conversions must be");
  });

  test("shows all models side by side with the spread", () => {
    const table = creditTable(creditLines(TUTORIAL, { model: "all" }));
    expect(table).toMatch(/google ads\s+3\.00\s+2\.00\s+2\.00\s+2\.50\s+2\.50\s+2\.40\s+2\.50\s+1\.00/);
    expect(table).toContain("decay: decay needs times");
  });

  test("says too little data when intervals were asked for", () => {
    const answer = creditLines(TUTORIAL, { model: "markov", bootstrap: { seed: 1, rounds: 50 } });
    expect(creditTable(answer)).toContain("too little data: 4 conversions");
  });
});
