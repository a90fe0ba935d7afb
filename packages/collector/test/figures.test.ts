/**
 * Key figures, funnel, carts and cohorts against a second, plain count of the same happenings.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KpisAnswer } from "../src/report/kpis.ts";
import { type Happening, inventHistory, LANDINGS, openShop, type Shop } from "./shop-history.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 30);
/** Across the end of summer time, 25 October 2026 in Berlin. */
const FROM = "2026-10-10";
const TO = "2026-11-08";

const dayFormat = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Berlin", dateStyle: "short" });
const dayOf = (at: number): string => dayFormat.format(at);
const isIn = ({ at }: { at: number }, from = FROM, to = TO): boolean => dayOf(at) >= from && dayOf(at) <= to;

interface PlainOrder {
  person: string;
  order: string;
  at: number;
  net: number;
  currency: string;
  counts: boolean;
}

/** Orders as the shop would list them: what counts and what is left of it. */
function ordersOf(all: readonly Happening[]): PlainOrder[] {
  return all
    .filter(({ kind }) => kind === "purchase")
    .map((p) => {
      const about = all.filter(({ order, kind }) => order === p.order && kind !== "purchase");
      const isGone = about.some(
        ({ kind, value }) => kind === "cancel_order" || (kind === "refund" && value === undefined),
      );
      const back = about.reduce((sum, { value }) => sum + (value ?? 0), 0);
      return {
        person: p.visitor,
        order: p.order!,
        at: p.at,
        net: Math.round((p.value! - back) * 100),
        currency: p.currency!,
        counts: !isGone && back < p.value!,
      };
    })
    .filter(({ counts }) => counts)
    .sort((a, b) => a.at - b.at);
}

/** Beginnings of visits: a page view after half an hour of silence. */
function visitsOf(all: readonly Happening[]): Happening[] {
  const heard = new Map<string, number>();
  const visits: Happening[] = [];
  for (const one of [...all].sort((a, b) => a.at - b.at)) {
    const before = heard.get(one.visitor);
    if (one.kind === "page_view" && (before === undefined || one.at - before >= 30 * 60_000))
      visits.push(one);
    heard.set(one.visitor, one.at);
  }
  return visits;
}

const distinct = (list: readonly { visitor: string }[]): number =>
  new Set(list.map(({ visitor }) => visitor)).size;

const middle = (list: readonly number[]): number | null => {
  if (list.length === 0) return null;
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[Math.floor(half)]!;
};

describe("figures of a seeded history", () => {
  const happened = inventHistory(7, 400, NOW, 150);
  let shop: Shop;
  let kpis: KpisAnswer;

  beforeAll(async () => {
    shop = openShop(happened, NOW, { rates: { SEK: 0.09 } });
    kpis = await shop.ask("kpis", {
      from: FROM,
      to: TO,
      margin: 0.4,
      pages: 20,
      profileUsed: 2,
      profileCollected: 8,
      contentChanges: 6,
    });
  }, 60_000);
  afterAll(() => shop.close());

  const orders = ordersOf(happened);
  const ordersIn = (from = FROM, to = TO) => orders.filter((order) => isIn(order, from, to));
  const firstOrder = (person: string) => orders.find((order) => order.person === person)!;
  const inEuros = ({ net, currency }: PlainOrder) => (currency === "EUR" ? net : Math.round(net * 0.09));
  const value = (id: keyof KpisAnswer["figures"]) => kpis.figures[id].value;

  test("counts visitors, visits and newcomers by day borders of the site's zone", () => {
    const visits = visitsOf(happened).filter((v) => isIn(v));
    const first = new Map<string, number>();
    for (const { visitor, at } of happened) first.set(visitor, Math.min(at, first.get(visitor) ?? at));
    expect(value("visitors")).toBe(distinct(visits));
    expect(value("visits")).toBe(visits.length);
    expect(value("new_visitors")).toBe([...first.values()].filter((at) => isIn({ at })).length);
    const daily = kpis.daily.days.map((day) => distinct(visits.filter(({ at }) => dayOf(at) === day)));
    expect(kpis.daily.figures.visitors).toEqual(daily);
    expect(value("stickiness")).toBeCloseTo(
      daily.reduce((a, b) => a + b, 0) / daily.length / distinct(visits),
      12,
    );
    const views = happened.filter((h) => h.kind === "page_view" && isIn(h)).length;
    expect(value("focus")).toBeCloseTo(views / visits.length / 20, 12);
    expect(value("freshness")).toBeCloseTo(6 / (visits.length / distinct(visits)), 12);
    expect(value("personalisation")).toBe(0.25);
  });

  test("begins, when only the headline is asked, with the same figures and days", async () => {
    const headline = await shop.ask("headline", { from: FROM, to: TO });
    const { figures, daily, dailyBefore, before, currencies } = headline;
    const ids = ["visitors", "sign_ups", "new_customers", "revenue", "repeat_rate", "cac"] as const;
    expect(figures).toEqual(Object.fromEntries(ids.map((id) => [id, kpis.figures[id]])));
    expect({ daily, dailyBefore, before, currencies }).toEqual({
      daily: kpis.daily,
      dailyBefore: kpis.dailyBefore,
      before: kpis.before,
      currencies: kpis.currencies,
    });
    const later = await shop.ask("headline", { from: "2031-01-01", to: "2031-01-31" });
    expect(later.figures.visitors).toMatchObject({ value: null, reason: "in_the_future" });
  });

  test("counts sign-ups, buyers, orders, new customers and repeat orders", () => {
    expect(value("sign_ups")).toBe(
      distinct(happened.filter((h) => h.kind === "newsletter_signup" && isIn(h))),
    );
    const list = ordersIn();
    expect(list.length).toBeGreaterThan(30);
    const buyers = new Set(list.map(({ person }) => person));
    const repeat = new Set(
      list.filter((order) => firstOrder(order.person) !== order).map(({ person }) => person),
    );
    const fresh = list.filter((order) => firstOrder(order.person) === order);
    expect(value("orders")).toBe(list.length);
    expect(value("buyers")).toBe(buyers.size);
    expect(value("new_customers")).toBe(fresh.length);
    expect(value("repeat_rate")).toBeCloseTo(repeat.size / buyers.size, 12);
    expect(kpis.daily.figures.new_customers).toEqual(
      kpis.daily.days.map((day) => fresh.filter(({ at }) => dayOf(at) === day).length),
    );
  });

  test("adds up revenue net of refunds, other currencies by their rate, and names each currency", () => {
    const list = ordersIn();
    const revenue = list.reduce((sum, order) => sum + inEuros(order), 0);
    expect(value("revenue")).toBe(revenue);
    expect(value("order_value")).toBe(Math.round(revenue / list.length));
    for (const { currency, orders: n, revenue: sum } of kpis.currencies) {
      const own = list.filter((order) => order.currency === currency);
      expect(n).toBe(own.length);
      expect(sum).toBe(own.reduce((total, { net }) => total + net, 0));
    }
    expect(kpis.currencies.map(({ rate }) => rate)).toEqual(expect.arrayContaining([1, 0.09]));
    expect(kpis.daily.figures.revenue).toEqual(
      kpis.daily.days.map((day) =>
        list.filter(({ at }) => dayOf(at) === day).reduce((sum, o) => sum + inEuros(o), 0),
      ),
    );
  });

  test("measures the days to the first and to the second order", () => {
    const firstAt = (person: string) =>
      Math.min(...happened.filter((h) => h.visitor === person).map(({ at }) => at));
    const fresh = ordersIn().filter((order) => firstOrder(order.person) === order);
    expect(value("days_to_first_order")).toBeCloseTo(
      middle(fresh.map(({ person, at }) => (at - firstAt(person)) / 86_400_000))!,
      9,
    );
    const byPerson = Map.groupBy(orders, ({ person }) => person);
    const seconds = [...byPerson.values()].filter((list) => list[1] !== undefined && isIn(list[1]));
    expect(value("days_to_second_order")).toBeCloseTo(
      middle(seconds.map(([a, b]) => (b!.at - a!.at) / 86_400_000))!,
      9,
    );
    const until = (list: PlainOrder[]) => list.filter(({ at }) => dayOf(at) <= TO).length;
    expect(kpis.figures.days_to_second_order.notYet).toBe(
      [...byPerson.values()].filter((list) => until(list) === 1).length,
    );
  });

  test("takes the latest answer of each person for NPS and CSAT", () => {
    for (const survey of ["nps", "csat"] as const) {
      const latest = new Map<string, number>();
      for (const h of happened
        .filter((one) => one.survey === survey && isIn(one))
        .sort((a, b) => a.at - b.at)) {
        latest.set(h.visitor, h.score!);
      }
      const scores = [...latest.values()];
      const expected =
        survey === "nps"
          ? (100 * (scores.filter((s) => s >= 9).length - scores.filter((s) => s <= 6).length)) /
            scores.length
          : scores.filter((s) => s >= 4).length / scores.length;
      expect(value(survey)).toBeCloseTo(expected, 9);
      expect(kpis.figures[survey].denominator).toBe(scores.length);
    }
  });

  test("compares with as many days before, and with the same dates a year earlier", async () => {
    expect(kpis.before).toMatchObject({ from: "2026-09-10", to: "2026-10-09" });
    const before = ordersIn("2026-09-10", "2026-10-09");
    expect(kpis.figures.orders.before?.value).toBe(before.length);
    expect(kpis.figures.orders.change).toBeCloseTo((ordersIn().length - before.length) / before.length, 12);
    const year = await shop.ask("kpis", { from: FROM, to: TO, compare: "year" });
    expect(year.before).toMatchObject({ from: "2025-10-10", to: "2025-11-08" });
    expect(year.figures.orders.before?.value).toBe(0);
    expect(year.figures.orders.change).toBeNull();
    expect((await shop.ask("kpis", { from: FROM, to: TO, compare: "none" })).before).toBeNull();
  });

  test("compares weekdays with the same weekdays, and with dates of one's own", async () => {
    const weekday = (iso: string) => new Date(`${iso}T00:00:00Z`).getUTCDay();
    const days = (p: { from: string; to: string }) =>
      (Date.parse(p.to) - Date.parse(p.from)) / 86_400_000 + 1;
    for (const compare of ["previous", "year"] as const) {
      const { before } = await shop.ask("kpis", { from: FROM, to: TO, compare, weekdays: true });
      expect([compare, weekday(before!.from), days(before!)]).toEqual([compare, weekday(FROM), 30]);
      expect(before!.to < FROM).toBe(true);
    }
    const weeks = await shop.ask("kpis", { from: FROM, to: TO, weekdays: true });
    // 30 days do not fill whole weeks: five weeks back is the nearest period that ends before this one.
    expect(weeks.before).toMatchObject({ from: "2026-09-05", to: "2026-10-04" });

    const own = { compare: "custom", compareFrom: "2026-09-01", compareTo: "2026-09-07" } as const;
    const custom = await shop.ask("kpis", { from: FROM, to: TO, ...own });
    expect(custom.before).toMatchObject({ from: "2026-09-01", to: "2026-09-07" });
    expect(custom.figures.orders.before?.value).toBe(ordersIn("2026-09-01", "2026-09-07").length);
    expect(custom.dailyBefore!.visitors).toHaveLength(7);
    const open = await shop.ask("sources", {
      from: FROM,
      to: TO,
      compare: "custom",
      compareFrom: "2026-08-01",
    });
    expect(open.before).toMatchObject({ from: "2026-08-01", to: "2026-08-30" });

    for (const wrong of [
      {},
      { compareFrom: "yesterday" },
      { compareFrom: "2026-09-07", compareTo: "2026-09-01" },
    ]) {
      await expect(
        shop.ask("kpis", { from: FROM, to: TO, compare: "custom", ...wrong }),
      ).rejects.toMatchObject({
        code: "bad_input",
      });
    }
  });

  test("flags what can still grow, and only that", async () => {
    const running = await shop.ask("kpis", { from: "2026-11-01", to: "2026-11-22" });
    expect(Object.values(running.figures).every(({ isUnfinished }) => isUnfinished)).toBe(true);
    expect(Object.values(kpis.figures).some(({ isUnfinished }) => isUnfinished)).toBe(false);
    const future = await shop.ask("kpis", { from: "2026-11-20", to: "2026-11-30" });
    expect(future.daily.figures.visitors.slice(3)).toEqual(Array(8).fill(null));
    const none = await shop.ask("kpis", { from: "2027-01-01", to: "2027-01-31", compare: "none" });
    expect(none.figures.visitors).toMatchObject({ value: null, reason: "in_the_future" });
  });

  test("narrows every figure to the people a filter chooses, and to all the others with not", async () => {
    const channelOf = (person: string) => {
      const [first] = happened.filter((h) => h.visitor === person).sort((a, b) => a.at - b.at);
      return LANDINGS.find(({ url }) => url === first!.url)!.channel;
    };
    const emails = ordersIn().filter(({ person }) => channelOf(person) === "Email").length;
    const filter = (is: boolean) => ({
      filter: [{ field: "channel", is, values: ["Email"] } as const],
      from: FROM,
      to: TO,
    });
    const email = await shop.ask("kpis", filter(true));
    const others = await shop.ask("kpis", filter(false));
    expect(email.figures.orders.value).toBe(emails);
    expect(others.figures.orders.value).toBe(ordersIn().length - emails);
    expect(email.figures.visitors.value! + others.figures.visitors.value!).toBe(value("visitors"));
    const landing = await shop.ask("people", {
      filter: [{ field: "landing", is: true, values: ["/kettles"] }],
    });
    const people = [...new Set(happened.map(({ visitor }) => visitor))];
    expect(landing.total).toBe(people.filter((person) => channelOf(person) === "Paid Search").length);
  });

  test("shows a funnel of people who took every step before, never more than the step before", async () => {
    const funnel = await shop.ask("funnel", { from: FROM, to: TO });
    const did = (kind: string) =>
      new Set(happened.filter((h) => h.kind === kind && isIn(h)).map(({ visitor }) => visitor));
    let reached: Set<string> | null = null;
    for (const step of funnel.steps) {
      const people = did(step.kind);
      const before: Set<string> | null = reached;
      const now: Set<string> = new Set([...people].filter((person) => before === null || before.has(person)));
      reached = now;
      expect(step).toMatchObject({ people: people.size, reached: now.size });
      expect(step.rate).toBe(before === null ? null : now.size / before.size);
    }
    expect(funnel.toFirstOrder.bins.reduce((sum, { people }) => sum + people, 0)).toBe(
      funnel.toFirstOrder.people,
    );
    expect(funnel.toFirstOrder.people).toBe(value("new_customers"));
  });

  test("closes carts by an order or by a day of silence, and values what is left", async () => {
    const answer = await shop.ask("carts", { from: FROM, to: TO });
    const expected = { ordered: 0, left: 0, valueLeft: 0 };
    for (const list of Map.groupBy(happened, ({ visitor }) => visitor).values()) {
      let cart: { changedAt: number; value: number } | undefined;
      const leave = (upTo: number) => {
        if (cart === undefined || cart.changedAt + 86_400_000 > upTo) return;
        if (isIn({ at: cart.changedAt + 86_400_000 })) {
          expected.left += 1;
          expected.valueLeft += cart.value;
        }
        cart = undefined;
      };
      for (const h of list.sort((a, b) => a.at - b.at)) {
        leave(h.at);
        const cents = Math.round((h.value ?? 0) * 100);
        if (h.kind === "add_to_cart") cart = { changedAt: h.at, value: (cart?.value ?? 0) + cents };
        else if (cart !== undefined && h.kind === "remove_from_cart")
          cart = { changedAt: h.at, value: Math.max(0, cart.value - cents) };
        else if (cart !== undefined && h.kind === "begin_checkout" && h.value !== undefined)
          cart.value = cents;
        else if (cart !== undefined && h.kind === "purchase") {
          if (isIn(h)) expected.ordered += 1;
          cart = undefined;
        }
      }
      leave(NOW);
    }
    expect(answer).toMatchObject(expected);
    expect(expected.left).toBeGreaterThan(10);
    expect(value("cart_abandonment")).toBeCloseTo(expected.left / (expected.left + expected.ordered), 12);
    expect(value("value_left_in_carts")).toBe(expected.valueLeft);
  });

  test.each(["month", "week", "day"] as const)(
    "counts cohorts by %s in the site's calendar",
    async (every) => {
      const answer = await shop.ask("cohorts", { every, from: "2026-09-14", to: "2026-11-22" });
      const unitOf = (at: number): string => {
        const day = dayOf(at);
        if (every === "day") return day;
        if (every === "month") return day.slice(0, 7);
        const date = new Date(`${day}T00:00:00Z`);
        date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
        return date.toISOString().slice(0, 10);
      };
      const nowUnit = unitOf(NOW);
      for (const row of answer.rows) {
        const unit = every === "month" ? row.cohort : row.from;
        const members = new Set(
          orders
            .filter((order) => firstOrder(order.person) === order && unitOf(order.at) === unit)
            .map(({ person }) => person),
        );
        expect(row.people).toBe(members.size);
        for (const cell of row.cells) {
          const at = new Date(`${row.from}T12:00:00Z`);
          if (every === "month") at.setUTCMonth(at.getUTCMonth() + cell.index);
          else at.setUTCDate(at.getUTCDate() + cell.index * (every === "week" ? 7 : 1));
          const theirs = orders.filter((o) => members.has(o.person) && unitOf(o.at) === unitOf(at.getTime()));
          const seen = {
            people: new Set(theirs.map(({ person }) => person)).size,
            orders: theirs.length,
            revenue: theirs.reduce((sum, order) => sum + inEuros(order), 0),
          };
          if (unitOf(at.getTime()) === nowUnit) {
            expect(cell).toMatchObject({ people: null, share: null, revenue: null, soFar: seen });
          } else expect(cell).toMatchObject(seen);
        }
        expect(row.isUnfinished).toBe(unit === nowUnit);
      }
    },
  );
});

describe("figures of a site nobody came to", () => {
  test("are 0 where they count and null with a reason where there is nothing to divide by", async () => {
    const shop = openShop([], NOW);
    const { figures } = await shop.ask("kpis", {});
    for (const id of ["visitors", "sign_ups", "new_customers", "revenue", "orders"] as const) {
      expect(figures[id].value).toBe(0);
    }
    for (const id of [
      "repeat_rate",
      "order_value",
      "retention_rate",
      "churn_rate",
      "cart_abandonment",
      "nps",
    ] as const) {
      expect(figures[id]).toMatchObject({ value: null, reason: "nothing_to_divide_by" });
    }
    expect(figures.cac).toMatchObject({ value: null, reason: "no_cost" });
    expect(figures.clv).toMatchObject({ value: null, reason: "not_told", needs: "margin" });
    expect(JSON.stringify(figures)).not.toMatch(/Infinity|NaN/);
    for (const name of [
      "flow",
      "series",
      "stays",
      "velocity",
      "cohorts",
      "funnel",
      "carts",
      "findings",
      "people",
      "lapsing",
      "rfm",
      "scores",
      "segments",
      "targets",
      "value",
      "live",
      "health",
    ] as const) {
      await expect(shop.ask(name, {} as never)).resolves.toBeDefined();
    }
    shop.close();
  });
});
