/** Every route, asked by everybody who could ask: a new route is in these tests as soon as it is in the app. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashOf, newToken, SCOPES } from "../src/http/access.ts";
import { type ConnectedHouse, openConnectedHouse } from "./connect-house.ts";
import { type House, openHouse, START } from "./house.ts";

const HOUR = 3_600_000;

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.addSite("alpha");
  await house.addSite("beta");
});
afterAll(() => house.close());

/** What anybody may call without a name. Everything else must be absent from here, and is refused. */
const PUBLIC: ReadonlySet<string> = new Set([
  "GET /healthz",
  "GET /readyz",
  "GET /metrics", // From this machine; see below.
  "POST /b",
  "OPTIONS /b",
  "GET /sign-in",
  "GET /api/v1/session",
  "DELETE /api/v1/session",
  "GET /sojourn.js",
  "GET /sojourn.js.map",
  "GET /sojourn.js.sri",
  "GET /sojourn.shops.js",
  "GET /sojourn.shops.js.sri",
  "GET /api/openapi.json",
  "GET /api/docs",
  "GET /api/docs.css",
  "GET /*",
]);

/** Doors that are not there for whoever cannot show what they are opened with; each has tests of its own. */
const HIDDEN: ReadonlySet<string> = new Set([
  "POST /api/v1/control", // The token in the data folder.
  "POST /peer/arrivals", // The secret of collectors that share an engine.
  "GET /peer/keys",
]);

interface Route {
  method: string;
  path: string;
}

/** Every route there is, once. */
const routes = (): Route[] => {
  const seen = new Map<string, Route>();
  for (const { method, path } of house.app.routes) {
    if (method !== "ALL") seen.set(`${method} ${path}`, { method, path });
  }
  return [...seen.values()];
};

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const closed = (): Route[] =>
  routes().filter((route) => !PUBLIC.has(nameOf(route)) && !HIDDEN.has(nameOf(route)));

/** The route's address with the foreign site wherever a site can stand. */
const addressOf = (path: string) => {
  const filled = path.replace(":site", "beta").replace(/:\w+(\{.*?\})?/g, "someone");
  return `${filled}?site=beta&url=${encodeURIComponent("https://shop.example/")}`;
};

describe("every route", () => {
  test("is known to this test as public, or belongs to the API", () => {
    const strange = closed().filter(({ path }) => !path.startsWith("/api/v1/"));
    expect(strange).toEqual([]);
    expect(closed().length).toBeGreaterThan(10);
  });

  test("asks for a name first: 401 with a way to sign in, whatever the parameters are", async () => {
    for (const { method, path } of closed()) {
      for (const address of [addressOf(path), path]) {
        const { status, body, headers } = await house.call(method, address, { body: bodyOf(method) });
        expect({ method, path, status }).toEqual({ method, path, status: 401 });
        expect(body).toMatchObject({ code: "unauthorized", hint: expect.stringContaining("sign-in") });
        expect(headers.get("www-authenticate")).toContain("Bearer");
        expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      }
    }
  });

  test.each(SCOPES)("does not know the site for a %s key of another site", async (scope) => {
    const key = await house.key(scope, ["alpha"]);
    for (const { method, path } of closed()) {
      const { status } = await house.call(method, addressOf(path), { key, body: bodyOf(method) });
      expect([403, 404], `${method} ${path} answered ${status}`).toContain(status);
    }
  });

  test("that takes its site from the body does not know a foreign one either", async () => {
    const key = await house.key("admin", ["alpha"]);
    for (const { method, path } of closed()) {
      if (method === "GET" || method === "HEAD") continue;
      const filled = path.replace(":site", "beta").replace(/:\w+(\{.*?\})?/g, "someone");
      const { status, body } = await house.call(method, filled, { key, body: bodyOf(method) });
      // A body that does not fit the route is refused before its site is looked at, and then nothing was done.
      const isRefused = status === 403 || status === 404 || status === 400;
      expect(isRefused, `${method} ${path} answered ${status} ${JSON.stringify(body)}`).toBe(true);
    }
    const sites = await house.store.ask("sites", {});
    expect(sites.sites.map(({ id }) => id).sort()).toEqual(["alpha", "beta", "shop"]);
  });

  test("that changes something refuses a key that may only read", async () => {
    const key = await house.key("read");
    for (const { method, path } of closed()) {
      if (method === "GET" || path.endsWith("/preview")) continue;
      const { status } = await house.call(method, addressOf(path).replaceAll("beta", "alpha"), {
        key,
        body: bodyOf(method),
      });
      expect([403, 404], `${method} ${path} answered ${status}`).toContain(status);
    }
  });
});

const bodyOf = (method: string): unknown =>
  method === "GET" || method === "HEAD"
    ? undefined
    : {
        site: "beta",
        id: "beta",
        name: "x",
        scope: "read",
        sites: ["beta"],
        settings: {},
        url: "https://hooks.example/",
        model: {},
        rule: true,
        rows: [],
        touchpoints: [{ kind: "page_view", visitor: "visitor-0001" }],
      };

/** A session's cookie, as a browser has it after signing in. */
async function session(expiresAt = START + 24 * HOUR): Promise<string> {
  const token = newToken();
  await house.store.change("addSession", { hash: hashOf(token), principal: "owner", at: START, expiresAt });
  return `sojourn_session=${token}`;
}

/** A share link's key. */
async function share(site: string, password?: string): Promise<string> {
  const admin = await house.key("admin");
  const { body } = await house.call("POST", "/api/v1/shares", {
    key: admin,
    body: { site, name: "a link", ...(password === undefined ? {} : { password }) },
  });
  return (body as { token: string }).token;
}

const SAFE = new Set(["GET", "HEAD"]);

describe("whoever is nobody", () => {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const WHO: [name: string, headers: () => Promise<Record<string, string>>][] = [
    ["an invented key", async () => bearer(`sj_admin_${"A".repeat(43)}`)],
    ["a key that has ended", async () => bearer(await house.key("admin", [], START))],
    [
      "a key that was removed",
      async () => {
        const key = await house.key("admin");
        const { id } = house.store.access.keyByHash(hashOf(key))!;
        await house.store.change("removeKey", { id });
        return bearer(key);
      },
    ],
    ["a key's name instead of the key", async () => bearer((await house.key("admin")).slice(0, 20))],
    ["the hash of a key", async () => bearer(hashOf(await house.key("admin")).toString("hex"))],
    ["a key by the way of passwords", async () => ({ authorization: `Basic ${await house.key("admin")}` })],
    ["a session that is over", async () => ({ cookie: await session(START) })],
    ["an invented session", async () => ({ cookie: `sojourn_session=${newToken()}` })],
    ["a key in a session's cookie", async () => ({ cookie: `sojourn_session=${await house.key("admin")}` })],
  ];

  test.each(WHO)("opens nothing with %s", async (_name, headersOf) => {
    const headers = await headersOf();
    for (const { method, path } of closed()) {
      const { status, body } = await house.call(method, addressOf(path), { headers, body: bodyOf(method) });
      expect({ method, path, status }).toEqual({ method, path, status: 401 });
      expect(JSON.stringify(body)).not.toContain(Object.values(headers)[0]);
    }
  });
});

describe("a share link", () => {
  test("opens figures of its own site, and no route of another one", async () => {
    const key = await share("alpha");
    const own = await house.call("GET", "/api/v1/stages?site=alpha", { key });
    expect(own.status).toBe(200);
    for (const { method, path } of closed()) {
      const { status } = await house.call(method, addressOf(path), { key, body: bodyOf(method) });
      expect([403, 404], `${method} ${path} answered ${status}`).toContain(status);
    }
  });

  test("changes nothing and shows no people, whatever route is asked about its own site", async () => {
    const key = await share("alpha");
    for (const { method, path } of closed()) {
      const address = addressOf(path).replaceAll("beta", "alpha");
      const { status, body } = await house.call(method, address, { key, body: bodyOf(method) });
      const said = `${method} ${path} answered ${status} ${JSON.stringify(body).slice(0, 100)}`;
      if (!SAFE.has(method) || /people|export|keys|inbox|outbox|webhooks|shares|identity/.test(path))
        expect([403, 404], said).toContain(status);
      else expect([200, 400, 403, 404], said).toContain(status);
    }
  });

  test("with a password opens nothing without it", async () => {
    const key = await share("alpha", "open sesame");
    for (const { method, path } of closed()) {
      const address = addressOf(path).replaceAll("beta", "alpha");
      const { status } = await house.call(method, address, { key, body: bodyOf(method) });
      expect([401, 403, 404], `${method} ${path} answered ${status}`).toContain(status);
    }
  });
});

describe("a session", () => {
  test.each<[string, Record<string, string>]>([
    ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a neighbouring host", { "sec-fetch-site": "same-site", origin: "http://evil.localhost" }],
    ["somewhere that does not say", {}],
    ["a frame without an origin", { "sec-fetch-site": "cross-site", origin: "null" }],
  ])("changes nothing by any route on a request from %s", async (_name, headers) => {
    const cookie = await session();
    for (const { method, path } of [...closed(), { method: "DELETE", path: "/api/v1/session" }]) {
      if (SAFE.has(method)) continue;
      const answer = await house.call(method, addressOf(path), {
        headers: { cookie, ...headers },
        body: bodyOf(method),
      });
      expect(answer.status, `${method} ${path}`).toBe(403);
    }
    expect((await house.call("GET", "/api/v1/sites", { headers: { cookie } })).status).toBe(200);
  });
});

describe("hidden doors", () => {
  test("are not there for anybody else, administrators included", async () => {
    const key = await house.key("admin");
    const cookie = await session();
    const own = { "sec-fetch-site": "same-origin", origin: "http://localhost" };
    const control = house.app.routes.filter((route) => HIDDEN.has(nameOf(route)));
    expect(control.length).toBeGreaterThan(0);
    for (const { method, path } of control) {
      const body =
        method === "GET" ? undefined : { name: "addSite", take: { id: "mine", settings: {}, at: 0 } };
      for (const who of [{}, { key }, { headers: { cookie, ...own } }]) {
        const { status } = await house.call(method, path, { ...who, body });
        expect([401, 404], `${method} ${path} answered ${status}`).toContain(status);
      }
    }
    const { sites } = await house.store.ask("sites", {});
    expect(sites.map(({ id }) => id)).not.toContain("mine");
  });
});

describe("doors of connected systems", () => {
  let connected: ConnectedHouse;
  beforeAll(async () => {
    const systems = ["shopify", "stripe", "hubspot", "ga4", "webhook"] as const;
    connected = await openConnectedHouse(
      systems.map((system) => ({ options: { system, name: system } })),
      START,
    );
  });
  afterAll(() => connected.close());

  test("are the only routes that come with them", () => {
    const known = new Set(routes().map(nameOf));
    const more = connected.app.routes.filter((route) => route.method !== "ALL" && !known.has(nameOf(route)));
    expect(more.map(nameOf).sort()).toEqual([
      "GET /in/:connector",
      "POST /debug/mp/collect",
      "POST /in/:connector",
      "POST /mp/collect",
    ]);
  });

  test("keep nothing that is not signed, whoever else the sender is", async () => {
    const key = await connected.adminKey();
    const paths = [
      "/in/shopify",
      "/in/stripe",
      "/in/hubspot",
      "/in/webhook",
      "/mp/collect",
      "/debug/mp/collect",
    ];
    for (const path of paths) {
      for (const headers of [{}, { authorization: `Bearer ${key}` }] as Record<string, string>[]) {
        const answer = await connected.app.request(path, { method: "POST", body: '{"id":1}', headers });
        expect(answer.status, `${path} answered ${answer.status}`).toBe(401);
      }
    }
    expect((await connected.app.request("/in/nobody", { method: "POST", body: "{}" })).status).toBe(404);
    const counts = await connected.store.change("inboxList", {});
    expect(counts.filter(({ state }) => state !== "refused")).toEqual([]);
  });
});
