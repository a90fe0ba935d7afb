/** Export and erasure of a person, and what must never reach the disk in the first place. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExportAnswer } from "../src/report/export.ts";
import { erasePerson } from "../src/store/erasure.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import { PROJECTION_TABLES } from "../src/store/sqlite/schema.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { beacon, type House, idAt, openHouse, START } from "./house.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const EMAIL = createHash("sha256").update("anna@example.org").digest("hex");
/** Everything that names Anna. */
const ANNA = {
  browser: "anna-browser-aaaaaaaa",
  phone: "anna-telephone-bbbbbb",
  customer: "customer-anna-4711",
  order: "order-anna-0815",
  page: "/secret-wish-of-anna",
  title: "Title only Anna saw",
  email: EMAIL,
};

const send = (house: House, body: string, headers: Record<string, string> = {}) =>
  house.call("POST", "/b", { body, headers: { "user-agent": "Mozilla/5.0 Firefox/140.0", ...headers } });

const view = (visit: boolean, path: string) => ({
  kind: "page_view",
  url: `https://shop.example${path}`,
  ...(visit ? { visit: true } : {}),
});

/** Names of the data folder's files that contain a text. */
const filesWith = (folder: string, text: string): string[] =>
  readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));

/** Every projection as rows that can be compared, without the keys that only count. */
function projections(folder: string): Record<string, unknown[]> {
  const db = openForReading(folder);
  const all: Record<string, unknown[]> = {};
  for (const table of PROJECTION_TABLES) {
    // Erasure leaves gaps in the numbers of sources and pages; what they say is compared where they are used.
    if (table === "source" || table === "page" || table === "stage_delta") continue;
    const rows = db.prepare<[], Record<string, unknown>>(`select * from ${table}`).all();
    all[table] = rows
      .map(({ key, source, page, first_source, last_source, ...row }) => JSON.stringify(row))
      .sort();
  }
  all["counts"] = db
    .prepare(`
      select d.model, d.bucket, d.stage, s.channel, sum(d.n) as n from stage_delta d
      left join source s on s.key = d.source group by 1, 2, 3, 4 having sum(d.n) <> 0 order by 1, 2, 3, 4`)
    .all();
  db.close();
  return all;
}

/** Anna on two devices, and a crowd so large that pages of the file split under her rows. */
async function fill(house: House): Promise<void> {
  const at = START - 40 * DAY;
  const crowd = async (from: number, to: number) => {
    const sent: Promise<unknown>[] = [];
    for (let i = from; i < to; i++) {
      // Ids spread over the alphabet, so that Anna's neighbours come and go.
      const visitor = `${createHash("sha256").update(String(i)).digest("hex").slice(0, 20)}`;
      house.clock.now = at + i * MINUTE;
      const cart = { kind: "add_to_cart", value: 10, currency: "EUR" };
      sent.push(send(house, beacon(visitor, house.clock.now, [view(true, "/"), cart])));
    }
    await Promise.all(sent);
  };
  await crowd(0, 150);
  house.clock.now = at + 151 * MINUTE;
  await send(
    house,
    beacon(ANNA.browser, house.clock.now, [
      { ...view(true, `${ANNA.page}?utm_source=letter&utm_campaign=anna-only`), title: ANNA.title },
      { kind: "identify", customer: ANNA.customer, email: EMAIL, aliases: ["cart:anna-cart-77"] },
      { kind: "purchase", order: ANNA.order, value: 59.9, currency: "EUR" },
    ]),
  );
  await crowd(152, 300);
  house.clock.now = at + 301 * MINUTE;
  await send(
    house,
    beacon(ANNA.phone, house.clock.now, [
      view(true, "/from-the-phone"),
      { kind: "identify", customer: ANNA.customer },
      { kind: "review", rating: 5 },
    ]),
  );
  await crowd(302, 400);
  // Somebody else at the same computer claims her name, and is refused it.
  house.clock.now = at + 401 * MINUTE;
  await send(
    house,
    beacon("other-visitor-cccccccc", house.clock.now, [
      view(true, "/"),
      { kind: "identify", customer: "customer-berta-1" },
      { kind: "identify", customer: ANNA.customer },
    ]),
  );
  // And something of hers was refused.
  await send(
    house,
    beacon(ANNA.browser, house.clock.now, [
      { kind: "purchase", order: ANNA.order, currency: "EUR", value: -1 },
    ]),
  );
  house.clock.now = START;
  await house.store.settled(START);
}

describe("a person who is exported", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
    await fill(house);
  });
  afterAll(() => house.close());

  test("gets everything that is kept: names, touchpoints, orders, stages with reasons, facts", async () => {
    const key = await house.key("admin");
    const { status, body, headers } = await house.call(
      "GET",
      `/api/v1/people/${ANNA.customer}/export?site=shop`,
      { key },
    );
    expect(status).toBe(200);
    expect(headers.get("content-disposition")).toContain("attachment");
    const answer = body as ExportAnswer;
    expect(answer.visitors.sort()).toEqual([ANNA.browser, ANNA.phone]);
    // The hash of her address is kept under a key, so that nobody can try addresses on the file.
    expect(answer.claims.sort()).toEqual([
      "alias:cart:anna-cart-77",
      `customer:${ANNA.customer}`,
      expect.stringMatching(/^email:[0-9a-f]{64}$/),
    ]);
    expect(JSON.stringify(answer)).not.toContain(EMAIL);
    expect(answer.timeline.map(({ kind }) => kind)).toEqual([
      "page_view",
      "identify",
      "purchase",
      "page_view",
      "identify",
      "review",
    ]);
    expect(JSON.stringify(answer.timeline)).toContain(ANNA.title);
    expect(answer.orders).toMatchObject([{ order: ANNA.order, value: 5990, currency: "EUR", counts: true }]);
    expect(answer.stages[0]!.changes.length).toBeGreaterThan(0);
    expect(answer.stages[0]!.changes.every(({ rule }) => rule.length > 0)).toBe(true);
    expect(answer.facts).toMatchObject({ n: 6 });
  });

  test("is found by each of their names, and needs an administrator", async () => {
    const key = await house.key("admin");
    for (const name of [ANNA.browser, ANNA.phone, `customer:${ANNA.customer}`, EMAIL, "cart:anna-cart-77"]) {
      const { body } = await house.call(
        "GET",
        `/api/v1/people/${encodeURIComponent(name)}/export?site=shop`,
        { key },
      );
      expect((body as ExportAnswer).id, name).toBe(ANNA.browser);
    }
    const read = await house.key("read");
    const asked = await house.call("GET", `/api/v1/people/${ANNA.phone}/export?site=shop`, { key: read });
    expect(asked.status).toBe(403);
    expect((await house.call("GET", "/api/v1/people/nobody/export?site=shop", { key })).status).toBe(404);
  });
});

describe("a person who is forgotten", () => {
  let house: House;
  let peopleBefore: number;
  const people = async () => {
    const { stages } = await house.store.ask("stages", { site: "shop" });
    return stages.reduce((sum, stage) => sum + stage.people, 0);
  };
  beforeAll(async () => {
    house = await openHouse();
    await fill(house);
    peopleBefore = await people();
    const key = await house.key("admin");
    const { status, body } = await house.call("DELETE", `/api/v1/people/${ANNA.phone}?site=shop`, { key });
    expect(status).toBe(200);
    expect(body).toMatchObject({ visitors: 2, touchpoints: 6, orders: 1, isClean: true });
    expect(JSON.stringify(body)).not.toContain("anna");
  });
  afterAll(() => house.close());

  test.each(Object.entries(ANNA))("leaves no byte of the %s in any file", (_what, text) => {
    expect(filesWith(house.folder, text)).toEqual([]);
  });

  test("leaves no byte of a campaign or alias that only they had", () => {
    expect(filesWith(house.folder, "anna-only")).toEqual([]);
    expect(filesWith(house.folder, "anna-cart-77")).toEqual([]);
  });

  test("is gone from counts and answers, and everybody else is still there", async () => {
    expect(await people()).toBe(peopleBefore - 1);
    const key = await house.key("admin");
    for (const name of [ANNA.browser, ANNA.phone, ANNA.customer]) {
      expect((await house.call("GET", `/api/v1/people/${name}?site=shop`, { key })).status).toBe(404);
      expect((await house.call("DELETE", `/api/v1/people/${name}?site=shop`, { key })).status).toBe(404);
    }
    const other = await house.call("GET", "/api/v1/people/other-visitor-cccccccc?site=shop", { key });
    expect(other.body).toMatchObject({ customer: "customer-berta-1" });
  });

  test("cannot be brought back by a late beacon of either device", async () => {
    for (const visitor of [ANNA.browser, ANNA.phone]) {
      const { status, body } = await send(house, beacon(visitor, START, [view(true, "/")]));
      expect(status).toBe(200);
      expect(body).toMatchObject({ stored: 0, refused: [{ index: 0, code: "visitor_forgotten" }] });
    }
    expect(await people()).toBe(peopleBefore - 1);
    expect(filesWith(house.folder, ANNA.browser)).toEqual([]);
  });

  test("cannot be brought back by the shop's server with orders of the past, and may buy again", async () => {
    const key = await house.key("write", ["shop"]);
    const order = (name: string, at: number) => ({
      kind: "purchase",
      order: name,
      customer: ANNA.customer,
      value: 1,
      currency: "EUR",
      at: new Date(at).toISOString(),
    });
    const { body } = await house.call("POST", "/api/v1/touchpoints", {
      key,
      body: [order("old-1", START - DAY), order("new-1", START + DAY)].slice(0, 1),
    });
    expect(body).toMatchObject({ stored: 0, refused: [{ code: "visitor_forgotten" }] });
    house.clock.now = START + DAY;
    const later = await house.call("POST", "/api/v1/touchpoints", {
      key,
      body: [order("new-1", START + DAY)],
    });
    expect(later.body).toMatchObject({ stored: 1, refused: [] });
    house.clock.now = START;
  });

  test("leaves projections that a replay computes again, row for row", async () => {
    await house.store.settled(START);
    const live = projections(house.folder);
    await house.closeStore();
    const writer = openWriter(house.folder);
    writer.startReplay();
    while (writer.project(200) > 0);
    while (writer.sweep(START) > 0);
    writer.close();
    expect(projections(house.folder)).toEqual(live);
  });
});

describe("erasure", () => {
  test("says when remains are left in a file that is too large to be written anew at once", async () => {
    const house = await openHouse();
    try {
      await send(house, beacon("visitor-dddddddddd", START, [view(true, "/")]));
      // The same text belongs to somebody else too, so it cannot be gone.
      await send(house, beacon("someone-else-eeee", START, [view(true, "/visitor-dddddddddd")]));
      await house.store.settled(START);
      const take = { site: "shop", person: "visitor-dddddddddd", at: START };
      const erased = await erasePerson(house.store.change, house.folder, take, 0);
      expect(erased).toMatchObject({ visitors: 1, touchpoints: 1, isClean: false, wasRewritten: false });
    } finally {
      await house.close();
    }
  });

  test("takes out of a server's call only the touchpoints of the person", async () => {
    const house = await openHouse();
    try {
      const key = await house.key("write", ["shop"]);
      const touchpoints = ["ann", "ben", "ann", "cyn"].map((name, i) => ({
        id: idAt(START + i),
        kind: "page_view",
        visitor: `visitor-${name}-0001`,
        at: START + i,
        url: "https://shop.example/",
      }));
      await house.call("POST", "/api/v1/touchpoints", { key, body: touchpoints });
      await house.store.settled(START + 10);
      const take = { site: "shop", person: "visitor-ann-0001", at: START };
      expect(await erasePerson(house.store.change, house.folder, take)).toMatchObject({ touchpoints: 2 });
      const key2 = await house.key("read");
      for (const [name, status] of [
        ["ann", 404],
        ["ben", 200],
        ["cyn", 200],
      ] as const) {
        const answer = await house.call("GET", `/api/v1/people/visitor-${name}-0001?site=shop`, {
          key: key2,
        });
        expect(answer.status, name).toBe(status);
      }
    } finally {
      await house.close();
    }
  });
});

describe("what never reaches the disk", () => {
  test("is the address of a visitor, with or without a visitor id, refused or not", async () => {
    const house = await openHouse({ proxies: 1 });
    try {
      const address = "198.51.100.77";
      const headers = { "x-forwarded-for": address };
      await send(house, beacon("visitor-ffffffffff", START, [view(true, "/")]), headers);
      await send(house, beacon(undefined, START, [view(true, "/")]), headers);
      await send(house, "{not json", headers);
      await send(house, beacon("visitor-ffffffffff", START, [{ kind: "purchase" }]), headers);
      await house.call("GET", "/sign-in?token=wrong", { headers });
      await house.store.settled(START);
      for (const text of [address, "198.51.100"]) expect(filesWith(house.folder, text)).toEqual([]);
      expect(JSON.stringify(house.errors)).not.toContain(address);
    } finally {
      await house.close();
    }
  });

  test("is anything that tells a visitor without cookies on from day to day", async () => {
    const house = await openHouse({ proxies: 1 });
    try {
      const headers = { "x-forwarded-for": "198.51.100.77" };
      const visitors = () => {
        const db = openForReading(house.folder);
        const ids = db.prepare<[], string>("select id from visitor order by key").pluck().all();
        const salt = db.prepare<[], string>("select value from meta where key = 'daily_salt'").pluck().get();
        db.close();
        return { ids, salt };
      };
      const visit = (at: number, agent = "Mozilla/5.0 Firefox/140.0") => {
        house.clock.now = at;
        return send(house, beacon(undefined, at, [view(true, "/")]), { ...headers, "user-agent": agent });
      };
      await visit(START);
      await visit(START + 60 * MINUTE);
      const first = visitors();
      expect(first.ids).toHaveLength(1);
      await visit(START + DAY);
      const second = visitors();
      expect(second.ids).toHaveLength(2);
      expect(second.ids[1]).not.toBe(second.ids[0]);
      // Yesterday's salt is gone, so nobody can work out yesterday's ids from an address again.
      expect(second.salt).not.toBe(first.salt);
      expect(filesWith(house.folder, first.salt!.split(" ")[1]!)).not.toContain("sojourn.db");
      await visit(START + DAY, "Mozilla/5.0 Chrome/150.0");
      expect(visitors().ids).toHaveLength(3);
    } finally {
      await house.close();
    }
  });
});
