/**
 * The SQLite engine as a store: a writer thread, reader threads, and groups of arrivals between them.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { SojournError } from "../../errors.ts";
import type { Arrival } from "../../ingest/accept.ts";
import type { Outcome } from "../../ingest/outcome.ts";
import { DATA_FILE } from "../data-file.ts";
import { newHistogram, note } from "../histogram.ts";
import type { Store, StoreHealth } from "../store.ts";
import { openAccess } from "./access.ts";
import { newCheckpointState } from "./checkpoint-state.ts";
import type { CheckpointData } from "./checkpoint-thread.ts";
import { errorOf, type Failure } from "./failure.ts";
import { openForReading } from "./open.ts";
import { type PackedOutcome, packArrivals, unpackOutcome } from "./packing.ts";
import type { ReaderData } from "./reader-thread.ts";
import { openReaders } from "./readers.ts";
import { openWalSync } from "./wal-sync.ts";
import { openWebhooks } from "./webhooks.ts";
import type { ToWriter, WriterData } from "./writer-thread.ts";

export interface SqliteOptions {
  folder: string;
  allowEmpty?: boolean;
  readers?: number;
  /** Clock for questions; epoch milliseconds. */
  now: () => number;
  /** Told when something went wrong beside a call: folding met a full disk, for example. */
  onTrouble?: (error: Error) => void;
  /** Told when the writer has ended by itself: nothing can be kept any more until the process starts anew. */
  onEnd?: (error: Error) => void;
}

/** Arrivals that may wait for the writer before the next is refused with 503. */
const MOST_QUEUED = 20_000;
/** The same in length of their bodies: memory stays bounded, however large they are. */
const MOST_QUEUED_LENGTH = 16 * 1024 * 1024;
const MOST_PER_GROUP = 2_000;
const TELL_AGAIN_MS = 10_000;
const COMMIT_BOUNDS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

interface Waiting {
  arrival: Arrival;
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

/** What the writer keeps in one commit. */
interface Group {
  waiting: Waiting[];
  sentAt: number;
  /** Failures of the disk when it was sent. */
  failures: number;
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type FromThread =
  | { kind: "ready" }
  | { kind: "failed"; error: Failure }
  | { kind: "trouble"; error: Failure }
  | { kind: "outcomes"; outcomes?: PackedOutcome[]; error?: Failure }
  | { kind: "answer"; id: number; value?: unknown; error?: Failure };

/** Opens the store. Rejects with a SojournError when the file cannot be used. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { folder, now } = options;
  const checkpoint = newCheckpointState();
  const doorbell = new Int32Array(new SharedArrayBuffer(4));
  const data: WriterData = { folder, allowEmpty: options.allowEmpty ?? false, doorbell, checkpoint };

  const writer = startThread("writer-thread", data);
  const calls = new Map<number, Call>();
  let nextCall = 1;
  let queue: Waiting[] = [];
  let queuedLength = 0;
  /** At the writer. What arrives meanwhile gathers: larger groups cost less than a writer that never waits for the next. */
  let atWriter: Group | undefined;
  /** Arrivals that the writer committed and the disk has not confirmed. */
  let unsynced = 0;
  /** Counts failures of the disk: a group from before the latest one is not believed, whatever a later sync says. */
  let failures = 0;
  const commits = newHistogram(COMMIT_BOUNDS_MS);
  let isClosing = false;
  /** The writer is gone. */
  let hasEnded = false;
  /** Says what is wrong, the same thing once in a while only: a full disk fails hundreds of groups a second. */
  let told = { message: "", at: 0 };
  const tell = (error: Error): void => {
    const at = now();
    if (error.message === told.message && at - told.at < TELL_AGAIN_MS) return;
    told = { message: error.message, at };
    options.onTrouble?.(error);
  };
  /** Arrivals refused here because too many waited; their touchpoints were not looked at, so each counts as one. */
  let shed = 0;

  const flush = (): void => {
    if (atWriter !== undefined || queue.length === 0) return;
    const waiting = queue.length > MOST_PER_GROUP ? queue.splice(0, MOST_PER_GROUP) : queue;
    if (waiting === queue) queue = [];
    for (const { arrival } of waiting) queuedLength -= arrival.body.length;
    atWriter = { waiting, sentAt: performance.now(), failures };
    Atomics.add(doorbell, 0, 1);
    post(writer, { kind: "arrivals", group: packArrivals(waiting.map(({ arrival }) => arrival)) });
  };

  /** Answers a group once its commit is on the disk. */
  const whenSynced = ({ waiting, sentAt, failures: before }: Group, outcomes: PackedOutcome[]): void => {
    unsynced += waiting.length;
    walSync.after((error) => {
      unsynced -= waiting.length;
      if (error !== null && before === failures) {
        failures += 1;
        post(writer, { kind: "distrust" });
        tell(error);
      }
      if (before === failures) {
        note(commits, performance.now() - sentAt);
        waiting.forEach(({ resolve }, i) => void resolve(unpackOutcome(outcomes[i]!)));
      } else for (const { reject } of waiting) reject(error ?? new Error("the disk failed before"));
    });
  };

  const onMessage = (message: FromThread): void => {
    if (message.kind === "outcomes") {
      const group = atWriter;
      atWriter = undefined;
      flush();
      if (group === undefined) return;
      if (message.error === undefined) whenSynced(group, message.outcomes!);
      else {
        const error = errorOf(message.error);
        tell(error);
        for (const { reject } of group.waiting) reject(error);
      }
    } else if (message.kind === "answer") {
      settleCall(calls, message);
    } else if (message.kind === "trouble") {
      tell(errorOf(message.error));
    }
  };

  await new Promise<void>((resolve, reject) => {
    writer.on("message", (message: FromThread) => {
      if (message.kind === "ready") resolve();
      else if (message.kind === "failed") reject(errorOf(message.error));
      else onMessage(message);
    });
    writer.on("error", (error) => {
      // A writer that is gone can keep nothing: everybody who waits is told, and whoever opened the store.
      reject(error);
      hasEnded = true;
      for (const waiting of [...(atWriter?.waiting ?? []), ...queue]) waiting.reject(error);
      atWriter = undefined;
      queue = [];
      for (const call of calls.values()) call.reject(error);
      calls.clear();
      if (!isClosing) (options.onEnd ?? options.onTrouble)?.(error);
    });
  });

  const walSync = openWalSync(folder);
  const checkpointData: CheckpointData = { path: join(folder, DATA_FILE), state: checkpoint };
  const checkpointer = startThread("checkpoint-thread", checkpointData);
  checkpointer.on("error", (error) => options.onTrouble?.(error));
  const checkpointerEnded = new Promise((resolve) => checkpointer.once("exit", resolve));
  const readers = openReaders({
    start: () => startThread("reader-thread", { folder } satisfies ReaderData),
    most: options.readers ?? 2,
    now,
    onTrouble: options.onTrouble,
  });
  const smallReads = openForReading(folder);
  const access = openAccess(smallReads);
  const webhooks = openWebhooks(smallReads);

  const call = <T>(target: Worker, message: (id: number) => unknown): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (hasEnded) throw new SojournError("unavailable", "The writer has ended");
      const id = nextCall++;
      calls.set(id, { resolve: resolve as (value: unknown) => void, reject });
      target.postMessage(message(id));
    });

  return {
    ingest(arrival) {
      return new Promise((resolve, reject) => {
        const isFull = queue.length + unsynced >= MOST_QUEUED || queuedLength >= MOST_QUEUED_LENGTH;
        if (isClosing || isFull || hasEnded) {
          shed += 1;
          resolve({ kind: "refused", status: 503, code: "overloaded", items: 1 });
          return;
        }
        queuedLength += arrival.body.length;
        queue.push({ arrival, resolve, reject });
        // After everything that has arrived by now was read: the first of many must not go alone.
        if (queue.length === 1 && atWriter === undefined) setImmediate(flush);
      });
    },

    ask: (name, params) => readers.ask(name, params) as Promise<never>,

    change: (name, take) => call(writer, (id) => ({ kind: "command", id, name, take })),
    access,
    webhooks,
    settled: (at) => call(writer, (id) => ({ kind: "settle", id, now: at })),
    async health() {
      const health = await call<Omit<StoreHealth, "commits">>(writer, (id) => ({ kind: "health", id }));
      const { totals } = health;
      if (shed > 0) {
        totals.refused.overloaded = (totals.refused.overloaded ?? 0) + shed;
        totals.received += shed;
      }
      return { ...health, commits };
    },

    async close() {
      isClosing = true;
      while (queue.length > 0 || atWriter !== undefined)
        await new Promise((resolve) => setTimeout(resolve, 2));
      await walSync.close();
      access.close();
      checkpointer.postMessage({ kind: "close" });
      await Promise.all([checkpointerEnded, readers.close()]);
      if (hasEnded) return;
      const writerEnded = new Promise((resolve) => writer.once("exit", resolve));
      await call(writer, (id) => ({ kind: "close", id }));
      await writerEnded;
    },
  };
}

/**
 * Room for short-lived and for long-lived objects per thread, in MiB. V8's own choice would be 48 and thousands. What a
 * thread works on lives for milliseconds, and more room gained no speed (measured: 90 MiB less in all, at the same rate).
 */
const LIMITS = {
  "writer-thread": { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 768 },
  "reader-thread": { maxYoungGenerationSizeMb: 12 },
  "checkpoint-thread": { maxYoungGenerationSizeMb: 2 },
};

function startThread(name: keyof typeof LIMITS, workerData: unknown): Worker {
  // The same file name next to this one, in whatever form this one runs: .ts from the sources, .js when built.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./${name}.${extension}`, import.meta.url), {
    workerData,
    resourceLimits: LIMITS[name],
    execArgv: ["--conditions=@sojourn/source", "--disable-warning=ExperimentalWarning"],
  });
}

function post(thread: Worker, message: ToWriter): void {
  thread.postMessage(message);
}

function settleCall(calls: Map<number, Call>, message: Extract<FromThread, { kind: "answer" }>): void {
  const call = calls.get(message.id);
  calls.delete(message.id);
  if (message.error === undefined) call?.resolve(message.value);
  else call?.reject(errorOf(message.error));
}
