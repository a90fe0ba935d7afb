/** Sources, credit and costs over HTTP: parameters, forms of an answer, who may do what, and bad input. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beacon, type House, openHouse, START } from "./house.ts";

const MINUTE = 60_000;
let house: House;
let read: string;
let admin: string;

beforeEach(async () => {
  house = await openHouse();
  read = await house.key("read");
  admin = await house.key("admin");
  const url = "https://shop.example/cups?utm_source=google&utm_medium=cpc&utm_campaign=Brand";
  const send = async (visitor: string, touchpoints: Parameters<typeof beacon>[2]) => {
    const body = beacon(visitor, house.clock.now, touchpoints);
    const { status } = await house.call("POST", "/b", { body, headers: { "content-type": "text/plain" } });
    expect(status).toBe(204);
  };
  await send("visitor-0001", [
    { kind: "page_view", visit: true, url, at: START - 5 * MINUTE },
    { kind: "purchase", order: "1", value: 59.9, at: START - MINUTE },
  ]);
  await send("visitor-0002", [
    { kind: "page_view", visit: true, url: "https://shop.example/", at: START - MINUTE },
  ]);
  await house.store.settled(START);
});
afterEach(() => house.close());

const get = (path: string, key = read, headers = {}) => house.call("GET", `/api/v1${path}`, { key, headers });

describe("GET", () => {
  test("/sources answers with every parameter", async () => {
    const { status, body } = await get(
      "/sources?site=shop&by=campaign&credit=position&weights=0.3,0.5&lookback=7d&direct=keep&conversions=reset&conversion=order&compare=previous&within.channel=Paid%20Search&halfLife=3&order=2&channel=Paid%20Search",
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      by: "campaign",
      credit: "position",
      lookbackDays: 7,
      rows: [{ value: "Brand", visitors: 1, customers: 1, revenue: 5_990, before: { visitors: 0 } }],
    });
  });

  test.each([
    ["/sources?site=shop&by=colour", "by"],
    ["/sources?site=shop&credit=best", "credit"],
    ["/sources?site=shop&lookback=soon", "lookback"],
    ["/sources?site=shop&conversion=luck", "conversion"],
    ["/sources?site=shop&weights=1", "weights"],
    ["/sources?site=shop&compare=never", "compare"],
    ["/attribution?site=shop&order=4", "order"],
    ["/attribution/conversions?site=shop&limit=0", "limit"],
    ["/attribution/touches?site=shop&after=x", "after"],
    ["/costs?site=shop&from=x", "from"],
    ["/sources?site=shop&credit=position&weights=0.9,0.9", "weights"],
    ["/sources?site=shop&from=2026-10-02&to=2026-10-01", "from"],
  ])("%s is refused and says what was wrong", async (path, word) => {
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect((body as { title: string }).title).toContain(word);
  });

  test("/attribution, /attribution/conversions and /attribution/touches lead from a figure to its touches", async () => {
    const all = (await get("/attribution?site=shop")).body as { rows: { value: string }[]; total: object };
    expect(all.total).toEqual({ conversions: 1, value: 5_990 });
    expect(all.rows.map(({ value }) => value)).toEqual(["Paid Search"]);
    expect((await get("/attribution/conversions?site=shop&within.channel=Paid%20Search")).body).toMatchObject(
      {
        rows: [{ name: "1", value: 5_990, touches: [{ share: 1, campaign: "Brand", landing: "/cups" }] }],
        hasMore: false,
      },
    );
    expect((await get("/attribution/touches?site=shop&within.channel=Direct")).body).toMatchObject({
      rows: [{ channel: "Direct", person: "visitor-0002" }],
    });
  });

  test("gives CSV and lines of JSON for each of them", async () => {
    for (const path of [
      "/sources",
      "/attribution",
      "/attribution/conversions",
      "/attribution/touches",
      "/costs",
    ]) {
      const csv = await get(`${path}?site=shop`, read, { accept: "text/csv" });
      expect(csv.status, path).toBe(200);
      expect(csv.headers.get("content-type")).toContain("text/csv");
      const lines = await get(`${path}?site=shop&format=ndjson`);
      expect(lines.status, path).toBe(200);
    }
    const { body } = await get("/sources?site=shop&format=csv");
    expect(String(body).split("\r\n")[1]).toMatch(/^Paid Search,1,1,0,0,1,1,5990,1,/);
  });
});

describe("POST /costs", () => {
  const rows = [{ day: "2026-10-01", source: "google", medium: "cpc", campaign: "Brand", amount: "10.00" }];

  test("keeps rows once, and names those it cannot keep", async () => {
    const body = { site: "shop", rows: [...rows, { day: "never", amount: 1, source: "x" }] };
    const first = await house.call("POST", "/api/v1/costs", { key: admin, body });
    expect(first.body).toMatchObject({ added: 1, refused: [{ index: 1 }] });
    const second = await house.call("POST", "/api/v1/costs", { key: admin, body });
    expect(second.body).toMatchObject({ added: 0, changed: 0, unchanged: 1 });
    expect((await get("/sources?site=shop")).body).toMatchObject({
      rows: [{ value: "Paid Search", cost: 1_000, cac: 1_000, roas: 5.99 }, { cost: null }],
      total: { cost: 1_000 },
    });
    const removed = await house.call("DELETE", "/api/v1/costs?site=shop&origin=api", { key: admin });
    expect(removed.body).toEqual({ removed: 1 });
  });

  test("reads the export of a platform as text/csv", async () => {
    const text =
      'Campaign report\nDay,Campaign,Currency code,Cost\n2026-10-01,Brand,EUR,"1,000.50"\nTotal: Account,,EUR,1\n';
    const { body } = await house.call("POST", "/api/v1/costs?site=shop", {
      key: admin,
      body: text,
      headers: { "content-type": "text/csv" },
    });
    expect(body).toMatchObject({ added: 1, layout: "google-ads", skipped: [{ line: 4 }] });
  });

  test("is for administrators of the site only", async () => {
    const body = { site: "shop", rows };
    expect((await house.call("POST", "/api/v1/costs", { key: read, body })).status).toBe(403);
    await house.addSite("other");
    const foreign = await house.key("admin", ["other"]);
    expect((await house.call("POST", "/api/v1/costs", { key: foreign, body })).status).toBe(404);
    expect((await house.call("DELETE", "/api/v1/costs?site=shop&origin=api", { key: foreign })).status).toBe(
      404,
    );
    expect((await house.call("DELETE", "/api/v1/costs?site=shop", { key: admin })).status).toBe(400);
    expect((await get("/costs?site=shop", foreign)).status).toBe(404);
  });
});

describe("POST /sites/{site}/reclassify", () => {
  const rules = [{ id: "brand", when: { field: "campaign", is: "brand" }, set: { channel: "Affiliates" } }];
  const call = (body: object, key = admin) =>
    house.call("POST", "/api/v1/sites/shop/reclassify", { key, body });

  test("shows what would move, then does it in the background", async () => {
    expect((await call({ rules })).body).toMatchObject({
      moved: 1,
      rows: [{ revenue: 5_990, people: 1 }],
      next: null,
    });
    const applied = await call({ rules, apply: true });
    expect(applied.status).toBe(202);
    for (let i = 0; i < 100; i++) {
      const { progress } = (await call({})).body as { progress: number | null };
      if (progress === null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await get("/sources?site=shop")).body).toMatchObject({
      rows: [{ value: "Affiliates" }, { value: "Direct" }],
    });
  });

  test("refuses rules that are none, unknown fields, and those who may not", async () => {
    expect((await call({ rules: [{ id: "x" }] })).status).toBe(400);
    expect((await call({ colour: "red" })).status).toBe(400);
    expect((await call({ rules }, read)).status).toBe(403);
  });
});
