/** The report of sources against a second, slow calculation on random histories that went through the real writer. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CREDIT_MODELS } from "../src/domain/attribution/credit.ts";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { openVisitedSite, type VisitedSite } from "./visited-site.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 8, 1);
const day = (n: number) => START + Math.round(n * DAY);

let site: VisitedSite;
let lives: Lived[];

beforeAll(() => {
  site = openVisitedSite({ zone: "Europe/Berlin" }, START);
  lives = live(7, 150);
});
afterAll(() => site.close());

const WAYS = [
  { channel: "Organic Search", source: "google", url: "/", referrer: "https://www.google.com/" },
  { channel: "Paid Search", source: "google", url: "/?utm_source=google&utm_medium=cpc&utm_campaign=brand" },
  {
    channel: "Email",
    source: "newsletter",
    url: "/news?utm_source=newsletter&utm_medium=email&utm_campaign=direct",
  },
  { channel: "Referral", source: "blog.example", url: "/article", referrer: "https://blog.example/post" },
  { channel: "Direct", source: "(direct)", url: "/" },
] as const;

interface Lived {
  touches: { at: number; way: (typeof WAYS)[number] }[];
  orders: { at: number; value: number; number: string }[];
  signUps: number[];
}

/** Random lives, told to the site and kept for the second calculation. */
function live(seed: number, people: number): Lived[] {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  return Array.from({ length: people }, (_, who) => {
    const lived: Lived = { touches: [], orders: [], signUps: [] };
    let at = day(random() * 50);
    for (let visit = 0; visit < 1 + below(5); visit++) {
      const way = WAYS[below(WAYS.length)]!;
      at += Math.round((1 + random() * 12) * DAY);
      site.visit(
        String(who),
        at,
        `https://shop.example${way.url}`,
        "referrer" in way ? way.referrer : undefined,
      );
      lived.touches.push({ at, way });
      if (random() < 0.4) {
        const number = `${who}-${visit}`;
        const value = below(20_000) / 100;
        site.buy(String(who), at + 60_000, number, value);
        lived.orders.push({ at: at + 60_000, value: Math.round(value * 100), number });
      }
      if (random() < 0.2) {
        site.send(String(who), at + 30_000, { kind: "newsletter_signup" });
        lived.signUps.push(at + 30_000);
      }
    }
    return lived;
  });
}

type Way = (typeof WAYS)[number];

/** The definitions, once more, as plainly as they can be written. */
function slowShares(
  model: string,
  path: Lived["touches"],
  convertedAt: number,
  key: (way: Way) => string,
): number[] {
  const n = path.length;
  const only = (i: number) => path.map((_, j) => (i === j ? 1 : 0));
  if (model === "first") return only(0);
  if (model === "last") return only(n - 1);
  if (model === "last-non-direct") {
    const i = path.findLastIndex((t) => t.way.channel !== "Direct");
    return only(i < 0 ? n - 1 : i);
  }
  if (model === "linear") return path.map(() => 1 / n);
  if (model === "position") {
    if (n === 1) return [1];
    if (n === 2) return [0.5, 0.5];
    return path.map((_, i) => (i === 0 || i === n - 1 ? 0.4 : 0.2 / (n - 2)));
  }
  if (model === "decay") {
    const weights = path.map((t) => 2 ** (-(convertedAt - t.at) / (7 * DAY)));
    const all = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => w / all);
  }
  const distinct = new Set(path.map((t) => key(t.way)));
  return path.map((t) => 1 / distinct.size / path.filter((other) => key(other.way) === key(t.way)).length);
}

function slowPath(touches: Lived["touches"], at: number, lookbackDays: number | null, after: number) {
  const seen = touches.filter(
    (t) => t.at <= at && t.at > after && (lookbackDays === null || t.at >= at - lookbackDays * DAY),
  );
  const others = seen.filter((t) => t.way.channel !== "Direct");
  return others.length > 0 ? others : seen;
}

describe("the report of sources", () => {
  for (const model of CREDIT_MODELS.filter((m) => m !== "markov")) {
    for (const [by, key] of [
      ["channel", (way: Way) => way.channel as string],
      ["source", (way: Way) => way.source as string],
      ["landing", (way: Way) => way.url.split("?")[0]!],
    ] as const) {
      test(`gives every ${by} what a slow calculation gives it, under ${model}`, async () => {
        const conversions = model === "linear" ? "reset" : "overlap";
        const lookback = model === "decay" ? null : 14;
        const answer = await site.ask("sources", {
          site: "shop",
          from: "2026-09-20",
          to: "2026-10-20",
          by,
          credit: model,
          lookback,
          conversions,
          conversion: "order",
        });

        // Berlin is two hours ahead of UTC on both days.
        const from = Date.UTC(2026, 8, 19, 22);
        const to = Date.UTC(2026, 9, 20, 22);
        const inside = (at: number) => at >= from && at < to;
        const expected = new Map<string, Record<string, number>>();
        const add = (name: string, figure: string, amount: number) => {
          const row = expected.get(name) ?? {};
          row[figure] = (row[figure] ?? 0) + amount;
          expected.set(name, row);
        };
        let revenue = 0;
        for (const { touches, orders, signUps } of lives) {
          const seen = touches.filter((t) => inside(t.at));
          for (const name of new Set(seen.map((t) => key(t.way)))) {
            add(name, "visitors", 1);
            if (inside(touches[0]!.at)) add(name, "newVisitors", 1);
          }
          const share = (at: number, after: number, figures: Record<string, number>) => {
            const path = slowPath(touches, at, lookback, after);
            if (path.length === 0) for (const f in figures) add("(unattributed)", f, figures[f]!);
            slowShares(model, path, at, key).forEach((part, i) => {
              for (const f in figures) add(key(path[i]!.way), f, part * figures[f]!);
            });
            if (path.length > 0 && "orders" in figures) {
              const end = key(path.at(-1)!.way);
              for (const name of new Set(path.map((t) => key(t.way))))
                if (name !== end) add(name, "assisted", 1);
            }
          };
          orders.forEach((order, i) => {
            if (!inside(order.at)) return;
            revenue += order.value;
            const after = conversions === "reset" && i > 0 ? orders[i - 1]!.at : Number.NEGATIVE_INFINITY;
            share(order.at, after, { orders: 1, revenue: order.value, ...(i === 0 ? { customers: 1 } : {}) });
          });
          const first = signUps.find(inside);
          const earlier = signUps.filter((at) => at < from).at(-1) ?? Number.NEGATIVE_INFINITY;
          if (first !== undefined) {
            share(first, conversions === "reset" ? earlier : Number.NEGATIVE_INFINITY, { signUps: 1 });
          }
        }
        expect(new Set(answer.rows.map((row) => row.value))).toEqual(new Set(expected.keys()));
        for (const row of answer.rows) {
          const wanted = expected.get(row.value)!;
          for (const figure of [
            "visitors",
            "newVisitors",
            "signUps",
            "customers",
            "orders",
            "revenue",
            "assisted",
          ] as const) {
            expect(row[figure], `${row.value} ${figure}`).toBeCloseTo(wanted[figure] ?? 0, 8);
          }
        }
        expect(answer.total.revenue).toBe(revenue);
        for (const figure of ["orders", "customers", "signUps", "revenue"] as const) {
          const sum = answer.rows.reduce((all, row) => all + row[figure], 0);
          expect(Math.abs(sum - answer.total[figure])).toBeLessThanOrEqual(1e-9 * Math.max(1, sum));
        }
        expect(answer.total.visitors).toBe(lives.filter((l) => l.touches.some((t) => inside(t.at))).length);
      });
    }
  }
});
