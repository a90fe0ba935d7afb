/** Share links: figures for whoever has the link, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type House, openHouse } from "./house.ts";

let house: House;
let owner: Record<string, string>;
beforeAll(async () => {
  house = await openHouse();
  await house.addSite("other");
  const key = await house.key("admin");
  owner = { authorization: `Bearer ${key}`, "content-type": "application/json" };
});
afterAll(() => house.close());

const share = async (body: object): Promise<{ id: string; token: string }> => {
  const answer = await house.app.request("/api/v1/shares", {
    method: "POST",
    headers: owner,
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: string; token: string };
};

const look = (token: string, path: string, headers: Record<string, string> = {}) =>
  house.app.request(path, { headers: { authorization: `Bearer ${token}`, ...headers } });

const codeOf = async (answer: Response): Promise<string> => ((await answer.json()) as { code: string }).code;

describe("a share link", () => {
  test("shows the figures of its site", async () => {
    const { token } = await share({ site: "shop", name: "Bank" });
    expect((await look(token, "/api/v1/stages?site=shop")).status).toBe(200);
    const sites = (await (await look(token, "/api/v1/sites")).json()) as { sites: { id: string }[] };
    expect(sites.sites.map(({ id }) => id)).toEqual(["shop"]);
  });

  test("is listed among the share links, and not among the keys", async () => {
    const { id } = await share({ site: "shop", name: "Bank" });
    const list = async (path: string) =>
      JSON.stringify(await (await house.app.request(`/api/v1${path}`, { headers: owner })).json());
    expect(await list("/keys")).not.toContain(id);
    expect(await list("/keys")).toContain('"scope":"admin"');
    expect(await list("/shares?site=shop")).toContain(id);
  });

  test("does not know of another site", async () => {
    const { token } = await share({ site: "shop", name: "Bank" });
    expect((await look(token, "/api/v1/stages?site=other")).status).toBe(404);
  });

  test("shows nobody's timeline and no list of people", async () => {
    const { token } = await share({ site: "shop", name: "Bank" });
    for (const path of [
      "/people",
      "/people/v1",
      "/people/v1/export",
      "/transitions",
      "/lapsing",
      "/carts",
      "/keys",
    ]) {
      const answer = await look(token, `/api/v1${path}?site=shop`);
      expect([path, answer.status]).toEqual([path, 403]);
    }
  });

  test("changes nothing", async () => {
    const { token } = await share({ site: "shop", name: "Bank" });
    const answer = await house.app.request("/api/v1/sites/shop", {
      method: "PATCH",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "Mine" }),
    });
    expect(answer.status).toBe(403);
  });

  test("asks for its password, and opens with it whatever letters it has", async () => {
    const password = "blå kedel €";
    const { token } = await share({ site: "shop", name: "Bank", password });
    const without = await look(token, "/api/v1/stages?site=shop");
    expect(without.status).toBe(401);
    expect(await codeOf(without)).toBe("password_needed");
    const wrong = await look(token, "/api/v1/stages?site=shop", { "sojourn-share-password": "blue" });
    expect(await codeOf(wrong)).toBe("password_needed");
    for (let times = 0; times < 2; times += 1) {
      const right = await look(token, "/api/v1/stages?site=shop", {
        "sojourn-share-password": encodeURIComponent(password),
      });
      expect(right.status).toBe(200);
    }
  });

  test("lets nobody try passwords for ever", async () => {
    const { token } = await share({ site: "shop", name: "Bank", password: "kettle" });
    const codes: string[] = [];
    for (let i = 0; i < 11; i += 1) {
      codes.push(
        await codeOf(await look(token, "/api/v1/stages?site=shop", { "sojourn-share-password": `${i}` })),
      );
    }
    expect(codes.at(-1)).toBe("too_many_tries");
  });

  test("is listed without its secret, and is closed the moment it is withdrawn", async () => {
    const { id, token } = await share({ site: "shop", name: "Newspaper", password: "x" });
    const list = await (await house.app.request("/api/v1/shares?site=shop", { headers: owner })).text();
    expect(list).toContain("Newspaper");
    expect(list).not.toContain(token);
    const removed = await house.app.request(`/api/v1/shares/${id}?site=shop`, {
      method: "DELETE",
      headers: owner,
    });
    expect(removed.status).toBe(204);
    expect((await look(token, "/api/v1/stages?site=shop")).status).toBe(401);
  });
});
