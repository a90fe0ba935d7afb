/**
 * Figures over HTTP: forms, filters, paging, rights, the description, and the live stream.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCsv } from "../src/csv.ts";
import { FIGURE_PATHS } from "../src/http/figures.ts";
import { allOperations } from "../src/http/operations.ts";
import type { HealthAnswer } from "../src/report/health.ts";
import { beacon, type House, openHouse, START } from "./house.ts";

const DAY = 86_400_000;

describe("figures over HTTP", () => {
  let house: House;
  let key: string;
  let admin: string;

  const get = (path: string, headers: Record<string, string> = {}) =>
    house.call("GET", `/api/v1${path}`, { key, headers });

  beforeAll(async () => {
    house = await openHouse();
    key = await house.key("read", ["shop"]);
    admin = await house.key("admin");
    await house.addSite("other");
    const send = async (visitor: string, at: number, touchpoints: Parameters<typeof beacon>[2]) => {
      house.clock.now = at;
      await house.store.ingest({ body: beacon(visitor, at, touchpoints), receivedAt: at, door: "browser" });
    };
    const page = (campaign: string) => ({
      kind: "page_view",
      visit: true,
      url: `https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=${encodeURIComponent(campaign)}`,
    });
    for (let n = 0; n < 7; n += 1) {
      await send(`visitor-${n}`, START - (9 - n) * DAY, [
        n === 0
          ? page('=HYPERLINK("x")')
          : n < 4
            ? page("autumn")
            : { kind: "page_view", visit: true, url: "https://shop.example/" },
        { kind: "view_item" },
        { kind: "add_to_cart", value: 30 + n, currency: "EUR" },
      ]);
    }
    await send("visitor-2", START - DAY, [
      { kind: "purchase", order: "A1", value: "32.00", currency: "EUR" },
    ]);
    house.clock.now = START;
    await house.store.settled(START);
  });
  afterAll(() => house.close());

  test("answers every question as JSON, as CSV with a header, and as lines of JSON", async () => {
    for (const path of [...Object.values(FIGURE_PATHS), "/stages", "/transitions", "/sources", "/sites"]) {
      const json = await get(`${path}?site=shop`);
      expect({ path, status: json.status }).toEqual({ path, status: 200 });
      expect(json.body).toBeTypeOf("object");

      const csv = await get(`${path}?site=shop`, { accept: "text/csv" });
      expect(csv.headers.get("content-type")).toContain("text/csv");
      const [header, ...rows] = readCsv(csv.body as string);
      expect(header!.cells.length).toBeGreaterThan(1);
      for (const row of rows) expect(row.cells.length).toBe(header!.cells.length);

      const lines = await get(`${path}?site=shop&format=ndjson`);
      expect(lines.headers.get("content-type")).toContain("ndjson");
      const text = typeof lines.body === "string" ? lines.body : `${JSON.stringify(lines.body)}\n`;
      const objects = text.split("\n").filter((line) => line !== "");
      expect(objects.length).toBe(rows.length);
      for (const line of objects) expect(Object.keys(JSON.parse(line) as object)).toEqual(header!.cells);
    }
  });

  test("keeps a spreadsheet from running what a visitor wrote", async () => {
    const { body } = await get("/people?site=shop&format=csv");
    expect(body).toContain(`"'=HYPERLINK(""x"")"`);
    expect(body).not.toMatch(/(^|,)"?=/m);
  });

  test("refuses a form it does not have, in one sentence", async () => {
    expect(await get("/kpis?site=shop&format=xml")).toMatchObject({
      status: 400,
      body: { code: "bad_input", title: 'format is "xml"' },
    });
  });

  test("narrows by is and is not, by several values and several fields", async () => {
    const total = async (query: string) =>
      ((await get(`/people?site=shop&${query}`)).body as { total: number }).total;
    expect(await total("")).toBe(7);
    expect(await total("channel=Email")).toBe(4);
    expect(await total("channel.not=Email")).toBe(3);
    expect(await total("channel=Email&channel=Direct")).toBe(7);
    expect(await total("channel=Email&campaign=autumn")).toBe(3);
    expect(await total("channel=Email&campaign.not=autumn")).toBe(1);
    expect(await total("stage=conversion")).toBe(1);
    expect(await total("stage.not=conversion&channel=Email")).toBe(3);
    expect(await total("landing=%2F")).toBe(7);
    expect(await get("/people?site=shop&stage=nowhere")).toMatchObject({
      status: 400,
      body: { code: "bad_input" },
    });
    const { body } = await get("/kpis?site=shop&channel=Email");
    expect(body).toMatchObject({ figures: { new_customers: { value: 1 }, revenue: { value: 3200 } } });
  });

  test("pages through people with a cursor", async () => {
    const first = (await get("/people?site=shop&limit=5")).body as {
      rows: { id: string }[];
      hasMore: boolean;
      next: string;
    };
    expect(first.hasMore).toBe(true);
    const second = (await get(`/people?site=shop&limit=5&after=${first.next}`)).body as typeof first;
    expect(second).toMatchObject({ hasMore: false, next: null });
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(
      [6, 5, 4, 3, 2, 1, 0].map((n) => `visitor-${n}`),
    );
    expect(await get("/people?site=shop&after=x")).toMatchObject({ status: 400 });
    expect(await get("/people?site=shop&limit=0")).toMatchObject({ status: 400 });
  });

  test("answers nobody without a key, and no site to a key of another", async () => {
    const foreign = await house.key("read", ["other"]);
    for (const path of Object.values(FIGURE_PATHS)) {
      const without = await house.call("GET", `/api/v1${path}?site=shop`);
      expect([401, 403]).toContain(without.status);
      const { status, body } = await house.call("GET", `/api/v1${path}?site=shop`, { key: foreign });
      expect({ path, status, code: (body as { code: string }).code }).toEqual({
        path,
        status: 404,
        code: "not_found",
      });
    }
    const save = { site: "shop", name: "x", rule: true };
    expect((await house.call("POST", "/api/v1/segments", { key, body: save })).status).toBe(403);
  });

  test("saves, counts, lists and removes a segment", async () => {
    const rule = {
      all: [
        ["count", "add_to_cart", ">=", 1],
        ["orders", "==", 0],
      ],
    };
    const preview = await house.call("POST", "/api/v1/segments/preview", {
      key,
      body: { site: "shop", rule },
    });
    expect(preview).toMatchObject({
      status: 200,
      body: { people: 6, words: "count add_to_cart >= 1 and orders == 0" },
    });
    const saved = await house.call("POST", "/api/v1/segments", {
      key: admin,
      body: { site: "shop", name: "left a cart", rule },
    });
    expect(saved).toMatchObject({ status: 201, body: { people: 6 } });
    expect((await get("/segments?site=shop")).body).toMatchObject({
      rows: [{ name: "left a cart", people: 6 }],
    });
    expect((await get("/people?site=shop&segment=left%20a%20cart")).body).toMatchObject({ total: 6 });
    const bad = await house.call("POST", "/api/v1/segments", {
      key: admin,
      body: { site: "shop", name: "x", rule: [["no"]] },
    });
    expect(bad).toMatchObject({ status: 400, body: { code: "bad_input" } });
    const remove = () => house.call("DELETE", "/api/v1/segments/left%20a%20cart?site=shop", { key: admin });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
  });

  test("sets a goal, absolute or as a change on the period before, and removes it", async () => {
    const set = (body: object) =>
      house.call("POST", "/api/v1/targets", { key: admin, body: { site: "shop", ...body } });
    expect(await set({ figure: "orders", period: "2026-10", goal: 5 })).toMatchObject({
      status: 201,
      body: { goal: 5 },
    });
    expect(await set({ figure: "new_visitors", period: "2026-10", change: 0.5 })).toMatchObject({
      status: 201,
      body: { goal: 11 },
    });
    expect((await set({ figure: "orders", period: "2026-13", goal: 5 })).status).toBe(400);
    expect((await set({ figure: "orders", period: "2026-10" })).status).toBe(400);
    expect((await set({ figure: "luck", period: "2026-10", goal: 1 })).status).toBe(400);
    const { rows } = (await get("/targets?site=shop")).body as { rows: { figure: string }[] };
    expect(rows.map(({ figure }) => figure)).toEqual(["new_visitors", "orders"]);
    const remove = "/api/v1/targets?site=shop&figure=orders&period=2026-10";
    expect((await house.call("DELETE", remove, { key: admin })).status).toBe(204);
  });

  test("streams who is on the site, at once and as an event stream", async () => {
    house.clock.now = START;
    await house.store.ingest({
      body: beacon("visitor-live", START, [{ kind: "page_view", visit: true, url: "https://shop.example/" }]),
      receivedAt: START,
      door: "browser",
    });
    await house.store.settled(START);
    expect((await get("/live?site=shop")).body).toMatchObject({ onSite: 1, touchpoints: 1 });
    const response = await house.app.request("/api/v1/live?site=shop", {
      headers: { authorization: `Bearer ${key}`, accept: "text/event-stream" },
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = response.body!.getReader();
    let text = "";
    while (!text.includes("\n\n")) text += new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    expect(text).toMatch(/^event: live\n/m);
    const data = /^data: (.*)$/m.exec(text)![1]!;
    expect(JSON.parse(data)).toMatchObject({ site: "shop", onSite: 1 });
  });

  test("still says when the newest touchpoint came, long after the last one", async () => {
    const { newestAt } = (await get("/live?site=shop")).body as { newestAt: string };
    house.clock.now = START + 3 * 3_600_000;
    expect((await get("/live?site=shop")).body).toMatchObject({ onSite: 0, touchpoints: 0, newestAt });
    house.clock.now = START;
  });

  test("tells how fresh the data is, what part came from robots, and what was refused", async () => {
    const before = (await get("/health?site=shop")).body as HealthAnswer;
    const send = (body: string, userAgent: string) =>
      house.call("POST", "/b", { body, headers: { "content-type": "text/plain", "user-agent": userAgent } });
    const view = { kind: "page_view", visit: true, url: "https://shop.example/" };
    await send(beacon("visitor-robot", START, [view]), "Googlebot/2.1 (+http://www.google.com/bot.html)");
    await send(
      beacon("visitor-broken", START, [{ ...view, kind: "Not A Kind" }]),
      "Mozilla/5.0 Firefox/140.0",
    );
    await house.store.settled(START);
    const after = (await get("/health?site=shop")).body as HealthAnswer;
    expect(after.recent.robots).toBe(before.recent.robots + 1);
    expect(after.recent.people).toBe(before.recent.people);
    const { people, robots, spam, own, touchpoints, filtered } = after.recent;
    expect(people + robots + spam + own).toBe(touchpoints);
    expect(filtered).toBeCloseTo((robots + spam) / touchpoints, 12);
    expect(after.refused.total).toBe(before.refused.total + 1);
    expect(after.newestAt).toBe(new Date(START).toISOString());
    expect((await house.call("GET", "/api/v1/health?site=other", { key: admin })).body).toMatchObject({
      newestAt: null,
      recent: { touchpoints: 0, filtered: null },
      refused: { total: 0 },
    });
  });

  test("describes every route of the interface, from the schemas that check it", async () => {
    const { body, status } = await house.call("GET", "/api/openapi.json");
    const document = body as {
      openapi: string;
      paths: Record<string, Record<string, { parameters?: { name: string }[]; summary: string }>>;
    };
    expect(status).toBe(200);
    expect(document.openapi).toBe("3.1.0");
    for (const { method, path } of house.app.routes) {
      const isApi =
        path.startsWith("/api/v1/") && !path.includes("*") && path !== "/api/v1/control" && method !== "ALL";
      if (!isApi) continue;
      const described = document.paths[path.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
      expect(described, `${method} ${path}`).toBeDefined();
    }
    const kpis = document.paths["/api/v1/kpis"]!.get!;
    const names = kpis.parameters!.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["site", "from", "to", "compare", "channel", "channel.not", "format"]),
    );
    expect(kpis.parameters).toContainEqual(
      expect.objectContaining({
        name: "window",
        schema: expect.objectContaining({ type: "integer", minimum: 1 }),
      }),
    );
    expect(new Set(allOperations(house.app.routes).map(({ method, path }) => method + path)).size).toBe(
      allOperations(house.app.routes).length,
    );
  });

  test("shows the description as a page without script or inline style", async () => {
    const { body, headers } = await house.call("GET", "/api/docs");
    expect(headers.get("content-type")).toContain("text/html");
    expect(body).toContain("/api/v1/kpis");
    expect(body).not.toMatch(/<script|style=|<style|\son\w+=/);
    const style = await house.call("GET", "/api/docs.css");
    expect(style.headers.get("content-type")).toContain("text/css");
  });
});
