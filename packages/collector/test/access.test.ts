/** Keys, sessions, sign-in links, cookies: who somebody is, and for how long. What they may ask is in access-routes.test.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashOf } from "../src/http/access.ts";
import { MOST_ATTEMPTS } from "../src/http/attempts.ts";
import { beacon, type House, openHouse, START } from "./house.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.addSite("alpha");
  await house.addSite("beta");
});
afterAll(() => house.close());

describe("a key", () => {
  test("is kept as its hash only, and says who it is without saying itself", async () => {
    const admin = await house.key("admin");
    const made = await house.call("POST", "/api/v1/keys", {
      key: admin,
      body: { name: "a report", scope: "read", sites: ["alpha"] },
    });
    expect(made.status).toBe(201);
    const { key, id } = made.body as { key: string; id: string };
    expect(Buffer.from(key.replace("sj_read_", ""), "base64url")).toHaveLength(32);
    expect(id).toHaveLength("sj_read_".length + 6);
    const list = await house.call("GET", "/api/v1/keys", { key: admin });
    expect(JSON.stringify(list.body)).toContain(id);
    expect(JSON.stringify(list.body)).not.toContain(key);
    for (const file of ["sojourn.db", "sojourn.db-wal"]) {
      expect(readFileSync(join(house.folder, file)).includes(key)).toBe(false);
    }
    expect(house.store.access.keyByHash(hashOf(key))?.id).toBe(id);
  });

  test("ends at its time, to the millisecond", async () => {
    const key = await house.key("read", [], START + HOUR);
    house.clock.now = START + HOUR - 1;
    expect((await house.call("GET", "/api/v1/sites", { key })).status).toBe(200);
    house.clock.now = START + HOUR;
    expect((await house.call("GET", "/api/v1/sites", { key })).status).toBe(401);
    house.clock.now = START;
  });

  test("that was removed opens nothing at once", async () => {
    const admin = await house.key("admin");
    const key = await house.key("read");
    const { id } = house.store.access.keyByHash(hashOf(key))!;
    expect((await house.call("GET", "/api/v1/sites", { key })).status).toBe(200);
    expect((await house.call("DELETE", `/api/v1/keys/${id}`, { key: admin })).status).toBe(204);
    expect((await house.call("GET", "/api/v1/sites", { key })).status).toBe(401);
    expect((await house.call("DELETE", `/api/v1/keys/${id}`, { key: admin })).status).toBe(404);
  });

  test("that is not known is refused even where nobody needs one", async () => {
    const { status, body } = await house.call("GET", "/healthz", { key: `sj_read_${"A".repeat(43)}` });
    expect(status).toBe(401);
    expect(JSON.stringify(body)).not.toContain("AAAA");
  });

  test("that sends touchpoints reads nothing, and one that reads sends none", async () => {
    const write = await house.key("write", ["alpha"]);
    const read = await house.key("read", ["alpha"]);
    expect((await house.call("GET", "/api/v1/stages?site=alpha", { key: write })).status).toBe(403);
    const body = [{ kind: "purchase", order: "A-1", customer: "c1", value: 10, currency: "EUR" }];
    expect((await house.call("POST", "/api/v1/touchpoints", { key: read, body })).status).toBe(403);
    expect((await house.call("POST", "/api/v1/touchpoints", { key: write, body })).status).toBe(200);
  });

  test("cannot be made for a site that does not exist", async () => {
    const key = await house.key("admin");
    const body = { name: "x", scope: "read", sites: ["nowhere"] };
    expect((await house.call("POST", "/api/v1/keys", { key, body })).status).toBe(404);
  });

  test("of one site sees that site alone in the list", async () => {
    const key = await house.key("read", ["alpha"]);
    const { body } = await house.call("GET", "/api/v1/sites", { key });
    expect((body as { sites: { id: string }[] }).sites.map(({ id }) => id)).toEqual(["alpha"]);
  });
});

/** Signs in and gives the cookie as a browser would send it back. */
async function signIn(): Promise<string> {
  const answer = await house.call("GET", `/sign-in?token=${await house.signInToken()}`);
  expect(answer.status).toBe(303);
  return answer.headers.get("set-cookie")!.split(";")[0]!;
}

const OWN = { "sec-fetch-site": "same-origin", origin: "http://localhost" };

describe("a sign-in link", () => {
  test("opens a session once, with a cookie that scripts and other sites cannot use", async () => {
    const token = await house.signInToken();
    const first = await house.call("GET", `/sign-in?token=${token}`);
    expect(first.status).toBe(303);
    expect(first.headers.get("location")).toBe("/");
    expect(first.headers.get("set-cookie")).toMatch(
      /^sojourn_session=\S{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/,
    );
    expect((await house.call("GET", `/sign-in?token=${token}`)).status).toBe(403);
    expect(house.store.access.meta("signed_in")).toBe(String(START));
  });

  test("is used up by one of two who open it at the same moment", async () => {
    const token = await house.signInToken();
    const answers = await Promise.all([1, 2, 3].map(() => house.call("GET", `/sign-in?token=${token}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403, 403]);
  });

  test("is not used up by programs that only look ahead", async () => {
    const token = await house.signInToken();
    expect((await house.call("HEAD", `/sign-in?token=${token}`)).status).toBe(204);
    const ahead = { headers: { "sec-purpose": "prefetch" } };
    expect((await house.call("GET", `/sign-in?token=${token}`, ahead)).status).toBe(204);
    expect((await house.call("GET", `/sign-in?token=${token}`)).status).toBe(303);
  });

  test("stops working when it is too old, or when a newer one was made", async () => {
    const old = await house.signInToken();
    house.clock.now = START + HOUR;
    expect((await house.call("GET", `/sign-in?token=${old}`)).status).toBe(403);
    house.clock.now = START;
    const earlier = await house.signInToken();
    const later = await house.signInToken();
    expect((await house.call("GET", `/sign-in?token=${earlier}`)).status).toBe(403);
    expect((await house.call("GET", `/sign-in?token=${later}`)).status).toBe(303);
  });

  test("sets a cookie for HTTPS alone where the page has an https address", async () => {
    const safe = await openHouse({ publicUrl: "https://stats.shop.example" });
    try {
      const answer = await safe.call("GET", `/sign-in?token=${await safe.signInToken()}`);
      expect(answer.headers.get("set-cookie")).toMatch(/^__Host-sojourn_session=.*; Secure$/);
    } finally {
      await safe.close();
    }
  });

  test("may be guessed ten times in a quarter of an hour, then the address waits", async () => {
    const guessed = await openHouse();
    try {
      for (let i = 0; i < MOST_ATTEMPTS; i++) {
        expect((await guessed.call("GET", `/sign-in?token=guess${i}`)).status).toBe(403);
      }
      const token = await guessed.signInToken();
      const late = await guessed.call("GET", `/sign-in?token=${token}`);
      expect(late.status).toBe(429);
      expect(Number(late.headers.get("retry-after"))).toBe(900);
      guessed.clock.now += 15 * 60_000;
      expect((await guessed.call("GET", `/sign-in?token=${token}`)).status).toBe(303);
    } finally {
      await guessed.close();
    }
  });
});

describe("a session", () => {
  test("reads and changes from the collector's own page", async () => {
    const cookie = await signIn();
    expect((await house.call("GET", "/api/v1/sites", { headers: { cookie } })).status).toBe(200);
    const body = { name: "Alpha shop" };
    const change = await house.call("PATCH", "/api/v1/sites/alpha", { body, headers: { cookie, ...OWN } });
    expect(change.status).toBe(200);
  });

  test.each<[string, Record<string, string>]>([
    ["from another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["from a neighbouring host", { "sec-fetch-site": "same-site", origin: "http://evil.localhost" }],
    ["without anything that says where it came from", {}],
    ["from an old browser with a foreign Origin", { origin: "https://evil.example" }],
    ["from a frame without an origin", { origin: "null" }],
    ["that claims to be our page with a foreign Origin", { ...OWN, origin: "https://evil.example" }],
    ["typed into the address line", { "sec-fetch-site": "none" }],
    ["sent as a plain form", { ...OWN, "content-type": "application/x-www-form-urlencoded" }],
    ["sent as plain text", { ...OWN, "content-type": "text/plain" }],
  ])("changes nothing on a request %s", async (_name, headers) => {
    const cookie = await signIn();
    const answer = await house.call("PATCH", "/api/v1/sites/beta", {
      body: { name: "forged" },
      headers: { cookie, ...headers },
    });
    expect(answer.status).toBe(403);
    const { sites } = await house.store.ask("sites", {});
    expect(sites.find(({ id }) => id === "beta")?.name).not.toBe("forged");
  });

  test("ends after twelve hours without use, and not while it is used", async () => {
    const cookie = await signIn();
    const isOpen = async () => {
      const { body } = await house.call("GET", "/api/v1/session", { headers: { cookie } });
      return (body as { signedIn: boolean }).signedIn;
    };
    house.clock.now = START + 11 * HOUR;
    expect(await isOpen()).toBe(true);
    await house.store.settled(house.clock.now);
    house.clock.now = START + 22 * HOUR;
    expect(await isOpen()).toBe(true);
    await house.store.settled(house.clock.now);
    house.clock.now = START + 34 * HOUR + 1;
    expect(await isOpen()).toBe(false);
    house.clock.now = START;
  });

  test("ends after seven days however much it is used", async () => {
    const cookie = await signIn();
    const statusAt = async (at: number) => {
      house.clock.now = at;
      const { status } = await house.call("GET", "/api/v1/sites", { headers: { cookie } });
      await house.store.settled(at);
      return status;
    };
    for (let at = START; at < START + 7 * DAY; at += 10 * HOUR) expect(await statusAt(at)).toBe(200);
    expect(await statusAt(START + 7 * DAY)).toBe(401);
    house.clock.now = START;
  });

  test("ends at once when its owner signs out, and when they sign in anew with it", async () => {
    const cookie = await signIn();
    const out = await house.call("DELETE", "/api/v1/session", { headers: { cookie, ...OWN } });
    expect(out.status).toBe(204);
    expect((await house.call("GET", "/api/v1/sites", { headers: { cookie } })).status).toBe(401);

    const before = await signIn();
    const again = await house.call("GET", `/sign-in?token=${await house.signInToken()}`, {
      headers: { cookie: before },
    });
    expect(again.status).toBe(303);
    expect((await house.call("GET", "/api/v1/sites", { headers: { cookie: before } })).status).toBe(401);
  });
});

describe("the cookie of a visitor", () => {
  const PAGE = "https://www.shop.example";
  const send = (site: string, origin: string, visitor = "visitor-0123456789") =>
    house.call("POST", "/b", {
      body: beacon(visitor, START, [{ kind: "page_view", visit: true }], site),
      headers: { origin, "user-agent": "Mozilla/5.0 Firefox/140.0" },
    });
  beforeAll(async () => {
    await house.addSite("cookie", {
      origins: [PAGE, "http://test.shop.example"],
      cookieDomain: "shop.example",
    });
    await house.addSite("plain", { origins: [PAGE] });
    await house.addSite("any", { cookieDomain: "shop.example" });
    house.clock.now = START + 5_000;
  });
  afterAll(() => {
    house.clock.now = START;
  });

  test("is set for 400 days on the site's own domain, and only pages of its origins may send cookies", async () => {
    const { status, headers } = await send("cookie", PAGE);
    expect(status).toBe(204);
    expect(headers.get("set-cookie")).toBe(
      "sj_v=visitor-0123456789; Domain=shop.example; Path=/; Max-Age=34560000; SameSite=Lax; Secure",
    );
    expect(headers.get("access-control-allow-credentials")).toBe("true");
    expect(headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(headers.get("vary")).toBe("origin");
    const plain = await send("cookie", "http://test.shop.example");
    expect(plain.headers.get("set-cookie")).not.toContain("Secure");
  });

  test.each([
    ["a site without the setting", "plain", PAGE],
    ["a site that lists no origins", "any", "https://elsewhere.example"],
    ["an origin that is not listed", "cookie", "https://evil.example"],
    ["an origin that only looks alike", "cookie", "https://www.shop.example.evil.example"],
  ])("is never set for %s", async (_name, site, origin) => {
    const { headers } = await send(site, origin);
    expect(headers.get("set-cookie")).toBeNull();
    if (origin !== PAGE) expect(headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("is not set for a visitor id that would change the header, and answers stay readable when refused", async () => {
    const strange = await send("cookie", PAGE, "visitor; Domain=evil.example; x");
    expect(strange.headers.get("set-cookie")).toBeNull();
    const broken = await house.call("POST", "/b", { body: "{", headers: { origin: PAGE } });
    expect(broken.status).toBe(400);
    expect(broken.headers.get("access-control-allow-credentials")).toBe("true");
    expect(broken.headers.get("set-cookie")).toBeNull();
  });

  test("asks for a domain that is one", async () => {
    const key = await house.key("admin");
    for (const cookieDomain of ["shop", "sh op.example", "shop.example; Path=/x", "..example"]) {
      const { status } = await house.call("PATCH", "/api/v1/sites/plain", { key, body: { cookieDomain } });
      expect(status, cookieDomain).toBe(400);
    }
  });
});

describe("metrics", () => {
  test("need a key when they are asked for through a proxy, and none on this machine", async () => {
    const outside = { headers: { "x-forwarded-for": "203.0.113.9" } };
    expect((await house.call("GET", "/metrics", outside)).status).toBe(401);
    expect((await house.call("GET", "/metrics", { key: await house.key("read", ["alpha"]) })).status).toBe(
      403,
    );
    const key = await house.key("read");
    expect((await house.call("GET", "/metrics", { key, ...outside })).status).toBe(200);
    expect((await house.call("GET", "/metrics")).status).toBe(200);
  });
});
