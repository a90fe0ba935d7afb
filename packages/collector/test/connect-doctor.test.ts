/** What `sojourn doctor` says of connectors, as an operator runs it, against systems on loopback. */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect, readConnections } from "../src/cli/connections.ts";
import { requestOf, SECRET, samplesOf } from "../src/connect/test/samples.ts";
import { run } from "../src/main.ts";
import { openSqliteStore } from "../src/store/sqlite/engine.ts";
import { openIo } from "./command-io.ts";

const NOW = Date.UTC(2025, 11, 3, 12);
let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-doctor-"));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function system(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const secretFile = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });

function table(text: string): string {
  secretFile("secret", SECRET);
  const path = join(folder, "connectors.yml");
  writeFileSync(path, text);
  return path;
}

/** What doctor says of things whose name begins so. */
async function doctor(connectors: string, about = "connector "): Promise<{ state: string; text: string }[]> {
  const { io, out } = openIo(NOW, { SOJOURN_ALLOW_PRIVATE_TARGETS: "true" });
  await run(["doctor", "--quick", "--json", "--connectors", connectors, "--data", join(folder, "data")], io);
  return (JSON.parse(out()) as { name: string; state: string; text: string }[]).filter(({ name }) =>
    name.startsWith(about),
  );
}

/** A collector's life with these connectors, without a socket. */
async function live(connectors: string, work: (parts: ReturnType<typeof connect>) => Promise<unknown>) {
  const store = await openSqliteStore({ folder: join(folder, "data"), now: () => NOW, readers: 1 });
  try {
    await store.change("addSite", { id: "shop", settings: {}, at: NOW });
    const { connections } = readConnections(connectors);
    const inbox = connect(store, connections, { allowPrivate: true, now: () => NOW, onTrouble() {} });
    await work(inbox);
    await inbox.run();
    await store.settled(NOW);
    await inbox.stop();
  } finally {
    await store.close();
  }
}

const shopify = "- name: test-shopify\n  system: shopify\n  site: shop\n  secrets: [{ file: secret }]\n";
const order = samplesOf("shopify").find(({ name }) => name === "orders-create.json 1")!;

describe("doctor, of a connector", () => {
  test("says that its secret is set and that nothing has come yet", async () => {
    const path = table(shopify);
    await live(path, async () => {});
    expect(await doctor(path)).toMatchObject([
      { state: "ok", text: "secret is set" },
      { state: "warn", text: "nothing has come yet" },
      { state: "ok", text: "no trouble with its system so far" },
    ]);
  });

  test("says when the last message came and what is kept, unreadable ones as a warning", async () => {
    const path = table(shopify);
    await live(path, async (inbox) => {
      const connection = inbox.find("test-shopify")!;
      await inbox.accept(connection, requestOf("shopify", order));
    });
    expect((await doctor(path))[1]).toMatchObject({
      state: "ok",
      text: expect.stringContaining("last 2025-12-03T12:00:00.000Z; kept: 0 waiting, 1 mapped"),
    });
    const store = await openSqliteStore({ folder: join(folder, "data"), now: () => NOW, readers: 1 });
    await store.change("inboxKeep", {
      connector: "test-shopify",
      receivedAt: NOW,
      headers: {},
      body: Buffer.from("{"),
    });
    await store.change("inboxSettle", {
      rows: [
        {
          key: 2,
          state: "unreadable",
          detail: "body",
          touchpoints: [],
          visitors: [],
          fetched: {},
          tries: 0,
          notBefore: 0,
        },
      ],
    });
    await store.close();
    expect((await doctor(path))[1]).toMatchObject({
      state: "warn",
      text: expect.stringContaining("1 unreadable"),
    });
  });

  test("that only gets messages of another secret fails and says why", async () => {
    const path = table(shopify);
    await live(path, async (inbox) => {
      const connection = inbox.find("test-shopify")!;
      await inbox.accept(connection, requestOf("shopify", order, "another secret"));
    });
    expect((await doctor(path))[1]).toMatchObject({
      state: "fail",
      text: "1 messages came and none was genuine: the secret is another one",
    });
  });

  test("remembers the last trouble with its system over restarts, and tries the token", async () => {
    let status = 500;
    const host = await system((_request, response) => {
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
    secretFile("token", "the-token");
    const path = table(`${shopify}  host: ${host}\n  token: { file: token }\n  reconcile: { every: PT1H }\n`);
    await live(path, (inbox) => inbox.poll(inbox.find("test-shopify")!));
    const [, , trouble, token] = await doctor(path);
    expect(trouble).toMatchObject({
      state: "warn",
      text: "last trouble 2025-12-03T12:00:00.000Z: orders: the system answered 500",
    });
    expect(token).toMatchObject({ state: "fail", text: "the token is refused or may not read (HTTP 500)" });
    status = 200;
    expect((await doctor(path))[3]).toMatchObject({ state: "ok", text: "the token works" });
  });

  test("shows what is doubtful in the data, with what it means", async () => {
    const path = table(shopify);
    const edited = { ...(order.body as object), total_price: "99.00", updated_at: "2025-12-02T00:00:00Z" };
    await live(path, async (inbox) => {
      const connection = inbox.find("test-shopify")!;
      await inbox.accept(connection, requestOf("shopify", order));
      await inbox.run();
      const headers = { "x-shopify-topic": "orders/updated" };
      await inbox.accept(connection, requestOf("shopify", { headers, body: edited }));
    });
    expect(await doctor(path, "data shop")).toMatchObject([
      { state: "warn", text: expect.stringMatching(/^order-edited: 1\. .*worth more/) },
    ]);
  });
});

/** Checks OAuth 1.0a as Magento does, by a calculation of its own: every part is decoded as a path is, a plus is a plus. */
function isSignedBy(request: IncomingMessage, host: string, secrets: string): boolean {
  const header = request.headers.authorization ?? "";
  if (!header.startsWith("OAuth ")) return false;
  const fields = new Map(
    [...header.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      decodeURIComponent(value!),
    ]),
  );
  const given = fields.get("oauth_signature");
  fields.delete("oauth_signature");
  const [path = "", query = ""] = request.url!.split("?");
  const parts = query.split("&").map((part) => part.split("=").map(decodeURIComponent) as [string, string]);
  const strict = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const pairs = [...parts, ...fields].map(([name, value]) => `${strict(name)}=${strict(value)}`).sort();
  const base = [request.method!, host + path, pairs.join("&")].map(strict).join("&");
  return createHmac("sha256", secrets).update(base).digest("base64") === given;
}

describe("doctor, of Magento", () => {
  const magento = (host: string) =>
    `- name: shop\n  system: magento\n  site: shop\n  host: ${host}\n  token: { file: token }\n  reconcile: { every: PT10M }\n`;

  test("says that a bearer works, or what to do when it is refused", async () => {
    let isAllowed = true;
    const host = await system((request, response) => {
      const isFine = isAllowed && request.headers.authorization === "Bearer access";
      response.writeHead(isFine ? 200 : 401, { "content-type": "application/json" }).end("{}");
    });
    secretFile("token", "access");
    const path = table(magento(host));
    await live(path, async () => {});
    expect((await doctor(path)).at(-1)).toMatchObject({ state: "ok", text: "the token works, as a bearer" });
    isAllowed = false;
    expect((await doctor(path)).at(-1)).toMatchObject({
      state: "fail",
      text: expect.stringContaining("enable_integration_as_bearer 1, or give all four keys"),
    });
  });

  test.each([["ck:cs:at:ts"], ["ck\ncs\nat\nts\n"]])(
    "signs with the four keys of %j, and polls so too",
    async (keys) => {
      let asked = 0;
      const host = await system((request, response) => {
        asked += 1;
        const isFine = isSignedBy(request, host, "cs&ts");
        const body = JSON.stringify(isFine ? { items: [] } : { message: "refused" });
        response.writeHead(isFine ? 200 : 401, { "content-type": "application/json" }).end(body);
      });
      secretFile("token", keys);
      const path = table(magento(host));
      await live(path, async (inbox) => {
        await inbox.poll(inbox.find("shop")!);
        expect(inbox.counts("shop").lastError).toBeUndefined();
      });
      expect(asked).toBe(2);
      expect((await doctor(path)).at(-1)).toMatchObject({
        state: "ok",
        text: "the token works, signed as OAuth 1.0a",
      });
      secretFile("token", keys.replace("cs", "wrong"));
      expect((await doctor(path)).at(-1)).toMatchObject({
        state: "fail",
        text: expect.stringContaining("the four keys stand in their order"),
      });
    },
  );
});
