/**
 * The forwarder's thread: cuts and sends side by side, on its own connection to the file, so that neither arrivals nor
 * reports wait for the engine.
 *
 * Runs as a worker of the process; talks only in messages.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { type Failure, failureOf } from "../sqlite/failure.ts";
import { openForReading } from "../sqlite/open.ts";
import type { ForwardStatus } from "../store.ts";
import type { EngineAddress } from "./address.ts";
import { openClient } from "./client.ts";
import { EngineError } from "./client-errors.ts";
import { openForwarder } from "./forwarder.ts";
import { openSpool } from "./spool.ts";

export interface ForwardData {
  folder: string;
  address: EngineAddress;
  /** A name for a collector that has none yet. */
  newName: string;
  keepMs: number;
  /** Where other collectors reach this one; empty: nowhere. */
  url: string;
}

export type ToForward =
  | { kind: "drain" | "status" | "close"; id: number }
  | { kind: "claim"; id: number; site: string }
  | { kind: "dropped"; error?: Failure };

export type FromForward =
  /** The first try to reach the engine is over. */
  | { kind: "opened"; error?: Failure }
  | { kind: "trouble"; error: Failure }
  /** Asks for notes up to this one to be removed; answered by "dropped". */
  | { kind: "drop"; upTo: number }
  | { kind: "answer"; id: number; value?: ForwardStatus | null; error?: Failure };

/** While changes trickle in, they are gathered this long; then shipped together. */
const GATHER_MS = 500;
const TIDY_EVERY_MS = 2_000;
/** Waits after failures double up to this. */
const LONGEST_WAIT_MS = 15_000;
const SHORTEST_WAIT_MS = 250;

const port = parentPort!;
const { folder, address, newName, keepMs, url } = workerData as ForwardData;

const db = openForReading(folder);
const spool = openSpool(folder);
const client = openClient(address);
const admin = openClient({ ...address, database: "default" });
let dropped: { resolve(): void; reject(error: Error): void } | undefined;
const forwarder = openForwarder({
  db,
  spool,
  client,
  admin,
  now: Date.now,
  newName,
  keepMs,
  url,
  forgetNotes: (upTo) =>
    new Promise((resolve, reject) => {
      dropped = { resolve, reject };
      say({ kind: "drop", upTo });
    }),
});

let isClosing = false;
let isOpened = false;
let wakeUp: (() => void) | undefined;
/** Who waits for everything to be shipped. */
const drains: { id: number; isDone(): boolean }[] = [];

function say(message: FromForward): void {
  port.postMessage(message);
}

async function rest(ms: number): Promise<void> {
  const woken = new Promise<void>((resolve) => {
    wakeUp = resolve;
  });
  await Promise.race([sleep(ms), woken]);
  wakeUp = undefined;
}

async function run(): Promise<void> {
  let wait = SHORTEST_WAIT_MS;
  let tidiedAt = 0;
  let said: string | undefined;
  while (!isClosing) {
    try {
      await forwarder.open();
      if (!isOpened) say({ kind: "opened" });
      isOpened = true;
      // The next batch is cut while one is under way.
      const sending = forwarder.deliver();
      sending.catch(() => undefined);
      const hasCut = forwarder.cut();
      const hasSent = await sending;
      if (performance.now() - tidiedAt > TIDY_EVERY_MS || drains.length > 0) {
        await forwarder.tidy();
        tidiedAt = performance.now();
      }
      forwarder.setTrouble(null);
      said = undefined;
      wait = SHORTEST_WAIT_MS;
      settleDrains();
      if (!hasCut && !hasSent) await rest(GATHER_MS);
    } catch (error) {
      forwarder.setTrouble(error as Error);
      if (!isOpened) say({ kind: "opened", error: failureOf(error) });
      isOpened = true;
      // The same trouble is told once, not at every try.
      const { message } = error as Error;
      if (message !== said) say({ kind: "trouble", error: failureOf(error) });
      said = message;
      if (error instanceof EngineError) forwarder.lookAgain(error);
      await rest(wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    }
  }
  await client.close();
  await admin.close();
  spool.close();
  db.close();
}

function settleDrains(): void {
  for (let i = drains.length - 1; i >= 0; i--) {
    const { id, isDone } = drains[i]!;
    if (!isDone()) continue;
    drains.splice(i, 1);
    say({ kind: "answer", id, value: null });
  }
}

const running = run();

port.on("message", (message: ToForward) => {
  switch (message.kind) {
    case "dropped":
      if (message.error === undefined) dropped?.resolve();
      else dropped?.reject(new Error(message.error.message));
      dropped = undefined;
      break;
    case "status":
      say({ kind: "answer", id: message.id, value: forwarder.status() });
      break;
    case "claim":
      forwarder.claim(message.site).then(
        () => say({ kind: "answer", id: message.id, value: null }),
        (error) => say({ kind: "answer", id: message.id, error: failureOf(error) }),
      );
      break;
    case "drain":
      drains.push({ id: message.id, isDone: forwarder.goal() });
      wakeUp?.();
      break;
    case "close":
      isClosing = true;
      wakeUp?.();
      void running.then(() => {
        say({ kind: "answer", id: message.id, value: null });
        port.close();
      });
      break;
  }
});
