/**
 * A collector for delivery tests: a real HTTP server that remembers every request, and can be made to fail.
 *
 * Owns what arrived, how often and when. It stores nothing on disk and checks no shapes: a loss or a double must be
 * the sender's.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Beacon, WireTouchpoint } from "@sojourn/sdk/wire";

/** How the next requests are treated. `lose` stores and then cuts the connection; `hang` never answers. */
export type Mood = "store" | "lose" | "hang" | Refusal | ((beacon: Beacon) => "store" | Refusal);

export interface Refusal {
  status: number;
  retryAfter?: string;
}

/** One request as it arrived. */
export interface Arrived {
  /** Server clock, epoch ms. */
  at: number;
  method: string;
  bytes: number;
  isStored: boolean;
  /** Came inside a Retry-After window that was given to an earlier request. */
  isTooEarly: boolean;
  beacon: Beacon | undefined;
  /** The Cookie header. */
  cookies: string | undefined;
}

export interface Recorder {
  readonly origin: string;
  mood: Mood;
  readonly requests: Arrived[];
  /** Copies of each stored touchpoint, by id. */
  copies(): Map<string, number>;
  /** Stored touchpoints, each once. */
  touchpoints(): WireTouchpoint[];
  /** Refuses connections, as a stopped process does. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

/** Starts a recorder on a free port of this machine. */
export async function openRecorder(): Promise<Recorder> {
  const requests: Arrived[] = [];
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  let quietUntil = 0;

  const answer = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const isPost = request.method === "POST";
    const beacon = isPost ? (JSON.parse(body) as Beacon) : undefined;
    const mood =
      typeof recorder.mood === "function" ? (beacon ? recorder.mood(beacon) : "store") : recorder.mood;
    const isStored = isPost && (mood === "store" || mood === "lose");
    requests.push({
      at: Date.now(),
      method: request.method ?? "",
      bytes: Buffer.byteLength(body),
      isStored,
      isTooEarly: Date.now() < quietUntil,
      beacon,
      cookies: request.headers.cookie,
    });
    if (mood === "hang") return;
    if (mood === "lose") return void request.socket.destroy();
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("access-control-expose-headers", "retry-after");
    if (mood === "store") return void response.writeHead(204).end();
    if (mood.retryAfter !== undefined) {
      response.setHeader("retry-after", mood.retryAfter);
      const seconds = Number(mood.retryAfter);
      quietUntil = Number.isNaN(seconds) ? Date.parse(mood.retryAfter) : Date.now() + seconds * 1_000;
    }
    response.writeHead(mood.status).end("{}");
  };

  const recorder: Recorder = {
    get origin() {
      return `http://127.0.0.1:${port}`;
    },
    mood: "store",
    requests,
    copies() {
      const copies = new Map<string, number>();
      for (const { isStored, beacon } of requests)
        if (isStored)
          for (const { id } of beacon?.touchpoints ?? []) copies.set(id, (copies.get(id) ?? 0) + 1);
      return copies;
    },
    touchpoints() {
      const byId = new Map<string, WireTouchpoint>();
      for (const { isStored, beacon } of requests)
        if (isStored) for (const touchpoint of beacon?.touchpoints ?? []) byId.set(touchpoint.id, touchpoint);
      return [...byId.values()];
    },
    stop: () =>
      new Promise((resolve) => {
        if (server === undefined) return resolve();
        server.close(() => resolve());
        server = undefined;
        for (const socket of sockets) socket.destroy();
      }),
    start: () =>
      new Promise((resolve, reject) => {
        const started = createServer((request, response) => {
          let body = "";
          request.setEncoding("utf8");
          request.on("data", (chunk: string) => {
            body += chunk;
          });
          request.on("end", () => answer(request, response, body));
        });
        server = started;
        started.on("connection", (socket) => {
          sockets.add(socket);
          socket.on("close", () => sockets.delete(socket));
        });
        started.once("error", reject);
        started.listen(port, "127.0.0.1", () => {
          port = (started.address() as AddressInfo).port;
          resolve();
        });
      }),
  };
  await recorder.start();
  return recorder;
}
