import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { openFetcher } from "../src/connect/fetcher.ts";
import type { Connection } from "../src/connect/inbox.ts";
import { CONNECTORS } from "../src/connect/systems.ts";
import { NOW, optionsFor, requestOf, SECRET } from "../src/connect/test/samples.ts";
import { isPrivateAddress } from "../src/outbound/addresses.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn } from "./connect-house.ts";

let house: ConnectedHouse | undefined;
let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await house?.close();
  await stop?.();
  house = undefined;
  stop = undefined;
});

/** A system on loopback that answers as the test says. */
async function system(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

const order = (id: number, minute: number) => ({
  entity_id: id,
  increment_id: String(id).padStart(9, "0"),
  state: "processing",
  created_at: "2025-12-02 12:00:00",
  updated_at: new Date(Date.UTC(2025, 11, 3, 11, 0) + minute * 1_000)
    .toISOString()
    .slice(0, 19)
    .replace("T", " "),
  base_grand_total: 10,
  base_currency_code: "EUR",
});

describe("a shop that only answers", () => {
  test("is asked page by page, oldest change first, and goes on where it was", async () => {
    const orders = Array.from({ length: 120 }, (_, i) => order(i + 1, i));
    const asked: string[] = [];
    const host = await system((request, response) => {
      const url = new URL(request.url!, "http://x");
      expect(request.headers.authorization).toBe("Bearer the-token");
      if (url.pathname.endsWith("creditmemos")) return json(response, 200, { items: [] });
      const since = url.searchParams.get("searchCriteria[filterGroups][0][filters][0][value]")!;
      asked.push(since);
      return json(response, 200, { items: orders.filter((o) => o.updated_at >= since).slice(0, 50) });
    });
    house = await openConnectedHouse([{ options: { system: "magento", host }, token: "the-token" }], NOW);
    const connection = house.connections.find("test-magento")!;
    expect(await house.connections.poll(connection)).toBe(3);
    await house.settle();
    expect(peopleIn(house.folder)).toHaveLength(120);
    expect(asked).toHaveLength(3);
    expect([...asked].sort()).toEqual(asked);

    // The next round asks for the last ten minutes again; nothing counts twice.
    orders.push(order(121, 130));
    expect(await house.connections.poll(connection)).toBeGreaterThan(0);
    await house.settle();
    expect(peopleIn(house.folder)).toHaveLength(121);
    expect(Date.parse(`${asked[3]!.replace(" ", "T")}Z`)).toBe(
      Date.UTC(2025, 11, 3, 11, 0) + 119_000 - 600_000,
    );
  });

  test("does not lose its place when it answers with an error", async () => {
    let isDown = true;
    const host = await system((_request, response) =>
      isDown ? json(response, 500, {}) : json(response, 200, { items: [order(1, 1)] }),
    );
    house = await openConnectedHouse([{ options: { system: "magento", host }, token: "t" }], NOW);
    const connection = house.connections.find("test-magento")!;
    expect(await house.connections.poll(connection)).toBe(0);
    expect(await house.store.change("inboxCursors", { connector: "test-magento" })).toEqual({});
    expect(house.connections.counts("test-magento").lastError).toBe("creditmemos: the system answered 500");
    isDown = false;
    await house.connections.poll(connection);
    await house.settle();
    expect(peopleIn(house.folder)).toHaveLength(1);
  });
});

describe("a message that names only an id", () => {
  const body = { scope: "store/order/created", data: { type: "order", id: 250 } };
  const settings = { storeHash: "abc" };
  const answer = {
    id: 250,
    status_id: 11,
    customer_id: 0,
    date_created: "Mon, 01 Dec 2025 00:00:00 +0000",
    total_inc_tax: "5.00",
    currency_code: "EUR",
  };

  test("waits while the system is busy, for as long as it says, and is mapped afterwards", async () => {
    const answers: [number, Record<string, string>][] = [
      [429, { "retry-after": "60" }],
      [500, {}],
      [200, {}],
    ];
    const paths: string[] = [];
    const host = await system((request, response) => {
      paths.push(request.url!);
      const [status, headers] = answers.shift()!;
      json(response, status, status === 200 ? answer : {}, headers);
    });
    house = await openConnectedHouse(
      [{ options: { system: "bigcommerce", host, settings }, token: "t" }],
      NOW,
    );
    expect((await house.send(requestOf("bigcommerce", { headers: {}, body }))).status).toBe(200);
    await house.settle();
    const state = async () => (await house!.store.change("inboxList", {}))[0]!;
    expect(await state()).toMatchObject({ state: "waiting", detail: "429 for order 250" });
    house.clock.now = NOW + 59_000;
    await house.settle();
    expect(paths).toHaveLength(1);
    house.clock.now = NOW + 60_000;
    await house.settle();
    expect(await state()).toMatchObject({ state: "waiting", detail: "500 for order 250", tries: 2 });
    house.clock.now = NOW + 3_600_000;
    await house.settle();
    expect(await state()).toMatchObject({ state: "mapped" });
    expect(paths).toEqual(Array(3).fill("/stores/abc/v2/orders/250"));

    // What was answered is kept: mapping it again asks nobody.
    await house.store.change("inboxReplay", {});
    await house.settle();
    expect(paths).toHaveLength(3);
    expect(peopleIn(house.folder)).toHaveLength(1);
  });

  test("is unreadable when the system refuses the question for good", async () => {
    const host = await system((_request, response) => json(response, 403, {}));
    house = await openConnectedHouse(
      [{ options: { system: "bigcommerce", host, settings }, token: "t" }],
      NOW,
    );
    await house.send(requestOf("bigcommerce", { headers: {}, body }));
    await house.settle();
    expect((await house.store.change("inboxList", {}))[0]).toMatchObject({
      state: "unreadable",
      detail: "fetch.order 250: 403",
    });
  });
});

describe("our own requests", () => {
  const connection = (host: string): Connection => ({
    connector: CONNECTORS.magento,
    options: optionsFor("magento", { host }),
    secrets: [SECRET],
    token: "t",
    everyMs: undefined,
    keepDays: 14,
  });
  const fetch = { name: "x", method: "GET" as const, path: "/a" };

  test("do not reach this machine or its network unless that is allowed", async () => {
    let asked = 0;
    const host = await system((_request, response) => {
      asked += 1;
      json(response, 200, { fine: true });
    });
    const port = new URL(host).port;
    const strict = openFetcher({ allowPrivate: false, isPrivate: isPrivateAddress, now: () => NOW });
    for (const one of [host, `http://localhost:${port}`, `http://[::1]:${port}`, "http://169.254.169.254"])
      await expect(strict(connection(one), fetch), one).rejects.toMatchObject({ code: "forbidden" });
    expect(asked).toBe(0);
    const open = openFetcher({ allowPrivate: true, isPrivate: isPrivateAddress, now: () => NOW });
    expect(await open(connection(host), fetch)).toEqual({ status: 200, json: { fine: true } });
  });

  test("follow no redirect, and take the token to no other host", async () => {
    const host = await system((_request, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
    );
    const open = openFetcher({ allowPrivate: true, isPrivate: isPrivateAddress, now: () => NOW });
    expect(await open(connection(host), fetch)).toMatchObject({ status: 302 });
    for (const path of ["@127.0.0.2/", ".evil.example/", "evil"])
      await expect(open(connection(host), { ...fetch, path }), path).rejects.toThrow();
  });
});
