/**
 * Drives a collector with many keep-alive connections, one request at a time on each, over raw sockets.
 *
 * A lane repeats a request until it is acknowledged (2xx), as the browser's queue does, so what was acknowledged is
 * always the beginning of each lane's sequence. Answers are timed from the last byte written to the first byte read.
 */
import { connect, type Socket } from "node:net";
import { openShoppers, randomFrom } from "./shoppers.ts";

export interface DriveOptions {
  port: number;
  path?: string;
  site?: string;
  lanes: number;
  /** Touchpoints in a request. */
  perRequest: number;
  /** Distinguishes the ids of two drives against one file; 0 to 4095. */
  run?: number;
  seed?: number;
  /** Share of requests that are sent a second time although they were acknowledged. */
  sendTwice?: number;
  /** Rate over all lanes in requests a second; absent: as fast as answers come. */
  rate?: number;
  /** How long to wait before a refused or broken request is repeated. */
  retryAfterMs?: number;
}

export interface Drive {
  /** Requests acknowledged, per lane. */
  readonly acknowledged: readonly number[];
  readonly statuses: Readonly<Record<number, number>>;
  readonly brokenConnections: number;
  /** Answer times in tenths of a millisecond since the last call of `restart`, and how many there were. */
  latency(quantile: number): number;
  answered(): number;
  /** Forgets times and counts of answers, not what was acknowledged: the warm-up is over. */
  restart(): void;
  /** The port changed: a collector was started again. */
  moveTo(port: number): void;
  /** Sends nothing more and waits for the answers that are due; lanes whose answers do not come are cut. */
  stop(withinMs?: number): Promise<void>;
}

const SLOTS = 50_000;

export function drive(options: DriveOptions): Drive {
  const { lanes, perRequest, path = "/b", site = "shop", run = 0, seed = 1 } = options;
  const { sendTwice = 0, rate, retryAfterMs = 20 } = options;
  const shoppers = openShoppers(site, run, seed);
  const random = randomFrom(seed + 77);
  const acknowledged: number[] = new Array(lanes).fill(0);
  const statuses: Record<number, number> = {};
  const times = new Uint32Array(SLOTS);
  const sockets: (Socket | undefined)[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const pauseMs = rate === undefined ? 0 : (lanes / rate) * 1_000;
  let { port } = options;
  let answers = 0;
  let broken = 0;
  let isStopping = false;
  const running = new Set(acknowledged.keys());
  let whenStopped: (() => void) | undefined;

  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n` +
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n" +
    "Content-Type: text/plain;charset=UTF-8\r\nAccept: */*\r\nOrigin: https://www.kettle-and-cup.example\r\n" +
    "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n" +
    "Referer: https://www.kettle-and-cup.example/\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en\r\n" +
    "Content-Length: ";

  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  const end = (lane: number): void => {
    sockets[lane]?.destroy();
    sockets[lane] = undefined;
    running.delete(lane);
    if (running.size === 0) whenStopped?.();
  };

  const startLane = (lane: number): void => {
    /** What waits for its answer; empty between an answer and the next request. */
    let request = "";
    let isPausing = false;
    let isRepeat = false;
    let sentAt = 0;
    let text = "";

    const send = (): void => {
      const socket = sockets[lane];
      if (socket === undefined) return; // It is sent as soon as there is a connection again.
      sentAt = performance.now();
      socket.write(request, "latin1");
    };

    const next = (): void => {
      isPausing = false;
      if (isStopping) {
        end(lane);
        return;
      }
      const body = shoppers.beacon(lane, acknowledged[lane]! * perRequest, perRequest, Date.now());
      request = `${head}${body.length}\r\n\r\n${body}`;
      send();
    };

    const onAnswer = (status: number): void => {
      const tenths = Math.round((performance.now() - sentAt) * 10);
      times[tenths < SLOTS ? tenths : SLOTS - 1]! += 1;
      answers += 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status >= 200 && status < 300) {
        if (!isRepeat) acknowledged[lane]! += 1;
        isRepeat = !isRepeat && sendTwice > 0 && random() < sendTwice;
        if (isRepeat) {
          send();
          return;
        }
        request = "";
        if (pauseMs > 0) {
          isPausing = true;
          later(Math.max(0, pauseMs * (0.5 + random()) - tenths / 10), next);
        } else next();
      } else if (isStopping) end(lane);
      else later(retryAfterMs, () => (isStopping ? end(lane) : send()));
    };

    const reconnect = (): void => {
      text = "";
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      sockets[lane] = socket;
      socket.on("connect", () => {
        if (request !== "") send();
        else if (!isPausing) next();
      });
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        const headEnd = text.indexOf("\r\n\r\n");
        if (headEnd < 0) return;
        const status = Number(text.slice(9, 12));
        if (status !== 204) {
          const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
          if (text.length < headEnd + 4 + length) return;
        }
        text = "";
        onAnswer(status);
      });
      socket.on("error", () => {
        // "close" follows and decides.
      });
      socket.on("close", () => {
        if (sockets[lane] !== socket) return;
        sockets[lane] = undefined;
        if (isStopping) end(lane);
        else {
          broken += 1;
          later(retryAfterMs, () => (isStopping ? end(lane) : reconnect()));
        }
      });
    };
    reconnect();
  };
  for (let lane = 0; lane < lanes; lane++) startLane(lane);

  return {
    acknowledged,
    statuses,
    get brokenConnections() {
      return broken;
    },
    latency(quantile) {
      let left = Math.ceil(answers * quantile);
      for (let slot = 0; slot < SLOTS; slot++) {
        left -= times[slot]!;
        if (left <= 0) return slot / 10;
      }
      return SLOTS / 10;
    },
    answered: () => answers,
    restart() {
      times.fill(0);
      answers = 0;
    },
    moveTo(next) {
      port = next;
    },
    stop(withinMs = 2_000) {
      isStopping = true;
      return new Promise((resolve) => {
        const finish = (): void => {
          for (const timer of timers) clearTimeout(timer);
          for (const socket of sockets) socket?.destroy();
          clearTimeout(deadline);
          resolve();
        };
        const deadline = setTimeout(finish, withinMs);
        whenStopped = finish;
        if (running.size === 0) finish();
      });
    },
  };
}
