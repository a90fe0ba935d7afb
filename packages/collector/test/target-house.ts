/**
 * A collector that tells targets, with a stub of the system on loopback: the real store, table and sender. The stub
 * answers what it is told to, and remembers what it was asked.
 */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { settleTargets } from "../src/cli/connections.ts";
import { readTable } from "../src/connect/table.ts";
import { TARGETS } from "../src/connect/targets.ts";
import type { TargetCaller } from "../src/outbound/request.ts";
import { openSender, type Sender } from "../src/outbound/sender.ts";
import { beacon, type House, openHouse } from "./house.ts";

export interface Asked {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  // Tests look into it as they like.
  body: Record<string, unknown> | undefined;
}

export interface StubAnswer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  /** Never answers. */
  hang?: true;
  /** Takes the request in whole, then cuts the connection. */
  cut?: true;
}

export interface Stub {
  url: string;
  asked: Asked[];
  /** Writes only: what was asked besides questions. */
  writes(): Asked[];
  /** What the next requests are answered, in order; after them, `otherwise`. */
  next: StubAnswer[];
  otherwise: (asked: Asked) => StubAnswer;
  close(): Promise<void>;
}

export async function openStub(): Promise<Stub> {
  const stub: Stub = {
    url: "",
    asked: [],
    writes: () => stub.asked.filter(({ method }) => method !== "GET"),
    next: [],
    otherwise: () => ({ status: 200, json: {} }),
    close: async () => {},
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const asked: Asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>),
      };
      stub.asked.push(asked);
      const answer = stub.next.shift() ?? stub.otherwise(asked);
      if (answer.hang === true) return;
      if (answer.cut === true) {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
      response.end(answer.json === undefined ? "" : JSON.stringify(answer.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stub.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return stub;
}

export interface TargetHouse {
  house: House;
  stub: Stub;
  sender: Sender;
  targets: TargetCaller[];
  /** Sends what a browser does, at the clock's time. */
  browser(visitor: string, ...touchpoints: Parameters<typeof beacon>[2]): Promise<void>;
  /** Sends what a shop's server says. */
  server(touchpoint: Record<string, unknown>): Promise<void>;
  /** Folds, and sends what may be sent now. */
  settle(): Promise<void>;
  /** Opens another sender on the same store, as after a restart. */
  restart(): Promise<void>;
  /** Messages of the first target, oldest first. */
  messages(
    state?: string,
  ): { id: string; kind: string; state: string; result: string | null; attempts: number }[];
  close(): Promise<void>;
}

/** @param entry the connector's entry in the table; `host` is the stub's */
export async function openTargetHouse(
  entry: Record<string, unknown>,
  settings: Parameters<House["addSite"]>[1] = {},
  timeoutMs = 10_000,
): Promise<TargetHouse> {
  const house = await openHouse({ allowPrivateTargets: true });
  const stub = await openStub();
  await house.store.change("updateSite", { id: "shop", settings: settings ?? {} });
  const table = [{ name: "crm", site: "shop", token: { file: "token" }, host: stub.url, ...entry }];
  const entries = readTable(table, "test.yml");
  const targets = entries.flatMap(({ send }): TargetCaller[] =>
    send === undefined ? [] : [{ target: TARGETS[send.system], options: send, token: "t0ken" }],
  );
  await settleTargets(house.store, { targets, entries }, house.clock.now);
  const open = () =>
    openSender({
      store: house.store,
      reads: house.store.webhooks.targets,
      targets,
      now: () => house.clock.now,
      random: () => 0,
      allowPrivate: true,
      version: "0",
      timeoutMs,
    });
  const made: TargetHouse = {
    house,
    stub,
    targets,
    sender: open(),
    async browser(visitor, ...touchpoints) {
      const { status, body } = await house.call("POST", "/b", {
        body: beacon(visitor, house.clock.now, touchpoints),
        headers: { "user-agent": "Mozilla/5.0 Firefox/140.0" },
      });
      if (status !== 204) throw new Error(`beacon: ${status} ${JSON.stringify(body)}`);
    },
    async server(touchpoint) {
      const key = await house.key("write");
      const { status, body } = await house.call("POST", "/api/v1/touchpoints?site=shop", {
        key,
        body: touchpoint,
      });
      if (status > 299) throw new Error(`touchpoint: ${status} ${JSON.stringify(body)}`);
    },
    async settle() {
      await house.store.settled(house.clock.now);
      await made.sender.round();
    },
    async restart() {
      await made.sender.stop();
      made.sender = open();
    },
    messages: (state) =>
      house.store.webhooks.targets
        .list({ target: "crm", limit: 1_000, ...(state === undefined ? {} : { state }) })
        .toReversed(),
    async close() {
      await made.sender.stop();
      await house.close();
      await stub.close();
    },
  };
  return made;
}
