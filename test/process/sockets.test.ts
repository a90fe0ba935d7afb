/** Clients that are slow, broken or malicious, over raw sockets: nobody gets a 5xx, nobody is kept, honest requests go on. */
import { rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drive } from "../../packages/collector/bench/load/drive.ts";
import { randomFrom } from "../../packages/collector/bench/load/shoppers.ts";
import { newFolder, type RunningCollector, sleep, start, until } from "./parts/running.ts";

let data: string;
let collector: RunningCollector;

beforeAll(async () => {
  data = newFolder();
  collector = await start(data);
});
afterAll(async () => {
  expect(await collector.end("SIGTERM")).toBe(0);
  rmSync(data, { recursive: true, force: true });
});

interface Talk {
  socket: Socket;
  heard(): string;
  /** Resolves when the other side has let go. */
  closed: Promise<void>;
}

function talk(...pieces: (string | Buffer)[]): Talk {
  const socket = connect(collector.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {
    // Being cut off is what these clients deserve.
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  for (const piece of pieces) socket.write(piece);
  return { socket, heard: () => text, closed };
}

const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

const beacon = (n: number): string =>
  JSON.stringify({
    v: 1,
    site: "shop",
    sentAt: Date.now(),
    visitor: "visitor-1",
    touchpoints: [{ id: `socket-test-${n}`, at: Date.now(), kind: "page_view" }],
  });
const post = (body: string, head = ""): string =>
  `POST /b HTTP/1.1\r\nHost: x\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe("broken requests", () => {
  test.each([
    [
      "two lengths that differ",
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
    ],
    [
      "a length and chunks",
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    [
      "an unknown transfer encoding",
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ],
    ["a space before a colon", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello"],
    [
      "a chunk size that is none",
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    ],
    [
      "a chunk size beyond all numbers",
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    ],
    ["a negative length", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"],
    ["line feeds inside a header", "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"],
    ["NUL in a header", "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"],
    ["no HTTP at all", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
  ])("%s: one refusal at most, and goodbye", async (_, request) => {
    const { heard, closed, socket } = talk(request);
    await Promise.race([closed, sleep(3_000)]);
    socket.destroy();
    const statuses = statusesIn(heard());
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) expect(status).toBe(400);
  });

  test("headers of 64 KiB are refused with 431", async () => {
    const { heard, closed } = talk(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(64 * 1024)}\r\n\r\n`);
    await closed;
    expect(statusesIn(heard())).toEqual([431]);
  });

  test("a body in chunks is cut off above 64 KiB, before it is read whole", async () => {
    const { heard, closed, socket } = talk(
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `1000\r\n${"x".repeat(4_096)}\r\n`;
    let sent = 0;
    const flood = setInterval(() => {
      for (let i = 0; i < 8 && !socket.destroyed; i++, sent += 4_096) socket.write(chunk);
    }, 5);
    await Promise.race([closed, sleep(8_000)]);
    clearInterval(flood);
    expect(statusesIn(heard())).toEqual([413]);
    expect(socket.destroyed).toBe(true);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test("a length above the limit is answered before the body comes", async () => {
    const { heard, closed } = talk("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc");
    await closed;
    expect(statusesIn(heard())).toEqual([413]);
  });

  test("random bytes never get a 5xx", async () => {
    const random = randomFrom(42);
    const talks = Array.from({ length: 200 }, (_, i) => {
      const noise = Buffer.from(
        Array.from({ length: 1 + Math.floor(random() * 600) }, () => Math.floor(random() * 256)),
      );
      return talk(
        i % 2 === 0
          ? noise
          : Buffer.concat([Buffer.from("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\n"), noise]),
      );
    });
    await sleep(500);
    for (const { socket, heard } of talks) {
      socket.destroy();
      for (const status of statusesIn(heard())) expect(status).toBeLessThan(500);
    }
    expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
  });
});

describe("odd but honest requests", () => {
  test("HTTP/1.0 is answered and closed", async () => {
    const body = beacon(1);
    const { heard, closed } = talk(`POST /b HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await closed;
    expect(statusesIn(heard())).toEqual([204]);
  });

  test("several requests in one packet are answered one by one, in order", async () => {
    const { heard, socket } = talk(post(beacon(2)) + post("no json") + post(beacon(3)) + post(beacon(4)));
    await until("four answers", () => statusesIn(heard()).length === 4);
    socket.destroy();
    expect(statusesIn(heard())).toEqual([204, 400, 204, 204]);
  });

  test("a body that comes in single bytes is taken", async () => {
    const body = beacon(5);
    const { heard, socket } = talk(`POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    for (const letter of body) {
      socket.write(letter);
      await sleep(1);
    }
    await until("an answer", () => statusesIn(heard()).length === 1);
    expect(statusesIn(heard())).toEqual([204]);
    socket.destroy();
  });

  test("a client that leaves in the middle is forgotten", async () => {
    for (let i = 0; i < 50; i++)
      talk("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf").socket.end();
    await sleep(100);
    expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
  });
});

describe("slow clients by the thousand", () => {
  // Under a small limit of open files there are fewer of them; two of each kind are the least.
  const MANY = 1_500;

  test("are gone within 20 seconds, and honest requests are answered meanwhile", async () => {
    const slowHeaders = Array.from({ length: MANY }, () => talk("POST /b HTTP/1.1\r\nHost: x\r\n"));
    const slowBodies = Array.from({ length: MANY }, () =>
      talk("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n{"),
    );
    const silent = Array.from({ length: MANY }, () => talk());
    const all = [...slowHeaders, ...slowBodies, ...silent];
    const drip = setInterval(() => {
      for (const { socket } of slowHeaders) if (!socket.destroyed) socket.write("X-Drip: 1\r\n");
      for (const { socket } of slowBodies) if (!socket.destroyed) socket.write("x");
    }, 2_000);
    const honest = drive({ port: collector.port, lanes: 4, perRequest: 1, run: 9, rate: 100 });
    const begin = performance.now();
    await Promise.race([Promise.all(all.map(({ closed }) => closed)), sleep(21_000)]);
    const tookMs = performance.now() - begin;
    clearInterval(drip);
    await honest.stop();
    for (const { socket } of all) socket.destroy();

    expect(all.filter(({ heard }) => statusesIn(heard()).some((status) => status >= 500))).toEqual([]);
    expect(tookMs).toBeLessThan(20_500);
    expect(Object.keys(honest.statuses)).toEqual(["204"]);
    expect(honest.brokenConnections).toBe(0);
    expect(honest.answered()).toBeGreaterThan(200);
  }, 40_000);
});
