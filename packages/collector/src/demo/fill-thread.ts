/**
 * Fills a data file in a thread of its own, so that the memory the inventing takes is given back when it is done.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { errorOf, type Failure, failureOf } from "../store/sqlite/failure.ts";
import { type Filling, type FillOptions, fillDemo } from "./fill.ts";

type FromThread =
  | { kind: "progress"; done: number; total: number }
  | { kind: "done"; filling: Filling & { added: number } }
  | { kind: "failed"; error: Failure };

/** {@link fillDemo} in a thread. Rejects with what it throws. */
export function fillDemoApart({ onProgress, ...options }: FillOptions): Promise<Filling & { added: number }> {
  const thread = new Worker(new URL(import.meta.url), {
    workerData: options,
    execArgv: ["--conditions=@sojourn/source"],
  });
  return new Promise((resolve, reject) => {
    let last: FromThread | undefined;
    thread.on("message", (message: FromThread) => {
      if (message.kind === "progress") onProgress(message.done, message.total);
      else last = message;
    });
    thread.on("error", reject);
    // Only when the thread is gone is its place as the writer free.
    thread.on("exit", () => {
      if (last?.kind === "done") resolve(last.filling);
      else if (last?.kind === "failed") reject(errorOf(last.error));
      else reject(new Error("The thread that invents ended early"));
    });
  });
}

function work(): void {
  const say = (message: FromThread) => parentPort?.postMessage(message);
  try {
    const options = workerData as Omit<FillOptions, "onProgress">;
    const onProgress = (done: number, total: number) => say({ kind: "progress", done, total });
    say({ kind: "done", filling: fillDemo({ ...options, onProgress }) });
  } catch (error) {
    say({ kind: "failed", error: failureOf(error) });
  }
}

if (!isMainThread) work();
