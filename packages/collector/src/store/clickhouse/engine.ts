/**
 * The ClickHouse engine as a store: the collector's file keeps what arrives and folds it, as ever; a forwarder ships its rows;
 * questions are answered by the engine.
 *
 * The file is the durable inbox and the truth, the engine holds copies. So an engine that is away costs answers, never
 * touchpoints.
 */
import { randomUUID } from "node:crypto";
import { Worker } from "node:worker_threads";
import { SojournError } from "../../errors.ts";
import { beginCapture } from "../sqlite/capture.ts";
import { openSqliteStore, type SqliteOptions } from "../sqlite/engine.ts";
import { errorOf, type Failure, failureOf } from "../sqlite/failure.ts";
import { closeWriter, openForWriting } from "../sqlite/open.ts";
import type { ForwardStatus, Store } from "../store.ts";
import { readAddress } from "./address.ts";
import type { ForwardData, FromForward, ToForward } from "./forward-thread.ts";
import { withPeers } from "./peers.ts";
import type { EngineReaderData } from "./reader-thread.ts";
import { openRelayDesk } from "./relay-desk.ts";
import type { RelayData } from "./relay-messages.ts";

export interface EngineOptions extends SqliteOptions {
  /** clickhouse://user:password@host:8123/database */
  store: string;
  /** How long delivered batches are kept. */
  keepMs: number;
  /** Other collectors on this engine take in for this one, and it for them; absent: no. */
  peers?: PeerOptions;
}

export interface PeerOptions {
  /** Where they reach this collector. */
  url: string;
  /** What they show one another. */
  secret: string;
}

/** What an operator has to mend before a collector starts; anything else is waited out. */
const STOPS_THE_START: ReadonlySet<string> = new Set([
  "unauthorized",
  "forbidden",
  "store_newer",
  "conflict",
  "bad_config",
]);
/** An engine that does not answer in this time does not hold up the start. */
const FIRST_TRY_MS = 15_000;

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Opens the store. Rejects when the file cannot be used, or the engine refuses this collector; an engine that is away is no reason. */
export async function openEngineStore(options: EngineOptions): Promise<Store> {
  const { folder, now } = options;
  const address = readAddress(options.store);
  const file = openForWriting(folder, { allowEmpty: options.allowEmpty ?? false });
  try {
    beginCapture(file);
  } finally {
    closeWriter(file);
  }
  const store = await openSqliteStore({ ...options, readers: 1 });
  const calls = new Map<number, Call>();
  let nextCall = 1;
  let isClosing = false;

  const forwardData: ForwardData = {
    folder,
    address,
    newName: randomUUID(),
    keepMs: options.keepMs,
    url: options.peers?.url ?? "",
  };
  const forward = startThread("forward-thread", forwardData);
  const call = <T>(target: Worker, message: (id: number) => unknown): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = nextCall++;
      calls.set(id, { resolve: resolve as (value: unknown) => void, reject });
      target.postMessage(message(id));
    });
  const settle = ({ id, value, error }: { id: number; value?: unknown; error?: Failure }): void => {
    const waiting = calls.get(id);
    calls.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(errorOf(error));
  };
  const tell = (error: Error): void => options.onTrouble?.(error);
  const fail = (error: Error): void => {
    for (const waiting of calls.values()) waiting.reject(error);
    calls.clear();
    if (!isClosing) tell(error);
  };

  /** The writer removes shipped notes, a slice at a time between groups of arrivals. */
  const drop = async (upTo: number): Promise<ToForward> => {
    try {
      while ((await store.change("dropForwarded", { upTo })).hasMore);
      return { kind: "dropped" };
    } catch (error) {
      return { kind: "dropped", error: failureOf(error) };
    }
  };

  const opened = new Promise<Failure | undefined>((resolve) => {
    forward.on("message", (message: FromForward) => {
      if (message.kind === "opened") resolve(message.error);
      else if (message.kind === "trouble") tell(errorOf(message.error));
      else if (message.kind === "drop") void drop(message.upTo).then((done) => forward.postMessage(done));
      else settle(message);
    });
    setTimeout(() => resolve(undefined), FIRST_TRY_MS).unref();
  });
  forward.on("error", fail);

  const readers = Array.from({ length: options.readers ?? 1 }, () => {
    const data: EngineReaderData = { folder, address };
    const thread = startThread("reader-thread", data);
    thread.on("message", settle);
    thread.on("error", fail);
    return { thread, busy: 0 };
  });

  const close = async (): Promise<void> => {
    isClosing = true;
    const ended = [forward, ...readers.map(({ thread }) => thread)].map(
      (thread) => new Promise((resolve) => thread.once("exit", resolve)),
    );
    forward.postMessage({ kind: "close", id: nextCall++ });
    for (const { thread } of readers) thread.postMessage({ kind: "close" });
    await Promise.all(ended);
    await store.close();
  };

  const refused = await opened;
  if (refused?.code !== undefined && STOPS_THE_START.has(refused.code)) {
    await close();
    throw errorOf(refused);
  }

  const engineStore: Store = {
    ...store,

    async ask(name, params) {
      const reader = readers.reduce((idle, other) => (other.busy < idle.busy ? other : idle));
      reader.busy += 1;
      try {
        return await call(reader.thread, (id) => ({ kind: "ask", id, name, params, now: now() }));
      } finally {
        reader.busy -= 1;
      }
    },

    /** Also waits until the engine has what was kept by now; rejects when the engine is away. */
    async settled(at) {
      await store.settled(at);
      const status = await call<ForwardStatus>(forward, (id) => ({ kind: "status", id }));
      if (status.trouble !== null) throw new SojournError("unavailable", status.trouble);
      await call(forward, (id) => ({ kind: "drain", id }));
    },

    async health() {
      const [health, status] = await Promise.all([
        store.health(),
        call<ForwardStatus>(forward, (id) => ({ kind: "status", id })),
      ]);
      return { ...health, forward: status };
    },

    close,
  };
  if (options.peers === undefined) return engineStore;
  const claim = (site: string) => call<null>(forward, (id) => ({ kind: "claim", id, site }));
  const relay: RelayData = { folder, address, secret: options.peers.secret };
  const desk = await openRelayDesk(relay, tell).catch(async (error: Error) => {
    await close();
    throw error;
  });
  return withPeers(engineStore, desk, claim, now);
}

function startThread(name: "forward-thread" | "reader-thread", workerData: unknown): Worker {
  // The same file name next to this one, in whatever form this one runs: .ts from the sources, .js when built.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./${name}.${extension}`, import.meta.url), {
    workerData,
    execArgv: ["--conditions=@sojourn/source", "--disable-warning=ExperimentalWarning"],
  });
}
