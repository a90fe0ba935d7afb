/** Touches through the real writer: what makes one, what does not, and what late news and merges do to them. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { classifierOf, touchesFrom } from "../src/domain/reclassification.ts";
import { DEFAULT_SITE } from "../src/domain/site.ts";
import { openVisitedSite, type VisitedSite } from "./visited-site.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (day: number, minutes = 0) => Date.UTC(2026, 9, day, 12) + minutes * MINUTE;
const HOME = "https://shop.example/";
const LETTER = "https://shop.example/news?utm_source=newsletter&utm_medium=email&utm_campaign=october";
const ADS = "https://shop.example/kettles?utm_source=google&utm_medium=cpc&utm_campaign=brand";
const GOOGLE = "https://www.google.com/";
const PAYPAL = "https://www.paypal.com/checkoutnow";

let site: VisitedSite;
beforeEach(() => {
  site = openVisitedSite({}, at(1));
});
afterEach(() => site.close());

/** Channels of a person's touches, oldest first; a star marks those in mid-visit. */
async function touchesOf(visitor: string): Promise<string[]> {
  const { rows } = await site.ask("touches", {
    site: "shop",
    from: "2026-08-01",
    to: "2026-12-31",
    limit: 1_000,
  });
  const person = await site.ask("person", { site: "shop", person: `visitor-${visitor}` });
  return rows
    .filter((row) => row.person === person.id)
    .map((row) => row.channel + (row.opensVisit ? "" : "*"));
}
const creditOf = async (order: string, params = {}) => {
  const { rows } = await site.ask("conversions", {
    site: "shop",
    from: "2026-08-01",
    to: "2026-12-31",
    ...params,
  });
  const row = rows.find(({ name }) => name === order)!;
  return row.touches.filter(({ share }) => share === 1).map(({ channel }) => channel);
};

describe("a touch", () => {
  test("is a visit's beginning, and another source in mid-visit, which does not split the visit", async () => {
    site.visit("a", at(2), HOME, GOOGLE);
    site.page("a", at(2, 5), LETTER);
    site.page("a", at(2, 6), "https://shop.example/cups", HOME);
    expect(await touchesOf("a")).toEqual(["Organic Search", "Email*"]);
    const { rows } = await site.ask("sources", { site: "shop", from: "2026-10-01", to: "2026-10-05" });
    expect(rows.map(({ value, visitors }) => [value, visitors])).toEqual([
      ["Email", 1],
      ["Organic Search", 1],
    ]);
  });

  test("is not made by a reload with the same tags, nor by a page of our own, nor by an untagged page", async () => {
    site.visit("a", at(2), LETTER);
    site.page("a", at(2, 1), LETTER);
    site.page("a", at(2, 2), "https://shop.example/cups", LETTER);
    site.page("a", at(2, 3), HOME);
    site.send("a", at(2, 4), { kind: "add_to_cart", url: ADS });
    expect(await touchesOf("a")).toEqual(["Email"]);
  });

  test("is made by the same tags in another visit", async () => {
    site.visit("a", at(2), LETTER);
    site.visit("a", at(3), LETTER);
    expect(await touchesOf("a")).toEqual(["Email", "Email"]);
  });

  test("is not made by tags on the site's own links", async () => {
    site.visit("a", at(2), HOME, GOOGLE);
    site.page("a", at(2, 1), "https://shop.example/cups?utm_source=banner&utm_medium=internal", HOME);
    expect(await touchesOf("a")).toEqual(["Organic Search"]);
  });
});

describe("the return from a payment provider", () => {
  test("keeps the visit's source", async () => {
    site.visit("a", at(2), ADS);
    site.page("a", at(2, 9), "https://shop.example/thanks", PAYPAL);
    site.buy("a", at(2, 10), "1", 50);
    expect(await touchesOf("a")).toEqual(["Paid Search"]);
    expect(await creditOf("1")).toEqual(["Paid Search"]);
  });

  test("opens a visit that inherits the last source that is not direct", async () => {
    site.visit("a", at(2), ADS);
    site.visit("a", at(3), HOME);
    site.visit("a", at(3, 50), "https://shop.example/thanks", PAYPAL);
    site.buy("a", at(3, 51), "1", 50);
    expect(await touchesOf("a")).toEqual(["Paid Search", "Direct"]);
    expect(await creditOf("1")).toEqual(["Paid Search"]);
  });

  test("inherits nothing from beyond the lookback; its last instant still counts", async () => {
    site.visit("a", at(2), ADS);
    site.visit("a", at(2) + 30 * DAY, "https://shop.example/thanks", PAYPAL);
    site.buy("a", at(2) + 30 * DAY, "1", 50);
    site.buy("a", at(2) + 30 * DAY + 1, "2", 50);
    expect(await creditOf("1")).toEqual(["Paid Search"]);
    expect(await creditOf("2")).toEqual([]);
    expect(await creditOf("2", { lookback: null })).toEqual(["Paid Search"]);
  });

  test("counts as its own source when its link was tagged", async () => {
    site.visit("a", at(2), ADS);
    site.visit(
      "a",
      at(3),
      "https://shop.example/?utm_source=paypal&utm_medium=email&utm_campaign=deals",
      PAYPAL,
    );
    expect(await touchesOf("a")).toEqual(["Paid Search", "Email"]);
  });
});

describe("late news", () => {
  test("puts a touch in its place: first touches and shares are those of a history without delay", async () => {
    site.visit("a", at(4), LETTER);
    site.buy("a", at(4, 5), "1", 50);
    expect(await creditOf("1", { credit: "first" })).toEqual(["Email"]);
    site.send("a", at(2), { kind: "page_view", visit: true, url: ADS }, 3 * DAY);
    expect(await touchesOf("a")).toEqual(["Paid Search", "Email"]);
    expect(await creditOf("1", { credit: "first" })).toEqual(["Paid Search"]);
    expect((await site.ask("person", { site: "shop", person: "visitor-a" })).firstTouch?.channel).toBe(
      "Paid Search",
    );
  });

  test("before a reload makes the reload a touch no more", async () => {
    site.page("a", at(2, 5), LETTER);
    expect(await touchesOf("a")).toEqual(["Email*"]);
    site.send("a", at(2), { kind: "page_view", visit: true, url: LETTER }, DAY);
    expect(await touchesOf("a")).toEqual(["Email"]);
  });
});

describe("two devices of one person", () => {
  const identify = (visitor: string, when: number) =>
    site.send(visitor, when, { kind: "identify", customer: "42" });

  test("have one path once they are known to be one", async () => {
    site.visit("phone", at(2), ADS);
    site.visit("laptop", at(3), LETTER);
    site.buy("laptop", at(3, 5), "1", 50);
    expect(await creditOf("1", { credit: "first" })).toEqual(["Email"]);
    identify("phone", at(4));
    identify("laptop", at(4, 1));
    expect(await touchesOf("laptop")).toEqual(["Paid Search", "Email"]);
    expect(await creditOf("1", { credit: "first" })).toEqual(["Paid Search"]);
    const { total } = await site.ask("sources", { site: "shop", from: "2026-10-01", to: "2026-10-05" });
    expect(total.visitors).toBe(1);
  });

  test("do not take each other's pages for a change of source", async () => {
    identify("phone", at(2));
    identify("laptop", at(2, 1));
    site.visit("phone", at(3), ADS);
    site.visit("laptop", at(3, 1), LETTER);
    site.page("phone", at(3, 2), ADS);
    site.page("laptop", at(3, 3), LETTER);
    expect(await touchesOf("phone")).toEqual(["Paid Search", "Email"]);
  });
});

test("the touches that stand are those the raw touchpoints make, whatever happened in between", async () => {
  const urls = [HOME, LETTER, ADS, "https://shop.example/cups"];
  const referrers = [undefined, GOOGLE, PAYPAL, HOME, "https://blog.example/"];
  let n = 7;
  const pick = <T>(list: readonly T[]): T => {
    n = (n * 48_271) % 2_147_483_647;
    return list[n % list.length]!;
  };
  for (let i = 0; i < 150; i++) {
    const visitor = pick(["a", "b", "c"]);
    const when = at(2) + i * 40 * MINUTE;
    const late = pick([0, 0, 0, 3 * DAY]);
    const opens = pick([true, false]) ? { visit: true } : {};
    const from = pick(referrers);
    site.send(
      visitor,
      when,
      { kind: "page_view", url: pick(urls), ...(from === undefined ? {} : { referrer: from }), ...opens },
      late,
    );
    if (i === 80) for (const one of ["a", "b"]) site.send(one, when + 1, { kind: "identify", customer: "7" });
  }
  site.settle();
  const shop = (await site.reads.site("shop"))!;
  const sources = await site.reads.sources(shop);
  const keys = await site.reads.personKeys(shop, 0, 100);
  expect(keys).toHaveLength(2);
  const decide = classifierOf({ ...DEFAULT_SITE, ...shop.settings });
  for (const { key, raw } of await site.reads.rawTouchpoints(shop, keys)) {
    const made = touchesFrom(raw, decide).map((t) => [t.at, t.channel, t.source, t.landing]);
    const standing = (await site.reads.touchesOf([key], Number.MAX_SAFE_INTEGER)).map((t) => {
      const view = sources.get(t.source)!;
      return [t.at, view.channel, view.source, t.landing];
    });
    expect(standing.length).toBeGreaterThan(20);
    expect(standing).toEqual(made);
  }
});
