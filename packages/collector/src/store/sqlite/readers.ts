/**
 * The threads that answer questions: started when they are needed, the idlest is asked, one that dies is replaced.
 *
 * A question can take more memory than a thread may have. Then that thread ends, whoever asked it is told so, and the next
 * question gets a new thread; nobody waits for an answer that cannot come.
 */
import type { Worker } from "node:worker_threads";
import { SojournError } from "../../errors.ts";
import type { QuestionName } from "../../report/questions.ts";
import { errorOf, type Failure } from "./failure.ts";
import type { ToReader } from "./reader-thread.ts";

export interface ReadersOptions {
  /** Starts a thread that answers as reader-thread.ts does. */
  start(): Worker;
  /** Most threads at once; at least one. */
  most: number;
  /** Clock of the questions. */
  now(): number;
  /** Told when a thread died. */
  onTrouble?: ((error: Error) => void) | undefined;
}

export interface Readers {
  /** Rejects with `unavailable` when the thread that was asked died of it. */
  ask(name: QuestionName, params: unknown): Promise<unknown>;
  /** Lets all threads finish and end. */
  close(): Promise<void>;
}

interface Reader {
  thread: Worker;
  /** What it was asked and has not answered. */
  open: Map<number, { resolve(value: unknown): void; reject(error: Error): void }>;
  /** It has loaded its program. */
  isReady: boolean;
  ended: Promise<void>;
}

type FromReader = { kind: "ready" } | { kind: "answer"; id: number; value?: unknown; error?: Failure };

/** Starts the first thread at once, so that the first question does not wait for it. */
export function openReaders({ start, most, now, onTrouble }: ReadersOptions): Readers {
  const readers = new Set<Reader>();
  let nextId = 1;

  const startReader = (): Reader => {
    const thread = start();
    let reason: Error | undefined;
    const ended = new Promise<void>((resolve) => {
      thread.once("exit", () => {
        readers.delete(reader);
        for (const { reject } of reader.open.values()) reject(diedOf(reason));
        resolve();
      });
    });
    const reader: Reader = { thread, open: new Map(), isReady: false, ended };
    thread.on("error", (error: Error) => {
      reason = error;
      onTrouble?.(error);
    });
    thread.on("message", (message: FromReader) => {
      if (message.kind === "ready") {
        reader.isReady = true;
        return;
      }
      const asked = reader.open.get(message.id);
      reader.open.delete(message.id);
      if (message.error === undefined) asked?.resolve(message.value);
      else asked?.reject(errorOf(message.error));
    });
    readers.add(reader);
    return reader;
  };

  /**
   * The idlest. A thread costs tens of MiB, so another one is started when all are busy for the first time; it takes part of
   * a second to begin, and until then the others are asked.
   */
  const idlest = (): Reader => {
    const all = [...readers];
    const ready = all.filter(({ isReady }) => isReady);
    const candidates = ready.length > 0 ? ready : all;
    if (candidates.length === 0) return startReader();
    const found = candidates.reduce((idle, other) => (other.open.size < idle.open.size ? other : idle));
    if (found.open.size > 0 && readers.size < most) startReader();
    return found;
  };

  const post = (reader: Reader, message: ToReader): void => reader.thread.postMessage(message);
  startReader();

  return {
    ask(name, params) {
      return new Promise((resolve, reject) => {
        const reader = idlest();
        const id = nextId++;
        reader.open.set(id, { resolve, reject });
        post(reader, { kind: "ask", id, name, params, now: now() });
      });
    },

    async close() {
      const all = [...readers];
      for (const reader of all) post(reader, { kind: "close" });
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

function diedOf(reason: Error | undefined): SojournError {
  const cause = reason === undefined ? {} : { cause: reason };
  return (reason as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? new SojournError("unavailable", "This question takes more memory than it may", {
        hint: "Ask about fewer days or fewer people.",
        ...cause,
      })
    : new SojournError("unavailable", "The thread that was asked has ended", {
        hint: "Ask again. The log says why it ended.",
        ...cause,
      });
}
