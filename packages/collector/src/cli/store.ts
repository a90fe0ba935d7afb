/**
 * Opens what the settings name: the file alone, or the file with an engine that answers the questions.
 */
import type { Config } from "../config.ts";
import { SojournError } from "../errors.ts";
import { isEngineAddress, readAddress } from "../store/clickhouse/address.ts";
import { openClient } from "../store/clickhouse/client.ts";
import { openEngineStore } from "../store/clickhouse/engine.ts";
import { openLocal } from "../store/clickhouse/local.ts";
import { openReads as openEngineReads } from "../store/clickhouse/reads.ts";
import type { Reads } from "../store/port.ts";
import { openSqliteStore, type SqliteOptions } from "../store/sqlite/engine.ts";
import { openForReading } from "../store/sqlite/open.ts";
import { openReads } from "../store/sqlite/reads.ts";
import type { Store } from "../store/store.ts";

const HOUR_MS = 3_600_000;

/** The collector's store. Rejects with a SojournError when it cannot be used. */
export function openStore(
  config: Pick<
    Config,
    "data" | "store" | "forwardKeepHours" | "allowEmpty" | "readers" | "peerUrl" | "peerSecret"
  >,
  options: Pick<SqliteOptions, "now" | "onTrouble" | "onEnd">,
): Promise<Store> {
  const { data: folder, allowEmpty, readers } = config;
  if (!isEngineAddress(config.store)) return openSqliteStore({ folder, allowEmpty, readers, ...options });
  const keepMs = config.forwardKeepHours * HOUR_MS;
  const { store, peerUrl, peerSecret } = config;
  const peers = peerUrl === "" ? {} : { peers: { url: new URL(peerUrl).origin, secret: peerSecret } };
  return openEngineStore({ folder, allowEmpty, readers, store, keepMs, ...peers, ...options });
}

/** What answers questions without a collector. Call `close` at the end. */
export function openAnswers(config: Pick<Config, "data" | "store">): {
  reads: Reads;
  close(): Promise<void>;
} {
  const db = openForReading(config.data);
  if (!isEngineAddress(config.store)) {
    return {
      reads: openReads(db),
      async close() {
        db.close();
      },
    };
  }
  const client = openClient(readAddress(config.store));
  return {
    reads: openEngineReads(client, openLocal(db)),
    async close() {
      await client.close();
      db.close();
    },
  };
}

/** Throws `bad_usage` when no engine is set. */
export function engineOf(config: Pick<Config, "store">): string {
  if (isEngineAddress(config.store)) return config.store;
  throw new SojournError("bad_usage", "No engine is set", {
    hint: "Name it: SOJOURN_STORE=clickhouse://user:password@host:8123/sojourn",
  });
}
