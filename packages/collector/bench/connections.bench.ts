/**
 * Measures what ten thousand connections that do nothing cost those who send: answers to honest beacons alone, beside clients
 * that keep their connection and are silent, and beside clients that are slow on purpose; and the memory all of them take.
 *
 * Run: npm run bench -- connections [how many, default 10,000] [seconds a case, default 20]. Needs that many open files in
 * each of two processes (ulimit -n).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { residentMiB, runClient, startCollector } from "./load/process.ts";

const many = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 20);
const GOAL_MS = 200;
const AT_ONCE = 250;
const EVERY_MS = 3_000;
const WARM_UP_SECONDS = 2;

const folder = mkdtempSync(join(tmpdir(), "sojourn-connections-"));
const collector = await startCollector(folder);
const pid = collector.process.pid!;
let run = 0;
let isMissed = false;

interface Crowd {
  /** What a client says when it is connected. */
  greeting(place: number): string;
  /** What it says every few seconds; nothing when absent. */
  drip?: string;
}

const CROWDS: readonly [name: string, crowd: Crowd][] = [
  ["keep their connection", { greeting: () => "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" }],
  [
    "send nothing, half a header or half a body, slowly",
    {
      greeting: (place) =>
        [
          "",
          "POST /b HTTP/1.1\r\nHost: x\r\n",
          "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n{",
        ][place % 3]!,
      drip: "X: 1\r\n",
    },
  ],
];

try {
  await measure("alone");
  for (const [name, crowd] of CROWDS) {
    const { open, leave } = await gather(crowd);
    await measure(`beside ${open().toLocaleString("en")} that ${name}`);
    console.log(`  ${open().toLocaleString("en")} of them were connected at the end`);
    leave();
    await sleep(500);
  }
} finally {
  const code = await collector.stop();
  if (code !== 0) isMissed = true;
  rmSync(folder, { recursive: true });
}
if (isMissed) process.exitCode = 1;

async function measure(name: string): Promise<void> {
  run += 1;
  const { p50, p99, max, statuses } = await runClient({
    port: collector.port,
    lanes: 16,
    perRequest: 1,
    rate: 500,
    run,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
  });
  const isMet = p99 < GOAL_MS && Object.keys(statuses).every((status) => status === "204");
  isMissed ||= !isMet;
  console.log(
    `500 touchpoints a second ${name}: answered in p50 ${p50}, p99 ${p99}, at most ${max} ms ` +
      `(goal ${GOAL_MS}: ${isMet ? "met" : "MISSED"}), ${Math.round(residentMiB(pid))} MiB, ${JSON.stringify(statuses)}`,
  );
}

/** Connects them all; whoever is shown the door comes back at once, until they leave. */
async function gather({ greeting, drip }: Crowd): Promise<{ open(): number; leave(): void }> {
  const sockets = new Set<Socket>();
  let isLeaving = false;
  const join = (place: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port: collector.port, host: "127.0.0.1" }, () => {
        socket.write(greeting(place));
        resolve();
      });
      sockets.add(socket);
      socket.resume();
      socket.on("error", () => {
        // Being let go is what such clients expect; "close" follows.
      });
      socket.on("close", () => {
        sockets.delete(socket);
        resolve();
        if (!isLeaving) setTimeout(() => void join(place), 50);
      });
    });
  for (let place = 0; place < many; place += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, many - place) }, (_, i) => join(place + i));
    await Promise.all(group);
  }
  const timer = setInterval(() => {
    if (drip !== undefined) for (const socket of sockets) if (socket.writable) socket.write(drip);
  }, EVERY_MS);
  return {
    open: () => sockets.size,
    leave() {
      isLeaving = true;
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
