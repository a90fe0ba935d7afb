/**
 * One history in both engines: a data file with its writer, and the ClickHouse tables that its forwarder fills.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { type EngineClient, openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import { type Forwarder, openForwarder } from "../../packages/collector/src/store/clickhouse/forwarder.ts";
import { openLocal } from "../../packages/collector/src/store/clickhouse/local.ts";
import { openReads as openEngineReads } from "../../packages/collector/src/store/clickhouse/reads.ts";
import { openSpool, type Spool } from "../../packages/collector/src/store/clickhouse/spool.ts";
import type { Reads } from "../../packages/collector/src/store/port.ts";
import { beginCapture } from "../../packages/collector/src/store/sqlite/capture.ts";
import {
  type CommandName,
  type Commands,
  runCommand,
} from "../../packages/collector/src/store/sqlite/commands.ts";
import { openForReading } from "../../packages/collector/src/store/sqlite/open.ts";
import { openReads as openFileReads } from "../../packages/collector/src/store/sqlite/reads.ts";
import { openWriter, type Writer } from "../../packages/collector/src/store/sqlite/writer.ts";

export interface Pair {
  folder: string;
  writer: Writer;
  client: EngineClient;
  spool: Spool;
  forwarder: Forwarder;
  /** The same questions, asked of the file and of the engine. */
  file: Reads;
  engine: Reads;
  change<N extends CommandName>(name: N, take: Commands[N]["take"]): Commands[N]["give"];
  /** Folds everything, and moves whose time has come. */
  settle(now: number): void;
  /** `keeps`: the folder stays, for another pair to go on with. */
  close(keeps?: boolean): Promise<void>;
}

export interface PairOptions {
  /** Address of the engine, database included. */
  store: string;
  folder?: string;
  /** Touchpoints in a batch: small ones make many. */
  most?: number;
  name?: string;
  /** People whom the writer writes in one transaction, at least. */
  peopleAtOnce?: number;
  now?(): number;
  takesOver?: boolean;
}

const KEPT_MS = 72 * 3_600_000;

export function openPair(options: PairOptions): Pair {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "sojourn-pair-"));
  const writer = openWriter(
    folder,
    options.peopleAtOnce === undefined ? {} : { peopleAtOnce: options.peopleAtOnce },
  );
  beginCapture(writer.db);
  const address = readAddress(options.store);
  const client = openClient(address);
  const admin = openClient({ ...address, database: "default" });
  const spool = openSpool(folder);
  const db = openForReading(folder);
  const forgotten = writer.db.prepare("delete from forward_change where n <= ?");
  const forwarder = openForwarder({
    db,
    spool,
    client,
    admin,
    now: options.now ?? Date.now,
    newName: options.name ?? "pair",
    keepMs: KEPT_MS,
    most: options.most ?? 5_000,
    ...(options.takesOver === true ? { takesOver: true } : {}),
    async forgetNotes(upTo) {
      forgotten.run(upTo);
    },
  });
  const readFrom = openForReading(folder);
  return {
    folder,
    writer,
    client,
    spool,
    forwarder,
    file: openFileReads(readFrom),
    engine: openEngineReads(client, openLocal(readFrom)),
    change: (name, take) => runCommand(writer, name, take),
    settle(now) {
      while (writer.project(1_000) > 0);
      while (writer.sweep(now) > 0);
    },
    async close(keeps = false) {
      await client.close();
      await admin.close();
      spool.close();
      db.close();
      readFrom.close();
      writer.close();
      if (!keeps) rmSync(folder, { recursive: true });
    },
  };
}
