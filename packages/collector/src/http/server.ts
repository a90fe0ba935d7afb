/**
 * The listening server: node:http in front of the app, with the beacon's route on a short way of its own.
 *
 * The short way answers a beacon without building a Request and a Response (measured: about a third of the cost of a
 * request); everything else goes through the app. Time-outs are tight, because slow clients are free for an attacker.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { SojournError } from "../errors.ts";
import { BEACON_LIMIT, type Door, type Reply, type RequestFacts } from "./collect.ts";
import type { Env } from "./guard.ts";

export interface ListenOptions {
  app: Hono<Env>;
  door: Door;
  beaconPath: string;
  host: string;
  port: number;
}

export interface Listening {
  port: number;
  /** Stops accepting, waits for requests that are being answered, then closes what is idle. */
  close(withinMs: number): Promise<void>;
}

/** Longest wait for a request's headers, and for the whole of it. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_EVERY_MS = 3_000;
const KEEP_ALIVE_MS = 65_000;
const MOST_CONNECTIONS = 20_000;
const HEADER_BYTES = 16 * 1024;

const CLIENT_ERRORS: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Listens. Rejects with `port_taken` or `bad_config` in one sentence. */
export function listen({ app, door, beaconPath, host, port }: ListenOptions): Promise<Listening> {
  const others = getRequestListener(app.fetch);
  const answering = openAnswering();
  let isClosing = false;

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES,
      noDelay: true,
    },
    (request, response) => {
      answering.add(request, response);
      // Whoever is still connected gets this answer and is asked to go.
      if (isClosing) response.shouldKeepAlive = false;
      if (request.method === "POST" && pathOf(request.url) === beaconPath)
        takeBeacon(door, request, response);
      else void others(request, response);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Not HTTP, too slow, or too large a header: one line and goodbye.
    const status = CLIENT_ERRORS[error.code ?? ""] ?? "400 Bad Request";
    if (socket.writable)
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
        socket.destroy(),
      );
    else socket.destroy();
  });

  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen({ host, port, backlog: 4_096 }, () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        close(withinMs) {
          isClosing = true;
          return closeServer(server, answering, withinMs);
        },
      });
    });
  });
}

/** Reads a beacon's body, never more than the limit, and answers it. */
function takeBeacon(door: Door, request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request;
  const facts: RequestFacts = {
    address: request.socket.remoteAddress ?? "",
    origin: headers.origin,
    userAgent: headers["user-agent"],
    forwardedFor: headers["x-forwarded-for"] as string | undefined,
    purpose: (headers["sec-purpose"] ?? headers["purpose"]) as string | undefined,
  };
  const wait = door.waitOf(facts);
  if (wait > 0) {
    refuseUnread(request, response, door.refusal(429, "rate_limited", facts.origin, wait));
    return;
  }
  if (Number(headers["content-length"] ?? 0) > BEACON_LIMIT) {
    refuseUnread(request, response, door.refusal(413, "too_large", facts.origin));
    return;
  }
  let chunks: Buffer[] | undefined;
  let first: Buffer | undefined;
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > BEACON_LIMIT) {
      request.removeAllListeners("data");
      request.removeAllListeners("end");
      refuseUnread(request, response, door.refusal(413, "too_large", facts.origin));
      return;
    }
    // Nearly every beacon comes in one piece.
    if (first === undefined) first = chunk;
    else if (chunks === undefined) chunks = [first, chunk];
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const body =
      chunks === undefined ? (first?.toString("utf8") ?? "") : Buffer.concat(chunks).toString("utf8");
    door.beacon(body, facts).then(
      (reply) => answer(response, reply),
      () => answer(response, door.refusal(503, "overloaded", facts.origin, 5)),
    );
  });
}

function answer(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed) return;
  if (status === 204) {
    response.writeHead(204, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}

/** Answers without reading the rest, and closes: what is still coming is nobody's request. */
function refuseUnread(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  request.pause();
  response.once("finish", () => request.destroy());
  answer(response, { ...reply, headers: { ...reply.headers, connection: "close" } });
}

function pathOf(url: string | undefined): string {
  const query = url?.indexOf("?") ?? -1;
  return query < 0 ? (url ?? "") : url!.slice(0, query);
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** The requests that are being answered. */
interface Answering {
  add(request: IncomingMessage, response: ServerResponse): void;
  now(): Exchange[];
}

/**
 * Places in an array that are used again. A Map or Set would do, but where entries come and go at this rate its old
 * tables, once they have grown old in memory, keep every request since then until a full collection (measured: pauses
 * of 9 ms and 100 MiB).
 */
function openAnswering(): Answering {
  const exchanges: (Exchange | undefined)[] = [];
  const free: number[] = [];
  return {
    add(request, response) {
      const place = free.pop() ?? exchanges.length;
      exchanges[place] = { request, response };
      response.once("close", () => {
        exchanges[place] = undefined;
        free.push(place);
      });
    },
    now: () => exchanges.filter((exchange) => exchange !== undefined),
  };
}

/** A request that is still arriving when we stop was not accepted yet; it gets this long to become whole. */
const ARRIVING_MS = 1_000;

async function closeServer(server: Server, answering: Answering, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const { response } of answering.now()) response.shouldKeepAlive = false;
  const start = performance.now();
  const mustWait = (): boolean => {
    const waited = performance.now() - start;
    if (waited >= withinMs) return false;
    return answering.now().some(({ request }) => request.complete || waited < ARRIVING_MS);
  };
  while (mustWait()) await new Promise((resolve) => setTimeout(resolve, 5));
  server.closeAllConnections();
  await closed;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  if (error.code === "EADDRINUSE") {
    return new SojournError("port_taken", `Port ${port} on ${host} is taken by another program`, {
      hint: "Stop it, or choose another port with --port (0 picks a free one).",
    });
  }
  if (error.code === "EACCES") {
    return new SojournError("bad_config", `Port ${port} may not be used by this user`, {
      hint: "Use a port above 1023, such as --port 8080, and a proxy in front.",
    });
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return new SojournError("bad_config", `This machine has no address ${host}`, {
      hint: "Use --host 127.0.0.1, or --host 0.0.0.0 for all addresses.",
    });
  }
  return error;
}
