/** Requests of every odd shape at every kind of route, by raw sockets: answered or cut off, never with 5xx, and never twice. */
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newFolder, type RunningCollector, sleep, start } from "./parts/running.ts";

let data: string;
let collector: RunningCollector;

beforeAll(async () => {
  data = newFolder();
  collector = await start(data);
});
afterAll(async () => {
  expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
  expect(collector.said()).not.toMatch(/a request failed/);
  expect(await collector.end("SIGTERM")).toBe(0);
  rmSync(data, { recursive: true, force: true });
});

/** How long an answer is waited for; a request that is never whole is cut off by us then. */
const PATIENCE_MS = 400;

/** Writes pieces, one after the other, and gives what was heard until the other side closes or nothing more comes. */
async function exchange(...pieces: (string | Buffer)[]): Promise<{ statuses: number[]; heard: string }> {
  const socket = connect(collector.port, "127.0.0.1");
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk.toString("latin1");
  });
  socket.on("error", () => {
    // Being cut off is one of the right answers.
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  for (const piece of pieces) {
    socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    if (pieces.length > 1) await sleep(5);
  }
  await Promise.race([closed, sleep(PATIENCE_MS)]);
  socket.destroy();
  return { statuses: [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1])), heard };
}

/** One route of each kind: the short way of beacons, the app's ways in, questions, changes, files. */
const ROUTES = [
  "/b",
  "/api/v1/touchpoints",
  "/api/v1/sites",
  "/api/v1/stages?site=shop",
  "/in/anything",
  "/mp/collect",
  "/sign-in?token=x",
  "/healthz",
  "/",
] as const;

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
const FRAMES: readonly (readonly [name: string, head: string, body: string])[] = [
  ["length, then chunks", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`],
  ["chunks, then length", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", `0\r\n\r\n${smuggled}`],
  [
    "chunks named twice",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    `0\r\n\r\n${smuggled}`,
  ],
  ["chunks behind a comma", "Transfer-Encoding: identity, chunked, identity\r\n", `0\r\n\r\n${smuggled}`],
  [
    "chunks in a broken line",
    "Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n",
    `0\r\n\r\n${smuggled}`,
  ],
  [
    "chunks behind a vertical tab",
    "Transfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n",
    `0\r\n\r\n${smuggled}`,
  ],
  [
    "a header behind a lone line feed",
    "X: y\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    `0\r\n\r\n${smuggled}`,
  ],
  ["a length with a plus", "Content-Length: +5\r\n", `hello${smuggled}`],
  ["a length in hexadecimal", "Content-Length: 0x5\r\n", `hello${smuggled}`],
  ["a list of lengths", "Content-Length: 5, 5\r\n", `hello${smuggled}`],
  ["a length beyond all numbers", "Content-Length: 99999999999999999999999\r\n", "x"],
  [
    "a chunk with a lone carriage return",
    "Transfer-Encoding: chunked\r\n",
    `5\rhello\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    "a chunk that is longer than it says",
    "Transfer-Encoding: chunked\r\n",
    `2\r\nhello\r\n0\r\n\r\n${smuggled}`,
  ],
  ["a negative chunk", "Transfer-Encoding: chunked\r\n", `-1\r\nhello\r\n0\r\n\r\n`],
];

describe.concurrent("a request whose end is told in two ways", () => {
  test.each(FRAMES)("%s: what is behind it is no second request, on any route", async (_name, head, body) => {
    await Promise.all(
      ROUTES.map(async (path) => {
        const { statuses, heard } = await exchange(`POST ${path} HTTP/1.1\r\nHost: x\r\n${head}\r\n${body}`);
        // Who answered before the end may find then that it was none, and say goodbye.
        for (const status of statuses.slice(1)) expect(status, `${path}: ${heard}`).toBe(400);
        for (const status of statuses) expect(status, path).toBeGreaterThanOrEqual(400);
        for (const status of statuses) expect(status, path).toBeLessThan(500);
        expect(heard).not.toContain("smuggled");
      }),
    );
  });
});

const LINES: readonly (readonly [name: string, request: string])[] = [
  ["no host", "GET /healthz HTTP/1.1\r\n\r\n"],
  ["two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
  ["a host that is none", "GET /api/v1/sites HTTP/1.1\r\nHost: a b/c?d#e\r\n\r\n"],
  ["an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
  ["a host with a port that is none", "GET / HTTP/1.1\r\nHost: x:99999999\r\n\r\n"],
  ["a whole address as its path", "GET http://169.254.169.254/latest HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["two slashes", "GET //evil.example/%2f.. HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["steps upwards", "GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["coded steps upwards", "GET /%2e%2e/%2e%2e%2f%5c..%5cetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a coded NUL", "GET /assets/%00.js HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a broken code", "GET /%zz/%/%e0%a4%a HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a broken code in a parameter", "GET /api/v1/stages?site=%zz&site=%ff HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["bytes that are no text", "GET /\xff\xfe?\x80 HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["no path", "GET  HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a fragment", "GET /#/../b HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a method nobody knows", "BREW /b HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n"],
  ["TRACE", "TRACE /healthz HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n"],
  ["an upgrade to another protocol", "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"],
  ["a web socket", "GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"],
  ["HTTP/2 at once", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["a version of the future", "GET / HTTP/9.9\r\nHost: x\r\n\r\n"],
  ["HTTP/0.9", "GET /\r\n\r\n"],
  ["an expectation nobody has", "POST /b HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nContent-Length: 2\r\n\r\n{}"],
  ["trailers that set what was not said", "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n"],
  ["an extension of a chunk", `POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;${"a".repeat(9_000)}\r\n{}\r\n0\r\n\r\n`],
  ["a cookie that is none", "GET /api/v1/sites HTTP/1.1\r\nHost: x\r\nCookie: ;;=;sojourn_session\r\n\r\n"],
  ["an origin that is none", "POST /b HTTP/1.1\r\nHost: x\r\nOrigin: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}"],
  ["a proxy's header as long as allowed", `POST /b HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${"1.1.1.1, ".repeat(1_500)}\r\nContent-Length: 2\r\n\r\n{}`],
  ["a range of a file", "GET /sojourn.js HTTP/1.1\r\nHost: x\r\nRange: bytes=0-,0-,0-,-1,99999999999999999-\r\n\r\n"],
  ["a body where none belongs", "GET /api/v1/sites HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nhell"],
  ["two thousand headers", `GET / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(1_900)}\r\n`],
  ["the same header a thousand times", `GET /api/v1/sites HTTP/1.1\r\nHost: x\r\n${"Authorization: Bearer x\r\n".repeat(500)}\r\n`],
]; // biome-ignore format: one request a line

describe.concurrent("a request line or header of odd shape", () => {
  test.each(LINES)("%s: one answer below 500 at most", async (_name, request) => {
    const { statuses, heard } = await exchange(request);
    // "100 Continue" is no answer yet.
    const answers = statuses.filter((status) => status >= 200);
    expect(answers.length, heard).toBeLessThanOrEqual(1);
    for (const status of answers) expect(status, heard).toBeLessThan(500);
    expect(heard).not.toMatch(/root:|node_modules|\bat \S+ \(/);
  });
});

describe.concurrent("a body that cannot be read as text", () => {
  test.each([
    ["half a letter at its end", Buffer.from([0x7b, 0x22, 0xe2, 0x82])],
    ["UTF-16", Buffer.from('\ufeff{"v":1}', "utf16le")],
    ["a mark in front", Buffer.from("\ufeff{}")],
    ["nothing but zeros", Buffer.alloc(3_000)],
    ["an overlong NUL", Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ])("%s is refused with 4xx by every route that takes one", async (_name, body) => {
    for (const path of ["/b", "/api/v1/touchpoints", "/api/v1/sites", "/in/anything"]) {
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-7\r\nContent-Length: ${body.length}\r\n\r\n`;
      const { statuses } = await exchange(Buffer.concat([Buffer.from(head), body]));
      expect(statuses, path).toHaveLength(1);
      expect(statuses[0]).toBeGreaterThanOrEqual(400);
      expect(statuses[0]).toBeLessThan(500);
    }
  });
});
