/**
 * The writer's thread: takes groups of arrivals, commits each group at once, and does its duty in between.
 *
 * Runs as a worker of the process; talks only in messages. A group is whatever gathered while the one before was being
 * written, so the group commit needs no timer.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Arrival } from "../../ingest/accept.ts";
import type { CheckpointState } from "./checkpoint-state.ts";
import { type CommandName, runCommand } from "./commands.ts";
import { openDuty } from "./duty.ts";
import { failureOf } from "./failure.ts";
import { type PackedArrivals, packOutcomes, unpackArrivals } from "./packing.ts";
import { openWriter } from "./writer.ts";

export interface WriterData {
  folder: string;
  allowEmpty: boolean;
  mostPending?: number;
  /** One number shared with the engine: how many groups of arrivals wait to be taken. */
  doorbell: Int32Array;
  checkpoint: CheckpointState;
}

export type ToWriter =
  | { kind: "arrivals"; group: PackedArrivals }
  | { kind: "distrust" }
  | { kind: "command"; id: number; name: CommandName; take: unknown }
  | { kind: "settle"; id: number; now: number }
  | { kind: "health"; id: number }
  | { kind: "close"; id: number };

const port = parentPort!;
const { folder, doorbell, checkpoint, ...options } = workerData as WriterData;
let timer: NodeJS.Timeout | undefined;
let soon: NodeJS.Immediate | undefined;

try {
  const writer = openWriter(folder, {
    ...options,
    onLoss: (loss) => port.postMessage({ kind: "trouble", error: failureOf(loss) }),
  });
  const duty = openDuty(writer, checkpoint, () => Atomics.load(doorbell, 0) > 0);

  const keep = (arrivals: readonly Arrival[]): void => {
    try {
      const outcomes = writer.ingest(arrivals, "later");
      port.postMessage({ kind: "outcomes", outcomes: packOutcomes(outcomes) });
    } catch (error) {
      port.postMessage({ kind: "outcomes", error: failureOf(error) });
    }
  };

  const work = (): void => {
    clearTimeout(timer);
    clearImmediate(soon);
    let wait = 1_000;
    try {
      wait = duty.step(Date.now());
    } catch (error) {
      // The disk is full or gone: what was kept is in the log, and folding goes on from there when it can.
      port.postMessage({ kind: "trouble", error: failureOf(error) });
    }
    if (wait === 0) soon = setImmediate(work);
    else timer = setTimeout(work, wait);
  };

  const answer = (id: number, run: () => unknown): void => {
    try {
      port.postMessage({ kind: "answer", id, value: run() });
    } catch (error) {
      port.postMessage({ kind: "answer", id, error: failureOf(error) });
    }
  };

  port.on("message", (message: ToWriter) => {
    switch (message.kind) {
      case "arrivals":
        Atomics.sub(doorbell, 0, 1);
        keep(unpackArrivals(message.group));
        work();
        break;
      case "distrust":
        writer.distrust();
        break;
      case "command":
        answer(message.id, () => runCommand(writer, message.name, message.take as never));
        work();
        break;
      case "settle":
        answer(message.id, () => {
          while (writer.project(100) > 0);
          while (writer.sweep(message.now) > 0);
          return null;
        });
        break;
      case "health":
        answer(message.id, () => {
          const oldest = writer.oldestPending();
          return {
            totals: writer.totals,
            pending: writer.pending(),
            pendingMs: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest),
            sweepLagMs: duty.sweepLagMs(),
          };
        });
        break;
      case "close":
        answer(message.id, () => {
          clearTimeout(timer);
          clearImmediate(soon);
          while (writer.project(100) > 0);
          writer.db.pragma("wal_checkpoint(truncate)");
          writer.close();
          return null;
        });
        port.close();
        break;
    }
  });

  port.postMessage({ kind: "ready" });
  work();
} catch (error) {
  port.postMessage({ kind: "failed", error: failureOf(error) });
  port.close();
}
